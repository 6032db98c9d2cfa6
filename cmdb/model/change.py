"""Change requests: what is asked for, where it stands, and what others say of it. Values only; no rule of the process.

Times are ISO 8601 text with an offset or a named zone beside them, so that a document is equal on every machine.
The word "change" alone means a change request (design, section 2).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

__all__ = [
    "ACTIONS",
    "CHANGE_STATES",
    "CHANGE_TYPES",
    "IN_THE_WAY",
    "TAKES_DOWN",
    "Action",
    "Approval",
    "BackOut",
    "ChangeRequest",
    "ChangeStanding",
    "ChangeState",
    "ChangeType",
    "Outcome",
    "Step",
]

ChangeType = Literal["standard", "normal", "emergency"]
ChangeState = Literal[
    "draft",
    "submitted",
    "assessed",
    "approved",
    "rejected",
    "scheduled",
    "implementing",
    "review",
    "closed",
    "cancelled",
]
Action = Literal["outage", "restart", "at_risk", "replace", "decommission"]

CHANGE_TYPES: Final[tuple[ChangeType, ...]] = ("standard", "normal", "emergency")
CHANGE_STATES: Final[tuple[ChangeState, ...]] = (
    *("draft", "submitted", "assessed", "approved", "rejected"),
    *("scheduled", "implementing", "review", "closed", "cancelled"),
)
ACTIONS: Final[tuple[Action, ...]] = ("outage", "restart", "at_risk", "replace", "decommission")

TAKES_DOWN: Final[frozenset[Action]] = frozenset({"outage", "restart", "replace", "decommission"})
"""Actions that put their item down for their minutes; `at_risk` does so only where the change fails."""

IN_THE_WAY: Final[frozenset[ChangeState]] = frozenset(
    {"submitted", "assessed", "approved", "scheduled", "implementing"}
)
"""States in which a change counts for others: submitted to implementing."""


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing done to one item. `item` and `replacement` are record ids.

    `offset` is minutes after the change's start, or, where steps run one by one, after the step before has ended.
    `minutes` is how long; None: as long as the planned outage, else to the end of the window.
    """

    item: str
    action: Action = "outage"
    offset: float = 0.0
    minutes: float | None = None
    replacement: str | None = None


class BackOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The back-out plan. `tested` counts only with when or a reference; `minutes` is how long backing out takes."""

    state: Literal["tested", "written", "none"] = "none"
    minutes: float | None = None
    tested_on: str | None = None
    reference: str | None = None
    text: str = ""


class ChangeRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked for: everything a person writes, nothing that is computed or decided.

    `zone` is the IANA zone in which start and end are told; both carry their offset as well. `required_lead_days` is
    how long before its start a change of this kind should be submitted, None: as the settings say.
    """

    title: str
    type: ChangeType = "normal"
    model: str | None = None
    steps: tuple[Step, ...] = ()
    sequence: Literal["together", "one_by_one"] = "together"
    start: str | None = None
    end: str | None = None
    zone: str | None = None
    planned_outage_minutes: float | None = None
    team: str | None = None
    assignees: tuple[str, ...] = ()
    requester: str | None = None
    implementation: str = ""
    tests: Literal["full", "partial", "none"] = "none"
    test_plan: str = ""
    back_out: BackOut = BackOut()
    justification: str = ""
    risk_of_not_doing: str = ""
    required_lead_days: float | None = None


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person's yes to one assessment. `void` says why it no longer counts; empty while it does."""

    by: str
    role: str
    at: str
    assessment: str
    established: str
    reason: str = ""
    void: str = ""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it went. `hit` are record ids of items that were hit though nobody had predicted it."""

    result: Literal["successful", "backed_out", "unsuccessful"]
    started_at: str
    ended_at: str
    outage_minutes: float | None = None
    hit: tuple[str, ...] = ()
    note: str = ""
    user_minutes: float | None = None
    """Weighted user-minutes really lost, by the actual outage and the users that the assessment counted."""


class ChangeStanding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change request as it stands now: the newest version of its paper.

    `assessment` is the key of the assessment that stands (paper kind `assessment`), None before the first.
    """

    number: str
    request: ChangeRequest
    state: ChangeState = "draft"
    version: int = 1
    created_at: str = ""
    submitted_at: str | None = None
    assessment: str | None = None
    approvals: tuple[Approval, ...] = ()
    override: str = ""
    unratified: bool = False
    started_at: str | None = None
    outcome: Outcome | None = None
    classes: tuple[str, ...] = ()
    """Classes of the items concerned when it was submitted, for the statistics."""
    predicted: float | None = None
    """Failure probability that the assessment in force stated."""
    predicted_user_minutes: float | None = None
    """Weighted user-minutes that the assessment in force expected to be lost."""
