"""What brings each row down, in OR-set normal form, so that shared items stand where they act and count once.

Takes a Structure, gives for each row an OR-set: the row is down when any of its atoms is true. An atom is an event (a
row's own failure, a common cause) or a group: at least k of several OR-sets true. Knows no probabilities. The rules,
each of them exact (availability formulas, "method C"):

- union: what several required providers share stands once;
- lifting: an atom found in at least k members of a group brings the group down alone, so it moves beside the group
  (these are the hidden single points of failure), and is false inside;
- absorption: an atom of an OR-set is false inside the groups beside it, for where it is true the answer is known;
- implication: so is a group that is true only where an atom beside is (see `implied`), and beside that one it goes.

So the events of an OR-set are exactly the row's cut sets of one. Sets and groups are numbered, equal ones once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap, FrozenBitMap

from impact.availability.cycles import ordered_component
from impact.availability.depth import without_collector
from impact.availability.implied import Implied
from impact.structure import Structure

__all__ = ["CERTAIN", "ENDLESS", "NEVER", "Atoms", "NormalForms"]

NEVER = 0
"""The OR-set without atoms."""
CERTAIN = 1
"""The OR-set that is true with nothing failed."""
ENDLESS = -1
"""In place of an OR-set: the row stands on a cycle whose OR-sets are too many to make. No set has this number."""

_LARGEST_CYCLE: Final = 60_000
"""Groups made or restricted for one cycle before it counts as endless; some three seconds."""

Atoms = frozenset[int]
_NOTHING: Atoms = frozenset()


class NormalForms:
    """The OR-sets of the rows asked for so far; they are made on demand and kept.

    Events are numbers below `events`: a row for its own failure, `structure.size + i` for common cause i. Groups are
    numbered from `events` on. `common` gives the members (rows) of each common cause.
    """

    def __init__(self, structure: Structure, common: Sequence[Sequence[int]] = ()) -> None:
        self.structure = structure
        self.common = common
        self.events = structure.size + len(common)
        self.set_events: list[Atoms] = [_NOTHING, _NOTHING]
        """By OR-set: its events."""
        self.set_groups: list[Atoms] = [_NOTHING, _NOTHING]
        """By OR-set: its groups, as atoms."""
        self.need: list[int] = []
        """By group: how many members must be true."""
        self.members: list[tuple[int, ...]] = []
        """By group: its members, as OR-sets."""
        self.support: list[BitMap] = []
        """By group: every atom inside it, at any depth."""
        self.implied = Implied(self)
        """Which groups are true only where another one is."""
        self._sets: dict[tuple[Atoms, Atoms], int] = {(_NOTHING, _NOTHING): NEVER}
        self._groups: dict[tuple[int, tuple[int, ...]], int] = {}
        self._restricted: dict[tuple[int, FrozenBitMap], int] = {}
        self._row: dict[int, int] = {}
        self._left = -1
        self._common: dict[int, list[int]] = {}
        for number, members in enumerate(common):
            for member in members:
                self._common.setdefault(int(member), []).append(structure.size + number)
        self._providers: list[int] = structure.providers.tolist()
        self._provider_ptr = structure.provider_ptr.tolist()
        self._pool_ptr = structure.pool_ptr.tolist()
        self._members: list[int] = structure.members.tolist()
        self._member_ptr = structure.member_ptr.tolist()
        self._bears = structure.bears.tolist()
        self._passing: list[bool] = _passing(structure).tolist()

    def of(self, row: int) -> int:
        """Return the OR-set of a row, or ENDLESS."""
        found = self._row.get(row)
        if found is None:
            self.prepare([row])
            found = self._row[row]
        return found

    def prepare(self, rows: Iterable[int]) -> None:
        """Make the OR-sets of rows and of everything they rely on, providers first."""
        label = self.structure.components[1]
        missing = np.array(sorted(self._closure(rows)), np.int64)
        missing = missing[np.argsort(label[missing], kind="stable")]
        bounds = np.flatnonzero(np.diff(label[missing], prepend=-1, append=-1))
        listed = missing.tolist()
        with without_collector():
            for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
                if end - begin == 1:
                    row = listed[begin]
                    self._row[row] = NEVER
                    self._row[row] = self._of_row(row)
                else:
                    self._close(listed[begin:end])

    def providers_of(self, row: int) -> list[int]:
        """Return what a row requires directly."""
        return self._providers[self._provider_ptr[row] : self._provider_ptr[row + 1]]

    def members_of(self, row: int) -> list[int]:
        """Return the members of a row's pools, one after another."""
        first, last = self._pool_ptr[row], self._pool_ptr[row + 1]
        return self._members[self._member_ptr[first] : self._member_ptr[last]]

    def _closure(self, rows: Iterable[int]) -> set[int]:
        stack = [row for row in rows if row not in self._row]
        found = set(stack)
        while stack:
            row = stack.pop()
            for provider in chain(self._below(row)[1], self.members_of(row)):
                if provider not in found and provider not in self._row:
                    found.add(provider)
                    stack.append(provider)
        return found

    def _below(self, row: int) -> tuple[list[int], list[int]]:
        """Return the rows that only pass on to this one what brings them down, and what it requires beyond them.

        Such a row needs no OR-set of its own: a chain of a hundred thousand would hold as many sets as large.
        """
        passed: list[int] = []
        beyond: list[int] = []
        stack = self.providers_of(row)
        while stack:
            provider = stack.pop()
            if self._passing[provider] and provider not in self._row:
                passed.append(provider)
                stack += self.providers_of(provider)
            else:
                beyond.append(provider)
        return passed, beyond

    def _close(self, rows: list[int]) -> None:
        """Give the rows of one cycle their least fixed point.

        Kleene's iteration from "nothing down": after as many rounds as the cycle has rows, every chain of failures
        through it is covered; most often nothing moves long before.
        """
        order = ordered_component(rows, self.providers_of)
        for row in rows:
            self._row[row] = NEVER
        self._left = _LARGEST_CYCLE
        try:
            self._iterate(order)
        except _Endless:
            for row in rows:
                self._row[row] = ENDLESS
        finally:
            self._left = -1

    def _iterate(self, order: list[int]) -> None:
        for _ in range(len(order) + 1):
            moved = False
            for row in order:
                now = self._of_row(row)
                moved |= now != self._row[row]
                self._row[row] = now
            if not moved:
                return

    def _of_row(self, row: int) -> int:
        events: set[int] = set()
        groups: set[int] = set()
        passed, beyond = self._below(row)
        for own in (row, *passed):
            events.update(self._common.get(own, ()))
            if own < self.structure.count:
                events.add(own)
        for provider in beyond:
            found = self._row[provider]
            if found in (CERTAIN, ENDLESS):
                return found
            events |= self.set_events[found]
            groups |= self.set_groups[found]
        first, last = self._pool_ptr[row], self._pool_ptr[row + 1]
        if first == last:
            return self._absorbed(events, groups)
        known = frozenset(chain(events, groups))
        mask = BitMap(known)
        for pool in range(first, last):
            members = self._members[self._member_ptr[pool] : self._member_ptr[pool + 1]]
            if ENDLESS in [self._row[member] for member in members]:
                return ENDLESS
            inside = [self._without(self._row[member], known, mask) for member in members]
            made = self.at_least(self._bears[pool] + 1, inside)
            if made == CERTAIN:
                return CERTAIN
            events |= self.set_events[made]
            groups |= self.set_groups[made]
            self.implied.compare(self.set_groups[made], groups)
        return self._absorbed(events, groups)

    def any_of(self, sets: Iterable[int]) -> int:
        """Return the OR-set that is true when any of `sets` is."""
        events: set[int] = set()
        groups: set[int] = set()
        for each in sets:
            if each == CERTAIN:
                return CERTAIN
            events |= self.set_events[each]
            groups |= self.set_groups[each]
        return self._absorbed(events, groups)

    def at_least(self, need: int, sets: Iterable[int]) -> int:
        """Return the OR-set that is true when at least `need` of `sets` are."""
        possible = [each for each in sets if each != NEVER]
        if CERTAIN in possible:
            need -= possible.count(CERTAIN)
            possible = [each for each in possible if each != CERTAIN]
        lifted_events: set[int] = set()
        lifted_groups: set[int] = set()
        while True:
            if need <= 0:
                return CERTAIN
            if need > len(possible):
                return self._absorbed(lifted_events, lifted_groups)
            if need == 1:
                return self.any_of([self._numbered(frozenset(lifted_events), frozenset(lifted_groups)), *possible])
            atoms = self._in_at_least(need, possible)
            if not atoms:
                break
            for atom in atoms:
                (lifted_events if atom < self.events else lifted_groups).add(atom)
            false = frozenset(atoms)
            mask = BitMap(false)
            possible = [left for each in possible if (left := self._without(each, false, mask)) != NEVER]
        lifted_groups.add(self._group(need, tuple(sorted(possible))))
        return self._absorbed(lifted_events, lifted_groups)

    def _in_at_least(self, need: int, sets: list[int]) -> Iterable[int]:
        if need == len(sets):
            events = _NOTHING.union(self.set_events[sets[0]]).intersection(*[self.set_events[s] for s in sets[1:]])
            groups = self.set_groups[sets[0]]
            if groups:
                groups = groups.intersection(*[self.set_groups[each] for each in sets[1:]])
            return events | groups
        count = Counter(chain.from_iterable(self.set_events[each] for each in sets))
        count.update(chain.from_iterable(self.set_groups[each] for each in sets))
        return [atom for atom, times in count.items() if times >= need]

    def _absorbed(self, events: set[int], groups: set[int]) -> int:
        """Return the OR-set of these atoms, each made false inside the groups beside it, with all that implies it."""
        backwards, unmoved = False, 0
        while unmoved < 2 and self._touch(events, groups):
            unmoved += 1
            kept: set[int] = set()
            # Each group is held against those before it only, forwards and backwards in turn. Those say the same as
            # before they were changed, so what implied them still does; two groups that each lose what implies the
            # other might both fall silent.
            before = BitMap(events)
            for group in sorted(groups, reverse=backwards):
                support = self.support[group - self.events]
                if group in before:
                    unmoved = 0
                elif support.intersect(before):
                    left = self._restrict(group, support & before)
                    if left == CERTAIN:
                        return CERTAIN
                    events |= self.set_events[left]
                    kept |= self.set_groups[left]
                    unmoved = 0
                else:
                    kept.add(group)
                before.add(group)
                before |= self.implied.by(group)
            groups = kept
            backwards = not backwards
        return self._numbered(frozenset(events), frozenset(groups))

    def _touch(self, events: set[int], groups: set[int]) -> bool:
        """Return whether an atom of an OR-set, or what implies one, stands inside a group of it or is another of it."""
        known = BitMap(groups)
        known.update(events)
        for group in groups:
            implied = self.implied.by(group)
            if implied:
                if not groups.isdisjoint(implied):
                    return True
                known |= implied
        return any(known.intersect(self.support[group - self.events]) for group in groups)

    def _restrict(self, group: int, false: BitMap) -> int:
        """Return a group with atoms inside it made false, as an OR-set; `false` are atoms of its support."""
        key = (group, FrozenBitMap(false))
        found = self._restricted.get(key)
        if found is None:
            self._worked()
            number = group - self.events
            atoms = frozenset(false)
            left = [self._without(each, atoms, false) for each in self.members[number]]
            found = self.at_least(self.need[number], left)
            self._restricted[key] = found
            # What is left of a group is true only where all of it is.
            for each in self.set_groups[found]:
                self.implied.note(each, group)
        return found

    def _without(self, each: int, false: Atoms, mask: BitMap) -> int:
        """Return an OR-set with the atoms `false` (`mask` has the same) made false, at any depth."""
        events, groups = self.set_events[each], self.set_groups[each]
        left = events if events.isdisjoint(false) else events - false
        kept = groups if groups.isdisjoint(false) else groups - false
        more: list[int] = []
        for group in kept:
            support = self.support[group - self.events]
            if support.intersect(mask):
                more.append(group)
        if more:
            kept -= frozenset(more)
            restricted = [self._restrict(group, self.support[group - self.events] & mask) for group in more]
            return self.any_of([self._numbered(left, kept), *restricted])
        return each if left is events and kept is groups else self._numbered(left, kept)

    def _worked(self) -> None:
        """Count the work on a cycle; raises _Endless where it is too much. Elsewhere (-1) nothing is counted."""
        if self._left >= 0:
            self._left -= 1
            if self._left < 0:
                raise _Endless

    def _numbered(self, events: Atoms, groups: Atoms) -> int:
        key = (events, groups)
        found = self._sets.get(key)
        if found is None:
            found = self._sets[key] = len(self.set_events)
            self.set_events.append(events)
            self.set_groups.append(groups)
        return found

    def _group(self, need: int, members: tuple[int, ...]) -> int:
        key = (need, members)
        found = self._groups.get(key)
        if found is None:
            self._worked()
            found = self._groups[key] = self.events + len(self.need)
            self.need.append(need)
            self.members.append(members)
            support = BitMap()
            for each in members:
                support.update(self.set_events[each])
                for group in self.set_groups[each]:
                    support.add(group)
                    support |= self.support[group - self.events]
            self.support.append(support)
        return found


class _Endless(Exception):
    """A cycle whose OR-sets are too many to make."""


def _passing(structure: Structure) -> NDArray[np.bool_]:
    """Return which rows have no pools, stand in no cycle, and are required by one other row alone, outside pools."""
    consumers = np.bincount(structure.providers, minlength=structure.size)
    pooled = np.bincount(structure.members, minlength=structure.size)
    label = structure.components[1]
    alone = np.bincount(label, minlength=1)[label] == 1 if structure.size else np.zeros(0, np.bool_)
    found: NDArray[np.bool_] = (consumers == 1) & (pooled == 0) & (np.diff(structure.pool_ptr) == 0) & alone
    consumer = np.repeat(np.arange(structure.size), np.diff(structure.provider_ptr))
    found[consumer[consumer == structure.providers]] = False  # what requires itself is a cycle of one
    return found
