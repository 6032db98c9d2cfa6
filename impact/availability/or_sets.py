"""OR-sets and what can be said with them: any of several, at least k of several, one with atoms made false.

An OR-set is true when any of its atoms is. An atom is an event or a group: at least k of several OR-sets true. Sets and
groups are numbered, equal ones once, and never changed. Knows no rows and no probabilities. The rules, each of them
exact (availability formulas, "method C", but for the last, which is ours):

- union: what several sets share stands once;
- lifting: an atom found in at least k members of a group brings the group down alone, so it moves beside the group
  (these are the hidden single points of failure), and is false inside;
- absorption: an atom of an OR-set is false inside the groups beside it, for where it is true the answer is known;
- implication: so is a group that is true only where an atom beside is (see `implied`), and beside that one it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from pyroaring import BitMap, FrozenBitMap

from impact.availability.implied import Implied

__all__ = ["CERTAIN", "NEVER", "Atoms", "Endless", "OrSets"]

NEVER = 0
"""The OR-set without atoms."""
CERTAIN = 1
"""The OR-set that is true with nothing failed."""

Atoms = frozenset[int]
_NOTHING: Atoms = frozenset()


class Endless(Exception):
    """A cycle whose OR-sets are too many to make."""


class OrSets:
    """The OR-sets and groups made so far. Events are numbers below `events`, groups are numbered from there on."""

    def __init__(self, events: int) -> None:
        self.events = events
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
        self._left = -1
        """Groups that may still be made or restricted; -1: any number."""

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
            # What is left of a group is true only where all of it is. In a cycle, where groups are made by the ten
            # thousand, that would take more time than it saves.
            if self._left < 0:
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
        """Count the work on a cycle; raises Endless where it is too much. Elsewhere (-1) nothing is counted."""
        if self._left >= 0:
            self._left -= 1
            if self._left < 0:
                raise Endless

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
