"""The tables, and how a file of an older version becomes one of this version.

Takes a connection within a write transaction, leaves tables. The shown columns stand beside the documents so that
the record can be read with plain SQL: `SELECT name, status FROM item WHERE class = 'Server'`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from cmdb.errors import StoreDamaged
from cmdb.store.sqlite.connection import APPLICATION_ID
from cmdb.store.succession import first_revision, new_identity

__all__ = ["LIVE_INDEXES", "MIGRATIONS", "is_empty", "migrate", "schema_version", "state_of"]

_VERSION_1 = """
CREATE TABLE record (
  uuid TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
CREATE TABLE item (
  id TEXT PRIMARY KEY, class TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
  shown BLOB NOT NULL, claims BLOB NOT NULL
) STRICT;
CREATE TABLE relationship (
  from_id TEXT NOT NULL REFERENCES item (id), type TEXT NOT NULL, to_id TEXT NOT NULL REFERENCES item (id),
  key TEXT NOT NULL, denied INTEGER NOT NULL, shown BLOB, claims BLOB NOT NULL,
  PRIMARY KEY (from_id, type, to_id, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE pool (
  consumer TEXT NOT NULL REFERENCES item (id), name TEXT NOT NULL,
  denied INTEGER NOT NULL, shown BLOB NOT NULL, claims BLOB NOT NULL,
  PRIMARY KEY (consumer, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE revision (
  number INTEGER PRIMARY KEY, at TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,
  actor TEXT NOT NULL, account TEXT NOT NULL, established TEXT NOT NULL,
  source TEXT NOT NULL, scope TEXT NOT NULL, message TEXT NOT NULL, counts TEXT NOT NULL, changes INTEGER NOT NULL
) STRICT;
CREATE TABLE revision_part (
  revision INTEGER NOT NULL REFERENCES revision (number), seq INTEGER NOT NULL, kind TEXT NOT NULL,
  first TEXT NOT NULL, last TEXT NOT NULL, count INTEGER NOT NULL, digest TEXT NOT NULL, data BLOB NOT NULL,
  UNIQUE (revision, seq)
) STRICT;
CREATE TABLE run (
  number INTEGER PRIMARY KEY, revision INTEGER NOT NULL REFERENCES revision (number),
  source TEXT NOT NULL, scope TEXT NOT NULL, actor TEXT NOT NULL, account TEXT NOT NULL, established TEXT NOT NULL,
  started_at TEXT NOT NULL, finished_at TEXT NOT NULL, complete INTEGER NOT NULL, refreshes INTEGER NOT NULL,
  exported_at TEXT, files TEXT NOT NULL, counts TEXT NOT NULL, problems INTEGER NOT NULL, seen BLOB NOT NULL
) STRICT;
CREATE TABLE baseline (
  name TEXT PRIMARY KEY, revision INTEGER NOT NULL REFERENCES revision (number), at TEXT NOT NULL,
  actor TEXT NOT NULL, account TEXT NOT NULL, established TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE INDEX revision_part_keys ON revision_part (kind, first, last);
CREATE INDEX run_source ON run (source, scope);
"""

LIVE_INDEXES = {
    "item_name": "CREATE INDEX item_name ON item (name)",
    "item_class": "CREATE INDEX item_class ON item (class)",
    "relationship_to": "CREATE INDEX relationship_to ON relationship (to_id)",
}
"""The indexes beside the primary keys of what is live. A first import makes them after its rows: sorted is faster."""


def _to_version_1(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty record, and its revision 0."""
    for statement in _VERSION_1.split(";"):
        if statement.strip():
            connection.execute(statement)
    for statement in LIVE_INDEXES.values():
        connection.execute(statement)
    identity = new_identity(1)
    first = first_revision(identity)
    connection.execute("INSERT INTO record (uuid, created_at) VALUES (?, ?)", (identity.uuid, identity.created_at))
    connection.execute(
        "INSERT INTO revision VALUES (0, ?, ?, '', '', ?, '', '', ?, '{}', 0)",
        (first.at, first.digest, first.actor.established, first.message),
    )


def _to_version_2(connection: sqlite3.Connection) -> None:
    """Make room for papers."""
    connection.execute(
        "CREATE TABLE paper ("
        "seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, at TEXT NOT NULL,"
        " actor TEXT NOT NULL, account TEXT NOT NULL, established TEXT NOT NULL, revision INTEGER NOT NULL,"
        " note TEXT NOT NULL, document BLOB NOT NULL, UNIQUE (kind, key, version)) STRICT"
    )


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [_to_version_1, _to_version_2]
"""What makes version n + 1 of version n; the present version is their number. A migration is never changed."""


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the version of the file's tables, 0 where there are none."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_empty(connection: sqlite3.Connection) -> bool:
    """Return whether nobody has put anything into the file yet."""
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None


def state_of(connection: sqlite3.Connection) -> tuple[bool, int]:
    """Return whether the file is a record, and its version; raises StoreDamaged when it is something else."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        if application or not is_empty(connection):
            raise StoreDamaged("this SQLite file is no record of cmdb; name another file")
        return False, 0
    version = schema_version(connection)
    if version > len(MIGRATIONS):
        raise StoreDamaged(
            f"the record has schema version {version} and this program knows {len(MIGRATIONS)}; "
            "install a newer cmdb to use it"
        )
    return True, version


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the present version, in one transaction; what another process did meanwhile stands."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _, version = state_of(connection)
        for number in range(version, len(MIGRATIONS)):
            MIGRATIONS[number](connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
