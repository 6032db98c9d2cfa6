"""What every question to one snapshot shares: its links split by hardness, its pools' tolerances, its present troubles.

Takes a Snapshot, derives columns from it once, on demand. Holds no answer to a question but the state before it.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cmdb.model import STATUSES
from cmdb.snapshot import IMPACTS, NETWORK_TYPES, Snapshot
from impact.frontier import Links, Rows, distinct, positions

if TYPE_CHECKING:
    from impact.network.reach import Reach
    from impact.states import States

__all__ = ["ImpactEngine"]

_KEPT: Final = "_impact_engine"

UNFOLLOWED: Final = tuple(IMPACTS.index(why) for why in ("none", "no_rule", "undirected"))


class ImpactEngine:
    """The columns an analysis runs on. Get one by `ImpactEngine.of(snapshot)`: a snapshot has one engine."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.graph = snapshot.graph
        self._known: dict[Hashable, States] = {}

    @classmethod
    def of(cls, snapshot: Snapshot) -> ImpactEngine:
        """Return the engine of a snapshot; it lives as long as the snapshot does."""
        # Kept where cached_property would keep it: a snapshot has no hash, so no mapping can be keyed by it.
        engine: ImpactEngine = vars(snapshot).setdefault(_KEPT, cls(snapshot))
        return engine

    def known_states(self, key: Hashable) -> States | None:
        """Return the remembered states under what `key` says is down."""
        return self._known.get(key)

    def remember(self, key: Hashable, states: States) -> None:
        """Remember states for the next question; the last few only."""
        while len(self._known) >= 6:
            self._known.pop(next(iter(self._known)), None)
        self._known[key] = states

    def forget_states(self) -> None:
        """Remember no states any more, so that the next question is worked out: for measuring how long that takes."""
        self._known.clear()

    @cached_property
    def links(self) -> Links:
        """Every direct requirement, hard or soft."""
        return Links(self.graph.edge_ptr, self.graph.edge_consumer.astype(np.int64))

    @cached_property
    def hard(self) -> Links:
        """The hard direct requirements."""
        return self._only(self.graph.edge_hard)

    @cached_property
    def soft(self) -> Links:
        """The soft direct requirements."""
        return self._only(~self.graph.edge_hard)

    def _only(self, chosen: NDArray[np.bool_]) -> Links:
        before = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(chosen, out=before[1:])
        return Links(before[self.graph.edge_ptr], np.compress(chosen, self.links.consumers))

    @cached_property
    def member_pool(self) -> Rows:
        """By membership: its pool."""
        return self.graph.member_pool.astype(np.int64)

    @cached_property
    def pool_consumer(self) -> Rows:
        """By pool: its consumer."""
        return self.graph.pool_consumer.astype(np.int64)

    @cached_property
    def bears(self) -> Rows:
        """By pool: how many members it can lose before its need is not met."""
        return (self.graph.pool_members - self.graph.pool_need).astype(np.int64)

    @cached_property
    def bears_hard(self) -> Rows:
        """By pool: how many members it can lose before its consumer is down; all of them when it is soft."""
        return np.where(self.graph.pool_hard, self.bears, self.graph.pool_members).astype(np.int64)

    @cached_property
    def bears_full(self) -> Rows:
        """By pool: how many members it can lose before it is below `full`; all where nobody said what is full."""
        graph = self.graph
        # Below zero where `full` is more than the members there are: that pool is never at full strength.
        return np.where(graph.pool_full > 0, graph.pool_members - graph.pool_full, graph.pool_members).astype(np.int64)

    @cached_property
    def never_full(self) -> Rows:
        """Consumers of pools whose `full` is above the members they have."""
        return np.unique(self.pool_consumer[self.bears_full < 0])

    @cached_property
    def lasting(self) -> Rows:
        """Memberships that count as up only for a time (batteries)."""
        return np.flatnonzero(np.isfinite(self.graph.member_lasts))

    @cached_property
    def reach(self) -> Reach | None:
        """Requirements that hold only while a path over the network is left; None where nobody states one."""
        snapshot, kind = self.snapshot, NETWORK_TYPES.index("reach")
        if not (snapshot.type_network[snapshot.relationship_types] == kind).any():
            return None
        from impact.network.reach import Reach

        return Reach.of(self)

    @cached_property
    def in_maintenance(self) -> Rows:
        """Items that are down by status."""
        return np.flatnonzero(self.snapshot.statuses == STATUSES.index("maintenance"))

    @cached_property
    def degraded_by_status(self) -> Rows:
        """Items that are degraded by status."""
        return np.flatnonzero(self.snapshot.statuses == STATUSES.index("degraded"))

    @cached_property
    def unfollowed(self) -> Rows:
        """Rows of the relationships no walk follows: without impact, without rule, undirected."""
        found = np.isin(self.snapshot.relationship_impact, UNFOLLOWED)
        if self.reach is not None and len(self.reach):
            found[self.reach.followed] = False
        return np.flatnonzero(found)

    @cached_property
    def serves(self) -> NDArray[np.bool_]:
        """By item: is it a service, or does a service stand on it, however indirectly and redundantly?"""
        return self.stands_on(np.flatnonzero(self.snapshot.is_service & self.snapshot.in_service))

    def stands_on(self, rows: Rows) -> NDArray[np.bool_]:
        """Return by item: is it one of `rows`, or does one of these stand on it, hard or soft, however indirectly?"""
        graph = self.graph
        found = np.zeros(len(self.snapshot), np.bool_)
        fresh = rows
        found[fresh] = True
        while len(fresh):
            edges = graph.edge_by_consumer[positions(graph.edge_consumer_ptr, fresh)]
            pools = graph.pool_by_consumer[positions(graph.pool_consumer_ptr, fresh)]
            members = graph.member_by_pool[positions(graph.member_pool_ptr, pools)]
            below = np.concatenate([graph.edge_provider[edges], graph.member_provider[members]])
            if self.reach is not None and len(self.reach):
                below = np.concatenate([below, self.reach.serving(found)])
            fresh = distinct(below[~found[below]], len(found))
            found[fresh] = True
        return found
