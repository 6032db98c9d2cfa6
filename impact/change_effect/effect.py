"""What a change does, interval by interval, from the whole state: outages, maintenance and other changes count as down.

Takes a Snapshot, a change and `Circumstances`, gives an `EffectFinding`. Where it fails, what was only at risk is down
as well, and all of it until it is backed out.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from cmdb.model import CRITICALITIES
from cmdb.model.change import IN_THE_WAY, ChangeStanding
from cmdb.model.circumstances import Circumstances
from cmdb.model.occupation import occupations
from cmdb.snapshot import Snapshot
from impact.change_effect.finding import EffectFinding, EffectInterval, HitService, ToldParty
from impact.collisions.works import works_of
from impact.engine import ImpactEngine
from impact.risk.gathering import checked_rows
from impact.states import STATES, States, evaluate

__all__ = ["effect_of"]

_ANY_DAY = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


class _Piece(NamedTuple):
    row: int
    start: dt.datetime
    end: dt.datetime
    until: dt.datetime
    down: bool


def effect_of(
    snapshot: Snapshot, standing: ChangeStanding, circumstances: Circumstances, *, drafts: bool = False
) -> EffectFinding:
    """Return what a change does to services; `drafts` lets drafts of others count as well.

    A change without a start is looked at by itself. Raises UsageError as `checked_rows` does.
    """
    engine, request = ImpactEngine.of(snapshot), standing.request
    checked_rows(snapshot, request)
    dated = request.start is not None
    occupied = occupations(request, None if dated else _ANY_DAY)
    back_out = dt.timedelta(minutes=request.back_out.minutes or 0.0)
    pieces = [_Piece(snapshot.row_of(e.item), e.start, e.end, e.end + back_out, e.down) for e in occupied]
    counted = [
        each
        for each in circumstances.changes
        if each.number != standing.number and (each.state in IN_THE_WAY or (drafts and each.state == "draft"))
    ]
    others = works_of(engine, counted) if dated else []
    down, degraded = _outages(snapshot, circumstances)
    memory: dict[tuple[int, ...], States] = {}

    def states(rows: Iterable[int]) -> States:
        key = tuple(sorted({*rows, *down}))
        if key not in memory:
            memory[key] = evaluate(
                engine,
                np.union1d(engine.in_maintenance, np.array(key, np.int64)),
                degraded=np.union1d(engine.degraded_by_status, np.array(degraded, np.int64)),
            )
        return memory[key]

    over = max((each.end for each in pieces), default=_ANY_DAY)
    edges = {edge for each in pieces for edge in (each.start, each.end, each.until)}
    edges |= {edge for work in others for each in work.pieces for edge in (each.start, each.end)}
    first, last = min(e.start for e in pieces), max(e.until for e in pieces)
    edges = {edge for edge in edges if first <= edge <= last}
    intervals: list[EffectInterval] = []
    succeeds: dict[int, tuple[int, int]] = {}
    fails: dict[int, tuple[int, int]] = {}
    for start, end in itertools.pairwise(sorted(edges)):
        meanwhile = [work for work in others if work.rows_at(start, end)]
        elsewhere = {row for work in meanwhile for row in work.rows_at(start, end)}
        planned = {each.row for each in pieces if each.down and each.start <= start and each.end >= end}
        failed = {each.row for each in pieces if each.start <= start and each.until >= end}
        before = states(elsewhere)
        phase = "work" if start < over else "back_out"
        here = planned if phase == "work" else failed
        hit = _hit(engine, before, states(elsewhere | here))
        _worst(succeeds, _hit(engine, before, states(elsewhere | planned)))
        _worst(fails, _hit(engine, before, states(elsewhere | failed)))
        intervals.append(
            EffectInterval(
                start=start.isoformat(),
                end=end.isoformat(),
                phase=phase,  # type: ignore[arg-type]
                items=[snapshot.id_at(row) for row in sorted(here)],
                meanwhile=[work.number for work in meanwhile],
                services=_rows(snapshot, hit),
            )
        )
    if not intervals:
        # Nothing of it has a length that anybody stated: looked at as if it were for a moment.
        before = states(())
        succeeds = _hit(engine, before, states({each.row for each in pieces if each.down}))
        fails = _hit(engine, before, states({each.row for each in pieces}))
    rows = np.array(sorted({each.row for each in pieces}), np.int64)
    return EffectFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        number=standing.number or None,
        title=request.title,
        start=first.isoformat() if dated else None,
        end=last.isoformat() if dated else None,
        intervals=intervals if dated else [],
        succeeds=_rows(snapshot, succeeds),
        fails=_rows(snapshot, fails),
        told=_told(snapshot, succeeds, fails),
        afterwards=None,
        not_followed=_not_followed(engine, rows),
        warnings=_warnings(engine, rows, down, degraded, dated=dated),
    )


def _outages(snapshot: Snapshot, circumstances: Circumstances) -> tuple[list[int], list[int]]:
    found: dict[str, list[int]] = {"down": [], "degraded": []}
    for each in circumstances.outages:
        if (row := snapshot.row_of(each.item)) >= 0:
            found[each.state].append(row)
    return found["down"], found["degraded"]


def _hit(engine: ImpactEngine, before: States, after: States) -> dict[int, tuple[int, int]]:
    """Return (before, after) of the services that get worse."""
    reached = after.reached[engine.snapshot.is_service[after.reached]]
    worse = reached[after.state[reached] > before.state[reached]]
    return {int(row): (int(before.state[row]), int(after.state[row])) for row in worse.tolist()}


def _worst(found: dict[int, tuple[int, int]], hit: dict[int, tuple[int, int]]) -> None:
    for row, states in hit.items():
        if row not in found or states[1] > found[row][1]:
            found[row] = states


def _rows(snapshot: Snapshot, hit: dict[int, tuple[int, int]]) -> list[HitService]:
    order = sorted(hit, key=lambda row: (-hit[row][1], -snapshot.criticality[row], -snapshot.users[row], row))
    return [
        HitService.model_validate(
            {
                "id": snapshot.id_at(row),
                "name": snapshot.name_at(row),
                "state_before": STATES[hit[row][0]],
                "state": STATES[hit[row][1]],
                "criticality": CRITICALITIES[code] if (code := int(snapshot.criticality[row])) >= 0 else None,
                "users": snapshot.users_at(row),
            }
        )
        for row in order
    ]


def _told(
    snapshot: Snapshot, succeeds: dict[int, tuple[int, int]], fails: dict[int, tuple[int, int]]
) -> list[ToldParty]:
    found = []
    for row in sorted({*succeeds, *fails}, key=lambda each: (-snapshot.criticality[each], -snapshot.users[each], each)):
        values: dict[str, Any] = snapshot.shown_at(row)["values"]
        contacts = (values.get("attributes") or {}).get("contacts") or []
        found.append(
            ToldParty(
                service=snapshot.id_at(row),
                name=snapshot.name_at(row),
                state=STATES[succeeds[row][1]] if row in succeeds else "unaffected",
                state_if_fails=STATES[fails[row][1]] if row in fails else "unaffected",
                users=snapshot.users_at(row),
                owner=values.get("owner"),
                support_group=values.get("support_group"),
                contacts=[str(each) for each in (contacts if isinstance(contacts, list) else [contacts])],
            )
        )
    return found


def _not_followed(engine: ImpactEngine, rows: np.ndarray[Any, Any]) -> int:
    snapshot = engine.snapshot
    links = engine.unfollowed
    ends = np.isin(snapshot.relationship_from[links], rows) | np.isin(snapshot.relationship_to[links], rows)
    return int(np.count_nonzero(ends))


def _warnings(
    engine: ImpactEngine, rows: np.ndarray[Any, Any], down: Sequence[int], degraded: Sequence[int], *, dated: bool
) -> list[str]:
    found = []
    snapshot = engine.snapshot
    if not dated:
        found.append("it has no start: other changes and the hour were left out")
    if down or degraded:
        named = ", ".join(snapshot.name_at(row) for row in [*down, *degraded][:5])
        found.append(f"open outages count as going on throughout: {named}")
    idle = [snapshot.name_at(row) for row in rows.tolist() if not engine.serves[row]]
    if idle:
        found.append(f"no service is known to stand on {', '.join(idle[:5])}")
    return found
