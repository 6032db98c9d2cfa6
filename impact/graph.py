"""The analysed estate as a NetworkX graph, for notebooks and for everything the toolbox can do with it.

Takes a Snapshot, gives a MultiDiGraph; knows no question. The hot fixed points do not run here.

    consumer ──relies_on──► provider

- **Nodes** are record ids with `name`, `class`, `status`, `criticality`, `users`, `in_service`, `service` and `pools`.
- **Edges** point from the consumer to what it relies on: `type` (the relationship's), `hard`, `pool` (None for what is
  required by itself) and `lasts_minutes` (infinite for all but batteries). One edge a direct requirement and hardness,
  one a membership, however many parallel links there are. What is reached over the network has `reached` as well: the
  pairs of devices that must be connected in the network, which is `graph.graph["network"]`.
- **Pools** are no nodes, so that paths and degrees are those of items. They stand at their consumer:
  `graph.nodes[consumer]["pools"][name]` = `{"n", "need", "stated", "full", "hard", "assumed"}`.

Items out of service are nodes without edges.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import networkx as nx
import numpy as np

from cmdb.model import STATUSES
from cmdb.snapshot import Snapshot
from impact.engine import ImpactEngine
from impact.network.graph import network_graph

__all__ = ["estate_graph", "subgraph"]


def estate_graph(snapshot: Snapshot) -> nx.MultiDiGraph[str]:
    """Return the whole analysed estate.

    >>> graph = estate_graph(snapshot)                                                      # doctest: +SKIP
    >>> nx.ancestors(graph, db1)                     # all that could ever feel db1         # doctest: +SKIP
    """
    estate: nx.MultiDiGraph[str] = nx.MultiDiGraph(revision=snapshot.revision, record=snapshot.record_uuid)
    ids = [each.decode() for each in snapshot.ids.tolist()]
    names, in_service, is_service = snapshot.names.tolist(), snapshot.in_service.tolist(), snapshot.is_service.tolist()
    statuses, classes = snapshot.statuses.tolist(), snapshot.class_codes.tolist()
    estate.add_nodes_from(
        (
            id_,
            {
                "name": names[row],
                "class": snapshot.class_names[classes[row]],
                "status": STATUSES[statuses[row]],
                "criticality": snapshot.criticality_at(row),
                "users": snapshot.users_at(row),
                "in_service": in_service[row],
                "service": is_service[row],
                "pools": {},
            },
        )
        for row, id_ in enumerate(ids)
    )
    graph, types = snapshot.graph, _types(snapshot)
    estate.add_edges_from(
        (ids[consumer], ids[provider], {"type": types[row], "hard": hard, "pool": None, "lasts_minutes": np.inf})
        for provider, consumer, hard, row in zip(
            graph.edge_provider.tolist(),
            graph.edge_consumer.tolist(),
            graph.edge_hard.tolist(),
            graph.edge_relationship.tolist(),
            strict=True,
        )
    )
    pools = graph.pool_names.tolist()
    consumers = [ids[row] for row in graph.pool_consumer.tolist()]
    hard_pools = graph.pool_hard.tolist()
    for pool, (consumer, name) in enumerate(zip(consumers, pools, strict=True)):
        estate.nodes[consumer]["pools"][name] = {
            "n": int(graph.pool_members[pool]),
            "need": int(graph.pool_need[pool]),
            "stated": int(graph.pool_stated[pool]),
            "full": int(graph.pool_full[pool]) or None,
            "hard": hard_pools[pool],
            "assumed": bool(graph.pool_assumed[pool]),
        }
    estate.add_edges_from(
        (
            consumers[pool],
            ids[provider],
            {"type": types[row], "hard": hard_pools[pool], "pool": pools[pool], "lasts_minutes": lasts},
        )
        for provider, pool, row, lasts in zip(
            graph.member_provider.tolist(),
            graph.member_pool.tolist(),
            graph.member_relationship.tolist(),
            graph.member_lasts.tolist(),
            strict=True,
        )
    )
    _add_reach(estate, snapshot, ids)
    return estate


def _add_reach(estate: nx.MultiDiGraph[str], snapshot: Snapshot, ids: list[str]) -> None:
    """Mark the edges that hold only while a path over the network is left."""
    reach = ImpactEngine.of(snapshot).reach
    if reach is None:
        return
    estate.graph["network"] = network_graph(snapshot)
    pools, member_pool = snapshot.graph.pool_names.tolist(), snapshot.graph.member_pool.tolist()
    routes, rows = reach.routes, reach.network.rows
    for index in range(len(reach)):
        consumer, provider = ids[reach.consumer[index]], ids[reach.provider[index]]
        member = int(reach.member[index])
        pool = pools[member_pool[member]] if member >= 0 else None
        pairs = tuple(
            (ids[rows[routes.start[pair]]], ids[rows[routes.end[pair]]])
            for pair in reach.pair_of[reach.pair_ptr[index] : reach.pair_ptr[index + 1]].tolist()
        )
        for edge in estate.get_edge_data(consumer, provider).values():
            if edge["pool"] == pool and (pool is not None or edge["hard"] == bool(reach.hard[index])):
                edge["reached"] = pairs


def subgraph(snapshot: Snapshot, ids: Collection[str], **node_values: dict[str, Any]) -> nx.MultiDiGraph[str]:
    """Return the part of the estate between these items, with more values per node where given.

    >>> subgraph(snapshot, finding.ids, state=finding.states)                               # doctest: +SKIP
    """
    part: nx.MultiDiGraph[str] = estate_graph(snapshot).subgraph(ids).copy()
    for name, values in node_values.items():
        nx.set_node_attributes(part, {id_: values[id_] for id_ in part if id_ in values}, name)
    return part


def _types(snapshot: Snapshot) -> list[str]:
    """Return each relationship's type."""
    names = snapshot.type_names
    return [names[code] for code in snapshot.relationship_types.tolist()]
