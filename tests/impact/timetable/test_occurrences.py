"""Recurring windows in local time, against golden nights, and spans against minutes counted one by one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import UsageError
from cmdb.model.calendar import CalendarRule
from impact.timetable import Span, business_minutes, check_rule, next_span, spans_of
from impact.timetable.spans import common, covers, merged, minutes_of, without

OSLO = "Europe/Oslo"


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type]


def rule(start: str, hours: float, rrule: str | None = None, **more: object) -> CalendarRule:
    return CalendarRule("r", "window", "Vindu på natta", start, OSLO, hours * 60, rrule, **more)  # type: ignore[arg-type]


def test_the_last_sunday_of_the_month_has_three_hours_in_march_and_five_in_october() -> None:
    nights = rule("2026-01-25T02:00", 4, "FREQ=MONTHLY;BYDAY=-1SU")

    hours = {each.start.month: minutes_of([each]) / 60 for each in spans_of([nights], utc(2026, 1, 1), utc(2027, 1, 1))}

    assert hours == {month: {3: 3.0, 10: 5.0}.get(month, 4.0) for month in range(1, 13)}


def test_tuesdays_and_thursdays_but_christmas_eve() -> None:
    evenings = rule(
        "2026-11-03T22:00", 1, "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20261231T225900Z", exdates=("2026-12-24T22:00",)
    )

    assert len(spans_of([evenings], utc(2026, 11, 1), utc(2027, 6, 1))) == 17


def test_business_minutes_over_weekends_and_holidays() -> None:
    hours = CalendarRule(
        *("h", "hours", "Arbeidstid", "2026-01-01T08:00", OSLO, 480.0, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        exdates=("2026-12-24T08:00", "2026-12-25T08:00"),
    )

    assert business_minutes([hours], utc(2026, 12, 23, 13, 30), utc(2026, 12, 28, 8, 15)) == 165
    assert business_minutes([hours], utc(2026, 11, 27, 14), utc(2026, 11, 30, 8)) == 120
    assert business_minutes([], utc(2026, 11, 27, 14), utc(2026, 11, 30, 8)) == 0


def test_an_occurrence_that_began_before_the_range_counts_and_extra_dates_are_added() -> None:
    once = rule("2026-11-26T22:00", 10, rdates=("2026-12-01T22:00",))

    found = spans_of([once], utc(2026, 11, 27), utc(2026, 12, 31))

    assert found == [
        Span(utc(2026, 11, 26, 21), utc(2026, 11, 27, 7)),
        Span(utc(2026, 12, 1, 21), utc(2026, 12, 2, 7)),
    ]
    assert next_span(once, utc(2026, 11, 28)) == found[1]
    assert next_span(once, utc(2027, 1, 1)) is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (rule("2020-01-01T02:00", 1), "never opens again"),
        (rule("2026-01-01T02:00", 1, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "never opens again"),
        (rule("2026-01-01T02:00", 1, "FREQ=DAILY;UNTIL=20260201T000000Z"), "never opens again"),
        (rule("2026-01-01T02:00", 0), "minutes is 0"),
        (rule("2026-01-01T02:00+01:00", 1), "carries an offset"),
        (rule("i morgen", 1), "is no time like"),
        (rule("2026-01-01T02:00", 1, "FREQ=OFTEN"), "is not understood"),
        (rule("2026-01-01T02:00", 1, "FREQ=SECONDLY"), "is refused"),
        (CalendarRule("r", "window", "x", "2026-01-01T02:00", "Oslo/Europe", 60), "is no time zone"),
        (CalendarRule("r", "window", "x", "2026-01-01T02:00", "../../etc", 60), "is no time zone"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_in_words(wrong: CalendarRule, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        check_rule(wrong, utc(2026, 11, 26))


MINUTES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=6)


def spans(pairs: list[tuple[int, int]]) -> list[Span]:
    base = utc(2026, 1, 1)
    return [Span(base + dt.timedelta(minutes=at), base + dt.timedelta(minutes=at + length)) for at, length in pairs]


def inside(pairs: list[tuple[int, int]]) -> set[int]:
    return {minute for at, length in pairs for minute in range(at, at + length)}


def told(found: list[Span]) -> set[int]:
    base = utc(2026, 1, 1)
    assert found == merged(found)
    return {
        minute
        for each in found
        for minute in range(
            int((each.start - base).total_seconds() // 60), int((each.end - base).total_seconds() // 60)
        )
    }


@given(MINUTES, MINUTES, st.integers(0, 60), st.integers(1, 9))
def test_spans_do_what_sets_of_minutes_do(
    one: list[tuple[int, int]], other: list[tuple[int, int]], at: int, length: int
) -> None:
    left, right = merged(spans(one)), merged(spans(other))

    assert told(left) == inside(one)
    assert told(common(left, right)) == inside(one) & inside(other)
    assert told(without(left, right)) == inside(one) - inside(other)
    assert covers(left, spans([(at, length)])[0]) == (set(range(at, at + length)) <= inside(one))
