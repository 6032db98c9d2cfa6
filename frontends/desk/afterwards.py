"""The estate after a change: judged on the topology that its replacements and decommissionings leave behind.

Takes a Record, a Snapshot and a change, gives an `Afterwards`; None where nothing of it stays.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cmdb.errors import CmdbError
from cmdb.model.change import ChangeStanding
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from impact.change_effect.finding import Afterwards

__all__ = ["afterwards_of"]


def afterwards_of(record: Record, snapshot: Snapshot, standing: ChangeStanding) -> Afterwards | None:
    """Return what differs once predecessors are gone and successors have their relationships and pools."""
    from impact.whatif import Hypothesis, apply
    from impact.whatif.difference import difference
    from impact.whatif.steps import StepRefused, step_of

    steps: list[dict[str, Any]] = []
    for step in standing.request.steps:
        if step.action == "replace" and step.replacement is not None:
            if not snapshot.in_service[snapshot.row_of(step.replacement)]:
                steps.append({"set": {"item": step.replacement, "status": "operational"}})
            steps += _inherited(snapshot, step.item, step.replacement)
        if step.action in ("replace", "decommission"):
            steps.append({"remove": step.item})
    if not steps:
        return None
    title = f"after {standing.number or standing.request.title}"
    try:
        read = [step_of(kind, value) for each in steps for kind, value in each.items()]
        supposed = apply(snapshot, Hypothesis(title=title, steps=tuple(read)), record.catalogue)
        found = difference(snapshot, supposed, seconds=5.0)
    except (CmdbError, StepRefused) as error:
        told = f"it could not be judged: {error}"
        return Afterwards(headline=told, steps=[], worse=[], new_single_points=[], data_lost=[], warnings=[told])
    services = found.services.plain()
    worse = [
        each["name"]
        for each in services
        if (each["saved_minutes_per_month"] or 0) < -1e-9 or each["state"] != each["state_before"]
    ]
    return Afterwards(
        headline=found.headline,
        steps=list(supposed.steps),
        worse=worse,
        new_single_points=[each["name"] for each in found.single_points.plain() if each["change"] == "new"],
        data_lost=[each["name"] for each in services if each["data_lost"]],
        warnings=list(found.warnings),
    )


def _inherited(snapshot: Snapshot, old: str, new: str) -> list[dict[str, Any]]:
    """Return the relationships of an item as steps for its successor; what it has already is left as it is."""
    row, heir = snapshot.row_of(old), snapshot.row_of(new)
    if row < 0 or heir < 0:
        return []
    starts, ends = snapshot.relationship_from, snapshot.relationship_to
    have = {
        (int(starts[at]), int(snapshot.relationship_types[at]), int(ends[at]))
        for at in ((starts == heir) | (ends == heir)).nonzero()[0].tolist()
    }
    found = []
    for at in ((starts == row) | (ends == row)).nonzero()[0].tolist():
        start = heir if starts[at] == row else int(starts[at])
        end = heir if ends[at] == row else int(ends[at])
        type_ = int(snapshot.relationship_types[at])
        if start == end or (start, type_, end) in have:
            continue
        shown = snapshot.relationship_shown.bytes_at(at)
        pools = msgspec.json.decode(shown).get("pools", []) if shown else []
        step: dict[str, Any] = {
            "from": snapshot.id_at(start),
            "type": snapshot.type_names[type_],
            "to": snapshot.id_at(end),
        }
        found.append({"relate": {**step, "pool": pools} if pools else step})
        gone = {"from": snapshot.id_at(int(starts[at])), "type": step["type"], "to": snapshot.id_at(int(ends[at]))}
        found.append({"unrelate": gone})
    return found
