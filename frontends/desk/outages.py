"""Open outages under an answer: what is down or degraded now, or was at the time that is asked about.

Takes a Record and a Snapshot, gives ids and the sentence that every answer must carry.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmdb.changes.outages import open_at
from cmdb.model import STATUSES
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from impact.engine import ImpactEngine
from impact.states import DOWN, evaluate

__all__ = ["Standing", "down_now", "fallen_now", "said_below", "standing_outages", "with_outages"]


class Standing(NamedTuple):
    """Record ids of the items that open outages have down and degraded, and what to say of it."""

    down: list[str]
    degraded: list[str]
    said: list[str]


def standing_outages(
    record: Record, snapshot: Snapshot, as_of: str | None = None, *, counting: bool = True
) -> Standing:
    """Return the outages that are open; of a past snapshot those that were open then.

    Where they are not `counting`, for the design is judged, they are only told of.
    """
    at = dt.datetime.now(dt.UTC) if as_of is None else dt.datetime.fromisoformat(snapshot.revision_at)
    found = [each for each in open_at(record.outages.all(), at) if snapshot.row_of(each.item) >= 0]
    if not found:
        return Standing([], [], [])
    verb = "is" if as_of is None else "was"
    told = [f"{snapshot.name_at(snapshot.row_of(each.item))} {verb} {each.state} ({each.number})" for each in found]
    more = f" and {len(told) - 5} more" if len(told) > 5 else ""
    if not counting:
        verb = "does not count" if len(found) == 1 else "do not count"
        many = "1 open outage" if len(found) == 1 else f"{len(found)} open outages"
        return Standing([], [], [f"{many} {verb}, for the design is judged: {', '.join(told[:5])}{more}; see --now"])
    many = "1 open outage counts" if len(found) == 1 else f"{len(found)} open outages count"
    return Standing(
        [each.item for each in found if each.state == "down"],
        [each.item for each in found if each.state == "degraded"],
        [f"{many}: {', '.join(told[:5])}{more}"],
    )


def with_outages(snapshot: Snapshot, standing: Standing) -> Snapshot:
    """Return the estate with these items in maintenance or degraded by status, for questions on how it stands now."""
    if not (standing.down or standing.degraded):
        return snapshot
    statuses = snapshot.statuses.copy()
    for ids, status in ((standing.degraded, "degraded"), (standing.down, "maintenance")):
        rows = [row for each in ids if (row := snapshot.row_of(each)) >= 0 and snapshot.in_service[row]]
        statuses[rows] = STATUSES.index(status)
    return dataclasses.replace(snapshot, statuses=statuses)


def said_below(snapshot: Snapshot, row: int, standing: Standing) -> list[str]:
    """Return what to say of an item that stands on something that is down or degraded; at most one sentence."""
    if not (standing.down or standing.degraded):
        return []
    below = ImpactEngine.of(snapshot).stands_on(np.array([row]))
    hurt = [
        f"{snapshot.name_at(each)} ({state})"
        for ids, state in ((standing.down, "down"), (standing.degraded, "degraded"))
        for id_ in dict.fromkeys(ids)
        if (each := snapshot.row_of(id_)) >= 0 and below[each]
    ]
    return [f"by open outages, of what it stands on: {', '.join(hurt[:5])}"] if hurt else []


def down_now(snapshot: Snapshot, standing: Standing) -> NDArray[np.bool_]:
    """Tell by item whether it is down now: by an open outage, in maintenance, or because what it requires is."""
    engine = ImpactEngine.of(with_outages(snapshot, standing))
    down = np.zeros(len(snapshot), np.bool_)
    if len(engine.in_maintenance):
        states = evaluate(engine, engine.in_maintenance, exposing=False)
        down[states.reached[states.state[states.reached] == DOWN]] = True
        down[engine.in_maintenance] = True
    return down


def fallen_now(snapshot: Snapshot, standing: Standing) -> Snapshot:
    """Return the estate in which what is down now cannot be up: for questions on what further failures would do."""
    from impact.whatif.falling import with_down

    now = with_outages(snapshot, standing)
    rows = ImpactEngine.of(now).in_maintenance
    return with_down(now, rows.tolist()) if len(rows) else now
