"""What outages have spent of the downtime budgets of services: theirs, and those of what they stand on.

Takes an engine and the spans of outages by item, gives minutes by row. The topology is today's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

from impact.engine import ImpactEngine
from impact.states import DOWN, evaluate

__all__ = ["Spans", "spent_minutes"]

Spans = Sequence[tuple[dt.datetime, dt.datetime]]
"""From and until, aware."""


def spent_minutes(engine: ImpactEngine, spans: Mapping[str, Spans], rows: Sequence[int]) -> dict[int, float]:
    """Return by row the minutes for which it was down, by its own outages or by those of others.

    Interval by interval, so that what overlaps counts once, and two members of a pool that were down together count
    for as long as they were.
    """
    edges: list[tuple[dt.datetime, int, int]] = []
    for item, of_item in spans.items():
        row = engine.snapshot.row_of(item)
        if row < 0 or not engine.snapshot.in_service[row]:
            continue
        for start, end in of_item:
            edges += [(start, row, 1), (end, row, -1)]
    edges.sort(key=lambda edge: edge[0])
    minutes: dict[tuple[int, ...], float] = {}
    active: dict[int, int] = {}
    for at, (moment, row, step) in enumerate(edges):
        if at and active and moment > edges[at - 1][0]:
            down = tuple(sorted(active))
            minutes[down] = minutes.get(down, 0.0) + (moment - edges[at - 1][0]) / dt.timedelta(minutes=1)
        active[row] = active.get(row, 0) + step
        if not active[row]:
            del active[row]
    asked = np.array(rows, np.int64)
    spent = np.zeros(len(asked))
    for down, lasted in minutes.items():
        spent += np.where(evaluate(engine, down, exposing=False).state[asked] == DOWN, lasted, 0.0)
    return dict(zip(asked.tolist(), spent.tolist(), strict=True))
