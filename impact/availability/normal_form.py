"""What brings each row down, in OR-set normal form, so that shared items stand where they act and count once.

Takes a Structure, gives for each row an OR-set (see `or_sets`): the row is down when any of its atoms is true. An event
is a row's own failure or a common cause, so the events of its OR-set are exactly its cut sets of one. Knows no
probabilities.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from impact.availability.cycles import ordered_component
from impact.availability.depth import without_collector
from impact.availability.or_sets import CERTAIN, NEVER, Endless, OrSets
from impact.structure import Structure

__all__ = ["ENDLESS", "NormalForms"]

ENDLESS = -1
"""In place of an OR-set: the row stands on a cycle whose OR-sets are too many to make. No set has this number."""

_LARGEST_CYCLE: Final = 60_000
"""Groups made or restricted for one cycle before it counts as endless; some three seconds."""


class NormalForms(OrSets):
    """The OR-sets of the rows asked for so far; they are made on demand and kept.

    Events are numbers below `events`: a row for its own failure, `structure.size + i` for common cause i. Groups are
    numbered from `events` on. `common` gives the members (rows) of each common cause.
    """

    def __init__(self, structure: Structure, common: Sequence[Sequence[int]] = ()) -> None:
        super().__init__(structure.size + len(common))
        self.structure = structure
        self.common = common
        self._row: dict[int, int] = {}
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
        except Endless:
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
