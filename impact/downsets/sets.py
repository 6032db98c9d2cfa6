"""Down sets: for every item the items whose loss alone brings it down, of the whole estate at once.

Takes a Structure, gives `DownSets`. F(v) is v, F(p) of every provider p it requires directly and, of each pool that
bears the loss of b members, the items lying in at least b + 1 members' sets; the least fixed point (design, section
6). So x is in F(v) exactly when losing x alone brings v down.

Providers come before consumers and cycles are solved as a whole (`impact.downsets.cycles`), so that each set is made
once. Sets are compressed bitmaps of numbers in that order, in which a deep chain is a handful of runs; consumers that
stand on the same providers share one set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from impact.closures import stands_on
from impact.downsets.making import Making, requirements_of
from impact.downsets.pools import numbers_of
from impact.frontier import Rows
from impact.structure import Structure

__all__ = ["DownSets", "down_sets"]


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
    number = np.empty(structure.size, np.int64)
    number[order] = np.arange(structure.size)
    sets: list[Any] = [None] * structure.size
    known = requirements_of(structure)
    making = Making(known, number=number.tolist(), sets=sets, down=down if down.any() else None, cold=cold)
    _make_all(making, structure, order[wanted[order]])
    return DownSets(structure, down, order, sets)


def _make_all(making: Making, structure: Structure, rows: Rows) -> None:
    """Make the sets of these rows, which stand in order of their components, each with all it stands on."""
    label = structure.components[1][rows]
    starts = np.flatnonzero(np.diff(label, prepend=-1))
    ends = np.append(starts[1:], len(rows))[: len(starts)]
    in_cycle = (ends - starts > 1) | _on_themselves(structure)[rows[starts]]
    all_rows = rows.tolist()
    at = 0
    for first, last in zip(starts[in_cycle].tolist(), ends[in_cycle].tolist(), strict=True):
        making.alone(all_rows[at:first])
        making.cycle(all_rows[first:last])
        at = last
    making.alone(all_rows[at:])


def _on_themselves(structure: Structure) -> NDArray[np.bool_]:
    """Return by row: does it require itself? Such a row is a cycle of its own."""
    consumer = np.repeat(np.arange(structure.size), np.diff(structure.provider_ptr))
    found = np.zeros(structure.size, np.bool_)
    found[consumer[consumer == structure.providers]] = True
    pool_consumer = structure.pool_consumer[structure.member_pool]
    found[pool_consumer[pool_consumer == structure.members]] = True
    return found
