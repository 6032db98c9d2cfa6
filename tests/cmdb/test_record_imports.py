"""Imports into a store: runs, repeated and older files, staleness, exit codes; export and import again; moving."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inventory_words import batch

from cmdb.errors import EditRefused, ImportRefused
from cmdb.history.codec import unpack_ids
from cmdb.importing import EmptyView, propose
from cmdb.model import KINDS, FileRead, ImportBatch
from cmdb.reconcile import Policy
from cmdb.record import Record
from cmdb.sightings import SightingsKeeper
from cmdb.staleness import staleness_of

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def from_file(rows: ImportBatch, digest: str) -> ImportBatch:
    """Return the batch as read from a file of this digest."""
    rows.files[0] = FileRead(rows.files[0].name, digest, 100)
    return rows


def documents(record: Record) -> dict[str, dict[str, bytes]]:
    """Return every document of a record."""
    with record.store.view() as view:
        return {kind: dict(view.documents(kind)) for kind in KINDS}


def test_an_import_is_a_revision_and_a_run(record: Record) -> None:
    """The revision says who and from what; the run what was seen."""
    outcome = record.import_batches([batch("acme", "oslo", items=["a", "b"], complete=True)], message="nattkjøring")
    assert (outcome.revision, outcome.exit_code) == (1, 0)
    [revision] = record.log()
    assert (revision.source, revision.scope, revision.message) == ("acme", "oslo", "nattkjøring")
    assert revision.actor.name == "Kari Nordmann"
    [run] = record.runs()
    assert (run.draft.source, run.draft.scope, run.draft.complete, run.draft.refreshes) == ("acme", "oslo", True, True)
    assert unpack_ids(run.draft.seen) == sorted([record.item_id("a"), record.item_id("b")])


def test_an_empty_delta_records_a_run_and_no_revision(record: Record) -> None:
    """Nothing changed is said, and when it was last seen is known."""
    rows = batch(items=["a"])
    record.import_batches([rows])
    again = record.import_batches([rows])
    assert (again.revision, len(record.log()), len(record.runs())) == (1, 1, 2)


def test_every_scope_of_a_command_has_its_run(record: Record) -> None:
    """All files of one command are one revision, and a run each (source, scope)."""
    record.import_batches([batch("a", items=["1"]), batch("b", "x", items=["2"]), batch("b", "y", items=["3"])])
    assert len(record.log()) == 1
    assert {(run.draft.source, run.draft.scope) for run in record.runs()} == {("a", ""), ("b", "x"), ("b", "y")}


def last_seen(record: Record) -> dict[str, float]:
    """Return when each item was last seen, in seconds."""
    sightings = SightingsKeeper(record.store, record.settings.cache_dir).present()
    return {id_.decode(): at for id_, at in zip(sightings.ids.tolist(), sightings.at.tolist(), strict=True)}


def test_the_same_file_again_does_not_refresh_what_was_last_seen(lite: Record) -> None:
    """The very same bytes are no new sighting, under the same source."""
    lite.import_batches([from_file(batch(items=["a"]), "d1")])
    seen = last_seen(lite)
    again = lite.import_batches([from_file(batch(items=["a"]), "d1")])
    assert not again.refreshed
    assert "imported before" in again.as_contract()["warnings"][0]
    assert last_seen(lite) == seen
    other = lite.import_batches([from_file(batch("other", items=["x"]), "d1")])
    assert other.refreshed
    assert lite.import_batches([from_file(batch(items=["a"]), "d2")]).refreshed
    assert last_seen(lite)[lite.item_id("acme:a")] > seen[lite.item_id("acme:a")]


def test_an_older_export_is_refused(lite: Record) -> None:
    """An export from before the last one would turn the record back."""
    lite.import_batches([batch(items=["a"], exported_at=NOON)])
    lite.import_batches([batch("other", items=["x"], exported_at=NOON - dt.timedelta(days=1))])
    with pytest.raises(ImportRefused, match="import the newest export"):
        lite.import_batches([batch(items=["a"], exported_at=NOON - dt.timedelta(hours=1))])
    with pytest.raises(ImportRefused):
        lite.import_batches([batch(items=["a"], exported_at=NOON - dt.timedelta(hours=1))], dry_run=True)
    lite.import_batches([batch(items=["a"], exported_at=NOON)])


def test_the_exit_code_says_what_needs_a_person(lite: Record) -> None:
    """0 all done, 4 rows were refused, 3 the guard held something back."""
    many = [f"s{number}" for number in range(8)]
    assert lite.import_batches([batch(items=many, complete=True)]).exit_code == 0
    assert lite.import_batches([batch(items=[*many, {"id": "x", "class": "Nope"}])]).exit_code == 4
    held = lite.import_batches([batch(items=["s0"], complete=True)])
    assert held.exit_code == 3
    contract = held.as_contract()
    assert contract["guard"] == [
        {"source": "acme", "scope": "", "kind": "class", "name": "Server", "going": 7, "total": 8}
    ]
    assert json.loads(json.dumps(contract))["counts"]["missing"] == 0
    assert not lite.runs(1)[0].draft.complete, "a run that was held back says nothing of what is absent"


def test_items_unseen_for_too_long_are_stale(lite: Record) -> None:
    """Each class allows its own time; what was put in by hand ages as well, what is out of service does not."""
    lite.import_batches([batch(items=["old", {"id": "off", "status": "retired"}], exported_at=NOON)])
    lite.import_batches([batch("fresh", items=["new"])])
    lite.add_item("Server", "by hand", {})
    allowed = lite.catalogue.classes["Server"].stale_after_days
    assert allowed is not None

    def stale(days: float, since: dt.datetime = NOON) -> list[str]:
        sightings = SightingsKeeper(lite.store, lite.settings.cache_dir).present()
        now = (since + dt.timedelta(days=days)).isoformat()
        return [item.name for item in staleness_of(lite.snapshot(), sightings, lite.catalogue, now).items()]

    assert "old" not in stale(allowed - 1)
    assert "old" in stale(allowed + 1)
    assert "off" not in stale(allowed + 3000)
    today = dt.datetime.now(dt.UTC)
    assert "by hand" not in stale(allowed - 1, today)
    assert "by hand" in stale(allowed + 1, today)


def test_verifying_renews_what_nobody_imports(lite: Record) -> None:
    """Somebody looked: the item counts as seen from then on, and nothing of it has changed."""
    lite.add_item("Server", "by hand", {})
    before = lite.store.head()
    first = last_seen(lite)

    assert lite.verify(["by hand", "by hand"]) == list(first)

    assert lite.store.head() == before
    assert last_seen(lite)[next(iter(first))] > first[next(iter(first))]
    assert lite.runs() == [], "what hands did is no import"


def test_what_is_out_of_service_cannot_be_verified(lite: Record) -> None:
    """A retired item is as nobody sees it."""
    lite.add_item("Server", "off", {"status": "retired"})

    with pytest.raises(EditRefused, match="off is retired"):
        lite.verify(["off"])


def test_sightings_are_kept_and_only_newer_runs_are_read(lite: Record, tmp_path: Path) -> None:
    """A file holds what was worked out; a damaged one costs time, never an answer."""
    lite.import_batches([batch(items=["a"], exported_at=NOON)])
    whole = last_seen(lite)
    folder = lite.settings.cache_dir
    assert folder is not None
    (file,) = folder.glob("*.sightings")

    for damage in (b"", b"PK", file.read_bytes()[:-40]):
        file.write_bytes(damage)
        assert last_seen(lite) == whole
    lite.import_batches([batch("other", items=["b"], exported_at=NOON)])
    assert last_seen(lite) == {**whole, lite.item_id("other:b"): NOON.timestamp()}


def estate(record: Record) -> None:
    """Fill a record by several sources and by hand: pools, placeholders, aliases, denials, absences."""
    netbox = [
        {"id": "dcim.device:1", "name": "web1", "serial_number": "S1", "aliases": ["gammel"], "attributes": {"u": 3}},
        {"id": "dcim.device:2", "name": "web2", "criticality": "vital"},
        {"id": "dcim.device:3", "name": "rør", "class": "PDU"},
        {"id": "dcim.device:4", "name": "borte"},
    ]
    links = [
        {"from": "dcim.device:1", "type": "powered_by", "to": "dcim.device:3", "key": "psu 1"},
        {"from": "dcim.device:2", "type": "powered_by", "to": "ghost", "lasts_minutes": 15},
        ("dcim.device:1", "connects_to", "dcim.device:2"),
    ]
    record.import_batches([batch("netbox", "oslo", items=netbox, links=links, complete=True)])
    record.import_batches([batch("netbox", "oslo", items=netbox[:3], links=links, complete=True)])
    acme = [{"id": "shop", "class": "BusinessService", "users": 70}, {"id": "w", "name": "x", "serial_number": "s1"}]
    pooled = [
        {"from": "shop", "type": "depends_on", "to": "w", "pool": "web"},
        {"from": "shop", "type": "depends_on", "to": "netbox:dcim.device:2", "pool": ["web", "quorum"]},
        ("shop", "depends_on", "netbox:dcim.device:2"),
    ]
    pools = [{"consumer": "shop", "name": "web", "need": "50%"}, {"consumer": "shop", "name": "quorum"}]
    record.import_batches([batch("acme", items=acme, links=pooled, pools=pools)])
    record.edit_item("web1", {"owner": "Åse", "attributes": {"note": "blå"}})
    record.edit_item("web2", {"status": "maintenance"}, name="web-2")
    record.unrelate("web1", "connects_to", "web-2")
    record.put_pool("shop", "web", {"need": 2})
    record.add_item("Server", "egen", {}, external_id="egen 1")
    record.relate("egen", "runs_on", "web1", values={"standby": True})


def read_back(rows: list[dict[str, Any]], tmp_path: Path) -> list[ImportBatch]:
    """Write rows as JSON Lines and read them with the native importer."""
    from importers.native import importer
    from importers.reading import open_source
    from importers.registry import ReadOptions

    path = tmp_path / "export.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return importer.read([open_source(str(path))], ReadOptions())


def test_an_export_imports_again_to_an_empty_delta(record: Record, tmp_path: Path) -> None:
    """Every source's batch says exactly what the record has of it."""
    estate(record)
    batches = read_back(list(record.export()), tmp_path)
    assert {(each.source, each.scope) for each in batches} == {("acme", ""), ("manual", ""), ("netbox", "oslo")}
    outcome = record.import_batches(batches)
    assert outcome.proposal.problems == []
    assert outcome.proposal.delta.changes == []
    counts = outcome.as_contract()["counts"]
    assert counts["unchanged"] == sum(len(each.items) for each in batches)


def test_a_correction_by_hand_is_exported_as_one_of_the_same_item(lite: Record, tmp_path: Path, shipped: Any) -> None:
    """Imported into an empty record, the correction finds the item that its source makes there."""
    lite.import_batches([batch(items=["a"])])
    lite.edit_item("a", {"owner": "Åse"})
    batches = read_back(list(lite.export()), tmp_path)

    elsewhere = propose(EmptyView(), shipped, batches, policy=Policy())

    assert [change.key for change in elsewhere.proposal.delta.changes] == [lite.item_id("a")]


def test_an_export_of_one_source_has_no_other(record: Record) -> None:
    """`--source` keeps to what that source says."""
    estate(record)
    rows = list(record.export(source="acme"))
    assert [row["source"] for row in rows if row["kind"] == "batch"] == ["acme"]
    assert {row["id"] for row in rows if row["kind"] == "item"} == {"shop", "w"}


def test_an_export_of_the_past_is_what_was_exported_then(lite: Record) -> None:
    """`--as-of` on every read."""
    lite.import_batches([batch(items=["a", "b"], links=[("a", "depends_on", "b")])])
    then = list(lite.export())
    lite.edit_item("a", {"owner": "Åse"})
    lite.unrelate("a", "depends_on", "b")
    assert list(lite.export(as_of="1")) == then != list(lite.export())


words = st.sampled_from(["a", "b", "c", "d"])


@given(
    st.lists(st.tuples(words, st.sampled_from(["Server", "Database"]), st.sampled_from(["", "S1", "S2"])), max_size=6),
    st.lists(st.tuples(words, st.sampled_from(["depends_on", "connects_to"]), words), max_size=5),
    st.lists(st.tuples(words, st.sampled_from(["p", "q"]), st.sampled_from([1, "50%"])), max_size=3),
    st.sampled_from([True, False]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_batch_twice_and_its_export_change_nothing(
    shipped: Any, items: Any, links: Any, pools: Any, complete: bool
) -> None:
    """However rows repeat, contradict and dangle: the second time the Delta is empty."""
    from inventory_words import MemoryRecord

    from cmdb.exporting import export_rows

    memory = MemoryRecord(shipped)
    memory.take(batch("other", items=[{"id": "z", "name": "z", "serial_number": "S1"}, "b"]))
    rows = batch(
        items=[{"id": id_, "class": class_, "serial_number": serial} for id_, class_, serial in items],
        links=links,
        pools=[{"consumer": consumer, "name": name, "need": need} for consumer, name, need in pools],
        complete=complete,
    )
    memory.take(rows)
    assert not memory.take(rows).delta
    exported: dict[str, dict[str, list[Any]]] = {}
    for row in export_rows(memory):
        if row["kind"] == "batch":
            exported[row["source"]] = current = {"item": [], "relationship": [], "pool": []}
        else:
            current[row.pop("kind")].append(row)
    again = [
        batch(source, items=said["item"], links=said["relationship"], pools=said["pool"])
        for source, said in exported.items()
    ]
    assert not memory.take(*again).delta


def test_a_record_moves_with_all_its_history(record: Record, tmp_path: Path, settings_for: Any) -> None:
    """From either backend to SQLite: the same documents, revisions, digests, runs and baselines."""
    estate(record)
    record.add_baseline("før flytting", note="ø")
    target = f"sqlite:///{tmp_path}/moved.db"
    told = record.move(target)
    assert told["revision"] == record.store.head().number
    with Record.open(settings_for(target)) as moved:
        assert documents(moved) == documents(record)
        assert moved.log() == record.log()
        assert moved.runs() == record.runs()
        assert moved.baselines() == record.baselines()
        assert moved.store.identity().uuid == record.store.identity().uuid
        assert _equal(moved, record)
        assert _equal(moved, record, "2")
    with pytest.raises(EditRefused, match="name an empty store"):
        record.move(target)


@pytest.mark.neo4j
def test_a_record_moves_to_neo4j_and_back(
    lite: Record, clean_neo4j: Any, settings_for: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There and back again nothing is lost, and the snapshots of both backends are equal, column by column."""
    from dataclasses import replace

    estate(lite)
    there = settings_for(clean_neo4j.uri)
    lite.settings = replace(there, store=lite.settings.store)
    lite.move(clean_neo4j.uri)
    with Record.open(replace(there, cache_dir=tmp_path / "other cache")) as moved:
        assert documents(moved) == documents(lite)
        assert moved.log() == lite.log()
        assert _equal(moved, lite)
        assert _equal(moved, lite, "1")
        back = f"sqlite:///{tmp_path}/back.db"
        moved.move(back)
        with Record.open(settings_for(back)) as again:
            assert documents(again) == documents(lite)
            assert again.log() == lite.log()


def _equal(one: Record, other: Record, as_of: str | None = None) -> bool:
    from snapshot_words import assert_equal

    assert_equal(one.snapshot(as_of), other.snapshot(as_of))
    return True
