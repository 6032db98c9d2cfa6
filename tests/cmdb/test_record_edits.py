"""Edits by hand, taking back, history, differences, baselines, purging: on each backend."""

from __future__ import annotations

from typing import Any

import pytest
from inventory_words import batch

from cmdb.errors import EditRefused, ItemNotFound, RevisionNotFound, StoreMissing, UsageError
from cmdb.record import Record


def shown(record: Record, item: str) -> dict[str, Any]:
    """Return what an item shows: class, name and status beside its values."""
    snapshot = record.snapshot()
    row = snapshot.row_of(record.item_id(item))
    place = {"class": snapshot.class_at(row), "name": snapshot.name_at(row), "status": snapshot.status_at(row)}
    return place | snapshot.shown_at(row)["values"]


def links(record: Record) -> list[tuple[str, str, str]]:
    """Return the relationships that are not denied, by names."""
    snapshot = record.snapshot()
    return [
        (
            snapshot.name_at(int(snapshot.relationship_from[row])),
            snapshot.type_names[int(snapshot.relationship_types[row])],
            snapshot.name_at(int(snapshot.relationship_to[row])),
        )
        for row in range(len(snapshot.relationship_from))
    ]


@pytest.fixture
def filled(record: Record) -> Record:
    """A record with two sources' items in it."""
    items = [{"id": "web1", "owner": "Åse", "attributes": {"rack": "A1"}}, {"id": "db1", "class": "Database"}]
    record.import_batches([batch(items=items, links=[("web1", "depends_on", "db1")])])
    return record


def test_an_edit_wins_over_imports_until_it_is_released(filled: Record) -> None:
    """A manual claim speaks first, of the fields that it names alone."""
    filled.edit_item("web1", {"owner": "Kari", "attributes": {"note": "blå"}})
    filled.import_batches([batch(items=[{"id": "web1", "name": "WEB1", "owner": "Bo", "attributes": {"rack": "B2"}}])])
    values = shown(filled, "web1")
    assert (values["owner"], values["name"]) == ("Kari", "WEB1")
    assert values["attributes"] == {"note": "blå", "rack": "B2"}
    filled.edit_item("web1", {}, release=["owner"])
    assert shown(filled, "web1")["owner"] == "Bo"
    filled.edit_item("web1", {}, release=["all"])
    assert shown(filled, "web1")["attributes"] == {"rack": "B2"}


def test_an_attribute_is_taken_back_by_a_null_or_a_release(filled: Record) -> None:
    """Attributes are edited one by one."""
    filled.edit_item("web1", {"attributes": {"a": 1, "b": 2, "c": 3}})
    filled.edit_item("web1", {"attributes": {"a": None}})
    filled.edit_item("web1", {}, release=["attributes.b"])
    assert shown(filled, "web1")["attributes"] == {"rack": "A1", "c": 3}


def test_an_edit_that_changes_nothing_makes_no_revision(filled: Record) -> None:
    """The outcome says whether there is a new revision."""
    first = filled.edit_item("web1", {"owner": "Kari"})
    again = filled.edit_item("web1", {"owner": "Kari"})
    assert (first.changed, again.changed, again.revision) == (True, False, first.revision)


def test_an_item_is_added_edited_renamed_and_retired_by_hand(record: Record) -> None:
    """What nobody imports is kept by hand."""
    added = record.add_item("server", " Ny tjener ", {"users": 3}, external_id="ny1")
    assert added.id == record.item_id("manual:ny1")
    record.edit_item("ny1", {"criticality": "high"}, name="Gammel tjener", class_name="Database")
    assert shown(record, "ny1") == {
        "class": "Database",
        "name": "Gammel tjener",
        "status": "operational",
        "users": 3,
        "criticality": "high",
    }
    record.retire("ny1")
    assert shown(record, "ny1")["status"] == "retired"
    record.edit_item("ny1", {"status": None})
    assert shown(record, "ny1")["status"] == "operational"


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda r: r.add_item("Sarver", "x", {}), UsageError),
        (lambda r: r.add_item("Server", " ", {}), UsageError),
        (lambda r: r.add_item("Server", "a\0b", {}), UsageError),
        (lambda r: r.add_item("Server", "x", {"owner": "\udce5"}), UsageError),
        (lambda r: r.add_item("Server", "x", {"availability": 99.9}), UsageError),
        (lambda r: r.edit_item("web1", {"colour": "red"}), UsageError),
        (lambda r: r.edit_item("web1", {}, release=["colour"]), UsageError),
        (lambda r: r.edit_item("nobody", {}), ItemNotFound),
        (lambda r: r.relate("web1", "depends_on", "web1"), UsageError),
        (lambda r: r.relate("web1", "depend_on", "db1"), UsageError),
        (lambda r: r.relate("web1", "depends_on", "db1", values={"pools": ["nope"]}), EditRefused),
        (lambda r: r.unrelate("db1", "depends_on", "web1"), EditRefused),
        (lambda r: r.drop_pool("web1", "nope"), EditRefused),
        (lambda r: r.put_pool("web1", "p", {"need": 0}), UsageError),
        (lambda r: r.put_pool("web1", "p", {"need": "150%"}), UsageError),
        (lambda r: r.put_pool("web1", " ", {"need": 1}), UsageError),
        (lambda r: r.revert(99), RevisionNotFound),
        (lambda r: r.revert(0), RevisionNotFound),
        (lambda r: r.add_baseline("7"), EditRefused),
        (lambda r: r.snapshot("i fjor"), RevisionNotFound),
        (lambda r: r.snapshot("²"), RevisionNotFound),
        (lambda r: r.snapshot("1999-01-01"), RevisionNotFound),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(lite: Record, act: Any, error: type[Exception]) -> None:
    """A wrong edit is an error for the user, and the record is as it was."""
    lite.import_batches([batch(items=["web1", {"id": "db1", "class": "Database"}])])
    with pytest.raises(error):
        act(lite)
    assert lite.store.head().number == 1


def test_what_is_only_said_by_hand_cannot_be_released(lite: Record) -> None:
    """Released, an item that nobody imports would be nobody's."""
    lite.add_item("Server", "x", {"owner": "Åse"})
    with pytest.raises(EditRefused, match="retire it instead"):
        lite.edit_item("x", {}, release=["all"])
    lite.edit_item("x", {}, release=["owner"])
    assert "owner" not in shown(lite, "x")


def test_relationships_by_hand_are_made_denied_and_made_again(filled: Record) -> None:
    """One that only a hand says is withdrawn; one that an import says is denied, and stays so."""
    filled.add_item("Server", "web2", {})
    filled.relate("web2", "depends_on", "db1")
    assert sorted(links(filled)) == [("web1", "depends_on", "db1"), ("web2", "depends_on", "db1")]
    filled.unrelate("web2", "depends_on", "db1")
    filled.unrelate("web1", "depends_on", "db1")
    assert links(filled) == []
    filled.import_batches([batch(links=[("web1", "depends_on", "db1")])])
    assert links(filled) == []
    with pytest.raises(EditRefused, match="no such relationship"):
        filled.unrelate("web1", "depends_on", "db1")
    filled.relate("web1", "depends_on", "db1", values={"lasts_minutes": 10})
    assert links(filled) == [("web1", "depends_on", "db1")]


def test_pools_by_hand_remember_the_members_they_were_confirmed_for(filled: Record) -> None:
    """A need that a person states is confirmed for the n of that moment."""
    filled.put_pool("web1", "databaser", {})
    filled.relate("web1", "depends_on", "db1", values={"pools": ["databaser"]})
    graph = filled.snapshot().graph
    assert (graph.pool_names.tolist(), graph.pool_assumed.tolist()) == (["databaser"], [True])
    filled.put_pool("web1", "databaser", {"need": 1})
    snapshot = filled.snapshot()
    assert (snapshot.graph.pool_assumed.tolist(), snapshot.graph.pool_need.tolist()) == ([False], [1])
    assert snapshot.pool_shown[0] == '{"confirmed_members":1,"need":1}'
    filled.drop_pool("web1", "databaser")
    assert len(filled.snapshot().pool_names) == 0


def test_a_revision_is_taken_back_with_a_new_one(filled: Record) -> None:
    """What it made is gone, what it changed is as before; the revision itself stays in history."""
    filled.edit_item("web1", {"owner": "Kari"})
    filled.import_batches([batch(items=["web3"], links=[("web3", "depends_on", "db1")])])
    assert filled.revert(2).revision == 4
    assert shown(filled, "web1")["owner"] == "Åse"
    filled.revert(3)
    with pytest.raises(ItemNotFound):
        filled.item_id("web3")
    assert [revision.number for revision in filled.log()] == [5, 4, 3, 2, 1]
    assert filled.snapshot("3").row_of(filled.item_id("web3", "3")) >= 0
    filled.revert(5)
    assert ("web3", "depends_on", "db1") in links(filled)
    assert shown(filled, "web3")["status"] == "operational"


def test_a_revision_that_others_build_upon_is_not_taken_back(filled: Record) -> None:
    """What has changed since would be lost: the later revisions come first."""
    filled.edit_item("web1", {"owner": "Kari"})
    filled.edit_item("web1", {"owner": "Ola"})
    with pytest.raises(EditRefused, match="changed since"):
        filled.revert(2)
    filled.add_item("Server", "web4", {})
    filled.relate("web4", "depends_on", "db1")
    with pytest.raises(EditRefused, match="came to its items since"):
        filled.revert(4)
    assert shown(filled, "web1")["owner"] == "Ola"


def test_a_link_to_an_item_that_is_no_more_is_not_brought_back(filled: Record) -> None:
    """Taking back the removal of a relationship needs both its ends."""
    filled.add_item("Server", "web5", {})
    filled.relate("web5", "depends_on", "db1")
    filled.unrelate("web5", "depends_on", "db1")
    filled.revert(2)
    with pytest.raises(EditRefused, match="in the record no more"):
        filled.revert(4)


def test_history_tells_who_what_and_when(filled: Record) -> None:
    """Every change of an item, its relationships and its pools, oldest first, by fields."""
    filled.edit_item("web1", {"owner": "Kari"}, message="etter samtale")
    filled.put_pool("web1", "p", {"need": 1})
    filled.edit_item("db1", {"owner": "Bo"})
    entries = filled.history("web1")
    assert [(entry.revision, entry.kind) for entry in entries] == [
        *[(1, "item"), (1, "relationship"), (2, "item"), (3, "pool")]
    ]
    edit = entries[2]
    assert (edit.actor, edit.established, edit.source, edit.message) == (
        *("Kari Nordmann", "--by", "manual", "etter samtale"),
    )
    assert ("owner", "Åse", "Kari") in edit.fields
    assert edit.at > entries[0].at


def test_a_difference_is_told_in_its_direction(filled: Record) -> None:
    """From one revision to another, collapsed: what came and went in between is not there."""
    filled.edit_item("web1", {"owner": "Kari"})
    filled.add_item("Server", "web2", {})
    filled.add_baseline("før", "1", "første")
    diff = filled.diff("før", "3")
    assert [(change.label, change.verdict) for change in sorted(diff.changes, key=lambda each: each.label)] == [
        ("Server:web1", "updated"),
        ("Server:web2", "created"),
    ]
    back = filled.diff("3", "1")
    assert {change.verdict for change in back.changes} == {"updated", "removed"}
    assert filled.diff("2", "2").changes == []


def test_the_past_is_read_by_revision_time_and_baseline(filled: Record) -> None:
    """`--as-of` takes any of them, and is the snapshot taken then."""
    from snapshot_words import assert_equal

    then = filled.snapshot()
    moment = filled.store.head().at
    filled.add_baseline("nå")
    filled.edit_item("web1", {"owner": "Kari"})
    filled.add_item("Server", "web2", {})
    for as_of in ("1", moment, "nå"):
        assert_equal(filled.snapshot(as_of), then)
    assert len(filled.snapshot("0")) == 0
    assert filled.drop_baseline("nå")
    with pytest.raises(RevisionNotFound):
        filled.snapshot("nå")


def test_a_purge_erases_from_the_past_too(filled: Record) -> None:
    """Values are gone from every revision, and the purge says who did it."""
    filled.edit_item("web1", {"owner": "Hemmelig Person"})
    erased = filled.purge(["web1"])
    assert erased
    with pytest.raises(ItemNotFound):
        filled.item_id("web1")
    assert len(filled.snapshot("1")) == 1
    told = [str(change) for _, change in _changes(filled)]
    assert not any("Hemmelig" in text or "web1" in text for text in told)
    assert filled.log(1)[0].actor.name == "Kari Nordmann"
    assert links(filled) == []


def _changes(record: Record) -> list[Any]:
    with record.store.view() as view:
        return list(view.changes(0, view.revision.number))


def test_a_dry_run_changes_nothing_and_gives_a_verdict_a_row(filled: Record) -> None:
    """The same counts as the import itself would give, and no revision, no run."""
    rows = batch(items=["web1", "web9"], links=[("web9", "depends_on", "db1")])
    runs = len(filled.runs())
    dry = filled.import_batches([rows], dry_run=True)
    assert (dry.dry_run, dry.revision, filled.store.head().number, len(filled.runs())) == (True, 1, 1, runs)
    assert [verdict.verdict for verdict in dry.proposal.verdicts] == ["unchanged", "create", "create"]
    real = filled.import_batches([rows])
    assert real.as_contract()["counts"] == dry.as_contract()["counts"]


def test_reading_never_creates_a_record(settings_for: Any, tmp_path: Any) -> None:
    """A wrong folder is an error that says how to begin, not an empty answer."""
    settings = settings_for(f"sqlite:///{tmp_path}/nowhere/cmdb.db")
    with pytest.raises(StoreMissing, match="cmdb init"):
        Record.open(settings)
    with Record.open_or_empty(settings) as empty:
        assert empty.import_batches([batch(items=["a"])], dry_run=True).as_contract()["counts"]["created"] == 1
        with pytest.raises(StoreMissing, match="cmdb init"):
            empty.snapshot()
    assert not (tmp_path / "nowhere").exists()
