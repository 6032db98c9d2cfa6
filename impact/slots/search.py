"""The best slots: every start on a grid, its cost by prefix sums over the weekly profiles of the services affected.

Takes a Snapshot, a change and `Circumstances`, gives a `SlotsFinding`. Minimises sum over services of weight x chance
of being down x sum over minutes of active users. Source: shared mathematics, section 2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import UsageError
from cmdb.model import CRITICALITY_WEIGHT
from cmdb.model.change import IN_THE_WAY, ChangeStanding
from cmdb.model.circumstances import Circumstances
from cmdb.model.occupation import occupations, window_minutes
from cmdb.snapshot import Snapshot
from impact.engine import ImpactEngine
from impact.people import HOURS_PER_WEEK, profile_of
from impact.risk.exposure_in_time import exposed_services, moments_of
from impact.risk.gathering import checked_rows
from impact.slots.finding import Slot, SlotsFinding
from impact.slots.taken import taken_starts
from impact.timetable import Span, Timetable, zone_of

__all__ = ["Cost", "best_slots", "slots_of"]

_ANY_DAY = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


class Cost(NamedTuple):
    """Starts that fit (UTC) and what each costs, in user-minutes."""

    starts: list[dt.datetime]
    cost: NDArray[np.float64]


def best_slots(
    hours: NDArray[np.float64], zone: ZoneInfo, spans: Sequence[Span], minutes: float, step_minutes: int = 15
) -> Cost:
    """Return every start on the grid at which so many real minutes fit into open spans, with its cost.

    `hours` is what one minute costs by hour of the local week (168 from Monday 00:00). The grid counts from each
    span's first whole step, local wall time.
    """
    step = dt.timedelta(minutes=step_minutes)
    length = dt.timedelta(minutes=minutes)
    starts: list[dt.datetime] = []
    cost: list[NDArray[np.float64]] = []
    for span in spans:
        first = _on_grid(span.start, step_minutes)
        count = int((span.end - length - first) / step) + 1 if span.end - length >= first else 0
        if count <= 0:
            continue
        # One value a minute, local hours looked up minute by minute at the turns of the hour only.
        minute = _by_minute(hours, zone, first, int(np.ceil((count - 1) * step_minutes + minutes)))
        total = np.concatenate([[0.0], np.cumsum(minute)])
        at = np.arange(count) * step_minutes
        ends = at + minutes
        whole = np.floor(ends).astype(np.int64)
        # A part of a minute counts as such.
        last = np.minimum(whole, len(minute) - 1)
        cost.append(total[whole] + (ends - whole) * minute[last] - total[at])
        starts += [first + step * each for each in range(count)]
    return Cost(starts, np.concatenate(cost) if cost else np.zeros(0))


def _on_grid(moment: dt.datetime, step_minutes: int) -> dt.datetime:
    over = (moment.hour * 60 + moment.minute) % step_minutes * 60 + moment.second + moment.microsecond / 1e6
    return moment if not over else moment + dt.timedelta(minutes=step_minutes) - dt.timedelta(seconds=over)


def _by_minute(hours: NDArray[np.float64], zone: ZoneInfo, start: dt.datetime, minutes: int) -> NDArray[np.float64]:
    pieces, at, moment = [], 0, start
    while at < minutes:
        local = moment.astimezone(zone)
        to_turn = min(minutes - at, 60 - local.minute)
        pieces.append(np.full(to_turn, hours[local.weekday() * 24 + local.hour]))
        at += to_turn
        moment += dt.timedelta(minutes=to_turn)
    return np.concatenate(pieces) if pieces else np.zeros(0)


def slots_of(
    snapshot: Snapshot,
    standing: ChangeStanding,
    circumstances: Circumstances,
    *,
    days: float = 90,
    step_minutes: int = 15,
    limit: int = 10,
    after: dt.datetime | None = None,
) -> SlotsFinding:
    """Return the slots of a change with the least user-minutes, in the days from `after` (None: from now).

    A slot lies inside the windows of every item and outside every freeze, its real minutes fit, and no change in its
    way works on the same items or takes the same services down with it. Raises UsageError for a change without a
    length, and as `checked_rows` does.
    """
    engine, request, settings = ImpactEngine.of(snapshot), standing.request, circumstances.settings
    rows = checked_rows(snapshot, request)
    zone = zone_of(request.zone or settings.zone)
    occupied = occupations(request, _ANY_DAY)
    needed = max((each.end - _ANY_DAY) / dt.timedelta(minutes=1) for each in occupied)
    whole = window_minutes(request)
    minutes = max(needed, whole or 0.0)
    if minutes <= 0:
        raise UsageError(
            f"{request.title!r} does not say how long it takes: give its start and end, or planned_outage_minutes"
        )
    begin = after or circumstances.now
    until = begin + dt.timedelta(days=days)
    exposed, _ = exposed_services(engine, moments_of(engine, occupied), *_down(snapshot, circumstances))
    share = {each.row: each.expected_minutes / minutes for each in exposed}
    weighted, plain = np.zeros(HOURS_PER_WEEK), np.zeros(HOURS_PER_WEEK)
    warnings: list[str] = []
    unstated = []
    for row, part in share.items():
        profile = profile_of(snapshot, row, zone, settings.default_users)
        criticality = snapshot.criticality_at(row) or settings.default_criticality
        plain += part * profile.hours
        weighted += CRITICALITY_WEIGHT[criticality] * part * profile.hours
        if not profile.stated:
            unstated.append(snapshot.name_at(row))
    if unstated:
        more = f" and {len(unstated) - 3} more" if unstated[3:] else ""
        warnings.append(
            f"no weekly profile (usage) is known of {', '.join(unstated[:3])}{more}: all users count at all hours"
        )
    if not share:
        warnings.append("no service gets worse by it, as far as the record knows: every slot costs nothing")
    spans = Timetable(snapshot, circumstances.calendar, begin, until).open_spans(rows)
    spans = [Span(max(span.start, begin), min(span.end, until)) for span in spans if span.end > begin]
    found = best_slots(weighted, zone, spans, minutes, step_minutes)
    others = [each for each in circumstances.changes if each.state in IN_THE_WAY and each.number != standing.number]
    taken = taken_starts(engine, standing, others, found.starts, set(share))
    free = np.flatnonzero(~taken)
    order = free[np.lexsort((free, found.cost[free]))]
    if not len(found.starts):
        warnings.append("no open time is long enough: its windows are too short, or a freeze covers them")
    plainly = best_slots(plain, zone, spans, minutes, step_minutes).cost

    def slot(at: int) -> Slot:
        end = found.starts[at] + dt.timedelta(minutes=minutes)
        return Slot(
            start=found.starts[at].isoformat(),
            end=end.isoformat(),
            user_minutes=float(plainly[at]),
            weighted_user_minutes=float(found.cost[at]),
        )

    return SlotsFinding.model_validate(
        {
            "revision": snapshot.revision,
            "revision_at": snapshot.revision_at,
            "number": standing.number or None,
            "minutes": minutes,
            "after": begin.isoformat(),
            "until": until.isoformat(),
            "step_minutes": step_minutes,
            "considered": len(free),
            "in_the_way": int(taken.sum()),
            "slots": [slot(int(at)) for at in order[:limit]],
            "worst": slot(int(order[-1])) if len(order) else None,
            "now_planned": _planned(standing, weighted, plain, zone, minutes),
            "services": [snapshot.id_at(row) for row in share],
            "by_hour": weighted.tolist(),
            "zone": zone.key,
            "warnings": warnings,
        }
    )


def _down(snapshot: Snapshot, circumstances: Circumstances) -> tuple[list[int], list[int]]:
    found: dict[str, list[int]] = {"down": [], "degraded": []}
    for each in circumstances.outages:
        if (row := snapshot.row_of(each.item)) >= 0:
            found[each.state].append(row)
    return found["down"], found["degraded"]


def _planned(
    standing: ChangeStanding,
    weighted: NDArray[np.float64],
    plain: NDArray[np.float64],
    zone: ZoneInfo,
    minutes: float,
) -> Slot | None:
    if standing.request.start is None:
        return None
    start = dt.datetime.fromisoformat(standing.request.start).astimezone(dt.UTC)
    span = [Span(start, start + dt.timedelta(minutes=minutes))]
    whole = [float(best_slots(hours, zone, span, minutes, 1).cost.sum()) for hours in (weighted, plain)]
    return Slot(
        start=start.isoformat(), end=span[0].end.isoformat(), user_minutes=whole[1], weighted_user_minutes=whole[0]
    )
