"""Changes as work in time: which rows each has down from when to when, back-out included.

Takes an engine and changes, gives `Work`s. What an item carries is found once for each set of rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from pyroaring import BitMap

from cmdb.model.change import ChangeStanding
from cmdb.model.occupation import Occupation, moment, occupations
from impact.engine import ImpactEngine
from impact.frontier import Rows, distinct, positions

__all__ = ["Piece", "Work", "carried_by", "works_of"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of a change that counts as down from `start` to `end`."""

    row: int
    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class Work:
    """A change in time. `start` to `end` is all of it, with its back-out; `window_end` is without."""

    standing: ChangeStanding
    pieces: tuple[Piece, ...]
    occupied: tuple[Occupation, ...]
    start: dt.datetime
    window_end: dt.datetime
    end: dt.datetime
    carries: BitMap = field(repr=False)
    """Rows of all that stands on its items, themselves included."""

    @property
    def number(self) -> str:
        """The change's number."""
        return self.standing.number

    def rows_at(self, start: dt.datetime, end: dt.datetime) -> tuple[int, ...]:
        """Return the rows that are down all through an elementary interval."""
        return tuple(sorted({each.row for each in self.pieces if each.start <= start and each.end >= end}))


def works_of(engine: ImpactEngine, changes: Iterable[ChangeStanding], *, carrying: bool = True) -> list[Work]:
    """Return the changes that have a start as work, by start; items unknown or out of service bring nothing.

    What they carry is left empty unless `carrying`: it is a walk up for each.
    """
    found = []
    snapshot = engine.snapshot
    carried: dict[tuple[int, ...], BitMap] = {}
    for standing in changes:
        request = standing.request
        occupied = occupations(request)
        if request.start is None or not occupied:
            continue
        back_out = dt.timedelta(minutes=request.back_out.minutes or 0.0)
        pieces = tuple(
            Piece(row, each.start, each.end + back_out)
            for each in occupied
            if (row := snapshot.row_of(each.item)) >= 0 and snapshot.in_service[row]
        )
        start = min(moment(request.start), *(each.start for each in occupied))
        planned = max(each.end for each in occupied)
        window_end = planned if request.end is None else max(planned, moment(request.end))
        rows = tuple(sorted({each.row for each in pieces}))
        if rows not in carried:
            carried[rows] = carried_by(engine, np.array(rows, np.int64)) if carrying else BitMap()
        found.append(Work(standing, pieces, tuple(occupied), start, window_end, window_end + back_out, carried[rows]))
    return sorted(found, key=lambda work: (work.start, work.number))


def carried_by(engine: ImpactEngine, rows: Rows) -> BitMap:
    """Return these rows and all that stands on them, hard or soft, however indirectly and redundantly."""
    if engine.reach is not None and len(engine.reach):
        # What is reached over a network rests on every device of it: nothing can be left out.
        return BitMap(range(len(engine.snapshot)))
    graph = engine.graph
    found = np.zeros(len(engine.snapshot), np.bool_)
    fresh = rows
    found[fresh] = True
    while len(fresh):
        direct = engine.links.consumers[positions(engine.links.bounds, fresh)]
        pooled = engine.pool_consumer[engine.member_pool[positions(graph.member_ptr, fresh)]]
        above = np.concatenate([direct, pooled])
        fresh = distinct(above[~found[above]], len(found))
        found[fresh] = True
    return BitMap(np.flatnonzero(found).astype(np.uint32))
