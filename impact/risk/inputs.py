"""What a risk rests on: every number of the formula, gathered, and fit to be kept and computed again.

Takes nothing; `impact.risk.gathering` fills it from an estate, tests fill it by hand.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from cmdb.model.change import ChangeType
from cmdb.model.circumstances import ChangeSettings

__all__ = ["MODEL_VERSION", "Group", "History", "RiskInputs", "ServiceLoss"]

MODEL_VERSION: Final = "2026-1"
"""Version of the formula; kept with every assessment, moved whenever the same inputs would give another answer."""

PEER: Final = 0.002
"""What q becomes where a redundant peer is added and nothing better is known: structural advice, not a promise."""


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a group of like changes has seen, by decayed weight; `told_failed` of `told_total` are the plain counts.

    Of several classes touched only the worst counts, so that touching one more never lowers the risk.
    """

    kind: Literal["class", "team", "model"]
    name: str
    failed: float = 0.0
    total: float = 0.0
    told_failed: int = 0
    told_total: int = 0


class History(msgspec.Struct, frozen=True, omit_defaults=True):
    """What all changes and the groups concerned have seen, by decayed weight."""

    failed: float = 0.0
    total: float = 0.0
    groups: tuple[Group, ...] = ()


class ServiceLoss(msgspec.Struct, frozen=True, omit_defaults=True):
    """One service that the change affects.

    `weight` is that of its criticality (1, 2, 4, 8); `users` are active in the slot, `quietest_users` in the best
    slot there is. `down` is the probability that it is down while the change has its items down (q). `peer_down` is
    what that would be with a redundant peer. `planned_minutes` of it are left out of the budget where the agreement
    excludes them. `down_if_fails` is `down` in the branch where the change fails and takes what was at risk with it;
    None: the same. `budget_left_minutes` is at least 1; None: without an agreement.
    """

    service: str
    name: str
    weight: float
    users: float
    down: float
    planned_minutes: float
    quietest_users: float | None = None
    peer_down: float | None = None
    down_if_fails: float | None = None
    planned_excluded: bool = False
    budget_left_minutes: float | None = None


class RiskInputs(msgspec.Struct, frozen=True, omit_defaults=True):
    """Every input of the score. Times in minutes, lead in days.

    `back_out_minutes` is None where nobody said. `joint_conflict`: together with others it takes down what each alone
    leaves up, and nobody has settled it. `blind`: something was not evaluated, so that "nothing breaks" is not known.
    """

    history: History = History()
    type: ChangeType = "normal"
    back_out: Literal["tested", "written", "none"] = "none"
    back_out_minutes: float | None = None
    tests: Literal["full", "partial", "none"] = "none"
    lead_days: float = 0.0
    required_lead_days: float = 0.0
    concurrent: int = 0
    mttr_minutes: float = 240.0
    services: tuple[ServiceLoss, ...] = ()
    in_freeze: bool = False
    joint_conflict: bool = False
    blind: bool = False
    settings: ChangeSettings = ChangeSettings()
    version: str = MODEL_VERSION
