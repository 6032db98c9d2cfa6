"""Pools of other strength than today. Takes two snapshots, gives rows of the finding."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from cmdb.snapshot import Snapshot
from impact.frontier import Rows
from impact.states import DOWN, States
from impact.whatif.falling import SUPPOSED_DOWN
from impact.whatif.finding import PoolDifference

__all__ = ["Strength", "pool_differences", "strengths"]

Strength = tuple[int, int, int]
"""Members in service, members needed, members up less members needed."""


def strengths(snapshot: Snapshot, states: States) -> dict[tuple[str, str], Strength]:
    """Return the strength of every pool of an item in service, by consumer's record id and name."""
    graph = snapshot.graph
    lost = np.zeros(len(graph.pool_consumer), np.int64)
    down: Rows = np.flatnonzero(states.state[graph.member_provider] == DOWN)
    np.add.at(lost, graph.member_pool[down], 1)
    names = graph.pool_names.tolist()
    consumers = [each.decode() for each in snapshot.ids[graph.pool_consumer].tolist()]
    margins = (graph.pool_members - lost - graph.pool_stated).tolist()
    columns = zip(consumers, names, graph.pool_members.tolist(), graph.pool_stated.tolist(), margins, strict=True)
    return {(consumer, name): (n, need, margin) for consumer, name, n, need, margin in columns if name != SUPPOSED_DOWN}


def pool_differences(
    before: dict[tuple[str, str], Strength], after: dict[tuple[str, str], Strength], names: dict[str, str]
) -> list[PoolDifference]:
    """Return the pools whose strength differs, those that lost margin first. `names` are of items by record id."""
    found = []
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if was != now:
            found.append(_difference(key, was, now, names))
    order = {"lost": 0, "gained": 1, "same": 2}
    return sorted(found, key=lambda row: (order[row.change], row.name, row.pool, row.consumer))


def _difference(
    key: tuple[str, str], was: Strength | None, now: Strength | None, names: dict[str, str]
) -> PoolDifference:
    change: Literal["gained", "lost", "same"] = "same"
    # Where there is no pool there is nothing to spare.
    spare_before, spare = was[2] if was else 0, now[2] if now else 0
    if spare_before != spare:
        change = "gained" if spare > spare_before else "lost"
    before: tuple[Any, ...] = was or (None, None, None)
    after: tuple[Any, ...] = now or (None, None, None)
    return PoolDifference(
        consumer=key[0],
        name=names[key[0]],
        pool=key[1],
        n_before=before[0],
        need_before=before[1],
        margin_before=before[2],
        n=after[0],
        need=after[1],
        margin=after[2],
        change=change,
    )
