"""What each item needs in order to be up: the hard requirements of an estate, by consumer.

Takes an engine, gives a Structure: the structure function of reliability engineering in columns. Down sets, cut sets
and availability run on it; they know no soft links, names or reasons. An item fails by itself, or

- a provider it requires directly has failed, or
- one of its pools has lost more members than the pool bears.

Failure is the least fixed point of that rule (design, section 6): two items that need each other do not fail together
by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.idle import counted_members

__all__ = ["Structure"]


@dataclass(frozen=True)
class Structure:
    """Requirements by consumer. Rows below `count` are items of the snapshot; rows from there on are virtual.

    Virtual rows stand for conditions that are no item (a path through a network): they never fail by themselves and
    are never named in an answer. `providers[provider_ptr[c] : provider_ptr[c + 1]]` is what c requires directly;
    `pool_ptr[c] : pool_ptr[c + 1]` are its pools, `members[member_ptr[p] : member_ptr[p + 1]]` the members of pool p
    that count as up.
    """

    count: int
    provider_ptr: Rows
    providers: Rows
    pool_ptr: Rows
    member_ptr: Rows
    members: Rows
    bears: Rows
    """By pool: how many of its counted members it can lose before its consumer is down; below 0 the pool is never met
    and its consumer is always down."""
    pool_source: Rows
    """By pool: its row in the impact graph, -1 for a pool of virtual rows."""
    approximate: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    """Virtual rows that are down more often than what they stand for: a part of a network has too many paths to list
    them all (`impact.network.expand`). What rests on them is never better than it looks."""

    @property
    def size(self) -> int:
        """All rows, virtual ones included."""
        return len(self.provider_ptr) - 1

    @classmethod
    def of(cls, engine: ImpactEngine, *, minutes: float | None = None) -> Structure:
        """Return the structure of an estate for losses of `minutes`; None asks about losses without an end.

        Members that last shorter than that (batteries) do not count. Raises UsageError when `minutes` is no duration.
        """
        graph = engine.graph
        hard = np.flatnonzero(graph.edge_hard[graph.edge_by_consumer])
        edges = graph.edge_by_consumer[hard]
        idle, idle_count = counted_members(engine, minutes)
        kept = graph.member_by_pool if idle is None else graph.member_by_pool[~idle[graph.member_by_pool]]
        is_hard = graph.pool_hard[graph.pool_by_consumer]
        pools = graph.pool_by_consumer[is_hard]
        # Pools are sorted by consumer already, so the members sorted by pool only lose those of soft pools.
        kept = kept[graph.pool_hard[graph.member_pool[kept]]]
        number = np.cumsum(graph.pool_hard) - 1
        plain = cls(
            count=len(engine.snapshot),
            provider_ptr=_bounds(graph.edge_consumer[edges], len(engine.snapshot)),
            providers=graph.edge_provider[edges].astype(np.int64),
            pool_ptr=_bounds(graph.pool_consumer[pools], len(engine.snapshot)),
            member_ptr=_bounds(number[graph.member_pool[kept]], len(pools)),
            members=graph.member_provider[kept].astype(np.int64),
            bears=(engine.bears - idle_count)[pools],
            pool_source=pools.astype(np.int64),
        )
        if engine.reach is None or not len(engine.reach):
            return plain
        # Only here, for few estates say what reaches what over the network.
        from impact.network.expand import with_networks

        return with_networks(plain, engine.reach, kept)

    @cached_property
    def pool_consumer(self) -> Rows:
        """By pool: its consumer."""
        return np.repeat(np.arange(self.size), np.diff(self.pool_ptr))

    @cached_property
    def member_pool(self) -> Rows:
        """By membership: its pool."""
        return np.repeat(np.arange(len(self.bears)), np.diff(self.member_ptr))

    def item_of(self, member: int) -> int:
        """Return the item that a member of an item's pool stands for: itself, or what is reached over a network.

        A virtual member requires that item, and beside it only virtual rows, which have higher numbers.
        """
        return member if member < self.count else int(self.providers[self.provider_ptr[member]])

    @cached_property
    def modelled(self) -> NDArray[np.bool_]:
        """By row: does it require anything at all? A service that does not is not modelled, never perfect."""
        found: NDArray[np.bool_] = (np.diff(self.provider_ptr) > 0) | (np.diff(self.pool_ptr) > 0)
        return found

    @cached_property
    def always_down(self) -> Rows:
        """Consumers of pools that are never met, and all that falls with them: down with nothing lost."""
        return np.flatnonzero(self.down(np.zeros(self.size, np.bool_)))

    def down(self, failed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows are down when `failed` have failed by themselves: the rule, applied until nothing moves.

        Plain and slow, the definition that fast forms are tested against; cycles need no special case.
        """
        down = failed.copy()
        consumer = np.repeat(np.arange(self.size), np.diff(self.provider_ptr))
        while True:
            lost = np.bincount(self.member_pool, weights=down[self.members], minlength=len(self.bears))
            now = down.copy()
            now[consumer[down[self.providers]]] = True
            now[self.pool_consumer[lost > self.bears]] = True
            if np.array_equal(now, down):
                return down
            down = now

    @cached_property
    def components(self) -> tuple[int, NDArray[np.int32]]:
        """The strongly connected components: how many, and each row's; providers have lower numbers than consumers.

        Members of a pool count as required here. Going through components in order of their number meets every
        provider before its consumers; rows of one component stand in a cycle.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        consumer = np.concatenate(
            [np.repeat(np.arange(self.size), np.diff(self.provider_ptr)), self.pool_consumer[self.member_pool]]
        )
        provider = np.concatenate([self.providers, self.members])
        matrix = csr_array((np.ones(len(consumer), np.int8), (consumer, provider)), shape=(self.size, self.size))
        number, labels = connected_components(matrix, directed=True, connection="strong")
        return int(number), _providers_first(labels, consumer, provider)


def _providers_first(labels: NDArray[np.int32], consumer: Rows, provider: Rows) -> NDArray[np.int32]:
    """Number components so that each has a higher number than those it relies on (SciPy promises no order)."""
    above, below = labels[consumer], labels[provider]
    if (above >= below).all():
        return labels
    if (above <= below).all():
        turned: NDArray[np.int32] = int(labels.max(initial=0)) - labels
        return turned
    return _by_depth(labels, above, below)


def _by_depth(labels: NDArray[np.int32], above: NDArray[np.int32], below: NDArray[np.int32]) -> NDArray[np.int32]:
    between = above != below
    above, below = above[between], below[between]
    depth = np.zeros(int(labels.max(initial=0)) + 1, np.int64)
    while True:
        deeper = depth.copy()
        np.maximum.at(deeper, above, depth[below] + 1)
        if np.array_equal(deeper, depth):
            break
        depth = deeper
    rank: NDArray[np.int32] = np.empty(len(depth), np.int32)
    rank[np.argsort(depth, kind="stable")] = np.arange(len(depth), dtype=np.int32)
    renumbered: NDArray[np.int32] = rank[labels]
    return renumbered


def _bounds(sorted_rows: NDArray[np.integer], count: int) -> Rows:
    bounds = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(sorted_rows, minlength=count)[:count], out=bounds[1:])
    return bounds
