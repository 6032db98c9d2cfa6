"""The part of a structure that one row stands on, as a small structure of its own; do two losses bring it down?

Takes a structure, a row and who is down; knows no names.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.closures import consumers_of, stands_on
from impact.exposure import Design, Exposure
from impact.frontier import Rows, positions
from impact.structure import Structure

__all__ = ["Part", "part_of"]


@dataclass(frozen=True)
class Part:
    """A structure of what one row stands on, by rows of its own."""

    structure: Structure
    row: int
    """The row asked about, in the part."""
    down: NDArray[np.bool_]

    def falls_with_a_pair(self) -> bool:
        """Tell whether two items, other than the row itself, bring it down together; it falls with no single one.

        Each item is taken down in turn; then a second one must be a single point of what is left.
        """
        design = Design(self.structure)
        turned = consumers_of(self.structure)
        for item in range(self.structure.count):
            if item == self.row or self.down[item]:
                continue
            down = self.down.copy()
            down[list(turned.fall([item], self.down).cause)] = True
            exposure = Exposure(design, down)
            if self.row not in exposure.touched:
                continue
            exposure.make([self.row])
            if exposure.alone(self.row):
                return True
        return False


def part_of(structure: Structure, row: int, down: NDArray[np.bool_], largest: int) -> Part | None:
    """Return the part that a row stands on; None where it has more rows than `largest`."""
    rows = np.flatnonzero(stands_on(structure, np.array([row])))
    if len(rows) > largest:
        return None
    number = np.full(structure.size, -1, np.int64)
    number[rows] = np.arange(len(rows))
    pools = positions(structure.pool_ptr, rows)

    def bounds(all_bounds: Rows, chosen: Rows) -> Rows:
        return np.concatenate([[0], np.cumsum(np.diff(all_bounds)[chosen])]).astype(np.int64)

    part = Structure(
        # Rows keep their order, so virtual ones stay behind the items.
        count=int(np.count_nonzero(rows < structure.count)),
        provider_ptr=bounds(structure.provider_ptr, rows),
        providers=number[structure.providers[positions(structure.provider_ptr, rows)]],
        pool_ptr=bounds(structure.pool_ptr, rows),
        member_ptr=bounds(structure.member_ptr, pools),
        members=number[structure.members[positions(structure.member_ptr, pools)]],
        bears=structure.bears[pools],
        pool_source=structure.pool_source[pools],
    )
    return Part(part, int(number[row]), down[rows])
