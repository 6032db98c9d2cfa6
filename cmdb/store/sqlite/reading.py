"""The record as one transaction sees it. Takes a connection with a transaction open on it, gives documents.

Reads only; what it yields is as of the transaction's beginning, whatever others write meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cmdb.history.codec import Part, decode_part
from cmdb.model import Change, Kind, Revision, split_pool_key, split_relationship_key
from cmdb.model.collector import collector_paused
from cmdb.store.protocol import RecordColumns
from cmdb.store.sqlite.connection import translating
from cmdb.store.sqlite.rows import read_head

__all__ = ["SqliteView", "read_changes_of"]

_RELATIONSHIP_KEY = "from_id || ' ' || type || ' ' || to_id || ' ' || key"
_POOL_KEY = "consumer || ' ' || name"
_DOCUMENTS: dict[Kind, str] = {
    "item": "SELECT id, claims FROM item ORDER BY id",
    "relationship": f"SELECT {_RELATIONSHIP_KEY}, claims FROM relationship ORDER BY from_id, type, to_id, key",
    "pool": f"SELECT {_POOL_KEY}, claims FROM pool ORDER BY consumer, name",
}
_DOCUMENT: dict[Kind, str] = {
    "item": "SELECT claims FROM item WHERE id = ?",
    "relationship": "SELECT claims FROM relationship WHERE from_id = ? AND type = ? AND to_id = ? AND key = ?",
    "pool": "SELECT claims FROM pool WHERE consumer = ? AND name = ?",
}
_IDS_AT_ONCE = 500


class SqliteView:
    """A ReadView upon one transaction."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._revision = read_head(connection)

    @property
    def revision(self) -> Revision:
        """The revision that is read."""
        return self._revision

    def documents(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Give (key, document) of every entity of a kind, sorted by key."""
        with translating(self._path):
            yield from self._reading().execute(_DOCUMENTS[kind])

    def get(self, kind: Kind, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the documents of these keys; a key that does not exist is left out."""
        found = {}
        with translating(self._path):
            execute = self._reading().execute
            for key in keys:
                row = execute(_DOCUMENT[kind], _columns_of(kind, key)).fetchone()
                if row is not None:
                    found[key] = row[0]
        return found

    def touching(self, item_ids: Iterable[str]) -> dict[Kind, dict[str, bytes]]:
        """Return the documents of the relationships with an end among these items, and of the pools of these items."""
        ids = sorted(set(item_ids))
        relationships: dict[str, bytes] = {}
        pools: dict[str, bytes] = {}
        with translating(self._path):
            execute = self._reading().execute
            for start in range(0, len(ids), _IDS_AT_ONCE):
                some = ids[start : start + _IDS_AT_ONCE]
                among = ",".join("?" * len(some))
                for end in ("from_id", "to_id"):
                    sql = f"SELECT {_RELATIONSHIP_KEY}, claims FROM relationship WHERE {end} IN ({among})"
                    relationships.update(execute(sql, some))
                pools.update(execute(f"SELECT {_POOL_KEY}, claims FROM pool WHERE consumer IN ({among})", some))
        return {"relationship": dict(sorted(relationships.items())), "pool": dict(sorted(pools.items()))}

    def columns(self) -> RecordColumns:
        """Return what the whole record shows, by columns."""
        with translating(self._path), collector_paused():
            connection = self._reading()
            return RecordColumns(
                *_by_column(connection, "SELECT id, class, name, status, shown FROM item ORDER BY id", 5),
                *_by_column(
                    connection,
                    "SELECT from_id, type, to_id, key, shown FROM relationship WHERE NOT denied"
                    " ORDER BY from_id, type, to_id, key",
                    5,
                ),
                *_by_column(
                    connection, "SELECT consumer, name, shown FROM pool WHERE NOT denied ORDER BY consumer, name", 3
                ),
            )

    def changes(self, after: int, upto: int) -> Iterator[tuple[int, Change]]:
        """Give (revision number, change) of the revisions after `after` up to `upto`, oldest first."""
        with translating(self._path):
            rows = self._reading().execute(
                "SELECT revision, seq, kind, first, last, count, digest, data FROM revision_part"
                " WHERE revision > ? AND revision <= ? ORDER BY revision, seq",
                (after, upto),
            )
            for number, *described in rows:
                for change in decode_part(Part(*described)):
                    yield number, change

    def _reading(self) -> sqlite3.Connection:
        """Return the connection within its transaction."""
        return self._connection


def _columns_of(kind: Kind, key: str) -> Sequence[str]:
    """Return the columns by which a key is looked up; a text that is no key of this kind finds nothing."""
    try:
        if kind == "relationship":
            return split_relationship_key(key)
        return split_pool_key(key) if kind == "pool" else (key,)
    except ValueError:
        return ("",) * (4 if kind == "relationship" else 2)


def _by_column(connection: sqlite3.Connection, sql: str, width: int) -> list[list]:  # type: ignore[type-arg]
    """Return the columns of a query; in slices, so that the rows never stand beside the columns whole."""
    columns: list[list] = [[] for _ in range(width)]  # type: ignore[type-arg]
    cursor = connection.execute(sql)
    while rows := cursor.fetchmany(10_000):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return columns


def read_changes_of(connection: sqlite3.Connection, kind: Kind, keys: Iterable[str]) -> Iterator[tuple[int, Change]]:
    """Give every change of these entities, oldest first; opens only the parts whose range of keys has one."""
    wanted = sorted(set(keys))
    parts: set[tuple[int, int]] = set()
    for key in wanted:
        parts.update(
            connection.execute(
                "SELECT revision, seq FROM revision_part WHERE kind = ? AND first <= ? AND last >= ?", (kind, key, key)
            )
        )
    chosen = frozenset(wanted)
    for number, seq in sorted(parts):
        row = connection.execute(
            "SELECT seq, kind, first, last, count, digest, data FROM revision_part WHERE revision = ? AND seq = ?",
            (number, seq),
        ).fetchone()
        for change in decode_part(Part(*row)):
            if change.key in chosen:
                yield number, change
