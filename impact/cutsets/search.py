"""The smallest sets of items whose joint loss brings a row down, by order: minimal cut sets.

Takes a Structure, gives CutSets. They come straight from the normal form, without a decision diagram, so that a
diagram that cannot be had never hides a pair. Where there are too many to list, they are counted all the same: through
the parts of the availability plan, on which counts by order are polynomials.

Members of a pool may fail by one shared event, so the product over members keeps every union of up to `order` events:
leaving room for members still to fail would lose cut sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from cmdb.errors import UsageError
from impact.availability.depth import without_collector
from impact.availability.direct import direct_of
from impact.availability.normal_form import ENDLESS, NormalForms
from impact.availability.or_sets import CERTAIN
from impact.availability.plan import Plan
from impact.availability.purse import Purse
from impact.availability.solutions import counts_by_order
from impact.structure import Structure

__all__ = ["LIMIT", "CutSetSearch", "CutSets", "cut_sets"]

LIMIT: Final = 10_000
"""Cut sets that are listed where nobody says how many."""
_MOST: Final = 2_000_000
"""Sets held while looking for those of one group; beyond it they are counted, not listed."""
_NODES: Final = 1 << 19
_SECONDS: Final = 10.0

CutSet = frozenset[int]
Family = dict[int, list[CutSet]]
"""Minimal sets by size."""


@dataclass(frozen=True, slots=True)
class CutSets:
    """The minimal cut sets of a row of up to `order` members, smallest first, the row itself among them."""

    order: int
    sets: tuple[tuple[int, ...], ...]
    """Rows; from `structure.size` on they are common causes, where these were asked for. The empty set stands for a
    row that is down with nothing lost."""
    complete: bool
    """All of up to `order` are listed."""
    counts: dict[int, int]
    """How many there are, by order, listed or not; an order whose number nobody knows is left out."""


class _TooMany(Exception):
    pass


def cut_sets(
    structure: Structure, row: int, order: int, limit: int | None = LIMIT, common: Sequence[Sequence[int]] = ()
) -> CutSets:
    """Return the minimal cut sets of a row, up to `order` members in each and `limit` in all (None: no limit).

    `common` gives the members of common causes to be treated as events too. See also `CutSetSearch`, which shares
    work between rows. Raises UsageError for an order below 1 or a row that does not exist.
    """
    return CutSetSearch(structure, common).of(row, order, limit)


class CutSetSearch:
    """Cut sets of many rows of one structure; what they share is looked for once."""

    def __init__(self, structure: Structure, common: Sequence[Sequence[int]] = (), *, most: int = _MOST) -> None:
        self.structure = structure
        self._forms = NormalForms(structure, common)
        self._plan: Plan | None = None
        self._most = most
        self._found: dict[tuple[int, int], Family] = {}

    def of_all(self, rows: Iterable[int], order: int, limit: int | None = LIMIT) -> list[CutSets]:
        """Return the minimal cut sets of several rows, each as `of` does: cheaper in one go than one by one."""
        listed = list(rows)
        for row in listed:
            self._check(row, order, limit)
        with without_collector():
            self._forms.prepare(listed)
            return [self.of(row, order, limit) for row in listed]

    def of(self, row: int, order: int, limit: int | None = LIMIT) -> CutSets:
        """Return the minimal cut sets of a row; see `cut_sets`."""
        self._check(row, order, limit)
        form = self._forms.of(row)
        if form == CERTAIN:
            return CutSets(order, ((),), True, {0: 1})
        if form == ENDLESS:
            return self._tried(row, order, limit)
        with without_collector():
            for reached in range(order, 0, -1):
                try:
                    family = self._of_set(form, reached)
                except _TooMany:
                    continue
                break
            counts = {size: len(family.get(size, ())) for size in range(1, reached + 1)}
            if reached < order:
                counts |= self._counted(row, order)
        total = sum(counts.values())
        listed = _ordered(family, total if limit is None else limit)
        return CutSets(order, listed, len(counts) == order and len(listed) == total, counts)

    def _check(self, row: int, order: int, limit: int | None) -> None:
        if order < 1:
            raise UsageError(f"the order is {order}: ask for cut sets of at least one item")
        if limit is not None and limit < 0:
            raise UsageError(f"the limit is {limit}: give how many to list, or none")
        if not 0 <= row < self.structure.size:
            raise UsageError(f"there is no row {row}: the structure has {self.structure.size}")

    def _tried(self, row: int, order: int, limit: int | None) -> CutSets:
        """Return what trying sets of events one by one finds: for a row on a cycle without end."""
        reached, sets = direct_of(self.structure, self._forms.common, row).minimal(order, self._most)
        family: dict[int, list[CutSet]] = {}
        for each in sets:
            family.setdefault(len(each), []).append(each)
        counts = {size: len(family.get(size, ())) for size in range(1, reached + 1)}
        listed = _ordered(family, len(sets) if limit is None else limit)
        return CutSets(order, listed, reached == order and len(listed) == len(sets), counts)

    def _counted(self, row: int, order: int) -> dict[int, int]:
        if self._plan is None:
            self._plan = Plan(self._forms, nodes=_NODES, purse=Purse(_SECONDS))
        return counts_by_order(self._plan, self._plan.row(row), order)

    def _of_set(self, each: int, order: int) -> Family:
        events = [frozenset([event]) for event in self._forms.set_events[each]]
        groups = self._forms.set_groups[each] if order > 1 else ()
        if not groups:
            return {1: events} if events else {}
        families = [self._of_group(group, order) for group in sorted(groups)]
        if len(families) == 1:
            return {1: events, **families[0]} if events else families[0]
        merged: dict[int, set[CutSet]] = {1: set(events)}
        for family in families:
            for size, sets in family.items():
                merged.setdefault(size, set()).update(sets)
        # Events of a set never stand inside its groups, so pairs are minimal as they are.
        return _minimal(merged, above=2)

    def _of_group(self, group: int, order: int) -> Family:
        found = self._found.get((group, order))
        if found is None:
            number = group - self._forms.events
            need = self._forms.need[number]
            members = [self._of_set(each, order) for each in self._forms.members[number]]
            found = self._found[group, order] = self._at_least(need, members, order)
        return found

    def _at_least(self, need: int, members: list[Family], order: int) -> Family:
        """Return the minimal sets that hit at least `need` of the members, row by row."""
        nobody: dict[int, set[CutSet]] = {0: {frozenset()}}
        rows = [nobody, *({} for _ in range(need))]
        for seen, member in enumerate(members, 1):
            lowest = max(1, need - (len(members) - seen))
            for j in range(min(need, seen), lowest - 1, -1):
                self._product(rows[j], rows[j - 1], member, order)
        return _minimal(rows[need], above=1)

    def _product(self, into: dict[int, set[CutSet]], left: dict[int, set[CutSet]], right: Family, order: int) -> None:
        """Add every union of one of `left` and one of `right` that has at most `order` members."""
        for size, sets in left.items():
            for other, others in right.items():
                if size + other <= order:
                    if sum(map(len, into.values())) + len(sets) * len(others) > self._most:
                        raise _TooMany
                    _disjoint(into, [one | each for one in sets for each in others], size + other)
                else:
                    _overlapping(into, sets, others, order)


def _disjoint(into: dict[int, set[CutSet]], unions: list[CutSet], size: int) -> None:
    """Add unions, most of which have `size` members."""
    short = [each for each in unions if len(each) < size]
    into.setdefault(size, set()).update(unions if not short else [each for each in unions if len(each) == size])
    for each in short:
        into.setdefault(len(each), set()).add(each)


def _overlapping(into: dict[int, set[CutSet]], sets: Iterable[CutSet], others: list[CutSet], order: int) -> None:
    """Add the unions of sets that must share something to stay within the order."""
    holding: dict[int, list[CutSet]] = {}
    for each in others:
        for event in each:
            holding.setdefault(event, []).append(each)
    for one in sets:
        tried: set[CutSet] = set()
        for event in one:
            for each in holding.get(event, ()):
                if each not in tried:
                    tried.add(each)
                    union = one | each
                    if len(union) <= order:
                        into.setdefault(len(union), set()).add(union)


def _minimal(found: dict[int, set[CutSet]], above: int) -> Family:
    """Return the sets that contain no other; those of up to `above` members are known to be so."""
    family: Family = {}
    kept: set[CutSet] = set()
    smaller: list[int] = []
    for size in sorted(found):
        sets = found[size]
        if size <= above or not smaller:
            left = list(sets)
        else:
            left = [each for each in sets if not _contains_one(each, kept, smaller)]
        if left:
            family[size] = left
            kept.update(left)
            smaller.append(size)
    return family


def _contains_one(each: CutSet, kept: set[CutSet], sizes: list[int]) -> bool:
    return any(frozenset(part) in kept for size in sizes for part in combinations(each, size))


def _ordered(family: Family, limit: int) -> tuple[tuple[int, ...], ...]:
    listed: list[tuple[int, ...]] = []
    for size in sorted(family):
        if len(listed) < limit:
            listed += sorted(tuple(sorted(each)) for each in family[size])[: limit - len(listed)]
    return tuple(listed)
