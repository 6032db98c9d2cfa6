"""iCalendar (RFC 5545) in and out: rules of the calendar, and the forward schedule of changes to subscribe to.

Takes text or values, gives values or text; the library `icalendar` reads and writes the form. What is ours alone (the
kind of a rule, whom it holds for) travels as X- properties.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import icalendar

from cmdb.errors import FileProblem
from cmdb.model.calendar import CalendarRule
from cmdb.model.change import ChangeStanding
from cmdb.model.occupation import moment

__all__ = ["read_rules", "schedule_text", "write_rules"]

_PRODUCT: Final = "-//cmdb//change calendar//EN"
_KINDS: Final = ("window", "freeze", "hours")
_STATUS: Final = {
    "cancelled": "CANCELLED",
    **dict.fromkeys(("approved", "scheduled", "implementing", "review", "closed"), "CONFIRMED"),
}


def _calendar(name: str) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    return calendar


def write_rules(rules: Iterable[CalendarRule], *, at: dt.datetime) -> str:
    """Return rules as an iCalendar file that `read_rules` reads back to the same."""
    calendar = _calendar("Change calendar")
    for rule in rules:
        event = icalendar.Event()
        zone = ZoneInfo(rule.zone)
        start = dt.datetime.fromisoformat(rule.start)
        event.add("uid", rule.key)
        event.add("dtstamp", at)
        event.add("summary", rule.name)
        event.add("dtstart", start.replace(tzinfo=zone))
        event.add("dtend", (start + dt.timedelta(minutes=rule.minutes)).replace(tzinfo=zone))
        if rule.rrule:
            event.add("rrule", icalendar.vRecur.from_ical(rule.rrule.removeprefix("RRULE:")))
        for name, times in (("exdate", rule.exdates), ("rdate", rule.rdates)):
            for each in times:
                event.add(name, dt.datetime.fromisoformat(each).replace(tzinfo=zone))
        if rule.text:
            event.add("description", rule.text)
        event.add("x-cmdb-kind", rule.kind)
        for kind, names in (("items", rule.items), ("classes", rule.classes), ("services", rule.services)):
            for each in names:
                event.add(f"x-cmdb-{kind}", each)
        calendar.add_component(event)
    return _text(calendar)


def read_rules(
    data: bytes,
    file: str,
    *,
    kind: str | None = None,
    zone: str = "UTC",
    scope: Mapping[str, tuple[str, ...]] | None = None,
) -> list[CalendarRule]:
    """Return the rules of an iCalendar file.

    `kind` (window, freeze, hours) and `scope` (items, classes, services) hold where an event does not say its own;
    `zone` where its times float. Raises FileProblem naming the event that cannot be meant.
    """
    try:
        calendar = icalendar.Calendar.from_ical(data)
    except (ValueError, KeyError, IndexError) as error:
        raise FileProblem(f"it is no iCalendar file: {error}", file=file) from None
    found = []
    for number, event in enumerate(calendar.walk("VEVENT"), 1):
        try:
            found.append(_rule(event, kind, zone, scope or {}))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise FileProblem(f"event {number} ({event.get('summary', 'no summary')}): {error}", file=file) from None
    if not found:
        raise FileProblem("it holds no event", file=file)
    return found


def _rule(event: Any, kind: str | None, zone: str, scope: Mapping[str, tuple[str, ...]]) -> CalendarRule:
    said = str(event.get("x-cmdb-kind", kind or ""))
    if said not in _KINDS:
        raise ValueError(f"it does not say what it is; give --kind {', '.join(_KINDS)}")
    if "DTSTART" not in event:
        raise ValueError("it has no DTSTART")
    start = event.decoded("dtstart")
    whole_day = not isinstance(start, dt.datetime)
    if whole_day:
        start = dt.datetime.combine(start, dt.time())
    place = getattr(start.tzinfo, "key", None) or ("UTC" if start.tzinfo is not None else zone)
    local = start.replace(tzinfo=None)
    if "DTEND" in event:
        end = event.decoded("dtend")
        end = end if isinstance(end, dt.datetime) else dt.datetime.combine(end, dt.time())
        length = end.replace(tzinfo=None) - local
    elif "DURATION" in event:
        length = event.decoded("duration")
    else:
        length = dt.timedelta(days=1) if whole_day else dt.timedelta()
    minutes = length / dt.timedelta(minutes=1)
    if minutes <= 0:
        raise ValueError("it ends before it starts, or has no length")
    name = str(event.get("summary", "")).strip() or "without a name"
    uid = str(event.get("uid", "")).strip() or hashlib.sha256(f"{name} {local}".encode()).hexdigest()[:16]
    recurs = event.get("rrule")
    if isinstance(recurs, list):
        raise ValueError("it has several RRULEs; state it as several events")  # noqa: TRY004 - of the file
    return CalendarRule(
        key=uid,
        kind=said,  # type: ignore[arg-type]
        name=name,
        start=local.isoformat(timespec="minutes"),
        zone=place,
        minutes=minutes,
        rrule=recurs.to_ical().decode() if recurs is not None else None,
        exdates=_locals(event, "exdate", local),
        rdates=_locals(event, "rdate", local),
        items=_names(event, "items") or scope.get("items", ()),
        classes=_names(event, "classes") or scope.get("classes", ()),
        services=_names(event, "services") or scope.get("services", ()),
        text=str(event.get("description", "")),
    )


def _names(event: Any, kind: str) -> tuple[str, ...]:
    found = event.get(f"x-cmdb-{kind}", [])
    return tuple(str(each) for each in (found if isinstance(found, list) else [found]))


def _locals(event: Any, name: str, start: dt.datetime) -> tuple[str, ...]:
    """Return the exceptions as local starts; a mere date means the occurrence of that day."""
    listed = event.get(name, [])
    times = [each.dt for group in (listed if isinstance(listed, list) else [listed]) for each in group.dts]
    told = [
        each.replace(tzinfo=None) if isinstance(each, dt.datetime) else dt.datetime.combine(each, start.time())
        for each in times
    ]
    return tuple(each.isoformat(timespec="minutes") for each in told)


def schedule_text(changes: Iterable[ChangeStanding], names: Mapping[str, str], *, at: dt.datetime) -> str:
    """Return the forward schedule of changes as an iCalendar file: one event a change that has a start.

    Its UID is the change's number and its SEQUENCE the version, so that a subscriber sees it move. `names` are those
    of items by record id.
    """
    calendar = _calendar("Forward schedule of changes")
    for each in changes:
        request = each.request
        if request.start is None or each.state in ("draft", "rejected"):
            continue
        event = icalendar.Event()
        event.add("uid", f"{each.number}@cmdb")
        event.add("dtstamp", at)
        event.add("sequence", each.version)
        event.add("summary", f"{each.number} {request.title}")
        zone = ZoneInfo(request.zone) if request.zone else dt.UTC
        event.add("dtstart", moment(request.start).astimezone(zone))
        event.add("dtend", moment(request.end or request.start).astimezone(zone))
        event.add("status", _STATUS.get(each.state, "TENTATIVE"))
        items = ", ".join(names.get(step.item, step.item) for step in request.steps)
        people = ", ".join(filter(None, [request.team, *request.assignees]))
        event.add("description", f"{each.state}; items: {items}" + (f"; by {people}" if people else ""))
        event.add("categories", [request.type])
        calendar.add_component(event)
    return _text(calendar)


def _text(calendar: icalendar.Calendar) -> str:
    calendar.add_missing_timezones()
    text: str = calendar.to_ical().decode()
    return text
