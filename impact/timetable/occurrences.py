"""When a rule of the calendar holds: iCalendar recurrence (RFC 5545) in local wall time, told in UTC.

Takes a `CalendarRule` and a range of time, gives spans. A window from 02:00 to 06:00 has three real hours on the night
the clock moves forward, and five when it moves back.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterable

from dateutil.rrule import rrule, rruleset, rrulestr

from cmdb.errors import UsageError
from cmdb.model.calendar import CalendarRule
from impact.timetable.spans import Span, merged

__all__ = ["check_rule", "next_span", "spans_of", "zone_of"]

_UNTIL_UTC = re.compile(r"UNTIL=(\d{8}T\d{6})Z")
_LONGEST = 366 * 24 * 60.0
_AHEAD = dt.timedelta(days=366 * 5)
_FOR_EVER = dt.timedelta(days=366 * 400)
_FINE = ("SECONDLY", "MINUTELY", "BYSECOND")


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Return a time zone by its IANA name; raises UsageError for one that is not known."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"{name!r} is no time zone; name one like Europe/Oslo or UTC") from None


def spans_of(rules: Iterable[CalendarRule], start: dt.datetime, end: dt.datetime) -> list[Span]:
    """Return when any of the rules holds between two aware times: whole occurrences that touch the range, merged."""
    return merged(span for rule in rules for span in _occurrences(rule, start, end))


def next_span(rule: CalendarRule, after: dt.datetime) -> Span | None:
    """Return the next occurrence of a rule not over at `after`; None where there is none in five years of its start."""
    first = _local(rule.start, rule).replace(tzinfo=zone_of(rule.zone)).astimezone(dt.UTC)
    return min(_occurrences(rule, after, max(after, first) + _AHEAD), default=None)


def check_rule(rule: CalendarRule, now: dt.datetime) -> None:
    """Raise UsageError with what is wrong in a rule, or when it will never hold again."""
    zone_of(rule.zone)
    if not 0 < rule.minutes <= _LONGEST:
        raise UsageError(f"{rule.name}: minutes is {rule.minutes:g}; give a length above 0, and at most a year")
    for text in (rule.start, *rule.exdates, *rule.rdates):
        _local(text, rule)
    if rule.rrule and any(word in rule.rrule.upper() for word in _FINE):
        raise UsageError(f"{rule.name}: a rule that recurs by seconds or minutes is refused; the finest is FREQ=HOURLY")
    _recurrence(rule)
    if next_span(rule, now) is None:
        last = "" if rule.rrule else f": its only start is {rule.start}"
        raise UsageError(f"{rule.name} never opens again in five years{last}; check its start, RRULE and exceptions")


def _local(text: str, rule: CalendarRule) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{rule.name}: {text!r} is no time like 2026-11-26T22:00") from None
    if found.tzinfo is not None:
        raise UsageError(f"{rule.name}: {text} carries an offset; give local wall time, the zone stands beside it")
    return found


def _recurrence(rule: CalendarRule) -> rrule | rruleset | None:
    if not rule.rrule:
        return None
    first, zone = _local(rule.start, rule), zone_of(rule.zone)

    def local(match: re.Match[str]) -> str:
        # With a zone, UNTIL is told in UTC; the recurrence itself runs in wall time.
        moment = dt.datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=dt.UTC)
        return f"UNTIL={moment.astimezone(zone):%Y%m%dT%H%M%S}"

    text = _UNTIL_UTC.sub(local, rule.rrule.strip().removeprefix("RRULE:").upper())
    try:
        found = rrulestr(text, dtstart=first)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UsageError(f"{rule.name}: RRULE {rule.rrule!r} is not understood: {error}") from None
    return found


def _occurrences(rule: CalendarRule, start: dt.datetime, end: dt.datetime) -> list[Span]:
    zone = zone_of(rule.zone)
    length = dt.timedelta(minutes=rule.minutes)
    # A day of slack on either side: wall time and UTC differ by less.
    early = start.astimezone(zone).replace(tzinfo=None) - length - dt.timedelta(days=1)
    late = end.astimezone(zone).replace(tzinfo=None) + dt.timedelta(days=1)
    recurrence, first = _recurrence(rule), _local(rule.start, rule)
    if recurrence is None:
        starts = {first}
    else:
        horizon = min(late, first + _FOR_EVER)
        starts = set(recurrence.between(early, horizon, inc=True)) if horizon >= early else set()
    starts |= {_local(each, rule) for each in rule.rdates}
    starts -= {_local(each, rule) for each in rule.exdates}
    found = []
    for each in starts:
        opens = each.replace(tzinfo=zone).astimezone(dt.UTC)
        closes = (each + length).replace(tzinfo=zone).astimezone(dt.UTC)
        if opens < end and closes > start:
            found.append(Span(opens, closes))
    return found
