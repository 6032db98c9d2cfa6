"""One service's figures told: names, minutes and shares, as plain values in the names of the contract.

Takes a model and the figures of a row, gives the row of the finding.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cmdb.model.reliability import HOURS_PER_MONTH, HOURS_PER_YEAR
from impact.availability.attainment import downtime_budget_minutes
from impact.availability.effects import Effects, comparable
from impact.availability.estate_wide import first_of
from impact.availability.events import Event
from impact.availability.inputs import BASES, DEFAULT, NO_DATA
from impact.availability.model import AvailabilityModel
from impact.availability.service import ServiceFigures

__all__ = ["row_of"]

MINUTES_PER_MONTH: Final = HOURS_PER_MONTH * 60
MINUTES_PER_YEAR: Final = HOURS_PER_YEAR * 60
_MEASURES: Final = ("criticality", "diagnostic", "fussell_vesely", "risk_achievement_worth", "risk_reduction_worth")
_NAMED: Final = 10
"""Contributors that a service's answer names."""

Plain = dict[str, Any]


def row_of(model: AvailabilityModel, figures: ServiceFigures) -> Plain:
    """Return the answer on one service."""
    snapshot, row, target = model.engine.snapshot, figures.row, figures.target
    shown = snapshot.shown_at(row)
    recorded = float(snapshot.numbers["downtime_budget_minutes"][row])
    effects = figures.effects
    return {
        "id": snapshot.id_at(row),
        "external_ids": {source: ids[0] for source, ids in shown["external_ids"].items()},
        "name": snapshot.name_at(row),
        "class": snapshot.class_at(row),
        "criticality": snapshot.criticality_at(row),
        "users": snapshot.users_at(row),
        **_availability(model, figures),
        "experienced": _experienced(figures),
        **_outages(figures),
        "defaults_used": len(figures.rows_resting_on(DEFAULT)),
        "no_data": len(figures.rows_resting_on(NO_DATA)) if figures.figure is not None else 1,
        "basis": figures.shares,
        "enter_first": _enter_first(model, figures),
        "target": target,
        "budget_minutes_per_month": None if target is None else downtime_budget_minutes(target, MINUTES_PER_MONTH),
        "downtime_budget_minutes": None if np.isnan(recorded) else recorded,
        "verdict": figures.verdict,
        "verdict_because": figures.because,
        "attainment": _attainment(figures),
        "uncertainty": _uncertainty(figures),
        "cost": _cost(shown["values"], snapshot.users_at(row), figures),
        "contributors": [] if effects is None else _contributors(model, figures),
        "contributors_total": 0 if effects is None else int(np.count_nonzero(effects.contribution)),
        "explanation": [],
    }


def _availability(model: AvailabilityModel, figures: ServiceFigures) -> Plain:
    figure = figures.figure
    if figure is None:
        names = ("availability", "low", "high", "confidence", "unavailability")
        minutes = ("downtime_minutes_per_month", "downtime_minutes_per_year")
        return {"method": "not_modelled", "at_most": False, **dict.fromkeys((*names, *minutes))}
    return {
        "availability": 1 - figure.unavailability,
        "method": figure.kind,
        "low": 1 - figure.high,
        "high": 1 - figure.low,
        "confidence": figure.confidence,
        "at_most": bool(model.rests_on_nothing_known[figures.row]),
        "unavailability": figure.unavailability,
        "downtime_minutes_per_month": figure.unavailability * MINUTES_PER_MONTH,
        "downtime_minutes_per_year": figure.unavailability * MINUTES_PER_YEAR,
    }


def _experienced(figures: ServiceFigures) -> Plain | None:
    felt = figures.experienced
    if felt is None:
        return None
    return {
        "availability": 1 - felt.unavailability,
        "downtime_minutes_per_month": felt.unavailability * MINUTES_PER_MONTH,
        "downtime_minutes_per_year": felt.unavailability * MINUTES_PER_YEAR,
        "planned_hours_per_year": felt.planned_hours_per_year,
        "one_at_a_time": felt.one_at_a_time,
    }


def _outages(figures: ServiceFigures) -> Plain:
    outages = figures.outages
    if outages is None or outages.per_hour is None:
        return {"outages_per_year": None, "mean_outage_minutes": None, "mean_up_hours": None}
    return {
        "outages_per_year": outages.per_hour * HOURS_PER_YEAR,
        "mean_outage_minutes": None if outages.mean_hours is None else outages.mean_hours * 60,
        "mean_up_hours": outages.mean_up_hours,
    }


def _attainment(figures: ServiceFigures) -> Plain | None:
    kept = figures.kept
    if kept is None:
        return None
    return {
        **{name: getattr(kept, name) for name in ("month", "year", "safe_month", "safe_year")},
        "method": "approximation",
    }


def _uncertainty(figures: ServiceFigures) -> Plain | None:
    found = figures.range
    if found is None:
        return None
    return {
        "low": 1 - found.high,
        "median": 1 - found.median,
        "high": 1 - found.low,
        "mean": 1 - found.mean,
        "items_with_range": found.items_with_range,
        "items": found.items,
        "samples": found.samples,
    }


def _cost(values: Plain, users: int | None, figures: ServiceFigures) -> Plain:
    """Return what downtime costs by what is recorded: hours of users, and the yearly cost that goes on meanwhile."""
    profile, yearly = values.get("usage"), values.get("yearly_cost")
    active = float(np.mean(profile)) if profile else users
    down = None if figures.figure is None else figures.figure.unavailability
    return {
        "user_hours_per_year": None if down is None or active is None else active * down * HOURS_PER_YEAR,
        "by_usage": bool(profile),
        "paid_while_down_per_year": None if down is None or yearly is None else yearly * down,
    }


def _contributors(model: AvailabilityModel, figures: ServiceFigures) -> list[Plain]:
    """Return the first of the events that bring the service down, the one with the largest contribution first."""
    effects, bases = figures.effects, figures.bases
    assert effects is not None
    assert bases is not None
    contribution, saves = effects.contribution, effects.pair_saves()
    total = float(contribution.sum())
    told = []
    for at in _order(model, effects)[: min(_NAMED, int(np.count_nonzero(contribution)))]:
        own = at < len(effects.rows)
        told.append(
            {
                **(_item(model, int(effects.rows[at])) if own else _cause(model, effects, at)),
                "basis": BASES[bases[at]],
                "unavailability": float(effects.chance[at]),
                "birnbaum": float(effects.birnbaum[at]),
                **_measures(figures, effects, at),
                "minutes_per_month": float(contribution[at]) * MINUTES_PER_MONTH,
                "minutes_per_year": float(contribution[at]) * MINUTES_PER_YEAR,
                "share": float(contribution[at]) / total,
                "pair_saves_minutes_per_month": float(saves[at]) * MINUTES_PER_MONTH if own else None,
            }
        )
    return told


def _measures(figures: ServiceFigures, effects: Effects, at: int) -> Plain:
    own = len(effects.rows)
    event: Event = int(effects.rows[at]) if at < own else ("common", int(effects.causes[at - own]))
    found = None if figures.importance is None else figures.importance[event]
    return {name: getattr(found, name, None) for name in _MEASURES}


def _order(model: AvailabilityModel, effects: Effects) -> list[int]:
    events = np.concatenate([effects.rows, model.structure.size + effects.causes])
    order: list[int] = np.lexsort((events, -comparable(effects.contribution))).tolist()
    return order


def _enter_first(model: AvailabilityModel, figures: ServiceFigures) -> list[Plain]:
    effects = figures.effects
    if effects is None:
        return []
    snapshot, contribution = model.engine.snapshot, effects.contribution
    place = {row: at for at, row in enumerate(effects.rows.tolist())}
    told = []
    for row in first_of(model, figures):
        default = int(model.own.basis[row]) == DEFAULT
        told.append(
            {
                "id": snapshot.id_at(row),
                "name": snapshot.name_at(row),
                "class": snapshot.class_at(row),
                "basis": "default" if default else "no_data",
                "minutes_per_year": float(contribution[place[row]]) * MINUTES_PER_YEAR if default else None,
                "source": snapshot.class_default_sources[int(snapshot.class_codes[row])] if default else "",
            }
        )
    return told


def _item(model: AvailabilityModel, row: int) -> Plain:
    snapshot = model.engine.snapshot
    return {"id": snapshot.id_at(row), "name": snapshot.name_at(row), "class": snapshot.class_at(row), "members": []}


def _cause(model: AvailabilityModel, effects: Effects, at: int) -> Plain:
    number = int(effects.causes[at - len(effects.rows)])
    snapshot, causes = model.engine.snapshot, model.causes
    graph = model.engine.graph
    pool = causes.pools[number][0]
    name = f"{snapshot.name_at(int(graph.pool_consumer[pool]))}/{graph.pool_names[pool]}"
    return {
        "id": None,
        "name": f"common cause of pool {name}",
        "class": None,
        "members": [snapshot.id_at(row) for row in causes.members[number]],
    }
