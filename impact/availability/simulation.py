"""How often a core is true, by drawing: 64 samples in each machine word, rare events by the gaps between them.

Takes a core and the probabilities of its variables, gives a Clopper-Pearson interval. The same seed gives the same
answer. Only useful for probabilities above about one in a million.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impact.availability.core import Core

__all__ = ["Estimate", "confidence_bounds", "drawn", "simulate"]

Words = NDArray[np.uint64]

_BATCH: Final = 1 << 16
_RARE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Estimate:
    """What came of it: `hits` of `samples` were true."""

    hits: int
    samples: int
    low: float
    high: float
    confidence: float

    @property
    def value(self) -> float:
        """The share of samples that were true."""
        return self.hits / self.samples


def simulate(
    core: Core,
    q: Sequence[float],
    *,
    samples: int,
    seconds: float,
    confidence: float,
    precision: float = 0.01,
    seed: int | Sequence[int] = 0,
) -> Estimate:
    """Draw at most `samples` samples, ending early when the interval is within `precision` of the value.

    Time (`seconds`) is looked at between batches, so an answer that ran out of time depends on the machine.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    until = time.monotonic() + seconds
    hits = total = 0
    low, high = 0.0, 1.0
    look = _BATCH
    # The risk of a wrong interval is spread over all the looks at it that may be taken: stopping early costs nothing.
    looks = max(1, (samples // _BATCH).bit_length() + 1)
    while total < samples:
        words = _evaluated(core, [drawn(generator, chance, _BATCH) for chance in q])
        hits += int(np.bitwise_count(words).sum())
        total += _BATCH
        late = time.monotonic() > until
        if total >= look or late or total >= samples:
            look *= 2
            low, high = confidence_bounds(hits, total, 1 - (1 - confidence) / looks)
            if late or high - low <= precision * hits / total:
                break
    return Estimate(hits, total, low, high, confidence)


def confidence_bounds(hits: int, samples: int, confidence: float) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share: it covers the truth with at least `confidence`."""
    from scipy.stats import beta

    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, samples - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, samples - hits)) if hits < samples else 1.0
    return low, high


def drawn(generator: np.random.Generator, chance: float, samples: int) -> Words:
    """Return `samples` bits (a multiple of 64), each true with probability `chance`."""
    words = samples // 64
    if chance <= 0:
        return np.zeros(words, np.uint64)
    if chance >= 1:
        return np.full(words, ~np.uint64(0))
    if chance > _RARE:
        bits = np.packbits(generator.random(samples) < chance, bitorder="little")
        return bits.view(np.uint64)
    found = np.zeros(words, np.uint64)
    # Gaps are cut at the batch: what lies behind it is not looked at, and far sums would overflow.
    expected = samples * chance
    place = -1
    while place < samples:
        gaps = np.minimum(generator.geometric(chance, int(expected + 4 * expected**0.5) + 4), samples + 1)
        places = place + np.cumsum(gaps)
        place = int(places[-1])
        places = places[places < samples]
        np.bitwise_or.at(found, places >> 6, np.uint64(1) << (places & 63).astype(np.uint64))
    return found


def _evaluated(core: Core, variables: list[Words]) -> Words:
    of_group: list[Words] = []
    of_set: dict[int, Words] = {}
    for need, members in core.groups:
        parts = []
        for each in members:
            if each not in of_set:
                own, groups = core.sets[each]
                merged = np.zeros_like(variables[0])
                for variable in own:
                    merged |= variables[variable]
                for group in groups:
                    merged |= of_group[group]
                of_set[each] = merged
            parts.append(of_set[each])
        of_group.append(_at_least(need, parts))
    result = np.zeros_like(variables[0])
    for group in core.top:
        result |= of_group[group]
    return result


def _at_least(need: int, parts: list[Words]) -> Words:
    if need == len(parts):
        merged = parts[0].copy()
        for part in parts[1:]:
            merged &= part
        return merged
    row = [np.zeros_like(parts[0]) for _ in range(need)]
    for part in parts:
        for j in range(need - 1, 0, -1):
            row[j] |= part & row[j - 1]
        row[0] |= part
    return row[need - 1]
