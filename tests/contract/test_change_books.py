"""Change requests, outages and the calendar are kept alike by both stores, with every version."""

from __future__ import annotations

import datetime as dt

import pytest

from cmdb.changes.book import ChangeBook
from cmdb.changes.calendars import CalendarBook
from cmdb.changes.circumstances import Shelves, circumstances_of
from cmdb.changes.outages import OutageBook
from cmdb.errors import EditConflict, EditRefused
from cmdb.model import Actor
from cmdb.model.calendar import CalendarRule
from cmdb.model.change import ChangeRequest, Step
from cmdb.model.outage import Outage
from cmdb.store import Store

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


def kari() -> Actor:
    return Actor("Kari Næss", "kari", "--by")


def test_a_change_keeps_every_version_with_who_made_it(store: Store) -> None:
    book = ChangeBook(store, kari)
    first = book.new(ChangeRequest("Bytt ut båten", steps=(Step("0123456789abcdef", minutes=30),)))
    second = book.edit(first.number, ChangeRequest("Bytt båt", steps=first.request.steps))
    moved = book.move(second, "submitted", note="submitted")

    assert (first.number, moved.version, moved.state) == ("CHG-000001", 3, "submitted")
    versions = book.versions("1")
    assert [each.value.request.title for each in versions] == ["Bytt ut båten", "Bytt båt", "Bytt båt"]
    assert {each.paper.actor.name for each in versions} == {"Kari Næss"}
    assert book.get("1") == moved
    assert [each.number for each in book.all()] == ["CHG-000001"]


def test_of_two_writers_the_second_is_told_and_nothing_is_written(store: Store) -> None:
    book = ChangeBook(store, kari)
    seen = book.new(ChangeRequest("a"))
    book.edit(seen.number, ChangeRequest("b"))

    with pytest.raises(EditConflict, match="title is b"):
        book.move(seen, "submitted", note="submitted")
    assert len(book.versions(seen.number)) == 2


def test_outages_open_close_and_are_taken_in_once(store: Store) -> None:
    book = OutageBook(store, kari)
    made = book.open(Outage("", "a", "2026-11-26T11:00:00+00:00"), now=NOW)
    with pytest.raises(EditRefused, match="is open on it"):
        book.open(Outage("", "a", "2026-11-26T11:30:00+00:00"), now=NOW)
    book.close(made.number, NOW)
    other = Outage("", "b", "2026-11-26T11:00:00+00:00", reference="INC1", source="x")

    assert book.take_in([other], now=NOW) == (1, 0, 0)
    assert book.take_in([other], now=NOW) == (0, 0, 1)
    found = circumstances_of(Shelves(store, kari), NOW)
    assert [each.item for each in found.outages] == ["b"]
    assert found.downtime == {"a": 60.0, "b": 60.0}


def test_rules_are_added_withdrawn_and_added_again(store: Store) -> None:
    book = CalendarBook(store, kari)
    rule = CalendarRule("", "window", "Natt på Østlandet", "2026-01-01T22:00", "Europe/Oslo", 60, "FREQ=DAILY")
    made = book.add(rule)
    with pytest.raises(EditRefused, match="already"):
        book.add(rule)
    book.withdraw("natt på østlandet")

    assert book.all() == []
    assert book.add(rule) == made
    assert circumstances_of(Shelves(store, kari), NOW).calendar == (made,)
