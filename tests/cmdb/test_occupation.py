"""When a change has which item down: offsets, order, default lengths, back-out time, clocks that move."""

from __future__ import annotations

import datetime as dt

import pytest

from cmdb.model.change import BackOut, ChangeRequest, Step
from cmdb.model.occupation import moment, occupations, planned_minutes, window_minutes

WINDOW = {"start": "2026-11-26T22:00:00+01:00", "end": "2026-11-26T23:00:00+01:00"}


def at(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, 26, hour, minute, tzinfo=dt.UTC)


def test_steps_together_start_at_the_start_and_their_offset() -> None:
    steps = (Step("a", minutes=20), Step("b", "at_risk", offset=10, minutes=30))
    change = ChangeRequest("Patch", steps=steps, back_out=BackOut("written", 45), **WINDOW)

    first, second = occupations(change)

    assert (first.start, first.end, first.until, first.down) == (at(21), at(21, 20), at(22, 45), True)
    assert (second.start, second.end, second.down) == (at(21, 10), at(21, 40), False)


def test_steps_one_by_one_follow_each_other() -> None:
    steps = (Step("a", minutes=20), Step("b", offset=5, minutes=10))

    found = occupations(ChangeRequest("Patch", steps=steps, sequence="one_by_one", **WINDOW))

    assert [(each.start, each.end) for each in found] == [(at(21), at(21, 20)), (at(21, 25), at(21, 35))]


def test_a_step_without_minutes_lasts_as_planned_or_to_the_end() -> None:
    open_ended = ChangeRequest("Patch", steps=(Step("a", offset=15),), **WINDOW)
    planned = ChangeRequest("Patch", steps=(Step("a"),), planned_outage_minutes=12, **WINDOW)

    assert occupations(open_ended)[0].end == at(22)
    assert occupations(planned)[0].end == at(21, 12)
    assert (planned_minutes(open_ended), planned_minutes(planned)) == (60.0, 12)


def test_minutes_are_real_when_the_clock_moves() -> None:
    night = ChangeRequest("Patch", start="2026-03-29T01:30:00+01:00", end="2026-03-29T03:30:00+02:00")

    assert window_minutes(night) == 60.0


def test_another_start_keeps_the_length_of_the_window() -> None:
    found = occupations(ChangeRequest("Patch", steps=(Step("a"),), **WINDOW), start=at(3))

    assert (found[0].start, found[0].end) == (at(3), at(4))


def test_without_a_start_nothing_is_occupied_and_a_time_without_zone_is_refused() -> None:
    assert occupations(ChangeRequest("Patch", steps=(Step("a"),))) == []
    with pytest.raises(ValueError, match="names no time zone"):
        moment("2026-11-26T22:00")
