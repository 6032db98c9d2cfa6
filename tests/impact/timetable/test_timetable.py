"""Which rule holds for which item, and what a change breaks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cmdb.model.calendar import CalendarRule
from cmdb.model.change import ChangeRequest, Step
from cmdb.model.occupation import occupations
from impact.timetable import Timetable, applies_to

ESTATE = """
    shop -> web
    web -> host
    mail -> host
    spare
"""
START, END = dt.datetime(2026, 11, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 31, tzinfo=dt.UTC)


def made(compile_text: Any) -> Any:
    items = {name: {"class": "BusinessService" if name in ("shop", "mail") else "Server"} for name in ("shop", "mail")}
    return compile_text(ESTATE, items | {"web": {"class": "Application"}, "host": {"class": "Server"}})


def rule(kind: str, hour: int, hours: float, **more: Any) -> CalendarRule:
    start = f"2026-11-01T{hour:02}:00"
    return CalendarRule(f"{kind}{hour}", kind, f"{kind} {hour}", start, "UTC", hours * 60, "FREQ=DAILY", **more)  # type: ignore[arg-type]


def change(estate: Any, name: str, hour: int, minutes: float) -> list[Any]:
    start = f"2026-11-26T{hour:02}:00:00+00:00"
    return occupations(ChangeRequest("x", steps=(Step(estate.id(name), minutes=minutes),), start=start, end=start))


def test_a_service_brings_along_all_it_stands_on(estate: Any) -> None:
    estate = made(estate)
    names = estate.snapshot.names

    def of(**more: Any) -> set[str]:
        mask = applies_to(estate.snapshot, rule("window", 2, 1, **more))
        return {names[row] for row in mask.nonzero()[0].tolist()}

    assert of(services=(estate.id("shop"),)) == {"shop", "web", "host"}
    assert of(classes=("Application",), items=(estate.id("spare"),)) == {"web", "spare"}
    assert of() == {"shop", "web", "host", "mail", "spare"}


def test_the_most_particular_window_decides(estate: Any) -> None:
    estate = made(estate)
    rules = [rule("window", 2, 2), rule("window", 20, 2, items=(estate.id("host"),))]
    timetable = Timetable(estate.snapshot, rules, START, END)

    def broken(name: str, hour: int, minutes: float) -> list[str]:
        return [each.kind for each in timetable.breaches(change(estate, name, hour, minutes))]

    assert (broken("host", 20, 120), broken("host", 2, 30), broken("host", 20, 121)) == ([], ["window"], ["window"])
    assert (broken("web", 2, 30), broken("web", 20, 30)) == ([], ["window"])


def test_every_freeze_counts_and_says_from_when_to_when(estate: Any) -> None:
    estate = made(estate)
    freeze = rule("freeze", 22, 4, services=(estate.id("shop"),))
    timetable = Timetable(estate.snapshot, [freeze], START, END)

    (found,) = timetable.breaches(change(estate, "host", 21, 120))

    assert (found.kind, found.rules, found.start.hour, found.end.hour) == ("freeze", ("freeze 22",), 22, 23)
    assert timetable.breaches(change(estate, "mail", 22, 30)) == []


def test_open_time_is_inside_all_windows_and_outside_all_freezes(estate: Any) -> None:
    estate = made(estate)
    rules = [
        rule("window", 2, 4, items=(estate.id("host"),)),
        rule("window", 4, 4, items=(estate.id("web"),)),
        rule("freeze", 5, 1),
    ]
    timetable = Timetable(estate.snapshot, rules, dt.datetime(2026, 11, 26, tzinfo=dt.UTC), END)

    first = timetable.open_spans([estate.row("host"), estate.row("web")])[0]

    assert (first.start.hour, first.end.hour) == (4, 5)
