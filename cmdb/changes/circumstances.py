"""What an answer about a change rests on beside the estate, read from the record's papers.

Takes a store and the time, gives `Circumstances`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from cmdb.changes.outages import open_at
from cmdb.changes.papers import Assessment, ChangeModel, Roster
from cmdb.changes.shelf import (
    ASSESSMENT,
    CALENDAR,
    CHANGE,
    CHANGE_HISTORY,
    CHANGE_MODEL,
    CHANGE_SETTINGS,
    OUTAGE,
    ROSTER,
    Shelf,
)
from cmdb.model import Actor
from cmdb.model.calendar import CalendarRule
from cmdb.model.change import ChangeStanding
from cmdb.model.circumstances import ChangeSettings, Circumstances, PastChange
from cmdb.model.occupation import moment
from cmdb.model.outage import Outage
from cmdb.store.protocol import Store

__all__ = ["Shelves", "circumstances_of", "downtime_of", "past_of"]

_BUDGET_DAYS: Final = 30


class Shelves:
    """The shelves of change management in one record."""

    def __init__(self, store: Store, actor: Callable[[], Actor]) -> None:
        self.changes = Shelf(store, CHANGE, ChangeStanding, "change", actor)
        self.outages = Shelf(store, OUTAGE, Outage, "outage", actor)
        self.calendar = Shelf(store, CALENDAR, CalendarRule, "calendar rule", actor)
        self.history: Shelf[tuple[PastChange, ...]] = Shelf(
            store, CHANGE_HISTORY, tuple[PastChange, ...], "history of changes", actor
        )
        """One paper for each source of changes that are over."""
        self.settings = Shelf(store, CHANGE_SETTINGS, ChangeSettings, "settings", actor)
        """One paper, `site`."""
        self.assessments = Shelf(store, ASSESSMENT, Assessment, "assessment", actor)
        self.models = Shelf(store, CHANGE_MODEL, ChangeModel, "change model", actor)
        self.roster = Shelf(store, ROSTER, Roster, "roster", actor)
        """One paper, `site`."""


def circumstances_of(shelves: Shelves, now: dt.datetime) -> Circumstances:
    """Return the circumstances: changes that are not over, outages that are open, the calendar, history, settings."""
    changes = [_numbered(kept.value, key, kept.paper.version) for key, kept in shelves.changes.all().items()]
    outages = [msgspec.structs.replace(kept.value, number=key) for key, kept in shelves.outages.all().items()]
    settings = shelves.settings.find("site")
    kept = settings.value if settings is not None else ChangeSettings()
    imported = [each for kept in shelves.history.all().values() for each in kept.value]
    return Circumstances(
        now=now,
        changes=tuple(each for each in changes if each.state not in ("closed", "cancelled", "rejected")),
        outages=tuple(open_at(outages, now)),
        calendar=tuple(kept.value for kept in shelves.calendar.all().values() if not kept.value.withdrawn),
        history=(*imported, *(past for each in changes if (past := past_of(each, outages, kept)) is not None)),
        settings=kept,
        downtime=downtime_of(outages, now),
        down_spans={item: tuple(spans) for item, spans in _down_spans(outages, now).items()},
    )


def _down_spans(outages: Iterable[Outage], now: dt.datetime) -> dict[str, list[tuple[dt.datetime, dt.datetime]]]:
    """Return by item, from and until, when outages had it down in the 30 days before `now`."""
    since = now - dt.timedelta(days=_BUDGET_DAYS)
    spans: dict[str, list[tuple[dt.datetime, dt.datetime]]] = {}
    for each in outages:
        start = max(since, moment(each.start))
        end = now if each.end is None else min(now, moment(each.end))
        if each.state == "down" and not each.withdrawn and start < end:
            spans.setdefault(each.item, []).append((start, end))
    return spans


def downtime_of(outages: Iterable[Outage], now: dt.datetime) -> dict[str, float]:
    """Return by item the minutes for which outages had it down in the 30 days before `now`; overlaps count once."""
    found = {}
    for item, of_item in _down_spans(outages, now).items():
        total, latest = dt.timedelta(), now - dt.timedelta(days=_BUDGET_DAYS)
        for start, end in sorted(of_item):
            total += max(dt.timedelta(), end - max(start, latest))
            latest = max(latest, end)
        found[item] = total.total_seconds() / 60.0
    return found


def _numbered(standing: ChangeStanding, number: str, version: int) -> ChangeStanding:
    """Return a standing that knows its number and version: both are given when it is kept."""
    return msgspec.structs.replace(standing, number=number, version=version)


def past_of(standing: ChangeStanding, outages: Iterable[Outage], settings: ChangeSettings) -> PastChange | None:
    """Return a closed change for the statistics, None for one that is not closed.

    It failed where it was backed out or unsuccessful, where an outage names it, or where one that nobody had planned
    hit its items soon after.
    """
    if standing.state != "closed" or standing.outcome is None:
        return None
    request = standing.request
    return PastChange(
        number=standing.number,
        closed_at=standing.outcome.ended_at,
        failed=standing.outcome.result != "successful" or _blamed(standing, outages, settings),
        classes=standing.classes,
        team=request.team,
        model=request.model,
        type=request.type,
        predicted=standing.predicted,
        predicted_user_minutes=standing.predicted_user_minutes,
        realised_user_minutes=standing.outcome.user_minutes,
    )


def _blamed(standing: ChangeStanding, outages: Iterable[Outage], settings: ChangeSettings) -> bool:
    assert standing.outcome is not None
    items = {step.item for step in standing.request.steps}
    begun, over = moment(standing.outcome.started_at), moment(standing.outcome.ended_at)
    late = over + dt.timedelta(days=settings.failure_days)
    return any(
        each.change == standing.number or (each.item in items and begun <= moment(each.start) <= late)
        for each in outages
        if not each.planned and not each.withdrawn
    )
