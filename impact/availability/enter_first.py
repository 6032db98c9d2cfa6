"""Which figures to enter first: items on defaults or without data, by what hangs on them.

Items without data come first, for nobody knows what they hide; by their importance. Then those on a default of their
class, by the downtime that is attributed to it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from cmdb.model.reliability import HOURS_PER_YEAR
from impact.availability.inputs import BASES, DEFAULT, NO_DATA
from impact.availability.model import AvailabilityModel
from impact.availability.service import ServiceFigures

__all__ = ["EstateWide", "first_of"]

_NAMED: Final = 5


class EstateWide:
    """Adds up services, each with its weight, and names what would tell the most over all of them."""

    def __init__(self, model: AvailabilityModel) -> None:
        self._model = model
        self._unknown: dict[int, float] = defaultdict(float)
        self._default: dict[int, float] = defaultdict(float)
        self._minutes: dict[int, float] = defaultdict(float)

    def add(self, figures: ServiceFigures, weight: float = 1.0) -> None:
        """Count a service in."""
        effects = figures.effects
        if effects is None or figures.bases is None:
            return
        own = len(effects.rows)
        contribution = effects.contribution
        for at in (figures.bases[:own] >= DEFAULT).nonzero()[0].tolist():
            row, matters = int(effects.rows[at]), float(effects.birnbaum[at])
            if figures.bases[at] == NO_DATA and matters > 0:
                self._unknown[row] += weight * matters
            elif figures.bases[at] == DEFAULT and contribution[at] > 0:
                self._default[row] += weight * float(contribution[at])
                self._minutes[row] += float(contribution[at]) * HOURS_PER_YEAR * 60

    def first(self) -> list[dict[str, Any]]:
        """Return the five items to enter first, as plain values in the names of the contract (`EnterFirst`)."""
        snapshot = self._model.engine.snapshot
        unknown = sorted(self._unknown, key=lambda row: (-self._unknown[row], row))
        default = sorted(self._default, key=lambda row: (-self._default[row], row))
        named = [(row, NO_DATA) for row in unknown] + [(row, DEFAULT) for row in default]
        return [
            {
                "id": snapshot.id_at(row),
                "name": snapshot.name_at(row),
                "class": snapshot.class_at(row),
                "basis": BASES[basis],
                "minutes_per_year": self._minutes[row] if basis == DEFAULT else None,
                "source": snapshot.class_default_sources[int(snapshot.class_codes[row])] if basis == DEFAULT else "",
            }
            for row, basis in named[:_NAMED]
        ]


def first_of(model: AvailabilityModel, figures: ServiceFigures) -> list[dict[str, Any]]:
    """Return what to enter first for one service, as plain values in the names of the contract."""
    alone = EstateWide(model)
    alone.add(figures)
    return alone.first()
