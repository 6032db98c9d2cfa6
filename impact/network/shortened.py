"""What is certain where a network has too many paths to list them all, and some were left out of the structure.

Takes structures with `approximate` rows. These fall too often, never too seldom: what brings something down in truth
does so in the structure, not the other way round. With the same rows taken as never falling for want of a path
(`at_best`) it is the reverse. Where both agree, the answer is exact; where they do not, that is told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import Snapshot
from impact.availability.reach import standing_on
from impact.caveats import named
from impact.closures import Consumers, consumers_of
from impact.frontier import Rows, positions
from impact.structure import Structure

__all__ = ["Certainty", "at_best", "resting", "shortened_warning"]


def at_best(structure: Structure) -> Structure:
    """Return the structure in which rows that lack some of their paths never fall for want of one."""
    bears = structure.bears.copy()
    pools = positions(structure.pool_ptr, structure.approximate)
    bears[pools] = np.diff(structure.member_ptr)[pools]
    return replace(structure, bears=bears, approximate=structure.approximate[:0])


def resting(structure: Structure, rows: Rows) -> Rows:
    """Return which of these rows stand on a network of which some paths were left out."""
    if not len(structure.approximate):
        return rows[:0]
    return rows[np.isin(rows, _above(structure))]


_KEPT: Final = "_above_shortened"


def _above(structure: Structure) -> Rows:
    """Return the rows that stand on such a network; found once, for a structure is asked row by row."""
    kept: Rows | None = vars(structure).get(_KEPT)
    if kept is None:
        kept = vars(structure)[_KEPT] = standing_on(structure, structure.approximate.tolist())
    return kept


class Certainty:
    """What falls for certain with some items, beside what is down already; walks are remembered by item."""

    def __init__(self, structure: Structure, given: Rows) -> None:
        """`given` are items that are down by themselves."""
        self.shortened = structure
        self.structure = at_best(structure)
        failed = np.zeros(structure.size, np.bool_)
        failed[given] = True
        self.down: NDArray[np.bool_] = self.structure.down(failed)
        self._turned: Consumers = consumers_of(self.structure)
        self._known: dict[int, frozenset[int]] = {}

    def falls(self, row: int, items: tuple[int, ...]) -> bool:
        """Tell whether the loss of these items brings a row down for certain, or it is down anyway."""
        if self.down[row]:
            return True
        if len(items) > 1:
            return row in self._turned.fall(items, self.down).cause
        (item,) = items
        if item not in self._known:
            self._known[item] = frozenset(self._turned.fall(items, self.down).cause)
        return row in self._known[item]

    def doubtful(self, services: Rows, points: Rows) -> NDArray[np.bool_]:
        """Return of which of these pairs it is not certain that the point alone brings the service down."""
        found = np.zeros(len(services), np.bool_)
        for at in np.flatnonzero(np.isin(services, resting(self.shortened, services))).tolist():
            found[at] = not self.falls(int(services[at]), (int(points[at]),))
        return found


def shortened_warning(snapshot: Snapshot, services: Rows, so: str) -> str:
    """Return in words that what these services need was cut short; `so` says what follows for the answer."""
    return (
        "a network has too many paths to list them all, so some that may be left were taken for lost under "
        f"{named(snapshot, services)}: {so}"
    )
