"""How sure an availability is, as far as the ranges recorded for mean times tell: percentiles over many draws.

Takes a model and a row, evaluates the same diagram for every draw. What has no range is taken to be exact, and the
answer says how many items have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impact.availability.common import split
from impact.availability.drawing import drawn_unavailability
from impact.availability.effects import Effects
from impact.availability.model import AvailabilityModel

__all__ = ["Range", "range_of"]

_CELLS: Final = 1 << 23
"""Numbers of a matrix of draws that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Range:
    """Percentiles 5, 50 and 95 of a service's unavailability, and its mean, over draws of what is uncertain."""

    low: float
    median: float
    high: float
    mean: float
    items_with_range: int
    items: int
    samples: int


def range_of(model: AvailabilityModel, row: int, effects: Effects) -> Range | None:
    """Return where a row's unavailability lies; None where nothing that matters to it has a range."""
    matters = effects.rows[effects.birnbaum[: len(effects.rows)] > 0]
    shared = [member for number in effects.causes.tolist() for member in model.causes.members[number]]
    rows = np.unique(np.concatenate([matters, np.array(shared, np.int64)]))
    ranged, drawn = drawn_unavailability(model.engine.snapshot, model.own, rows)
    if not len(ranged):
        return None
    found = _evaluated(model, row, ranged, drawn)
    # Hazen: the draws stand in the middles of equal parts of the distribution.
    low, median, high = np.quantile(found, (0.05, 0.5, 0.95), method="hazen")
    return Range(float(low), float(median), float(high), float(found.mean()), len(ranged), len(rows), len(drawn))


def _evaluated(
    model: AvailabilityModel, row: int, ranged: NDArray[np.int64], drawn: NDArray[np.float64]
) -> NDArray[np.float64]:
    events = model.structure.size + len(model.causes.members)
    batch = max(1, min(len(drawn), _CELLS // max(events, 1)))
    virtual = model.structure.size - model.structure.count
    # What the question fixes as down stays down, whatever the draw.
    open_ = ~np.isin(ranged, model.down)
    found = []
    for start in range(0, len(drawn), batch):
        cases = drawn[start : start + batch]
        matrix = np.repeat(model.unavailability[:, None], len(cases), axis=1)
        matrix[ranged[open_]] = cases.T[open_]
        alone, strikes = split(model.own, model.causes, matrix)
        found.append(model.evaluator.samples(row, np.concatenate([alone, np.zeros((virtual, len(cases))), strikes])))
    return np.concatenate(found)
