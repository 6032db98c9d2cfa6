"""What a successful change means to the record: proposals for what was replaced or decommissioned.

Takes a snapshot and a change, gives `Proposed`s; `enter` makes one Delta of one of them.
"""

from __future__ import annotations

from typing import NamedTuple

from cmdb.handing_over import Handover
from cmdb.model.change import ChangeStanding
from cmdb.record import EditOutcome, Record
from cmdb.snapshot import Snapshot

__all__ = ["Proposed", "enter", "proposed"]


class Proposed(NamedTuple):
    """One handover, and what it means in a sentence."""

    pair: Handover
    text: str


def proposed(snapshot: Snapshot, standing: ChangeStanding) -> list[Proposed]:
    """Return what the steps of a change mean to the record, for those of its items that are in service still."""
    found = []
    for step in standing.request.steps:
        row = snapshot.row_of(step.item)
        if row < 0 or not snapshot.in_service[row] or step.action not in ("replace", "decommission"):
            continue
        name = snapshot.name_at(row)
        if step.action == "decommission":
            found.append(Proposed((step.item, None), f"{name} retires"))
        elif step.replacement is not None and (new := snapshot.row_of(step.replacement)) >= 0:
            text = f"{snapshot.name_at(new)} takes over the relationships and pools of {name}, which retires"
            found.append(Proposed((step.item, step.replacement), text))
    return found


def enter(record: Record, each: Proposed, number: str) -> EditOutcome:
    """Enter a proposal in the record as one revision, which names the change."""
    return record.hand_over([each.pair], message=f"{number}: {each.text}")
