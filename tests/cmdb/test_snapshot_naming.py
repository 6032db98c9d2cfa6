"""Which item a name means, and what a search finds."""

from __future__ import annotations

from typing import Any

import pytest
from estate_strategies import Held
from inventory_words import batch, made_id
from snapshot_words import build

from cmdb.errors import ItemAmbiguous, ItemNotFound
from cmdb.snapshot import Snapshot
from cmdb.snapshot.naming import find_rows, resolve

ROWS = [
    {"id": "web1", "name": "Webtjener Ås", "class": "Server"},
    {"id": "7", "name": "web1", "class": "Server"},
    {"id": "dcim.device:12", "name": "kjerne", "class": "Router", "aliases": ["asset-9"]},
    {"id": "db", "name": "kunder", "class": "Database"},
    {"id": "app", "name": "kunder", "class": "Application"},
    {"id": "old", "name": "arkiv", "class": "Server", "status": "retired"},
    {"id": "new", "name": "arkiv", "class": "Database"},
    {"id": "gone", "name": "borte", "status": "disposed"},
    {"id": 'q"uote\\', "name": "snakk 'om' \"det\" 🐧"},
]


@pytest.fixture
def snapshot(memory: Any) -> Snapshot:
    memory.take(batch(items=ROWS), batch("netbox", items=[{"id": "web1", "name": "annen"}]))
    held: Held = memory.held
    return build(held, memory.catalogue)


@pytest.mark.parametrize(
    ("name", "id_", "source"),
    [
        ("acme:web1", "web1", "acme"),
        ("netbox:web1", "web1", "netbox"),
        ("dcim.device:12", "dcim.device:12", "acme"),
        ("acme:dcim.device:12", "dcim.device:12", "acme"),
        ("asset-9", "dcim.device:12", "acme"),
        ("7", "7", "acme"),
        ("Webtjener Ås", "web1", "acme"),
        ("Database:kunder", "db", "acme"),
        ("Application:kunder", "app", "acme"),
        ("arkiv", "new", "acme"),
        ("Server:arkiv", "old", "acme"),
        ("borte", "gone", "acme"),
        ("old", "old", "acme"),
        ('q"uote\\', 'q"uote\\', "acme"),
        ("snakk 'om' \"det\" 🐧", 'q"uote\\', "acme"),
    ],
)
def test_a_name_means_one_item(snapshot: Snapshot, name: str, id_: str, source: str) -> None:
    """Record id, source:id, external id, Class:name, name, in that order; retired ones only when no live one does."""
    assert snapshot.id_at(resolve(snapshot, name)) == made_id(id_, source)


def test_a_record_id_comes_first(snapshot: Snapshot) -> None:
    """The record's own id is beyond doubt."""
    for row in range(len(snapshot)):
        assert resolve(snapshot, snapshot.id_at(row)) == row


@pytest.mark.parametrize(("name", "count"), [("web1", 2), ("kunder", 2)])
def test_two_items_of_one_name_are_an_error_that_lists_them(snapshot: Snapshot, name: str, count: int) -> None:
    """An external id of two sources, or a name of two items, is never guessed."""
    with pytest.raises(ItemAmbiguous) as caught:
        resolve(snapshot, name)
    assert len(caught.value.candidates) == count
    for id_, class_, called, _ in caught.value.candidates:
        assert f"{id_}  {class_}:{called}" in str(caught.value)


@pytest.mark.parametrize("name", ["", ":", "acme:", "acme:nope", "webtjener ås", "x" * 16, "Nope:kunder", "\0"])
def test_nobody_is_not_found(snapshot: Snapshot, name: str) -> None:
    """A name that nobody has is an error, with what is near."""
    with pytest.raises(ItemNotFound):
        resolve(snapshot, name)


def test_what_is_near_is_named(snapshot: Snapshot) -> None:
    """A slip of the pen is answered with the name that was meant."""
    with pytest.raises(ItemNotFound, match="Webtjener Ås"):
        resolve(snapshot, "Webtjener As")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("WEB", ["annen", "web1", "Webtjener Ås"]),
        ("web1", ["web1", "annen", "Webtjener Ås"]),
        ("ÅS", ["Webtjener Ås"]),
        ("DCIM.Device", ["kjerne"]),
        ("Asset-9", ["kjerne"]),
        ("kunder", ["kunder", "kunder"]),
        ("🐧", ["snakk 'om' \"det\" 🐧"]),
        ('Q"UOTE', ["snakk 'om' \"det\" 🐧"]),
        ("finnes ikke", []),
        ("operational", []),
        ("external_ids", []),
    ],
)
def test_a_search_finds_names_and_ids_in_any_case(snapshot: Snapshot, text: str, found: list[str]) -> None:
    """Exact names come first, then by name; what stands in other fields is not searched."""
    assert [snapshot.name_at(row) for row in find_rows(snapshot, text)] == found


def test_a_search_may_be_narrowed_to_classes(snapshot: Snapshot) -> None:
    """Items of other classes are left out, found by their record id or not."""
    only = frozenset({"Database"})
    assert {snapshot.name_at(row) for row in find_rows(snapshot, "", only)} == {"arkiv", "kunder"}
    assert find_rows(snapshot, made_id("app"), only) == []
    assert [snapshot.name_at(row) for row in find_rows(snapshot, made_id("db").upper(), only)] == ["kunder"]


def test_a_search_for_nothing_gives_everything_by_name(snapshot: Snapshot) -> None:
    """Without text every item is found."""
    rows = find_rows(snapshot)
    assert sorted(rows) == list(range(len(snapshot)))
    names = [snapshot.name_at(row).casefold() for row in rows]
    assert names == sorted(names)
