"""Which state of a change may follow which, and what must be said for it.

Takes states, raises EditRefused. ITIL 4, change enablement.
"""

from __future__ import annotations

from typing import Final

from cmdb.errors import EditRefused
from cmdb.model.change import ChangeState

__all__ = ["EDITABLE", "FOLLOWS", "NEEDS_REASON", "check_transition"]

FOLLOWS: Final[dict[ChangeState, tuple[ChangeState, ...]]] = {
    "draft": ("submitted", "cancelled"),
    "submitted": ("assessed", "approved", "rejected", "draft", "cancelled"),
    "assessed": ("assessed", "approved", "rejected", "submitted", "draft", "cancelled"),
    "approved": ("scheduled", "assessed", "approved", "rejected", "submitted", "cancelled"),
    "scheduled": ("implementing", "assessed", "approved", "rejected", "submitted", "cancelled"),
    "implementing": ("review",),
    "review": ("closed",),
    "rejected": ("draft",),
    "closed": (),
    "cancelled": (),
}
"""Legal transitions. What is approved or scheduled falls back to `assessed` when its approval is void."""

EDITABLE: Final[frozenset[ChangeState]] = frozenset({"draft", "submitted", "assessed", "approved", "scheduled"})
"""States in which the request may still be edited; from submitted on an edit voids what was approved."""

NEEDS_REASON: Final[frozenset[ChangeState]] = frozenset({"rejected", "cancelled"})

_VERB: Final = {
    "submitted": "submitted",
    "assessed": "assessed",
    "approved": "approved",
    "rejected": "rejected",
    "scheduled": "scheduled",
    "implementing": "started",
    "review": "finished",
    "closed": "reviewed",
    "cancelled": "cancelled",
    "draft": "taken back to draft",
}


def check_transition(number: str, now: ChangeState, to: ChangeState, reason: str = "") -> None:
    """Raise EditRefused when a change in one state may not get into another, or when a reason is missing."""
    if to not in FOLLOWS[now]:
        next_ = ", ".join(dict.fromkeys(_VERB[each] for each in FOLLOWS[now] if each != now))
        told = f"from there it may be {next_}" if next_ else "it is over"
        raise EditRefused(f"{number} is {now} and cannot be {_VERB[to]}: {told}")
    if to in NEEDS_REASON and not reason.strip():
        raise EditRefused(f"{number} is not {_VERB[to]} without a written reason; give it with --reason TEXT")
