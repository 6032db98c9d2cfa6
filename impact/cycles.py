"""Items that stand on each other. Takes pairs (consumer, provider) by columns, gives the cycles among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import ImpactGraph
from impact.frontier import Rows

__all__ = ["cycles_among", "requirement_pairs"]


def requirement_pairs(graph: ImpactGraph) -> tuple[Rows, Rows]:
    """Return (consumer, provider) of every requirement, direct or through a pool, each pair once."""
    consumer = np.concatenate([graph.edge_consumer, graph.pool_consumer[graph.member_pool]]).astype(np.int64)
    provider = np.concatenate([graph.edge_provider, graph.member_provider]).astype(np.int64)
    width = int(max(consumer.max(initial=0), provider.max(initial=0))) + 1
    pairs = np.sort(consumer * width + provider)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    return pairs // width, pairs % width


def cycles_among(consumer: Rows, provider: Rows) -> list[list[int]]:
    """Return the strongly connected components of two items and more, as sorted rows, sorted.

    Items nobody relies on and items that rely on nobody are peeled off first, on whole columns; NetworkX sees only
    what is left, which in most estates is little.
    """
    count = int(max(consumer.max(initial=-1), provider.max(initial=-1))) + 1
    alive: NDArray[np.bool_] = np.ones(len(consumer), np.bool_)
    for _ in range(200):
        has_provider = np.zeros(count, np.bool_)
        has_provider[consumer[alive]] = True
        has_consumer = np.zeros(count, np.bool_)
        has_consumer[provider[alive]] = True
        left = alive & has_provider[provider] & has_consumer[consumer]
        if left.sum() == alive.sum():
            break
        alive = left
    if not alive.any():
        return []
    # Only here, for the toolbox takes longer to import than most questions take to answer.
    import networkx as nx

    core = nx.DiGraph(zip(consumer[alive].tolist(), provider[alive].tolist(), strict=True))
    return sorted(sorted(each) for each in nx.strongly_connected_components(core) if len(each) > 1)
