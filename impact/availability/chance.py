"""Probabilities of "any of" and "at least k of" independent things, and how they move with each of them.

Failure space throughout: a probability of 1e-13 keeps its digits. Inputs and results are fractions from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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


def at_least_slopes(need: int, chances: Sequence[float]) -> list[float]:
    """Return by input the probability that exactly `need` - 1 of the others happen: the slope of `at_least`."""
    count = len(chances)
    wanted = need - 1
    before = [[1.0] + [0.0] * wanted]
    for chance in chances[:-1]:
        before.append(_one_more(before[-1], chance))
    slopes = [0.0] * count
    after = [1.0] + [0.0] * wanted
    for place in range(count - 1, -1, -1):
        ahead = before[place]
        slopes[place] = math.fsum(ahead[j] * after[wanted - j] for j in range(wanted + 1))
        after = _one_more(after, chances[place])
    return slopes


def _one_more(row: list[float], chance: float) -> list[float]:
    """Return the probabilities of exactly 0, 1, .. with one more thing."""
    left = 1.0 - chance
    return [row[0] * left] + [row[j] * left + row[j - 1] * chance for j in range(1, len(row))]


def any_slopes(chances: Sequence[float]) -> list[float]:
    """Return by input the probability that none of the others happens: the slope of "any of"."""
    left = [1.0]
    for chance in chances:
        left.append(left[-1] * (1.0 - chance))
    right = 1.0
    slopes = [0.0] * len(chances)
    for place in range(len(chances) - 1, -1, -1):
        slopes[place] = left[place] * right
        right *= 1.0 - chances[place]
    return slopes
