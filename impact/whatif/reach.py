"""Whom a hypothesis can reach, and how two snapshots correspond. Takes snapshots, gives rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import Snapshot
from impact.engine import ImpactEngine
from impact.frontier import Rows, distinct, positions

__all__ = ["above", "counterparts"]


def above(snapshot: Snapshot, ids: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return by row: is it one of these items, or does it require one, however indirectly, softly and redundantly?

    Whoever reaches another over the network may require any device of it.
    """
    engine = ImpactEngine.of(snapshot)
    found = np.zeros(len(snapshot), np.bool_)
    rows = [snapshot.row_of(id_) for id_ in ids]
    fresh = np.unique(np.array([row for row in rows if row >= 0], np.int64))
    found[fresh] = True
    reach = engine.reach
    while len(fresh):
        pools = engine.member_pool[positions(engine.graph.member_ptr, fresh)]
        consumers = np.concatenate(
            [engine.links.consumers[positions(engine.links.bounds, fresh)], engine.pool_consumer[pools]]
        )
        if reach is not None and (reach.network.place[fresh] >= 0).any():
            consumers, reach = np.concatenate([consumers, reach.consumer]), None
        fresh = distinct(consumers[~found[consumers]], len(found))
        found[fresh] = True
    return found


def counterparts(one: Snapshot, other: Snapshot) -> Rows:
    """Return for each row of `one` the row of the same item in `other`, -1 where it has none."""
    if not len(other):
        return np.full(len(one), -1, np.int64)
    places = np.minimum(np.searchsorted(other.ids, one.ids), len(other) - 1)
    rows: Rows = np.where(other.ids[places] == one.ids, places, -1).astype(np.int64)
    return rows
