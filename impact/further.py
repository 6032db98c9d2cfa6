"""What further failures would do in the state asked about: new single points, and how many failures an outage takes.

Takes an engine and the states before and after, gives both per row, made when first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from pyroaring import BitMap

from impact.downsets.pools import numbers_of
from impact.engine import ImpactEngine
from impact.exposure import Exposure, design_of
from impact.frontier import Rows
from impact.parts import part_of
from impact.states import DOWN, States

__all__ = ["FAILURES_LOOKED_FOR", "Further"]

FAILURES_LOOKED_FOR: Final = 2
"""How many further failures are looked for; beyond that it is said that there must be more."""
_LARGEST: Final = 4_000
"""Rows below a service up to which pairs of failures are looked for."""
_MOST_PAIRED: Final = 25
"""Services of one answer for which pairs of failures are looked for: a second or two at the most."""


class Further:
    """Answers about rows of one finding."""

    def __init__(self, engine: ImpactEngine, before: States, after: States, minutes: float | None) -> None:
        self.engine, self.after = engine, after
        design = design_of(engine, minutes)
        self._after = Exposure(design, after.state == DOWN)
        was_down = before.state == DOWN
        self._before = Exposure(design, was_down) if was_down.any() else None
        self._pairs_left = _MOST_PAIRED
        self._certain = self._certainly_before = None
        if len(design.structure.approximate):
            # Only here, for few estates have a network with too many paths to list them all.
            from impact.network.shortened import Certainty

            self._certain = Certainty(design.structure, np.flatnonzero(after.state == DOWN))
            self._certainly_before = Certainty(design.structure, np.flatnonzero(was_down))

    def rough(self, rows: Rows) -> Rows:
        """Return which of these rows stand on a network with paths left out: some of their points may be none."""
        if self._certain is None:
            return rows[:0]
        from impact.network.shortened import resting

        return resting(self._certain.shortened, rows)

    def make(self, rows: Iterable[int]) -> None:
        """Prepare answers about these rows together, which is much faster than one by one."""
        wanted = list(rows)
        self._after.make(wanted)
        if self._before is not None:
            self._before.make(wanted)

    def new_points(self, row: int) -> Rows:
        """Return the items that would now alone bring a row down, and would not have done so before the question."""
        if self._certainly_before is not None and self._is_rough(row):
            # What was one before for certain is not new; all else that may be one now, may be new.
            was, now = self._certainly_before, numbers_of(self._after.alone(row)).tolist()
            return np.array([each for each in now if not was.falls(row, (each,))], np.int64)
        if self._before is None:
            return self._after.new_points(row)
        found = self._after.alone(row) - self._before.alone(row)
        return np.array(found.to_array(), np.int64)

    def failures(self, row: int) -> tuple[int | None, int]:
        """Return the size of the smallest further set of failures, other than the row's own, that brings it down.

        None where it is beyond what was looked for; the second number is what it is at least.
        """
        if self._after.down[row]:
            return 0, 0
        rough = self._is_rough(row)
        if alone := self._after.alone(row):
            return (None, 1) if rough and not self._one_is_certain(row, alone) else (1, 1)
        if not self._pairs_left:
            return None, 2
        self._pairs_left -= 1
        part = part_of(self._after.structure, row, self._after.down, _LARGEST)
        if part is None:
            return None, 2
        if not part.falls_with_a_pair():
            return None, 3
        if self._certain is not None and rough:
            sure = part_of(self._certain.structure, row, self._certain.down, _LARGEST)
            return (2, 2) if sure is not None and sure.falls_with_a_pair() else (None, 2)
        return 2, 2

    def _is_rough(self, row: int) -> bool:
        return bool(len(self.rough(np.array([row], np.int64))))

    def _one_is_certain(self, row: int, alone: BitMap) -> bool:
        certain = self._certain
        return certain is not None and any(certain.falls(row, (int(each),)) for each in alone)
