"""From an estate and its circumstances to the inputs of the formula, with everything that was missing.

Takes a Snapshot, a change and `Circumstances`, gives `Gathered`. What nobody said is filled in so that it never lowers
the band, and is listed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import UsageError
from cmdb.model import CRITICALITY_WEIGHT
from cmdb.model.change import ChangeRequest, ChangeStanding, ChangeType
from cmdb.model.circumstances import Circumstances
from cmdb.model.occupation import Occupation, moment, occupations, planned_minutes, window_minutes
from cmdb.snapshot import Snapshot
from impact.engine import ImpactEngine
from impact.people import profile_of
from impact.risk.exposure_in_time import Exposed, exposed_services, moments_of
from impact.risk.given_down import GivenDown
from impact.risk.history import history_for
from impact.risk.inputs import RiskInputs, ServiceLoss
from impact.risk.overlaps import overlapping
from impact.risk.spent import spent_minutes
from impact.timetable import Timetable, zone_of

__all__ = ["Gathered", "Missing", "checked_rows", "gather"]

_MTTR_MINUTES: Final = 240.0
"""Stands in where neither an item nor its class says how long repair takes."""
_ANY_DAY: Final = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
"""A start for changes without one, so that their steps can be told apart; no answer depends on it."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What nobody said, of what, and what was assumed in its place."""

    what: str
    of: str
    assumed: str


@dataclass(slots=True)
class Gathered:
    """The inputs of the formula, and what they rest on. `rows` are those of the items, `services` of those affected."""

    inputs: RiskInputs
    rows: list[int]
    services: list[int]
    outages: list[int]
    degraded: list[int]
    overlapping: list[str]
    freezes: list[str]
    outside: list[str]
    estimated: int
    """Services whose chance of being down is an estimate."""
    missing: list[Missing] = field(default_factory=list)


def checked_rows(snapshot: Snapshot, request: ChangeRequest) -> list[int]:
    """Return the rows of a change's items, each once.

    Raises UsageError for a change without items, an item that is not in the record, or one that is out of service.
    """
    if not request.steps:
        raise UsageError(f"{request.title!r} names no item; say what is to be worked on under items")
    found: dict[int, None] = {}
    for step in request.steps:
        row = snapshot.row_of(step.item)
        if row < 0:
            raise UsageError(
                f"item {step.item} of {request.title!r} is not in the record; find it with: cmdb find TEXT"
            )
        if not snapshot.in_service[row]:
            raise UsageError(
                f"{snapshot.name_at(row)} is {snapshot.status_at(row)}: a change on it does nothing to a service; "
                "name an item in service, or correct its status"
            )
        found[row] = None
    return list(found)


def gather(
    snapshot: Snapshot,
    standing: ChangeStanding,
    circumstances: Circumstances,
    *,
    joint_conflict: bool = False,
    blind: bool = False,
    counts_as: ChangeType | None = None,
) -> Gathered:
    """Return the inputs of a change's risk; raises UsageError as `checked_rows` does.

    `counts_as` is the type that the change counts as, where it is not the one it claims.
    """
    engine, request, settings = ImpactEngine.of(snapshot), standing.request, circumstances.settings
    rows = checked_rows(snapshot, request)
    missing: list[Missing] = []
    occupied = _occupied(request, missing)
    down, degraded = _open_outages(snapshot, circumstances)
    exposed, estimated = exposed_services(engine, moments_of(engine, occupied), down, degraded)
    services = [each.row for each in exposed]
    dated = request.start is not None
    others = overlapping(engine, standing.number, occupied, services, circumstances.changes) if dated else []
    breaches = []
    if dated:
        start, end = min(each.start for each in occupied), max(each.until for each in occupied)
        breaches = Timetable(snapshot, circumstances.calendar, start, end).breaches(occupied)
    inputs = RiskInputs(
        history=history_for(
            circumstances.history,
            circumstances.now,
            settings,
            classes=[snapshot.class_at(row) for row in rows],
            team=request.team,
            model=request.model,
        ),
        type=counts_as or request.type,
        back_out=request.back_out.state,
        back_out_minutes=_back_out_minutes(request, missing),
        tests=request.tests,
        lead_days=_lead_days(standing, circumstances.now, missing),
        required_lead_days=(
            settings.required_lead_days if request.required_lead_days is None else request.required_lead_days
        ),
        concurrent=len(others),
        mttr_minutes=_mttr_minutes(engine, rows, missing),
        services=_losses(engine, request, exposed, occupied, circumstances, missing),
        in_freeze=any(each.kind == "freeze" for each in breaches),
        joint_conflict=joint_conflict,
        blind=blind,
        settings=settings,
    )
    return Gathered(
        inputs=inputs,
        rows=rows,
        services=services,
        outages=down,
        degraded=degraded,
        overlapping=others,
        freezes=[each.text for each in breaches if each.kind == "freeze"],
        outside=[each.text for each in breaches if each.kind == "window"],
        estimated=estimated,
        missing=missing,
    )


def _occupied(request: ChangeRequest, missing: list[Missing]) -> list[Occupation]:
    if request.start is None:
        missing.append(Missing("start", "the change", "the busiest hour of each service"))
    if planned_minutes(request) is None and any(step.minutes is None for step in request.steps):
        missing.append(Missing("planned_outage_minutes", "the change", "as long as a repair takes"))
    elif request.planned_outage_minutes is None and any(step.minutes is None for step in request.steps):
        missing.append(
            Missing("planned_outage_minutes", "the change", f"the whole window, {window_minutes(request):g}")
        )
    return occupations(request, None if request.start is not None else _ANY_DAY)


def _open_outages(snapshot: Snapshot, circumstances: Circumstances) -> tuple[list[int], list[int]]:
    found: dict[str, list[int]] = {"down": [], "degraded": []}
    for each in circumstances.outages:
        if (row := snapshot.row_of(each.item)) >= 0:
            found[each.state].append(row)
    return found["down"], found["degraded"]


def _back_out_minutes(request: ChangeRequest, missing: list[Missing]) -> float | None:
    if request.back_out.state != "none" and request.back_out.minutes is None:
        missing.append(Missing("back_out.minutes", "the change", "as long as a repair takes"))
    return request.back_out.minutes


def _lead_days(standing: ChangeStanding, now: dt.datetime, missing: list[Missing]) -> float:
    if standing.request.start is None:
        missing.append(Missing("start", "its lead time", "none at all"))
        return 0.0
    submitted = now if standing.submitted_at is None else moment(standing.submitted_at)
    return max(0.0, (moment(standing.request.start) - submitted) / dt.timedelta(days=1))


def _mttr_minutes(engine: ImpactEngine, rows: list[int], missing: list[Missing]) -> float:
    own, snapshot = GivenDown.of(engine).model.own, engine.snapshot
    hours = own.down_hours[rows]
    for row, each in zip(rows, hours.tolist(), strict=True):
        if not np.isfinite(each):
            missing.append(Missing("mttr_hours", snapshot.name_at(row), f"{_MTTR_MINUTES / 60:g} hours"))
        elif own.repair_assumed[row] or np.isnan(snapshot.numbers["mttr_hours"][row]):
            missing.append(Missing("mttr_hours", snapshot.name_at(row), f"{each:g} hours, from its class"))
    return float(np.where(np.isfinite(hours), hours * 60.0, _MTTR_MINUTES).max())


def _losses(
    engine: ImpactEngine,
    request: ChangeRequest,
    exposed: list[Exposed],
    occupied: list[Occupation],
    circumstances: Circumstances,
    missing: list[Missing],
) -> tuple[ServiceLoss, ...]:
    snapshot, settings = engine.snapshot, circumstances.settings
    zone = zone_of(request.zone or settings.zone)
    start, end = min(each.start for each in occupied), max(each.until for each in occupied)
    fallback = None
    if planned_minutes(request) is None and all(step.minutes is None for step in request.steps):
        fallback = _mttr_minutes(engine, sorted({snapshot.row_of(step.item) for step in request.steps}), [])
    below = _below_stated_users(engine, [each.row for each in exposed])
    budgets = snapshot.numbers["downtime_budget_minutes"]
    with_budget = [each.row for each in exposed if not np.isnan(budgets[each.row])]
    spent_by_row = spent_minutes(engine, circumstances.down_spans, with_budget) if with_budget else {}
    found = []
    for each in sorted(exposed, key=lambda one: (-snapshot.criticality[one.row], -snapshot.users[one.row], one.row)):
        row, name = each.row, snapshot.name_at(each.row)
        profile = profile_of(snapshot, row, zone, settings.default_users)
        if not profile.users_stated:
            if below[row]:
                continue  # Its users are those of the service that stands on it, and are counted there.
            missing.append(Missing("users", name, f"{settings.default_users:g}"))
        if not profile.stated:
            missing.append(Missing("usage", name, "all its users at all hours"))
        criticality = snapshot.criticality_at(row)
        if criticality is None:
            missing.append(Missing("criticality", name, settings.default_criticality))
        budget = float(budgets[row])
        spent = max(circumstances.downtime.get(snapshot.id_at(row), 0.0), spent_by_row.get(row, 0.0))
        stated = request.planned_outage_minutes
        found.append(
            ServiceLoss(
                service=snapshot.id_at(row),
                name=name,
                weight=float(CRITICALITY_WEIGHT[criticality or settings.default_criticality]),
                users=profile.busiest(start, end) if request.start is not None else float(profile.hours.max()),
                down=each.down,
                planned_minutes=fallback if fallback is not None else stated if stated is not None else each.minutes,
                quietest_users=profile.quietest((end - start) / dt.timedelta(minutes=1)) if profile.stated else None,
                down_if_fails=each.down_if_fails,
                budget_left_minutes=None if np.isnan(budget) else max(1.0, budget - spent),
            )
        )
    return tuple(found)


def _below_stated_users(engine: ImpactEngine, rows: list[int]) -> NDArray[np.bool_]:
    """Return by item whether a service of these that states users stands on it, however indirectly."""
    snapshot = engine.snapshot
    stated = [row for row in rows if snapshot.users[row] >= 0]
    if not stated or len(stated) == len(rows):
        return np.zeros(len(snapshot), np.bool_)
    return engine.stands_on(np.array(stated, np.int64))
