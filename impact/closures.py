"""What a structure holds below or above some rows. Gives marks by row, or what falls with rows and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Rows, distinct, positions
from impact.structure import Structure

__all__ = ["Consumers", "Fall", "consumers_of", "stands_on"]


def stands_on(structure: Structure, rows: Rows) -> NDArray[np.bool_]:
    """Return by row: is it one of `rows`, or does one of these stand on it, however indirectly and redundantly?"""
    found = np.zeros(structure.size, np.bool_)
    fresh = distinct(rows, structure.size)
    found[fresh] = True
    while len(fresh):
        pools = positions(structure.pool_ptr, fresh)
        below = np.concatenate(
            [
                structure.providers[positions(structure.provider_ptr, fresh)],
                structure.members[positions(structure.member_ptr, pools)],
            ]
        )
        fresh = distinct(below[~found[below]], structure.size)
        found[fresh] = True
    return found


@dataclass(frozen=True, slots=True)
class Fall:
    """What goes down with some rows. In the order of falling, so that a cause stands before what it brings down."""

    cause: dict[int, int]
    """By row that fell: the provider, or last member of a pool, whose fall brought it down; -1 for what was given."""
    pools: list[int]
    """The pools that lost more members than they bear."""

    def chain(self, row: int) -> list[int]:
        """Return the causal chain from a row back to what was given, both in it."""
        chain = []
        while row >= 0:
            chain.append(row)
            row = self.cause[row]
        return chain


class Consumers:
    """A structure turned round: who requires a row, for walks from the cause up. Get one by `consumers_of`."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        consumer = np.repeat(np.arange(structure.size), np.diff(structure.provider_ptr))
        order = np.argsort(structure.providers, kind="stable")
        # Lists, because walks take one number at a time.
        self._consumer_at: list[int] = _bounds(structure.providers, structure.size).tolist()
        self._consumers: list[int] = consumer[order].tolist()
        order = np.argsort(structure.members, kind="stable")
        self._pool_at: list[int] = _bounds(structure.members, structure.size).tolist()
        self._pools: list[int] = structure.member_pool[order].tolist()
        self._pool_consumer: list[int] = structure.pool_consumer.tolist()
        self._bears: list[int] = structure.bears.tolist()

    def of(self, row: int) -> list[int]:
        """Return the rows that require this one directly."""
        return self._consumers[self._consumer_at[row] : self._consumer_at[row + 1]]

    def pools_of(self, row: int) -> list[int]:
        """Return the pools that this row is a member of."""
        return self._pools[self._pool_at[row] : self._pool_at[row + 1]]

    def fall(self, rows: Iterable[int], down: NDArray[np.bool_] | None = None) -> Fall:
        """Return what goes down when `rows` fail, beyond what is `down` without them.

        The chains are shortest ones, counted in requirements.
        """
        cause: dict[int, int] = dict.fromkeys((int(row) for row in rows if down is None or not down[row]), -1)
        lost: dict[int, int] = {}
        broken: list[int] = []
        fresh = deque(cause)
        while fresh:
            row = fresh.popleft()
            for consumer in self.of(row):
                if consumer not in cause and (down is None or not down[consumer]):
                    cause[consumer] = row
                    fresh.append(consumer)
            for pool in self.pools_of(row):
                count = lost.get(pool)
                if count is None:
                    count = 0 if down is None else self._lost_before(pool, down)
                lost[pool] = count + 1
                if count == self._bears[pool]:
                    broken.append(pool)
                    consumer = self._pool_consumer[pool]
                    if consumer not in cause and (down is None or not down[consumer]):
                        cause[consumer] = row
                        fresh.append(consumer)
        return Fall(cause, broken)

    def _lost_before(self, pool: int, down: NDArray[np.bool_]) -> int:
        bounds = self.structure.member_ptr
        return int(np.count_nonzero(down[self.structure.members[bounds[pool] : bounds[pool + 1]]]))


_KEPT = "_consumers"


def consumers_of(structure: Structure) -> Consumers:
    """Return the structure turned round; made once, it lives as long as the structure does."""
    kept: Consumers | None = vars(structure).get(_KEPT)
    if kept is None:
        kept = vars(structure)[_KEPT] = Consumers(structure)
    return kept


def _bounds(rows: Rows, count: int) -> Rows:
    bounds = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=bounds[1:])
    return bounds
