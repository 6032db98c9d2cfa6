"""Expected downtime of services in both estates, from the analysis of availability. Takes snapshots, gives figures.

Where only values differ and no requirement does, what was worked out for today is kept, and only the numbers are put
in anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from cmdb.model.reliability import HOURS_PER_MONTH
from cmdb.snapshot import Snapshot
from impact.availability.evaluate import Evaluator
from impact.availability.model import AvailabilityModel
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.structure import Structure

__all__ = ["Downtime", "Estate", "Progress"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Downtime:
    """A service's figure. `at_most`: it stands on items without data, so its availability is an upper bound."""

    method: Literal["exact", "interval", "estimate", "not_modelled"]
    availability: float | None
    minutes_per_month: float | None
    at_most: bool


NOT_MODELLED = Downtime("not_modelled", None, None, False)


class Estate:
    """One estate, asked for downtimes. `before` is today's, whose work may be kept."""

    def __init__(self, snapshot: Snapshot, seconds: float | None, before: Estate | None = None) -> None:
        self.model = AvailabilityModel(ImpactEngine.of(snapshot), seconds=seconds)
        self._evaluator = self.model.evaluator
        if before is not None and _same(before, self):
            self._evaluator = before._evaluator.with_data(self._evaluator.data)

    @property
    def evaluator(self) -> Evaluator:
        """What computes the figures."""
        return self._evaluator

    def downtimes(self, rows: Rows, progress: Progress | None = None) -> list[Downtime]:
        """Return the figure of each of these rows; a row of -1 has none. `progress` is told how many are done."""
        self._evaluator.begin(len(rows))
        self._evaluator.forms.prepare(np.unique(rows[rows >= 0]).tolist())
        found = []
        for done, row in enumerate(rows.tolist()):
            if progress is not None:
                progress(done, len(rows))
            found.append(self._downtime(row) if row >= 0 else NOT_MODELLED)
        return found

    def _downtime(self, row: int) -> Downtime:
        if not self.model.is_modelled(row):
            return NOT_MODELLED
        figure, at_most = self._evaluator.figure(row), bool(self.model.rests_on_nothing_known[row])
        if at_most and not figure.high > 0:
            # Nothing below it is known to fail: that is no figure.
            return NOT_MODELLED
        if self.model.rests_on_too_many_paths[row] and figure.kind == "exact":
            # Exact for a network with paths left out, and so only a bound of what is there.
            figure = replace(figure, kind="interval", low=0.0)
        minutes = 60 * HOURS_PER_MONTH * figure.unavailability
        return Downtime(figure.kind, figure.availability, minutes, at_most)


def _same(one: Estate, other: Estate) -> bool:
    """Tell whether the same rows stand for the same items and require the same."""
    if not np.array_equal(one.model.engine.snapshot.ids, other.model.engine.snapshot.ids):
        return False
    columns = ("provider_ptr", "providers", "pool_ptr", "member_ptr", "members", "bears", "pool_source")
    structures: tuple[Structure, Structure] = (one.model.structure, other.model.structure)
    return all(np.array_equal(getattr(structures[0], name), getattr(structures[1], name)) for name in columns)
