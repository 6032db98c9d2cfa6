"""Items supposed to be down, in a snapshot on which every analysis runs unchanged.

Such an item is in maintenance, which is how states and impact see it, and has in the impact graph a pool of nobody
whose need is one: it is never met, so for down sets, cut sets and availability the item is down with nothing lost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cmdb.model import STATUSES
from cmdb.snapshot import ImpactGraph, Snapshot, Strings

__all__ = ["SUPPOSED_DOWN", "with_down"]

SUPPOSED_DOWN: Final = "supposed to be down"
"""The name of the pool of nobody."""


def with_down(snapshot: Snapshot, rows: Sequence[int]) -> Snapshot:
    """Return the snapshot in which the items of these rows, all in service, are down."""
    fallen = np.unique(np.asarray(rows, np.int64))
    statuses = snapshot.statuses.copy()
    statuses[fallen] = STATUSES.index("maintenance")
    return dataclasses.replace(snapshot, statuses=statuses, graph=_with_pools(snapshot.graph, fallen))


def _with_pools(graph: ImpactGraph, fallen: NDArray[np.int64]) -> ImpactGraph:
    count = len(graph.pool_consumer_ptr) - 1
    consumers = np.concatenate([graph.pool_consumer, fallen.astype(np.int32)])
    order = np.argsort(consumers, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))

    def column(values: NDArray[Any], new: object) -> NDArray[Any]:
        return np.concatenate([values, np.full(len(fallen), new, values.dtype)])[order]

    names = [*graph.pool_names.to_bytes(), *[SUPPOSED_DOWN.encode()] * len(fallen)]
    member_pool = place[graph.member_pool].astype(np.int32)
    consumer_ptr = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(consumers, minlength=count), out=consumer_ptr[1:])
    member_by_pool = np.argsort(member_pool, kind="stable")
    member_pool_ptr = np.zeros(len(order) + 1, np.int64)
    np.cumsum(np.bincount(member_pool, minlength=len(order)), out=member_pool_ptr[1:])
    return dataclasses.replace(
        graph,
        member_pool=member_pool,
        pool_consumer=consumers[order],
        pool_names=Strings.of([names[at] for at in order.tolist()]),
        pool_members=column(graph.pool_members, 0),
        pool_need=column(graph.pool_need, 1),
        pool_stated=column(graph.pool_stated, 1),
        pool_full=column(graph.pool_full, 0),
        pool_hard=column(graph.pool_hard, True),
        pool_assumed=column(graph.pool_assumed, False),
        pool_row=column(graph.pool_row, -1),
        pool_beta=column(graph.pool_beta, np.nan),
        member_by_pool=member_by_pool,
        member_pool_ptr=member_pool_ptr,
        pool_by_consumer=np.arange(len(order), dtype=np.int64),
        pool_consumer_ptr=consumer_ptr,
    )
