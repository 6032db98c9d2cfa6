"""Over all services: which items cost the most downtime, and whose figures to enter first.

Takes the figures of services one by one, each with a weight (criticality times users), and adds up by item. Where many
services stand on one item, that item stands at the top, however small it is in each of them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cmdb.model.reliability import HOURS_PER_YEAR
from impact.availability.effects import comparable
from impact.availability.inputs import BASES, DEFAULT, NO_DATA
from impact.availability.model import AvailabilityModel
from impact.availability.service import ServiceFigures

__all__ = ["EstateWide", "first_of"]

MINUTES_PER_YEAR: Final = HOURS_PER_YEAR * 60
FIRST: Final = 5
"""Items named as those to enter first."""
WORST: Final = 10
"""Items named as those that cost the most downtime."""

Plain = dict[str, Any]
Floats = NDArray[np.float64]


class EstateWide:
    """Adds up services; columns by item row."""

    def __init__(self, model: AvailabilityModel) -> None:
        self._model = model
        count = model.structure.count
        self._importance: Floats = np.zeros(count)
        """Weighted Birnbaum importance."""
        self._weighted: Floats = np.zeros(count)
        """Weighted contribution."""
        self._downtime: Floats = np.zeros(count)
        """Contribution as it is: share of a year, added up over services."""
        self._services = np.zeros(count, np.int64)

    def add(self, figures: ServiceFigures, weight: float = 1.0) -> None:
        """Count a service in."""
        effects = figures.effects
        if effects is None:
            return
        own = len(effects.rows)
        matters, contribution = effects.birnbaum[:own], effects.contribution[:own]
        # An item is one event of a service, so no row comes twice.
        self._importance[effects.rows] += weight * matters
        self._weighted[effects.rows] += weight * contribution
        self._downtime[effects.rows] += contribution
        self._services[effects.rows] += contribution > 0

    def enter_first(self) -> list[Plain]:
        """Return the items to enter first: those without data by importance, then defaults by downtime."""
        basis = self._model.own.basis
        unknown = _best(np.where(basis == NO_DATA, self._importance, 0.0), FIRST)
        default = _best(np.where(basis == DEFAULT, self._weighted, 0.0), FIRST)
        sources = self._model.engine.snapshot.class_default_sources
        codes = self._model.engine.snapshot.class_codes
        return [
            {
                **self._named(row),
                "basis": BASES[basis[row]],
                "minutes_per_year": float(self._downtime[row]) * MINUTES_PER_YEAR if basis[row] == DEFAULT else None,
                "source": sources[int(codes[row])] if basis[row] == DEFAULT else "",
            }
            for row in (unknown + default)[:FIRST]
        ]

    def worst(self) -> list[Plain]:
        """Return the items that cost the most downtime, weighted by criticality and users of the services."""
        total = float(self._weighted.sum())
        return [
            {
                **self._named(row),
                "basis": BASES[self._model.own.basis[row]],
                "services": int(self._services[row]),
                "service_minutes_per_year": float(self._downtime[row]) * MINUTES_PER_YEAR,
                "share": float(self._weighted[row]) / total,
            }
            for row in _best(self._weighted, WORST)
        ]

    def _named(self, row: int) -> Plain:
        snapshot = self._model.engine.snapshot
        return {"id": snapshot.id_at(row), "name": snapshot.name_at(row), "class": snapshot.class_at(row)}


def first_of(model: AvailabilityModel, figures: ServiceFigures) -> list[int]:
    """Return the rows of the items to enter first for one service."""
    effects, bases = figures.effects, figures.bases
    if effects is None or bases is None:
        return []
    own = slice(len(effects.rows))
    unknown = _best(np.where(bases[own] == NO_DATA, effects.birnbaum[own], 0.0), FIRST)
    default = _best(np.where(bases[own] == DEFAULT, effects.contribution[own], 0.0), FIRST)
    rows: list[int] = effects.rows[(unknown + default)[:FIRST]].tolist()
    return rows


def _best(values: Floats, count: int) -> list[int]:
    """Return where the largest values above 0 stand, the largest first."""
    values = comparable(values)
    if len(values) > 4 * count:
        among = np.argpartition(-values, count - 1)
        # Equal values at the edge: the first of them, so that an answer does not depend on chance.
        among = np.flatnonzero(values >= values[among[count - 1]])
    else:
        among = np.arange(len(values))
    order = among[np.lexsort((among, -values[among]))][:count]
    found: list[int] = order[values[order] > 0].tolist()
    return found
