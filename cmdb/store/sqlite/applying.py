"""How a Delta becomes rows. Takes changes within a write transaction, leaves the tables after them.

Every update and removal names the document that it found, so a Delta made upon another state is refused whole.
"""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from cmdb.errors import StoreMoved
from cmdb.model import ID_LENGTH, Change, Delta, Kind, split_pool_key, split_relationship_key
from cmdb.store.shown import shown_item_row, shown_pool_row, shown_relationship_row
from cmdb.store.sqlite.schema import LIVE_INDEXES

__all__ = ["apply"]

_ByKind: TypeAlias = dict[Kind, list[Change]]

_CREATE: dict[Kind, str] = {
    "item": "INSERT INTO item (class, name, status, shown, claims, id) VALUES (?, ?, ?, ?, ?, ?)",
    "relationship": "INSERT INTO relationship (denied, shown, claims, from_id, type, to_id, key)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)",
    "pool": "INSERT INTO pool (denied, shown, claims, consumer, name) VALUES (?, ?, ?, ?, ?)",
}
_UPDATE: dict[Kind, str] = {
    "item": "UPDATE item SET class = ?, name = ?, status = ?, shown = ?, claims = ? WHERE id = ? AND claims = ?",
    "relationship": "UPDATE relationship SET denied = ?, shown = ?, claims = ?"
    " WHERE from_id = ? AND type = ? AND to_id = ? AND key = ? AND claims = ?",
    "pool": "UPDATE pool SET denied = ?, shown = ?, claims = ? WHERE consumer = ? AND name = ? AND claims = ?",
}
_REMOVE: dict[Kind, str] = {
    "item": "DELETE FROM item WHERE id = ? AND claims = ?",
    "relationship": "DELETE FROM relationship WHERE from_id = ? AND type = ? AND to_id = ? AND key = ? AND claims = ?",
    "pool": "DELETE FROM pool WHERE consumer = ? AND name = ? AND claims = ?",
}


_KINDS: tuple[Kind, ...] = ("item", "relationship", "pool")
_MANY = 20_000  # created rows from which on the indexes are made after them, where there were none before

# Most relationships of an estate say one of few things, so what they show is worked out once.
_shown_relationship = functools.lru_cache(10_000)(shown_relationship_row)
_shown_pool = functools.lru_cache(10_000)(shown_pool_row)


def apply(connection: sqlite3.Connection, delta: Delta) -> None:
    """Make the tables what the Delta says; raises StoreMoved when it was made upon something else.

    Items come before what hangs on them, and go after it.
    """
    created, updated, removed = _by_verdict(delta)
    if connection.execute("PRAGMA foreign_keys").fetchone() == (0,):
        _check_ends(created)
    with _indexes_afterwards(connection, sum(map(len, created.values()))):
        for kind in _KINDS:
            _run(connection, _CREATE[kind], len(created[kind]), _created(kind, created[kind]))
            _run(connection, _UPDATE[kind], len(updated[kind]), _updated(kind, updated[kind]))
        for kind in reversed(_KINDS):
            _run(connection, _REMOVE[kind], len(removed[kind]), _removed(kind, removed[kind]))


def _check_ends(created: _ByKind) -> None:
    """Do what foreign keys do, for a record that held no item before: in memory, not row by row."""
    known = {key for _, key, _, _ in created["item"]}
    starts = {key[:ID_LENGTH] for kind in ("relationship", "pool") for _, key, _, _ in created[kind]}
    ends = {key.split(" ", 3)[2] for _, key, _, _ in created["relationship"]}
    if not (starts <= known and ends <= known):
        raise StoreMoved("the change names items that the record does not hold; read it again and make the change anew")


def _by_verdict(delta: Delta) -> tuple[_ByKind, _ByKind, _ByKind]:
    created: _ByKind = {"item": [], "relationship": [], "pool": []}
    updated: _ByKind = {"item": [], "relationship": [], "pool": []}
    removed: _ByKind = {"item": [], "relationship": [], "pool": []}
    for change in delta.changes:
        verdict = created if change.before is None else removed if change.after is None else updated
        verdict[change.kind].append(change)
    return created, updated, removed


@contextlib.contextmanager
def _indexes_afterwards(connection: sqlite3.Connection, created: int) -> Iterator[None]:
    """Fill an empty record without its indexes and make them at the end: sorted, not row by row."""
    first = created >= _MANY and connection.execute("SELECT 1 FROM item LIMIT 1").fetchone() is None
    if first:
        for name in LIVE_INDEXES:
            connection.execute(f"DROP INDEX {name}")
    yield
    if first:
        for statement in LIVE_INDEXES.values():
            connection.execute(statement)


def _run(connection: sqlite3.Connection, sql: str, expected: int, rows: Iterator[tuple[Any, ...]]) -> None:
    if expected and connection.executemany(sql, rows).rowcount != expected:
        raise StoreMoved("the record moved on while this change was made; read it again and make the change anew")


def _created(kind: Kind, changes: list[Change]) -> Iterator[tuple[Any, ...]]:
    split, show = _SPLIT[kind], _SHOW[kind]
    for _, key, _, after in changes:
        yield *show(after), after, *split(key)


def _updated(kind: Kind, changes: list[Change]) -> Iterator[tuple[Any, ...]]:
    split, show = _SPLIT[kind], _SHOW[kind]
    for _, key, before, after in changes:
        yield *show(after), after, *split(key), before


def _removed(kind: Kind, changes: list[Change]) -> Iterator[tuple[Any, ...]]:
    split = _SPLIT[kind]
    for _, key, before, _ in changes:
        yield *split(key), before


def _itself(key: str) -> tuple[str]:
    return (key,)


_SPLIT: dict[Kind, Callable[[str], tuple[str, ...]]] = {
    "item": _itself,
    "relationship": split_relationship_key,
    "pool": split_pool_key,
}
_SHOW: dict[Kind, Callable[[Any], tuple[Any, ...]]] = {
    "item": shown_item_row,
    "relationship": _shown_relationship,
    "pool": _shown_pool,
}
