"""The network below an item: which requirements of the items it stands on need a path, and what the paths run through.

Takes `Reach` and who is looked at, gives rows for the answer on needs. Says nothing of states.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cmdb.snapshot import Snapshot
from impact.finding import Row
from impact.lazy import LazyRows
from impact.network.reach import Reach

__all__ = ["OverNetwork", "over_network"]


class OverNetwork(Row):
    """One requirement that is met only while a path through the network is left."""

    consumer: str
    consumer_name: str
    provider: str
    provider_name: str
    hard: bool = Field(description="Without a path the consumer is down, or its pool has a member less; else degraded.")
    paths: int = Field(
        description="Paths between the two that share no device; of several routes that with the fewest."
    )
    on_every_path: list[str] = Field(
        description="Devices that every path uses, in their order: each is a single point."
    )
    on_every_path_names: list[str]


def over_network(snapshot: Snapshot, reach: Reach, consumers: NDArray[np.bool_]) -> LazyRows[OverNetwork]:
    """Return the requirements over the network of these consumers (by item row); those that cannot be judged are not
    among them (`Reach.unjudged_at`)."""
    indices = np.flatnonzero(consumers[reach.consumer])
    routes, network = reach.routes, reach.network

    def make(at: int) -> dict[str, Any]:
        """Return one of them, whose paths are counted only now."""
        index = int(indices[at])
        consumer, provider = int(reach.consumer[index]), int(reach.provider[index])
        pairs = reach.pairs_of(index)
        ends = [(int(routes.start[pair]), int(routes.end[pair])) for pair in pairs]
        # Of several pairs all are needed, so what is on every path of one of them is on every path.
        every = dict.fromkeys(int(network.rows[device]) for pair in ends for device in routes.cuts(*pair)[1:-1])
        return {
            "consumer": snapshot.id_at(consumer),
            "consumer_name": snapshot.name_at(consumer),
            "provider": snapshot.id_at(provider),
            "provider_name": snapshot.name_at(provider),
            "hard": bool(reach.hard[index]),
            "paths": min((routes.disjoint(pair, frozenset()) for pair in pairs), default=0),
            "on_every_path": [snapshot.id_at(row) for row in every],
            "on_every_path_names": [snapshot.name_at(row) for row in every],
        }

    return LazyRows(OverNetwork, len(indices), make)
