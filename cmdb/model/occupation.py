"""When a change has which item down: its steps as intervals of time.

Takes a change request, gives `Occupation`s. Durations are real minutes, whatever the clock on the wall does.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from cmdb.model.change import TAKES_DOWN, Action, ChangeRequest

__all__ = ["Occupation", "moment", "occupations", "planned_minutes", "window_minutes"]


class Occupation(NamedTuple):
    """One item of a change, from `start` to `end` (UTC), as planned.

    `until` is the latest time it may still be occupied where the change fails: the end of the window with the time to
    back out. `down`: the step itself puts the item down; else it does so only where the change fails.
    """

    item: str
    action: Action
    start: dt.datetime
    end: dt.datetime
    until: dt.datetime
    down: bool


def moment(text: str) -> dt.datetime:
    """Return a moment in ISO 8601 with its offset as an aware time in UTC; raises ValueError for one without."""
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} names no time zone; write it like 2026-11-26T22:00:00+01:00")
    return found.astimezone(dt.UTC)


def window_minutes(change: ChangeRequest) -> float | None:
    """Return the real minutes from start to end, None where one is not set."""
    if change.start is None or change.end is None:
        return None
    return (moment(change.end) - moment(change.start)).total_seconds() / 60.0


def planned_minutes(change: ChangeRequest) -> float | None:
    """Return the planned outage; where nobody stated it the whole window, None where that is not set either."""
    return change.planned_outage_minutes if change.planned_outage_minutes is not None else window_minutes(change)


def occupations(change: ChangeRequest, start: dt.datetime | None = None) -> list[Occupation]:
    """Return what the change occupies, in the order of its steps; nothing where no start is set.

    `start` puts it elsewhere in time, the length of its window kept. A step without minutes lasts as long as the
    planned outage, else until the window ends.
    """
    if start is None:
        if change.start is None:
            return []
        start = moment(change.start)
    whole = window_minutes(change)
    planned = change.planned_outage_minutes
    found: list[Occupation] = []
    cursor, latest = start, start
    spans: list[tuple[dt.datetime, dt.datetime]] = []
    for step in change.steps:
        begin = (cursor if change.sequence == "one_by_one" else start) + dt.timedelta(minutes=step.offset)
        if step.minutes is not None:
            length = step.minutes
        elif planned is not None:
            length = planned
        else:
            length = 0.0 if whole is None else max(0.0, whole - (begin - start).total_seconds() / 60.0)
        end = begin + dt.timedelta(minutes=length)
        spans.append((begin, end))
        cursor, latest = end, max(latest, end)
    closing = max(latest, start + dt.timedelta(minutes=whole)) if whole is not None else latest
    closing += dt.timedelta(minutes=change.back_out.minutes or 0.0)
    for step, (begin, end) in zip(change.steps, spans, strict=True):
        found.append(Occupation(step.item, step.action, begin, end, closing, step.action in TAKES_DOWN))
    return found
