"""Down sets: for every item the items whose loss alone brings it down, of the whole estate at once.

Takes a Structure, gives `DownSets`. F(v) is v, F(p) of every provider p it requires directly and, of each pool that
bears the loss of b members, the items lying in at least b + 1 members' sets; the least fixed point (design, section
6). So x is in F(v) exactly when losing x alone brings v down.

Providers come before consumers and cycles are solved as a whole (`impact.downset_cycles`), so that each set is made
once. Sets are compressed bitmaps of numbers in that order, in which a deep chain is a handful of runs; consumers that
stand on the same providers share one set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from impact.closures import stands_on
from impact.downset_cycles import Cycle, InnerPool, solve_cycle
from impact.downset_pools import in_at_least, numbers_of, united
from impact.frontier import Rows
from impact.structure import Structure

__all__ = ["DownSets", "down_sets"]

_LONG: Final = 200
"""Sets from this size on are looked at for runs."""


@dataclass(frozen=True)
class DownSets:
    """Down sets by row. Virtual rows are in none. A row that is down already (`down`) has none."""

    structure: Structure
    down: NDArray[np.bool_]
    """By row: it is down with nothing lost beyond what was given."""
    order: Rows = field(repr=False)
    """Bitmap number to row."""
    sets: Sequence[BitMap | None] = field(repr=False)
    """By row: the numbers of its down set, its own among them or not; None where none was asked for or there is none.
    Many rows share one object: never change it."""

    def of(self, row: int) -> Rows:
        """Return the items whose loss alone brings this row down, sorted; the item itself is one of them."""
        found = self.sets[row]
        if found is None:
            return np.zeros(0, np.int64)
        own = np.array([row] if row < self.structure.count else [], np.int64)
        return np.union1d(self.order[numbers_of(found)], own)

    def pairs(self, rows: Iterable[int]) -> tuple[Rows, Rows]:
        """Return (row, single point) of these rows: their down sets without themselves, row by row."""
        found = [(row, self.sets[row]) for row in rows]
        filled = [(row, numbers) for row, numbers in found if numbers]
        if not filled:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        row = np.repeat(
            np.array([row for row, _ in filled], np.int64), np.array([len(numbers) for _, numbers in filled])
        )
        point = self.order[np.concatenate([numbers_of(numbers) for _, numbers in filled])]
        other = row != point
        return row[other], point[other]


def down_sets(
    structure: Structure,
    *,
    down: NDArray[np.bool_] | None = None,
    rows: Rows | None = None,
    cold: bool = False,
) -> DownSets:
    """Return the down sets of all rows, or of `rows` and all they stand on.

    `down` (by row) is what is down already, closed under the rule of the structure; the sets then say what one loss
    more brings down. `cold` asks which loss keeps an item from being started when all is off; rows that can never
    start must be `down` then.

    >>> down_sets(structure).of(row)                                                        # doctest: +SKIP
    """
    if down is None:
        down = np.zeros(structure.size, np.bool_)
        down[structure.always_down] = True
    wanted = ~down if rows is None else stands_on(structure, rows) & ~down
    order = np.argsort(structure.components[1], kind="stable")
    return DownSets(structure, down, order, _Making(structure, down, order, cold).run(wanted))


class _Making:
    """Makes the sets, providers first. Lists, because the loop takes one number at a time."""

    def __init__(self, structure: Structure, down: NDArray[np.bool_], order: Rows, cold: bool) -> None:
        self.structure, self.order, self.cold = structure, order, cold
        number = np.empty(structure.size, np.int64)
        number[order] = np.arange(structure.size)
        is_provider = np.zeros(structure.size, np.bool_)
        is_provider[structure.providers] = True
        is_provider[structure.members] = True
        member_at, members, bears = _those_up(structure, down)
        self.number: list[int] = number.tolist()
        self.is_provider: list[bool] = is_provider.tolist()
        self.provider_at: list[int] = structure.provider_ptr.tolist()
        self.providers: list[int] = structure.providers.tolist()
        self.pool_at: list[int] = structure.pool_ptr.tolist()
        self.member_at: list[int] = member_at.tolist()
        self.members: list[int] = members.tolist()
        self.threshold: list[int] = (bears + 1).tolist()
        # What a row stands on is made before it, so that none of those looked at is None.
        self.sets: list[Any] = [None] * structure.size
        # Keyed by the identity of sets that stay alive as long as this: by what they are made of, in effect.
        self.made: dict[tuple[int, ...], BitMap] = {}
        self.empty = BitMap()

    def run(self, wanted: NDArray[np.bool_]) -> list[BitMap | None]:
        """Return the sets of the rows wanted; whatever these stand on must be wanted too, unless it is down."""
        rows = self.order[wanted[self.order]]
        label = self.structure.components[1][rows]
        starts = np.flatnonzero(np.diff(label, prepend=-1))
        ends = np.append(starts[1:], len(rows))[: len(starts)]
        in_cycle = (ends - starts > 1) | _on_themselves(self.structure)[rows[starts]]
        cycle_end = dict(zip(starts[in_cycle].tolist(), ends[in_cycle].tolist(), strict=True))
        all_rows = rows.tolist()
        at = 0
        for first, last in [*cycle_end.items(), (len(all_rows), len(all_rows))]:
            self._alone(all_rows[at:first])
            if first < last:
                self._cycle(all_rows[first:last])
            at = last
        return self.sets

    def _alone(self, rows: Sequence[int]) -> None:
        """Make the sets of rows that stand in no cycle."""
        sets, made, is_provider, number = self.sets, self.made, self.is_provider, self.number
        provider_at, providers, pool_at = self.provider_at, self.providers, self.pool_at
        count = self.structure.count
        for row in rows:
            parts: list[BitMap] = [sets[each] for each in providers[provider_at[row] : provider_at[row + 1]]]
            for pool in range(pool_at[row], pool_at[row + 1]):
                common = self._of_pool(pool)
                if common:
                    parts.append(common)
            if not parts:
                whole = self.empty
            elif len(parts) == 1:
                whole = parts[0]
            else:
                key = tuple(map(id, parts))
                if key not in made:
                    made[key] = united(parts)
                whole = made[key]
            # What nobody relies on needs no set with itself in it: it shares that of what it relies on.
            if is_provider[row] and row < count:
                whole = whole.copy()
                whole.add(number[row])
                if len(whole) >= _LONG:
                    whole.run_optimize()
            sets[row] = whole

    def _of_pool(self, pool: int) -> BitMap:
        members = [self.sets[each] for each in self.members[self.member_at[pool] : self.member_at[pool + 1]]]
        key = (-self.threshold[pool], *map(id, members))
        if key not in self.made:
            self.made[key] = in_at_least(self.threshold[pool], members)
        return self.made[key]

    def _cycle(self, rows: Sequence[int]) -> None:
        """Make the sets of rows that stand on each other."""
        place = {row: at for at, row in enumerate(rows)}
        own, requires, pools = [], [], []
        for row in rows:
            outside = [BitMap([self.number[row]] if row < self.structure.count else [])]
            providers = self.providers[self.provider_at[row] : self.provider_at[row + 1]]
            requires.append([place[each] for each in providers if each in place])
            outside += [self.sets[each] for each in providers if each not in place]
            inner = []
            for pool in range(self.pool_at[row], self.pool_at[row + 1]):
                members = self.members[self.member_at[pool] : self.member_at[pool + 1]]
                inside = [place[each] for each in members if each in place]
                if inside:
                    known = [self.sets[each] for each in members if each not in place]
                    inner.append(InnerPool(self.threshold[pool], known, inside))
                else:
                    outside.append(self._of_pool(pool))
            pools.append(inner)
            own.append(BitMap.union(*outside))
        for row, found in zip(rows, solve_cycle(Cycle(own, requires, pools), greatest=self.cold), strict=True):
            self.sets[row] = found


def _those_up(structure: Structure, down: NDArray[np.bool_]) -> tuple[Rows, Rows, Rows]:
    """Return the memberships (bounds by pool, members) of members that are up, and what each pool still bears."""
    if not down.any():
        return structure.member_ptr, structure.members, structure.bears
    up = ~down[structure.members]
    before = np.zeros(len(up) + 1, np.int64)
    np.cumsum(up, out=before[1:])
    bounds = before[structure.member_ptr]
    lost = np.diff(structure.member_ptr) - np.diff(bounds)
    return bounds, structure.members[up], structure.bears - lost


def _on_themselves(structure: Structure) -> NDArray[np.bool_]:
    """Return by row: does it require itself? Such a row is a cycle of its own."""
    consumer = np.repeat(np.arange(structure.size), np.diff(structure.provider_ptr))
    found = np.zeros(structure.size, np.bool_)
    found[consumer[consumer == structure.providers]] = True
    pool_consumer = structure.pool_consumer[structure.member_pool]
    found[pool_consumer[pool_consumer == structure.members]] = True
    return found
