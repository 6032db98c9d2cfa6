"""Business minutes: how much of a span falls into business hours.

Takes rules of kind `hours` (holidays are their exceptions), gives minutes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from cmdb.model.calendar import CalendarRule
from impact.timetable.occurrences import spans_of
from impact.timetable.spans import Span, common, minutes_of

__all__ = ["business_minutes"]


def business_minutes(rules: Iterable[CalendarRule], start: dt.datetime, end: dt.datetime) -> float:
    """Return the real minutes between two aware times that fall into business hours; none without rules."""
    return minutes_of(common(spans_of(rules, start, end), [Span(start, end)]))
