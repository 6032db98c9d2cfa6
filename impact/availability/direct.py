"""How often a row is down, straight from the structure: for cycles so dense that their normal form has no end.

Takes a structure, the members of common causes and a row, gives bounds and estimates. No function is made: the rule of
the structure (least fixed point) is applied to 64 states in each machine word. All states are gone through where the
row rests on few events; else states are drawn, beside bounds that cost nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impact.availability.purse import Purse
from impact.availability.reach import relied_on
from impact.availability.simulation import confidence_bounds, drawn
from impact.structure import Structure

__all__ = ["Direct", "direct_of"]

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]

_STATES: Final = 16
"""Events up to which all states are gone through."""
_BATCH: Final = 1 << 16
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Direct:
    """A row and what it rests on, renumbered: places are those of `rows`, events those of `events`."""

    row: int
    """The place of the row itself."""
    rows: tuple[int, ...]
    events: tuple[int, ...]
    strikes: tuple[tuple[int, ...], ...]
    """By event: the places it brings down."""
    providers: tuple[tuple[int, ...], ...]
    pools: tuple[tuple[tuple[int, tuple[int, ...]], ...], ...]
    """By place: its pools, as how many members each bears to lose, and the members."""

    def bounds(self, q: Sequence[float]) -> tuple[float, float]:
        """Return what the probability is at least (it falls by itself) and at most (anything fails), `q` by event."""
        alone = [chance for chance, hit in zip(q, self.strikes, strict=True) if self.row in hit]
        bears_nothing = any(bears < 0 for pools in self.pools for bears, _ in pools)
        return _any(alone), 1.0 if bears_nothing else _any(q)

    def exact(self, q: Sequence[float]) -> tuple[float, list[float]] | None:
        """Return the probability and its slopes by going through all states; None where there are too many."""
        if len(self.events) > _STATES:
            return None
        count = 1 << max(len(self.events), 6)
        numbers = np.arange(count)
        happened = [(numbers >> place) & 1 for place in range(len(self.events))]
        down = _bits(self._down([_packed(each.astype(np.bool_)) for each in happened], count // 64))[
            : 1 << len(self.events)
        ]
        states = np.flatnonzero(down)
        weights = _weights(states, q)
        slopes = []
        for place in range(len(q)):
            others = _weights(states, [1.0 if at == place else chance for at, chance in enumerate(q)])
            without = [0.0 if at == place else chance for at, chance in enumerate(q)]
            slopes.append(max(0.0, float(others.sum() - _weights(states, without).sum())))
        return float(weights.sum()), slopes

    def simulated(
        self, q: Sequence[float], *, samples: int, purse: Purse, confidence: float, precision: float, seed: int
    ) -> tuple[float, float, float, list[float]]:
        """Return low end, share and high end of drawn states in which the row is down, and slopes by event."""
        generator = np.random.Generator(np.random.PCG64([seed, self.rows[self.row]]))
        until = time.monotonic() + purse.share(_HALF)
        hits = total = 0
        together = np.zeros(len(q))
        happened = np.zeros(len(q))
        looks = max(1, (samples // _BATCH).bit_length() + 1)
        look = _BATCH
        low, high = 0.0, 1.0
        while total < samples:
            words = [drawn(generator, chance, _BATCH) for chance in q]
            down = self._down(words, _BATCH // 64)
            hits += int(np.bitwise_count(down).sum())
            for place, each in enumerate(words):
                together[place] += int(np.bitwise_count(each & down).sum())
                happened[place] += int(np.bitwise_count(each).sum())
            total += _BATCH
            late = time.monotonic() > until
            if total >= look or late or total >= samples:
                look *= 2
                low, high = confidence_bounds(hits, total, 1 - (1 - confidence) / looks)
                if late or high - low <= precision * hits / total:
                    break
        with_ = np.divide(together, happened, out=np.zeros(len(q)), where=happened > 0)
        rest = total - happened
        without = np.divide(hits - together, rest, out=np.zeros(len(q)), where=rest > 0)
        return low, hits / total, high, np.maximum(with_ - without, 0.0).tolist()

    def minimal(self, order: int, most: int) -> tuple[int, list[frozenset[int]]]:
        """Return the minimal sets of events that bring the row down, by trying all, and up to which order they are all.

        At most `most` sets are tried; the order is lower than asked for where that is not enough. The empty set is
        the only one where the row is down with nothing failed.
        """
        if self._tried([frozenset()]):
            return order, [frozenset()]
        found: list[frozenset[int]] = []
        left = list(range(len(self.events)))
        for size in range(1, order + 1):
            most -= math.comb(len(left), size)
            if most < 0:
                return size - 1, [frozenset(self.events[place] for place in each) for each in found]
            sets = [each for each in map(frozenset, combinations(left, size)) if not any(s <= each for s in found)]
            more = [hit for start in range(0, len(sets), _BATCH) for hit in self._tried(sets[start : start + _BATCH])]
            found += more
            if size == 1:
                left = [each for each in left if frozenset([each]) not in more]
        return order, [frozenset(self.events[place] for place in each) for each in found]

    def _tried(self, sets: list[frozenset[int]]) -> list[frozenset[int]]:
        """Return those sets of events (by place) that bring the row down."""
        happened = np.zeros((len(self.events), -(-len(sets) // 64) * 64), np.bool_)
        for number, each in enumerate(sets):
            happened[list(each), number] = True
        down = _bits(self._down([_packed(each) for each in happened], happened.shape[1] // 64))
        return [each for each, hit in zip(sets, down.tolist(), strict=False) if hit]

    def _down(self, happened: Sequence[Words], words: int) -> Words:
        """Return in which states the row is down: from nothing down, the rule until nothing moves."""
        down = [np.zeros(words, np.uint64) for _ in self.rows]
        for chosen, hit in zip(happened, self.strikes, strict=True):
            for place in hit:
                down[place] |= chosen
        moved = True
        while moved:
            moved = False
            for place in range(len(self.rows)):
                now = down[place].copy()
                for provider in self.providers[place]:
                    now |= down[provider]
                for bears, members in self.pools[place]:
                    now |= _more_than(bears, [down[member] for member in members], now)
                if not np.array_equal(now, down[place]):
                    down[place] = now
                    moved = True
        return down[self.row]


def direct_of(structure: Structure, common: Sequence[Sequence[int]], row: int) -> Direct:
    """Return a row with what it rests on; `common` are the members of each common cause."""
    rows = sorted(int(each) for each in relied_on(structure, [row]))
    place = {each: at for at, each in enumerate(rows)}
    events = [each for each in rows if each < structure.count]
    strikes: list[tuple[int, ...]] = [(place[each],) for each in events]
    for number, members in enumerate(common):
        hit = tuple(place[int(member)] for member in members if int(member) in place)
        if hit:
            events.append(structure.size + number)
            strikes.append(hit)
    return Direct(
        row=place[row],
        rows=tuple(rows),
        events=tuple(events),
        strikes=tuple(strikes),
        providers=tuple(tuple(place[p] for p in _providers(structure, each)) for each in rows),
        pools=tuple(
            tuple((bears, tuple(place[m] for m in members)) for bears, members in _pools(structure, each))
            for each in rows
        ),
    )


def _providers(structure: Structure, row: int) -> list[int]:
    found: list[int] = structure.providers[structure.provider_ptr[row] : structure.provider_ptr[row + 1]].tolist()
    return found


def _pools(structure: Structure, row: int) -> Iterator[tuple[int, list[int]]]:
    for pool in range(int(structure.pool_ptr[row]), int(structure.pool_ptr[row + 1])):
        first, last = structure.member_ptr[pool], structure.member_ptr[pool + 1]
        yield int(structure.bears[pool]), structure.members[first:last].tolist()


def _more_than(bears: int, parts: Sequence[Words], like: Words) -> Words:
    if bears < 0:
        return np.full_like(like, ~np.uint64(0))
    row = [np.zeros_like(like) for _ in range(bears + 1)]
    for part in parts:
        for j in range(bears, 0, -1):
            row[j] |= part & row[j - 1]
        row[0] |= part
    return row[bears]


def _any(chances: Sequence[float]) -> float:
    return -math.expm1(math.fsum(math.log1p(-each) if each < 1 else -math.inf for each in chances))


def _packed(bits: NDArray[np.bool_]) -> Words:
    return np.packbits(bits, bitorder="little").view(np.uint64)


def _bits(words: Words) -> NDArray[np.bool_]:
    return np.unpackbits(words.view(np.uint8), bitorder="little").astype(np.bool_)


def _weights(states: NDArray[np.int64], q: Sequence[float]) -> Floats:
    weights = np.ones(len(states))
    for place, chance in enumerate(q):
        weights *= np.where((states >> place) & 1, chance, 1.0 - chance)
    return weights
