"""What the loss of one item does to a pool: the items lying in the down sets of more members than the pool bears.

Takes the members' sets, gives one. Shared items count once a member, however many ways lead to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

__all__ = ["in_at_least", "numbers_of", "united"]

_COUNTED: Final = 60
"""From so many set operations on, counting the numbers in one column is faster (measured)."""

_MOST_COUNTED: Final = 20_000_000
"""Longer columns than this are not made: set operations need no memory to speak of."""


def numbers_of(found: BitMap) -> NDArray[np.uint32]:
    """Return the numbers of a set as a column, sorted."""
    return np.frombuffer(found.to_array(), np.uint32)


def united(sets: Sequence[BitMap]) -> BitMap:
    """Return the union; where one of the sets holds all the others it is that very object."""
    whole = sets[0] | sets[1] if len(sets) == 2 else BitMap.union(*sets)
    largest = max(sets, key=len)
    return largest if len(largest) == len(whole) else whole


def in_at_least(threshold: int, sets: Sequence[BitMap]) -> BitMap:
    """Return the numbers that lie in at least `threshold` (1 or more) of the sets.

    >>> sorted(in_at_least(2, [BitMap([1, 2]), BitMap([2, 3]), BitMap([3])]))
    [2, 3]
    """
    if threshold > len(sets):
        return BitMap()
    if threshold == len(sets):
        return _in_all(sets)
    if threshold == 1:
        return united(sets)
    if (threshold - 1) * len(sets) >= _COUNTED and sum(map(len, sets)) <= _MOST_COUNTED:
        numbers, count = np.unique(np.concatenate([numbers_of(each) for each in sets]), return_counts=True)
        return BitMap(numbers[count >= threshold])
    # reached[j] holds what lies in j + 1 or more of the sets seen so far.
    reached = [BitMap() for _ in range(threshold)]
    for each in sets:
        for level in range(threshold - 1, 0, -1):
            reached[level] |= reached[level - 1] & each
        reached[0] |= each
    return reached[-1]


def _in_all(sets: Sequence[BitMap]) -> BitMap:
    common = sets[0]
    for each in sets[1:]:
        if not common:
            break
        common = common & each
    return common
