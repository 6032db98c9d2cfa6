"""What the record gives an answer about changes: only what counts now, with numbers and versions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cmdb.errors import EditConflict, PaperNotFound
from cmdb.model.change import ChangeRequest, ChangeStanding, Outcome
from cmdb.model.circumstances import ChangeSettings
from cmdb.model.outage import Outage
from cmdb.record import Record
from cmdb.settings import Settings

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record.open(Settings.read(store=f"sqlite:///{tmp_path}/cmdb.db", by="Kari"), create=True)


def test_an_empty_record_has_empty_circumstances(record: Record) -> None:
    found = record.circumstances(NOW)

    assert (found.now, found.changes, found.outages, found.calendar, found.history) == (NOW, (), (), (), ())
    assert found.settings == ChangeSettings()


def test_only_what_is_not_over_counts_and_what_is_closed_is_history(record: Record) -> None:
    shelves = record.shelves()
    first = shelves.changes.add("CHG-", ChangeStanding("", ChangeRequest("Patch", team="database")))
    outcome = Outcome("backed_out", "2026-11-01T10:00:00Z", "2026-11-01T11:00:00Z")
    shelves.changes.add(
        "CHG-", ChangeStanding("", ChangeRequest("Old", team="web"), "closed", outcome=outcome, classes=("Server",))
    )
    shelves.outages.add("OUT-", Outage("", "a", "2026-11-26T10:00:00Z"))
    shelves.outages.add("OUT-", Outage("", "b", "2026-11-26T10:00:00Z", end="2026-11-26T11:00:00Z"))

    found = record.circumstances(NOW)

    assert [(each.number, each.version) for each in found.changes] == [(first.paper.key, 1)]
    assert [(each.number, each.item) for each in found.outages] == [("OUT-000001", "a")]
    assert [(each.number, each.failed, each.team, each.classes) for each in found.history] == [
        ("CHG-000002", True, "web", ("Server",))
    ]


def test_a_shelf_keeps_every_version_and_refuses_an_edit_of_an_old_one(record: Record) -> None:
    shelf = record.shelves().changes
    kept = shelf.add("CHG-", ChangeStanding("", ChangeRequest("Patch")), note="as asked")
    shelf.put(kept.paper.key, ChangeStanding("", ChangeRequest("Patch mail")), upon=1)

    assert [each.value.request.title for each in shelf.versions(kept.paper.key)] == ["Patch", "Patch mail"]
    with pytest.raises(EditConflict):
        shelf.put(kept.paper.key, ChangeStanding("", ChangeRequest("Patch web")), upon=1)
    with pytest.raises(PaperNotFound, match="there is no change CHG-9"):
        shelf.get("CHG-9")
