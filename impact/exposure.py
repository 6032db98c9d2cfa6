"""What has become a single point of failure because other items are down.

Takes an engine and who is down, gives down sets in that state. They are made only where they can differ from those of
the design, above pools that have lost members, and only as far as asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from impact.closures import consumers_of
from impact.downsets.making import Making, requirements_of
from impact.downsets.pools import numbers_of
from impact.frontier import Rows
from impact.structure import Structure

if TYPE_CHECKING:
    from impact.engine import ImpactEngine

__all__ = ["Design", "Exposure", "design_of"]

_KEPT: Final = "_designs"


class Design:
    """The down sets of an estate with nothing lost, made when asked for and remembered. Get one by `design_of`."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.down = np.zeros(structure.size, np.bool_)
        self.down[structure.always_down] = True
        self.number: Sequence[int] = range(structure.size)
        self.sets: list[Any] = [None] * structure.size
        self._making = Making(
            requirements_of(structure),
            number=self.number,
            sets=self.sets,
            down=self.down if self.down.any() else None,
        )

    def make(self, rows: Iterable[int]) -> None:
        """Make the sets of these rows, and of all they stand on."""
        self._making.all_below(list(rows))


def design_of(engine: ImpactEngine, minutes: float | None) -> Design:
    """Return the design for losses of so many minutes; the engine remembers the last few."""
    kept: dict[float | None, Design] = vars(engine).setdefault(_KEPT, {})
    if minutes not in kept:
        while len(kept) >= 3:
            kept.pop(next(iter(kept)))
        kept[minutes] = Design(Structure.of(engine, minutes=minutes))
    return kept[minutes]


class Exposure:
    """The down sets when some rows are down, beside those of the design."""

    def __init__(self, design: Design, down: NDArray[np.bool_]) -> None:
        """`down` is by item, and closed: whatever falls with them is among them."""
        structure = self.structure = design.structure
        self.design = design
        self.down = down
        if len(down) < structure.size:
            self.down = structure.down(np.concatenate([down, np.zeros(structure.size - len(down), np.bool_)]))
        self.touched = _above_losses(structure, self.down)
        self._sets: list[Any] = [None] * structure.size
        self._making = Making(requirements_of(structure), number=design.number, sets=self._sets, down=self.down)

    def make(self, rows: Iterable[int]) -> None:
        """Make both sets of these rows."""
        wanted = [row for row in rows if not self.down[row]]
        design, sets = self.design.sets, self._sets
        self.design.make(wanted)
        touched = {row: sets[row] for row in self.touched}
        sets[:] = design
        for row, found in touched.items():
            sets[row] = found
        self._making.all_below(wanted)

    def alone(self, row: int) -> BitMap:
        """Return the rows whose loss alone would now bring this row down, itself left out; `make` it first."""
        return self._without(self._sets[row], row)

    def gained(self, row: int) -> BitMap:
        """Return those of them whose loss would not have done so by design."""
        if row not in self.touched:
            return BitMap()
        by_design: BitMap = self.design.sets[row]
        return self._without(self._sets[row] - by_design, row)

    def _without(self, found: BitMap | None, row: int) -> BitMap:
        if found is None:
            return BitMap()
        return found - BitMap([row]) if row in found else found

    def new_points(self, row: int) -> Rows:
        """Return `gained` as rows, sorted."""
        return numbers_of(self.gained(row)).astype(np.int64)


def _above_losses(structure: Structure, down: NDArray[np.bool_]) -> dict[int, None]:
    """Return the rows that are up and stand on a pool that has lost a member."""
    lossy = np.unique(structure.member_pool[down[structure.members]])
    start = structure.pool_consumer[lossy]
    found: dict[int, None] = dict.fromkeys(start[~down[start]].tolist())
    if not found:
        return found
    turned, consumer_of = consumers_of(structure), structure.pool_consumer
    open_ = list(found)
    while open_:
        row = open_.pop()
        for above in (*turned.of(row), *(int(consumer_of[pool]) for pool in turned.pools_of(row))):
            if above not in found and not down[above]:
                found[above] = None
                open_.append(above)
    return found
