"""The figures of one service: its availability, outages, planned work, what they rest on, the verdict on its target.

Takes a model and a row, gives numbers without names; `service_row` tells them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cmdb.model.reliability import HOURS_PER_MONTH, HOURS_PER_YEAR
from impact.availability.attainment import renewal_attainment, safe_promise
from impact.availability.effects import Effects, Outages, shares_of
from impact.availability.evaluate import Figure
from impact.availability.events import Event
from impact.availability.importance import Importance, importance_of
from impact.availability.model import AvailabilityModel
from impact.availability.planned import Experienced, experienced
from impact.availability.uncertainty import Range, range_of
from impact.availability.verdict import MOST_DEFAULT_SHARE, Verdict, verdict_of

__all__ = ["Kept", "ServiceFigures", "figures_of"]


@dataclass(frozen=True, slots=True)
class Kept:
    """How likely the target is kept in a month and a year, and which target 95 % of them keep.

    None where there is no target, and no safe one where too little is known to promise anything.
    """

    month: float | None
    year: float | None
    safe_month: float | None
    safe_year: float | None


@dataclass(frozen=True)
class ServiceFigures:
    """What was computed of one row; `figure` is None for what is not modelled."""

    row: int
    figure: Figure | None
    effects: Effects | None
    bases: NDArray[np.int8] | None
    """By event of the effects: index into `BASES`."""
    shares: dict[str, float] | None
    """Of expected downtime, by basis; None where nothing is expected to fail."""
    importance: dict[Event, Importance] | None
    """By event, every measure; of named items only, for Fussell-Vesely takes its time."""
    outages: Outages | None
    experienced: Experienced | None
    kept: Kept | None
    range: Range | None
    target: float | None
    verdict: Verdict
    because: str

    def rows_resting_on(self, basis: int) -> NDArray[np.int64]:
        """Return the items that matter to the service and rest on this basis."""
        if self.effects is None or self.bases is None:
            return np.zeros(0, np.int64)
        own = len(self.effects.rows)
        chosen = (self.bases[:own] == basis) & (self.effects.birnbaum[:own] > 0)
        found: NDArray[np.int64] = self.effects.rows[chosen]
        return found


def figures_of(model: AvailabilityModel, row: int, *, promise: bool) -> ServiceFigures:
    """Return the figures of a row. `promise`: work out which target is safe even where it has none of its own."""
    stated = float(model.engine.snapshot.numbers["availability_target"][row])
    target = None if np.isnan(stated) else stated
    if not model.is_modelled(row):
        return _not_modelled(row, target)
    figure = _labelled(model, row, model.evaluator.figure(row))
    effects = Effects.of(
        figure.unavailability, model.evaluator.birnbaum(row), model.evaluator.data, model.structure.count
    )
    bases = effects.bases(model.own, model.causes)
    without_data = bool(model.rests_on_nothing_known[row])
    if without_data and not effects.chance.any() and not figure.high > 0:
        return _not_modelled(row, target)
    shares = shares_of(effects, bases)
    sure = not without_data and (shares is None or shares["default"] <= MOST_DEFAULT_SHARE)
    outages = effects.outages(model.own, model.causes)
    verdict, because = verdict_of(
        target=target,
        low=1 - figure.high,
        high=1 - figure.low,
        default_share=None if shares is None else shares["default"],
        without_data=without_data,
    )
    return ServiceFigures(
        row=row,
        figure=figure,
        effects=effects,
        bases=bases,
        shares=shares,
        importance=importance_of(model.evaluator, row) if promise else None,
        outages=outages,
        experienced=experienced(
            effects, model.own, lambda: model.overlapping.figure(row).unavailability, hours_per_year=HOURS_PER_YEAR
        ),
        kept=_kept(outages, figure.unavailability, target, safe=sure and promise),
        range=range_of(model, row, effects) if promise and model.evaluator.has_diagram(row) else None,
        target=target,
        verdict=verdict,
        because=because,
    )


def _labelled(model: AvailabilityModel, row: int, figure: Figure) -> Figure:
    """Return a figure as what it is: where paths through a network were left out, it is only an upper bound."""
    if not model.rests_on_too_many_paths[row]:
        return figure
    kind: Literal["interval", "estimate"] = "estimate" if figure.kind == "estimate" else "interval"
    return replace(figure, kind=kind, low=0.0)


def _not_modelled(row: int, target: float | None) -> ServiceFigures:
    verdict, because = verdict_of(target=target, low=None, high=None, default_share=None, without_data=True)
    return ServiceFigures(row, None, None, None, None, None, None, None, None, None, target, verdict, because)


def _kept(outages: Outages, unavailability: float, target: float | None, *, safe: bool) -> Kept | None:
    """Take the service for one item that goes up and down with its mean times."""
    if outages.per_hour is None or (target is None and not safe):
        return None
    if outages.mean_hours is None or outages.mean_up_hours is None:
        # It never changes its state: it is up all the time, or down all the time.
        up, down = (0.0, np.inf) if unavailability >= 1 else (np.inf, 0.0)
    else:
        up, down = outages.mean_up_hours, outages.mean_hours
    month = partial(renewal_attainment, up, down, HOURS_PER_MONTH)
    year = partial(renewal_attainment, up, down, HOURS_PER_YEAR)
    return Kept(
        month=None if target is None else month(target),
        year=None if target is None else year(target),
        safe_month=safe_promise(month) if safe else None,
        safe_year=safe_promise(year) if safe else None,
    )
