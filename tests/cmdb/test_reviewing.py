"""What waits for a person: decisions are remembered by imports, merges are undone exactly, names are only suggested."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory_words import MemoryRecord, batch

from cmdb.catalogue import Catalogue, load_catalogue
from cmdb.errors import EditRefused, PaperNotFound
from cmdb.model import KINDS, decode_item
from cmdb.reconcile.joining import joined, parted
from cmdb.reconcile.likeness import Named, alike, folded
from cmdb.record import Record

TWICE = [{"id": "1", "name": "x", "serial_number": "S1"}, {"id": "2", "name": "y", "serial_number": "S1"}]
ROW = [{"id": "a", "name": "srv-a", "serial_number": "S1"}]


def documents(record: Record) -> dict[str, dict[str, bytes]]:
    """Return every document of a record."""
    with record.store.view() as view:
        return {kind: dict(view.documents(kind)) for kind in KINDS}


def test_an_ambiguous_row_waits_and_goes_where_a_person_says(record: Record) -> None:
    """The decision is used by the next import, and by all after it."""
    record.import_batches([batch("n", items=TWICE)])
    record.import_batches([batch("m", "oslo", items=ROW)])
    [matter] = record.review.matters()
    assert (matter.kind, matter.source, matter.scope, matter.external_id) == ("row", "m", "oslo", "a")
    assert [each.name for each in matter.candidates] == ["x", "y"] or len(matter.candidates) == 2
    chosen = record.item_id("n:2")
    decided = record.review.settle(matter.id[:5], chosen, "etiketten ble byttet")
    assert record.review.matters() == []
    outcome = record.import_batches([batch("m", "oslo", items=ROW)])
    assert outcome.proposal.items == {"updated": 1, "refused": 0}
    assert record.item_id("m:a") == chosen
    assert record.import_batches([batch("m", "oslo", items=ROW)]).proposal.items["unchanged"] == 1
    assert record.review.undo(decided.key[-1]).decision.withdrawn
    assert record.review.decisions() == []


def test_different_never_goes_there(record: Record) -> None:
    """The row becomes an item of its own; taken back, it is ambiguous again."""
    record.import_batches([batch("n", items=TWICE)])
    record.import_batches([batch("m", items=ROW)])
    [matter] = record.review.matters()
    decided = record.review.settle(matter.id, None)
    assert record.import_batches([batch("m", items=ROW)], dry_run=True).proposal.items["created"] == 1
    record.review.undo(decided.key)
    assert record.import_batches([batch("m", items=ROW)], dry_run=True).proposal.items["ambiguous"] == 1
    record.review.settle(matter.id, None)
    record.import_batches([batch("m", items=ROW)])
    assert len({record.item_id(each) for each in ("n:1", "n:2", "m:a")}) == 3
    # The record now holds three with one serial number, and two pairs of them under two sources.
    assert {each.kind for each in record.review.matters()} == {"duplicate"}


def test_the_queue_is_that_of_the_last_run(lite: Record) -> None:
    """A row that the source has corrected waits no more."""
    lite.import_batches([batch("n", items=TWICE)])
    lite.import_batches([batch("m", items=ROW)])
    assert len(lite.review.matters()) == 1
    lite.import_batches([batch("m", items=[{**ROW[0], "serial_number": "S2"}])])
    assert lite.review.matters() == []


def test_a_row_cannot_be_an_item_that_its_source_shows_already(lite: Record) -> None:
    """One source says that they are two."""
    lite.import_batches([batch("n", items=TWICE)])
    lite.import_batches([batch("m", items=[{"id": "b", "name": "b"}, *ROW])])
    matter = next(each for each in lite.review.matters() if each.kind == "row")
    with pytest.raises(EditRefused, match="shows that item already as 'b'"):
        lite.review.settle(matter.id, lite.item_id("m:b"))
    with pytest.raises(PaperNotFound, match="nothing that waits"):
        lite.review.settle("zz", None)


def _two(record: Record) -> None:
    record.import_batches(
        [
            batch(
                "n",
                items=[{"id": "1", "name": "web1", "fqdn": "web1.oslo.no"}, "esx", {"id": "s", "class": "Service"}],
                links=[("1", "depends_on", "esx"), ("s", "depends_on", "1")],
            )
        ]
    )
    record.import_batches(
        [
            batch(
                "m",
                "vm",
                items=[{"id": "v", "name": "WEB-1", "class": "Hypervisor", "owner": "Åse"}, "d1", "d2"],
                links=[{"from": "v", "type": "depends_on", "to": each, "pool": "disks"} for each in ("d1", "d2")],
                pools=[{"consumer": "v", "name": "disks", "need": 1}],
            )
        ]
    )


def test_merge_moves_everything_and_split_puts_it_back_exactly(record: Record) -> None:
    """Claims, external ids, relationships and pools; as one revision each, on both stores alike."""
    _two(record)
    before = documents(record)
    kept, gone = record.item_id("n:1"), record.item_id("m:v")
    record.review.merge(kept, gone)
    assert record.item_id("m:v") == kept
    with record.store.view() as view:
        touching = view.touching([kept])
        assert not view.get("item", [gone])
    assert (len(touching["relationship"]), len(touching["pool"])) == (4, 1)
    # The import goes on as before, and changes nothing.
    assert not record.import_batches([batch("m", "vm", items=["d1"])]).proposal.delta
    decided = record.review.split(kept, "m")
    assert documents(record) == before
    assert [each.decision.what for each in record.review.decisions()] == ["split"]
    record.review.undo(decided.key)
    assert record.item_id("m:v") == kept


def test_a_split_after_more_imports_takes_what_each_says_now(lite: Record) -> None:
    """What was merged goes back to its id, with what its source has said since."""
    _two(lite)
    kept, gone = lite.item_id("n:1"), lite.item_id("m:v")
    lite.review.merge(kept, gone)
    lite.import_batches([batch("m", "vm", items=[{"id": "v", "name": "WEB-1", "class": "Hypervisor", "owner": "Bo"}])])
    with pytest.raises(EditRefused, match="cmdb review split"):
        lite.review.undo("1")
    lite.review.split(kept, "m")
    assert (lite.item_id("m:v"), lite.item_id("n:1")) == (gone, kept)
    snapshot = lite.snapshot()
    assert snapshot.shown_at(snapshot.row_of(gone))["values"]["owner"] == "Bo"
    assert "owner" not in snapshot.shown_at(snapshot.row_of(kept))["values"]
    # The pair is decided: it is not suggested again.
    assert lite.review.matters() == []


def test_a_founder_can_be_parted_from_its_item(lite: Record) -> None:
    """The record id stays with those who are left; the founder gets a new one and keeps it."""
    lite.import_batches([batch("n", items=[{"id": "1", "name": "w", "serial_number": "S9"}])])
    lite.import_batches([batch("m", items=[{"id": "a", "name": "w", "serial_number": "S9"}])])
    kept = lite.item_id("n:1")
    lite.review.split(kept, "n")
    assert lite.item_id("m:a") == kept
    assert lite.item_id("n:1") != kept
    again = batch("n", items=[{"id": "1", "name": "w", "serial_number": "S9"}])
    assert not lite.import_batches([again]).proposal.delta
    with pytest.raises(EditRefused, match="nobody else shows the item"):
        lite.review.split(kept, "m")


def test_what_one_source_shows_as_two_is_not_merged(lite: Record) -> None:
    """It would come apart with the next import."""
    lite.import_batches([batch("n", items=TWICE)])
    with pytest.raises(EditRefused, match="n shows both of them"):
        lite.review.merge(lite.item_id("n:1"), lite.item_id("n:2"))
    with pytest.raises(EditRefused, match="one item already"):
        lite.review.merge(lite.item_id("n:1"), lite.item_id("n:1"))


def test_duplicates_among_the_live_are_found_and_settled(lite: Record) -> None:
    """One serial number under two sources; junk and what one source shows twice is none."""
    lite.import_batches([batch("n", "a", items=[{"id": "1", "name": "x"}, {"id": "3", "name": "z", "mac": "00:00"}])])
    lite.import_batches([batch("m", "b", items=[{"id": "a", "name": "y"}, {"id": "c", "name": "q", "mac": "00-00"}])])
    lite.import_batches([batch("n", "a", items=[{"id": "1", "name": "x", "serial_number": "ABC-1"}])])
    lite.import_batches([batch("m", "b", items=[{"id": "a", "name": "y", "serial_number": "abc-1"}])])
    [matter] = lite.review.matters()
    assert (matter.kind, matter.why) == ("duplicate", "both have the serial number abc-1")
    lite.review.settle(matter.id, lite.item_id("n:1"))
    assert lite.item_id("m:a") == lite.item_id("n:1")
    assert lite.review.matters() == []


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("web-01.oslo.no", "WEB1", True),
        ("web1", "web2", False),
        ("Lønn og personal", "Lonn og personal", True),
        ("Personal og lønn", "Lønn og personal", True),
        ("db-prod-7", "db-test-7", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "", False),
    ],
)
def test_names_alike(one: str, other: str, found: bool) -> None:
    """Numbers must agree; case, separators, domain and word order do not count."""
    pair = [Named("a", "Hardware", one, frozenset(["n"])), Named("b", "Hardware", other, frozenset(["m"]))]
    assert bool(alike(pair)) is found
    assert not alike([pair[0], pair[1]._replace(sources=frozenset(["n"]))])
    assert not alike([pair[0], pair[1]._replace(family="Software")])


@given(st.text(max_size=20))
def test_any_name_can_be_folded(name: str) -> None:
    """Folding is stable, whatever the letters."""
    letters, numbers = folded(name)
    assert folded(f" {name} ")[1] == numbers
    assert letters == letters.casefold()


_SHIPPED: Catalogue = load_catalogue(None)


@settings(max_examples=40, deadline=None)
@given(
    links=st.lists(
        st.tuples(
            st.sampled_from("nm"),
            st.sampled_from(["1", "2", "a", "b"]),
            st.sampled_from(["depends_on", "connects_to", "runs_on"]),
            st.sampled_from(["1", "2", "a", "b"]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_merge_then_split_restores_every_document(links: list[Any]) -> None:
    """On any small graph of two sources that refer to each other, parallel links, loops and pools among them."""
    memory = MemoryRecord(_SHIPPED)
    own = {"n": ["1", "2"], "m": ["a", "b"]}
    for source, other in (("n", "m"), ("m", "n")):
        rows = [
            {
                "from": start if start in own[source] else f"{other}:{start}",
                "type": type_,
                "to": end if end in own[source] else f"{other}:{end}",
                **({"pool": "p"} if pooled and type_ == "depends_on" else {}),
            }
            for by, start, type_, end, pooled in links
            if by == source and start != end
        ]
        consumers = sorted({row["from"] for row in rows if "pool" in row and row["from"] in own[source]})
        rows = [row for row in rows if "pool" not in row or row["from"] in consumers]
        pools = [{"consumer": each, "name": "p", "need": 1} for each in consumers]
        items = [{"id": each, "name": f"{source}{each}"} for each in own[source]]
        memory.take(batch(source, items=items, links=rows, pools=pools))
    before = {kind: dict(held) for kind, held in memory.held.items()}
    kept, gone = memory.id_of("1", "n"), memory.id_of("a", "m")
    if {c.source for c in decode_item(memory.held["item"][kept])} & {
        c.source for c in decode_item(memory.held["item"][gone])
    }:
        return  # a reference made a placeholder claim; one source shows both
    delta = joined(memory, _SHIPPED, kept, gone)
    memory.apply(delta)
    assert gone not in memory.held["item"]
    claims = sum(len(decode_item(each)) for each in memory.held["item"].values())
    assert claims == sum(len(decode_item(each)) for each in before["item"].values())
    again = {kind: dict(held) for kind, held in memory.held.items()}
    memory.apply(delta.reversed())
    assert memory.held == before
    memory.apply(delta)
    assert memory.held == again
    # By claims alone, without the history, the items at least are as they were.
    target, apart = parted(memory, _SHIPPED, kept, ["m"], gone)
    memory.apply(apart)
    assert target == gone
    assert memory.held["item"] == before["item"]
