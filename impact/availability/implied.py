"""Which groups need not be looked at beside which: those that are true only where another one is.

A rack's two power strips are a pool of its hosts and stand inside the two switches that are another: whoever relies on
both pools needs only the second, for strips that have both failed have taken both switches with them. Knows which
group implies which, as far as that shows in how they are made, and never says so of two that do not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from pyroaring import BitMap

if TYPE_CHECKING:
    from impact.availability.or_sets import OrSets

__all__ = ["Implied"]

_MOST: Final = 100
"""Groups known to imply one, and to be implied by it. More are not noted: long chains would take squared room."""
_COMPARED: Final = 200
"""Groups of one set up to which each is held against every other: a row of 3,000 pools would take over a second."""
_NONE: Final = BitMap()


class Implied:
    """What each group of some OR-sets is known to be implied by."""

    def __init__(self, forms: OrSets) -> None:
        self._forms = forms
        self._weaker: dict[int, BitMap] = {}
        """By group (atom): groups known to imply it."""
        self._stronger: dict[int, BitMap] = {}
        """By group (atom): groups it is known to imply."""

    def by(self, group: int) -> BitMap:
        """Return the groups known to imply a group; not to be changed."""
        return self._weaker.get(group, _NONE)

    def compare(self, groups: Iterable[int], others: Collection[int]) -> None:
        """Keep of each of `groups` which of `others` it implies, or is implied by, as far as their members show."""
        if len(others) > _COMPARED:
            return
        for group in groups:
            for other in others:
                if group == other:
                    continue
                if self._shows(group, other):
                    self.note(group, other)
                elif self._shows(other, group):
                    self.note(other, group)

    def note(self, group: int, other: int) -> None:
        """Keep that `group` implies `other`, and so does all that implies it."""
        above, below = self._stronger.get(other, _NONE), self._weaker.get(group, _NONE)
        if group in self._weaker.get(other, _NONE) or other in below or len(above) + len(below) > _MOST:
            return
        above, below = above | BitMap([other]), below | BitMap([group])
        for each in above:
            self._weaker[each] = self._weaker.get(each, _NONE) | below
        for each in below:
            self._stronger[each] = self._stronger.get(each, _NONE) | above

    def _shows(self, group: int, other: int) -> bool:
        """Return whether each member of a group has one of its own in the other that holds at least its atoms."""
        forms = self._forms
        a, b = group - forms.events, other - forms.events
        if forms.need[a] < forms.need[b] or not forms.support[a] <= forms.support[b]:
            return False
        left = list(forms.members[b])
        for member in forms.members[a]:
            events, groups = forms.set_events[member], forms.set_groups[member]
            for place, each in enumerate(left):
                if events <= forms.set_events[each] and groups <= forms.set_groups[each]:
                    del left[place]
                    break
            else:
                return False
        return True
