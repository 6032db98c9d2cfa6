"""How a Delta becomes rows. Takes changes within a write transaction, leaves the tables after them.

Every update and removal names the document that it found, so a Delta made upon another state is refused whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from cmdb.errors import StoreMoved
from cmdb.model import Delta, Kind, split_pool_key, split_relationship_key
from cmdb.store.shown import shown_item_row, shown_pool_row, shown_relationship_row

__all__ = ["apply"]

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


def apply(connection: sqlite3.Connection, delta: Delta) -> None:
    """Make the tables what the Delta says; raises StoreMoved when it was made upon something else.

    Items come before what hangs on them, and go after it.
    """
    kinds: tuple[Kind, ...] = ("item", "relationship", "pool")
    for kind in kinds:
        _run(connection, _CREATE[kind], _created(delta, kind))
        _run(connection, _UPDATE[kind], _updated(delta, kind))
    for kind in reversed(kinds):
        _run(connection, _REMOVE[kind], _removed(delta, kind))


def _run(connection: sqlite3.Connection, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    expected = 0

    def counted() -> Iterator[tuple[Any, ...]]:
        nonlocal expected
        for row in rows:
            expected += 1
            yield row

    done = connection.executemany(sql, counted()).rowcount
    if expected and done != expected:
        raise StoreMoved("the record moved on while this change was made; read it again and make the change anew")


def _created(delta: Delta, kind: Kind) -> Iterator[tuple[Any, ...]]:
    for kind_, key, before, after in delta.changes:
        if kind_ == kind and before is None and after is not None:
            yield *_shown(kind, after), after, *_columns_of(kind, key)


def _updated(delta: Delta, kind: Kind) -> Iterator[tuple[Any, ...]]:
    for kind_, key, before, after in delta.changes:
        if kind_ == kind and before is not None and after is not None:
            yield *_shown(kind, after), after, *_columns_of(kind, key), before


def _removed(delta: Delta, kind: Kind) -> Iterator[tuple[Any, ...]]:
    for change in delta.changes:
        if change.kind == kind and change.after is None:
            yield *_columns_of(kind, change.key), change.before


def _shown(kind: Kind, document: bytes) -> tuple[Any, ...]:
    if kind == "item":
        return shown_item_row(document)
    return shown_relationship_row(document) if kind == "relationship" else shown_pool_row(document)


def _columns_of(kind: Kind, key: str) -> tuple[str, ...]:
    if kind == "item":
        return (key,)
    return split_relationship_key(key) if kind == "relationship" else split_pool_key(key)
