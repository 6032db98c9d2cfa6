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
from cmdb.model import Change, Delta, Kind, split_pool_key, split_relationship_key
from cmdb.store.shown import shown_item_row, shown_pool_row, shown_relationship_row
from cmdb.store.sqlite.schema import LIVE_INDEXES

__all__ = ["apply"]

_ByKind: TypeAlias = dict[Kind, list[Change]]
_Row: TypeAlias = tuple[Any, ...]

# What a relationship without values shows is NULL; it is bound as '' (see `_blob`).
_CREATE: dict[Kind, str] = {
    "item": "INSERT INTO item (class, name, status, shown, claims, id) VALUES (?, ?, ?, ?, ?, ?)",
    "relationship": "INSERT INTO relationship (denied, shown, claims, from_id, type, to_id, key)"
    " VALUES (?, NULLIF(?, ''), ?, ?, ?, ?, ?)",
    "pool": "INSERT INTO pool (denied, shown, claims, consumer, name) VALUES (?, ?, ?, ?, ?)",
}
_UPDATE: dict[Kind, str] = {
    "item": "UPDATE item SET class = ?, name = ?, status = ?, shown = ?, claims = ? WHERE id = ? AND claims = ?",
    "relationship": "UPDATE relationship SET denied = ?, shown = NULLIF(?, ''), claims = ?"
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


def apply(connection: sqlite3.Connection, delta: Delta) -> None:
    """Make the tables what the Delta says; raises StoreMoved when it was made upon something else.

    Items come before what hangs on them, and go after it.
    """
    created, updated, removed = _by_verdict(delta)
    unchecked = connection.execute("PRAGMA foreign_keys").fetchone() == (0,)
    known = {change[1] for change in created["item"]} if unchecked else None
    with _indexes_afterwards(connection, sum(map(len, created.values()))):
        for kind in _KINDS:
            _run(connection, _CREATE[kind], len(created[kind]), _ROWS[kind](created[kind], known))
            _run(connection, _UPDATE[kind], len(updated[kind]), _updated(kind, updated[kind]))
        for kind in reversed(_KINDS):
            _run(connection, _REMOVE[kind], len(removed[kind]), _removed(kind, removed[kind]))


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


def _run(connection: sqlite3.Connection, sql: str, expected: int, rows: Iterator[_Row]) -> None:
    if expected and connection.executemany(sql, rows).rowcount != expected:
        raise _moved()


def _moved() -> StoreMoved:
    return StoreMoved("the record is not what this change was made upon; read it again and make the change anew")


def _blob(document: bytes) -> bytearray:
    """Return bytes as Python's SQLite module binds them at once: for bytes, bool and None it looks for an adapter."""
    return bytearray(document)


def _item_rows(changes: list[Change], known: set[str] | None) -> Iterator[_Row]:
    """Give the rows of items; `known` is for what hangs on them."""
    for _, key, _, after in changes:
        class_, name, status, shown = shown_item_row(after)  # type: ignore[arg-type]
        yield class_, name, status, _blob(shown), _blob(after), key  # type: ignore[arg-type]


def _relationship_rows(changes: list[Change], known: set[str] | None) -> Iterator[_Row]:
    """Give the rows of relationships; where `known` is given, do what foreign keys do, in memory and not row by row."""
    for _, key, _, after in changes:
        from_id, type_, to_id, rest = key.split(" ", 3)
        if known is not None and not (from_id in known and to_id in known):
            raise _moved()
        yield *_relationship_values(after), from_id, type_, to_id, rest


def _pool_rows(changes: list[Change], known: set[str] | None) -> Iterator[_Row]:
    """Give the rows of pools; `known` as for relationships."""
    for _, key, _, after in changes:
        consumer, name = split_pool_key(key)
        if known is not None and consumer not in known:
            raise _moved()
        yield *_pool_values(after), consumer, name


# Most relationships of an estate say one of few things, so that is worked out once.
@functools.lru_cache(10_000)
def _relationship_values(document: bytes) -> tuple[int, bytearray | str, bytearray]:
    denied, shown = shown_relationship_row(document)
    return int(denied), "" if shown is None else _blob(shown), _blob(document)


@functools.lru_cache(10_000)
def _pool_values(document: bytes) -> tuple[int, bytearray, bytearray]:
    denied, shown = shown_pool_row(document)
    return int(denied), _blob(shown), _blob(document)


_ROWS: dict[Kind, Callable[[list[Change], set[str] | None], Iterator[_Row]]] = {
    "item": _item_rows,
    "relationship": _relationship_rows,
    "pool": _pool_rows,
}


def _updated(kind: Kind, changes: list[Change]) -> Iterator[_Row]:
    for row, change in zip(_ROWS[kind](changes, None), changes, strict=True):
        yield *row, change.before


def _removed(kind: Kind, changes: list[Change]) -> Iterator[_Row]:
    for _, key, before, _ in changes:
        yield *_split(kind, key), before


def _split(kind: Kind, key: str) -> tuple[str, ...]:
    if kind == "item":
        return (key,)
    return split_relationship_key(key) if kind == "relationship" else split_pool_key(key)
