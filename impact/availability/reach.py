"""Who stands on whom through hard requirements, however indirectly and redundantly. Rows in, rows out."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Rows
from impact.structure import Structure

__all__ = ["relied_on", "standing_on"]


def relied_on(structure: Structure, rows: Iterable[int]) -> Rows:
    """Return all rows that these rely on, themselves included; redundant providers count as well."""
    consumer, provider = _requirements(structure)
    return _reached(structure.size, consumer, provider, rows)


def standing_on(structure: Structure, rows: Iterable[int]) -> Rows:
    """Return all rows that rely on one of these, themselves included."""
    consumer, provider = _requirements(structure)
    return _reached(structure.size, provider, consumer, rows)


def _requirements(structure: Structure) -> tuple[Rows, Rows]:
    consumer = np.concatenate(
        [
            np.repeat(np.arange(structure.size), np.diff(structure.provider_ptr)),
            structure.pool_consumer[structure.member_pool],
        ]
    )
    return consumer, np.concatenate([structure.providers, structure.members])


def _reached(size: int, start: Rows, end: Rows, rows: Iterable[int]) -> NDArray[np.int64]:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    seeds = np.unique(np.fromiter(rows, np.int64))
    # One more row that leads to every seed, so that one walk begins at all of them.
    starts = np.concatenate([start, np.full(len(seeds), size)])
    ends = np.concatenate([end, seeds])
    matrix = csr_array((np.ones(len(starts), np.int8), (starts, ends)), shape=(size + 1, size + 1))
    order = breadth_first_order(matrix, size, directed=True, return_predecessors=False)
    return np.sort(order[1:]).astype(np.int64)
