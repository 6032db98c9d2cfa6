"""The best slots against the golden week and against adding up minute by minute."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import UsageError
from cmdb.model.calendar import CalendarRule
from cmdb.model.change import ChangeRequest, ChangeStanding, Step
from cmdb.model.circumstances import Circumstances
from impact.slots import best_slots, slots_of
from impact.timetable import Span

OSLO = ZoneInfo("Europe/Oslo")


def week() -> list[float]:
    """400 users from 8 to 16, 120 from 16 to 22, 20 else; a quarter of that at weekends."""
    day = [20.0] * 8 + [400.0] * 8 + [120.0] * 6 + [20.0] * 2
    return day * 5 + [each / 4 for each in day] * 2


def rule(name: str, kind: Any, start: str, hours: float) -> CalendarRule:
    return CalendarRule(name, kind, name, start, "Europe/Oslo", hours * 60)


def golden(estate: Any, **more: Any) -> Any:
    made = estate(
        "mail -> db",
        {
            "mail": {"class": "BusinessService", "users": 400, "usage": week(), "criticality": "low"},
            "db": {"class": "Server"},
        },
    )
    calendar = (
        rule("Thu", "window", "2026-11-26T16:00", 7),
        rule("Sat", "window", "2026-11-28T06:00", 6),
        rule("Sun", "window", "2026-11-29T20:00", 10),
        rule("off", "freeze", "2026-11-29T00:00", 24),
    )
    request = ChangeRequest(
        "Patch", steps=(Step(made.id("db"), minutes=120),), planned_outage_minutes=120, zone="Europe/Oslo", **more
    )
    now = dt.datetime(2026, 11, 25, 23, tzinfo=dt.UTC)
    return made, ChangeStanding("C1", request, state="submitted"), Circumstances(now, calendar=calendar)


def test_the_golden_week(estate: Any) -> None:
    made, standing, circumstances = golden(estate)
    found = slots_of(made.snapshot, standing, circumstances, days=7)

    told = [(dt.datetime.fromisoformat(each.start).astimezone(OSLO), each.user_minutes) for each in found.slots]
    assert found.considered == 55
    assert told[0] == (dt.datetime(2026, 11, 28, 6, tzinfo=OSLO), 600)
    assert told[1] == (dt.datetime(2026, 11, 28, 6, 15, tzinfo=OSLO), 2025)
    assert told[2] == (dt.datetime(2026, 11, 30, 0, tzinfo=OSLO), 2400)
    assert found.worst is not None
    assert found.worst.user_minutes == 14_400
    assert found.warnings == []


def test_a_slot_in_which_another_change_is_fatal_is_taken(estate: Any) -> None:
    made, standing, circumstances = golden(estate)
    start = dt.datetime(2026, 11, 28, 6, tzinfo=OSLO)
    other = ChangeRequest(
        "x", steps=(Step(made.id("db"), minutes=15),), start=start.isoformat(), end=start.replace(minute=15).isoformat()
    )
    busy = Circumstances(
        circumstances.now,
        calendar=circumstances.calendar,
        changes=(ChangeStanding("C2", other, state="scheduled"),),
    )
    found = slots_of(made.snapshot, standing, busy, days=7)

    assert (found.considered, found.in_the_way) == (54, 1)
    assert found.slots[0].user_minutes == 2025


def test_what_it_costs_as_planned_is_told_beside(estate: Any) -> None:
    made, standing, circumstances = golden(estate, start="2026-11-26T16:00:00+01:00", end="2026-11-26T18:00:00+01:00")
    found = slots_of(made.snapshot, standing, circumstances, days=7)

    assert found.now_planned is not None
    assert found.now_planned.user_minutes == 14_400


def test_no_open_time_and_no_length_are_told(estate: Any) -> None:
    made, standing, circumstances = golden(estate)
    narrow = Circumstances(circumstances.now, calendar=(rule("short", "window", "2026-11-26T16:00", 1),))
    found = slots_of(made.snapshot, standing, narrow, days=7)
    assert (found.considered, found.slots) == (0, [])
    assert "no open time is long enough" in found.warnings[0]
    endless = ChangeStanding("", ChangeRequest("x", steps=(Step(made.id("db")),)))
    with pytest.raises(UsageError, match="how long it takes"):
        slots_of(made.snapshot, endless, circumstances)


def test_without_a_profile_every_hour_costs_the_same_and_that_is_said(estate: Any) -> None:
    made = estate("mail -> db", {"mail": {"class": "BusinessService", "users": 10}, "db": {"class": "Server"}})
    request = ChangeRequest("x", steps=(Step(made.id("db"), minutes=30),))
    now = Circumstances(dt.datetime(2026, 11, 26, 12, 7, tzinfo=dt.UTC))
    found = slots_of(made.snapshot, ChangeStanding("", request), now, days=1)

    assert {each.user_minutes for each in found.slots} == {300}
    assert found.slots[0].start == "2026-11-26T12:15:00+00:00"
    assert "no weekly profile" in found.warnings[0]


@given(
    st.lists(st.integers(0, 9), min_size=168, max_size=168),
    st.integers(0, 400),
    st.integers(0, 600),
    st.floats(0.5, 200),
)
def test_costs_by_adding_up_minute_by_minute(hours: list[int], offset: int, length: int, minutes: float) -> None:
    # The night of 25 October has five hours between two and six.
    start = dt.datetime(2026, 10, 24, 20, tzinfo=dt.UTC) + dt.timedelta(minutes=offset)
    span = Span(start, start + dt.timedelta(minutes=length))
    found = best_slots(np.array(hours, float), OSLO, [span], minutes)

    for begin, cost in zip(found.starts, found.cost.tolist(), strict=True):
        assert begin.minute % 15 == 0
        assert begin + dt.timedelta(minutes=minutes) <= span.end
        expected, left, moment = 0.0, minutes, begin
        while left > 0:
            local = moment.astimezone(OSLO)
            expected += min(1.0, left) * hours[local.weekday() * 24 + local.hour]
            left -= 1
            moment += dt.timedelta(minutes=1)
        assert cost == pytest.approx(expected)
