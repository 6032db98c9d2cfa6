"""The network below an item: which requirements of the items it stands on need a path, and what the paths run through.

Takes `Reach` and who is looked at, gives rows for the answer on needs. Says nothing of states.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cmdb.snapshot import Snapshot
from impact.finding import Row
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


def over_network(snapshot: Snapshot, reach: Reach, consumers: NDArray[np.bool_]) -> list[OverNetwork]:
    """Return the requirements over the network of these consumers (by item row); those that cannot be judged are not
    among them (`Reach.unjudged_at`)."""
    found = []
    routes, network = reach.routes, reach.network
    for index in np.flatnonzero(consumers[reach.consumer]).tolist():
        pairs = reach.pairs_of(index)
        every: dict[int, None] = {}
        for pair in pairs:
            start, end = int(routes.start[pair]), int(routes.end[pair])
            every.update(dict.fromkeys(routes.cuts(start, end)[1:-1]))
        consumer, provider = int(reach.consumer[index]), int(reach.provider[index])
        always = [int(network.rows[device]) for device in every]
        found.append(
            OverNetwork(
                consumer=snapshot.id_at(consumer),
                consumer_name=snapshot.name_at(consumer),
                provider=snapshot.id_at(provider),
                provider_name=snapshot.name_at(provider),
                hard=bool(reach.hard[index]),
                paths=min((routes.disjoint(pair, frozenset()) for pair in pairs), default=0),
                on_every_path=[snapshot.id_at(row) for row in always],
                on_every_path_names=[snapshot.name_at(row) for row in always],
            )
        )
    return found
