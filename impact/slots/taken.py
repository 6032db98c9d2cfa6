"""Which starts are taken: where another change works on the same items, or would take a service down with this one.

Takes an engine, a change, the others and starts, gives a mask. Each distinct set of neighbours is evaluated once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cmdb.model.change import ChangeStanding
from impact.collisions.effects import Effects
from impact.collisions.works import Work, works_of
from impact.engine import ImpactEngine

__all__ = ["taken_starts"]


def taken_starts(
    engine: ImpactEngine,
    standing: ChangeStanding,
    others: Sequence[ChangeStanding],
    starts: Sequence[dt.datetime],
    services: set[int],
) -> NDArray[np.bool_]:
    """Return by start whether a direct conflict or a joint loss with the others would come of it.

    Back-out time counts on both sides. A neighbour that carries nothing in common is in nobody's way.
    """
    taken = np.zeros(len(starts), np.bool_)
    if not starts:
        return taken
    mine = _moved(engine, standing, starts[0])
    if mine is None:
        return taken
    # Who carries something in common with this one works on what something carried stands on: one walk down says who.
    below = engine.stands_on(np.array(mine.carries.to_array(), np.int64))
    row_of = engine.snapshot.row_of
    common = [
        each for each in others if any((row := row_of(step.item)) >= 0 and below[row] for step in each.request.steps)
    ]
    near = works_of(engine, common, carrying=False)
    if not near:
        return taken
    rows = tuple(sorted({piece.row for piece in mine.pieces}))
    effects = Effects(engine)
    length = mine.end - mine.start
    begins, ends = (np.array([moment.timestamp() for moment in each]) for each in _spans(near))
    known: dict[bytes, bool] = {}
    for at, start in enumerate(np.array([each.timestamp() for each in starts]).tolist()):
        during = (begins < start + length.total_seconds()) & (ends > start)
        key = during.tobytes()
        if key not in known:
            meanwhile = [near[each] for each in np.flatnonzero(during).tolist()]
            known[key] = bool(meanwhile) and _collides(effects, rows, meanwhile)
        taken[at] = known[key]
    return taken


def _spans(works: Sequence[Work]) -> tuple[list[dt.datetime], list[dt.datetime]]:
    return [work.start for work in works], [work.end for work in works]


def _collides(effects: Effects, rows: tuple[int, ...], meanwhile: Sequence[Work]) -> bool:
    theirs = {piece.row for work in meanwhile for piece in work.pieces}
    if theirs & set(rows):
        return True
    together = effects.fallen(tuple(sorted(theirs | set(rows)))) - effects.fallen(rows)
    # Most neighbours bring nothing down together with it: then theirs alone need not be looked at.
    return bool(together) and bool(together - effects.fallen(tuple(sorted(theirs))))


def _moved(engine: ImpactEngine, standing: ChangeStanding, start: dt.datetime) -> Work | None:
    import msgspec

    request = standing.request
    if request.start is not None and request.end is not None:
        length = dt.datetime.fromisoformat(request.end) - dt.datetime.fromisoformat(request.start)
        moved = msgspec.structs.replace(request, start=start.isoformat(), end=(start + length).isoformat())
    else:
        moved = msgspec.structs.replace(request, start=start.isoformat(), end=None)
    found = works_of(engine, [msgspec.structs.replace(standing, request=moved)])
    return found[0] if found else None
