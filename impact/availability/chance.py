"""Probabilities of "any of" and "at least k of" independent things, and how they move with each of them.

Failure space throughout: a probability of 1e-13 keeps its digits. Inputs and results are fractions from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

ChanceT = TypeVar("ChanceT", float, NDArray[np.float64])
"""One case, or many at once."""

__all__ = ["any_slopes", "at_least", "at_least_slopes", "at_least_vectors"]


def at_least(need: int, chances: Sequence[float]) -> float:
    """Return the probability that at least `need` happen.

    >>> round(at_least(2, [0.01, 0.02, 0.03]), 9)
    0.001088
    """
    if need == len(chances):
        return math.prod(chances)
    row = [1.0] + [0.0] * need
    for chance in chances:
        for j in range(need, 0, -1):
            row[j] += chance * (row[j - 1] - row[j])
    return row[need]


def at_least_vectors(need: int, chances: Sequence[NDArray[np.float64]], cases: int) -> NDArray[np.float64]:
    """Return the same for many cases at once."""
    row = [np.ones(cases)] + [np.zeros(cases) for _ in range(need)]
    for chance in chances:
        for j in range(need, 0, -1):
            row[j] = row[j] + chance * (row[j - 1] - row[j])
    return row[need]


def at_least_slopes(need: int, chances: Sequence[ChanceT]) -> list[ChanceT]:
    """Return by input the probability that exactly `need` - 1 of the others happen: the slope of `at_least`."""
    nothing = chances[0] * 0.0
    count = len(chances)
    wanted = need - 1
    start = [nothing + 1.0] + [nothing] * wanted
    before = [start]
    for chance in chances[:-1]:
        before.append(_one_more(before[-1], chance))
    slopes = [nothing] * count
    after = start
    for place in range(count - 1, -1, -1):
        ahead = before[place]
        total = nothing
        for j in range(wanted + 1):
            total = total + ahead[j] * after[wanted - j]
        slopes[place] = total
        after = _one_more(after, chances[place])
    return slopes


def _one_more(row: list[ChanceT], chance: ChanceT) -> list[ChanceT]:
    """Return the probabilities of exactly 0, 1, .. with one more thing."""
    left = 1.0 - chance
    return [row[0] * left] + [row[j] * left + row[j - 1] * chance for j in range(1, len(row))]


def any_slopes(chances: Sequence[ChanceT]) -> list[ChanceT]:
    """Return by input the probability that none of the others happens: the slope of "any of"."""
    if not chances:
        return []
    nobody = chances[0] * 0.0 + 1.0
    left = [nobody]
    for chance in chances:
        left.append(left[-1] * (1.0 - chance))
    right = nobody
    slopes = [nobody] * len(chances)
    for place in range(len(chances) - 1, -1, -1):
        slopes[place] = left[place] * right
        right = right * (1.0 - chances[place])
    return slopes
