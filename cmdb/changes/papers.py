"""What change management keeps beside the requests: assessments, change models and the roster of roles.

Values only; see `cmdb.changes.approvals` for what they allow.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from cmdb.model.change import Action

__all__ = ["ROLES", "Assessment", "ChangeModel", "KeptEffect", "KeptInterval", "Role", "Roster"]

Role = Literal["change_manager", "cab", "service_owner"]
ROLES: Final[tuple[Role, ...]] = ("change_manager", "cab", "service_owner")


class KeptInterval(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stretch of a change in which nothing starts or ends: its items that are down, and what else has some down.

    `hit` is the place of its services in `KeptEffect.pictures`; -1 where nothing gets worse.
    """

    start: str
    end: str
    phase: str
    items: tuple[str, ...] = ()
    meanwhile: tuple[str, ...] = ()
    hit: int = -1


class KeptEffect(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a change does to services: state by record id, as planned and where it fails, and interval by interval.

    `pictures` holds each set of services once, however many intervals show it.
    """

    succeeds: dict[str, str] = msgspec.field(default_factory=dict)
    fails: dict[str, str] = msgspec.field(default_factory=dict)
    intervals: tuple[KeptInterval, ...] = ()
    pictures: tuple[dict[str, str], ...] = ()

    @property
    def meanwhile(self) -> tuple[str, ...]:
        """Numbers of the other changes with something down in its time, in order."""
        return tuple(sorted({number for each in self.intervals for number in each.meanwhile}))


class Assessment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One assessment of one change, enough to be defended and to be computed again.

    `inputs` are those of the formula at `model_version`; `services` the record ids of those affected, `conflicts` and
    `outages` (record ids of items) what else was known. `approvers` are the roles that must each say yes; none: it
    needs nobody.
    """

    number: str
    at: str
    revision: int
    model_version: str
    score: float
    band: str
    failure_probability: float
    expected_loss: float
    loss_if_fails: float
    headline: str
    counts_as: str
    schedulable: bool = True
    approvers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    outages: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()
    missing: int = 0
    inputs: dict[str, Any] = msgspec.field(default_factory=dict)
    effect: KeptEffect | None = None
    """None in assessments that were kept before effects were."""


class ChangeModel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pre-approved kind of change: only on items of these classes, only by these actions."""

    name: str
    classes: tuple[str, ...]
    actions: tuple[Action, ...]
    text: str = ""
    withdrawn: bool = False


class Roster(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who holds which role, by the names with which they act."""

    roles: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def holders(self, role: str) -> tuple[str, ...]:
        """Return the names of those who hold a role."""
        return self.roles.get(role, ())
