"""How it stands now: outages, running changes, pools without reserve, what became unsafe, what waits for the board.

Takes a Record, gives a `Now` of plain values. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cmdb.model.change import ChangeStanding
from cmdb.model.occupation import moment
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from frontends.desk.moved import Progress, moved_since
from impact.engine import ImpactEngine
from impact.states import DOWN, STATES, States, evaluate

__all__ = ["Now", "now_of"]

_AHEAD: Final = dt.timedelta(days=14)
"""How far ahead changes are assessed anew."""


@dataclass(frozen=True)
class Now:
    """Everything that somebody on duty wants on one page."""

    revision: int
    at: str
    outages: list[dict[str, Any]]
    services: list[dict[str, Any]]
    running: list[dict[str, Any]]
    without_reserve: list[dict[str, Any]]
    unsafe: list[dict[str, Any]]
    different: list[dict[str, Any]]
    to_ratify: list[dict[str, Any]]
    warnings: list[str]


def now_of(record: Record, now: dt.datetime, progress: Progress = lambda done, total: None) -> Now:
    """Return how it stands; assessed changes of the next two weeks are assessed anew, and compared."""
    snapshot, circumstances = record.snapshot(), record.circumstances(now)
    engine = ImpactEngine.of(snapshot)
    down, degraded = (
        [row for each in circumstances.outages if each.state == state and (row := snapshot.row_of(each.item)) >= 0]
        for state in ("down", "degraded")
    )
    running = [each for each in circumstances.changes if each.state == "implementing"]
    worked = [row for each in running for step in each.request.steps if (row := snapshot.row_of(step.item)) >= 0]
    states = evaluate(
        engine,
        np.union1d(engine.in_maintenance, np.array([*down, *worked], np.int64)),
        degraded=np.union1d(engine.degraded_by_status, np.array(degraded, np.int64)),
        exposing=False,
    )
    moved, later = moved_since(record, snapshot, now=now, ahead=_AHEAD, progress=progress)
    unsafe = [each for each in moved if each.void or each.problem]
    starts = "assessed change starts" if later == 1 else "assessed changes start"
    far = f"{later} {starts} more than {_AHEAD.days} days ahead; what they would do was not computed anew"
    return Now(
        revision=snapshot.revision,
        at=now.isoformat(),
        outages=[
            {
                "number": each.number,
                "item": each.item,
                "name": snapshot.name_at(row) if (row := snapshot.row_of(each.item)) >= 0 else each.item,
                "state": each.state,
                "start": each.start,
                "text": each.text,
            }
            for each in circumstances.outages
        ],
        services=_services(snapshot, states),
        running=[_running(each, now) for each in running],
        without_reserve=_without_reserve(engine, states),
        unsafe=[_told(each.standing, each.void or [each.problem]) for each in unsafe],
        different=[_told(each.standing, each.different) for each in moved if each not in unsafe],
        to_ratify=[
            {"number": each.number, "title": each.request.title, "approved_by": [one.by for one in each.approvals]}
            for each in record.changes.all()
            if each.unratified and each.state != "cancelled"
        ],
        warnings=[far] if later else [],
    )


def _services(snapshot: Snapshot, states: States) -> list[dict[str, Any]]:
    rows = states.reached[snapshot.is_service[states.reached]]
    order = rows[np.lexsort((rows, -snapshot.users[rows], -snapshot.criticality[rows], -states.state[rows]))]
    return [
        {"id": snapshot.id_at(row), "name": snapshot.name_at(row), "state": STATES[states.state[row]]}
        for row in order.tolist()
    ]


def _running(standing: ChangeStanding, now: dt.datetime) -> dict[str, Any]:
    """Return a running change with its point of no return: later, backing out ends after the window."""
    request = standing.request
    told: dict[str, Any] = {"number": standing.number, "title": request.title, "started_at": standing.started_at}
    told["end"] = request.end
    told["point_of_no_return"] = None
    told["passed"] = None
    if request.end is not None:
        until = moment(request.end) - dt.timedelta(minutes=request.back_out.minutes or 0.0)
        told["point_of_no_return"] = until.isoformat()
        told["passed"] = now > until
        told["minutes_left"] = max(0.0, (until - now) / dt.timedelta(minutes=1))
    return told


def _without_reserve(engine: ImpactEngine, states: States) -> list[dict[str, Any]]:
    """Return the pools that have lost members and bear no further loss, of consumers that are up."""
    snapshot, graph = engine.snapshot, engine.graph
    lost = np.bincount(
        engine.member_pool,
        weights=(np.repeat(states.state, np.diff(graph.member_ptr)) == DOWN).astype(np.float64),
        minlength=len(engine.pool_consumer),
    ).astype(np.int64)
    left = engine.bears - lost
    rows = np.flatnonzero((lost > 0) & (left <= 0) & graph.pool_hard & (states.state[engine.pool_consumer] != DOWN))
    return [
        {
            "consumer": snapshot.id_at(int(engine.pool_consumer[pool])),
            "name": snapshot.name_at(int(engine.pool_consumer[pool])),
            "pool": graph.pool_names[pool],
            "n": int(graph.pool_members[pool]),
            "need": int(graph.pool_need[pool]),
            "down": int(lost[pool]),
        }
        for pool in rows.tolist()
    ]


def _told(standing: ChangeStanding, why: list[str]) -> dict[str, Any]:
    return {"number": standing.number, "title": standing.request.title, "why": why}
