"""Connections to the file, and the one place where SQLite's errors become ours.

Takes a path, gives a connection in autocommit mode, on which transactions are begun by hand. Knows no table.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from cmdb.errors import (
    CmdbError,
    EditRefused,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreMoved,
    StoreUnavailable,
)

__all__ = ["APPLICATION_ID", "address_of", "closing", "connect", "prefer_wal", "translating"]

APPLICATION_ID = 0x434D4442  # "CMDB" in the file's header: a file without it is not ours
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
BUSY_SECONDS = 60.0


def address_of(path: Path) -> str:
    """Return the URL of a file."""
    return f"sqlite:///{path}"


def connect(path: Path, *, busy_seconds: float = BUSY_SECONDS, writing: bool = False) -> sqlite3.Connection:
    """Open an existing file; the caller closes it. Never creates one.

    A connection may be handed from thread to thread, but is used by one at a time.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreUnavailable(
            f"this Python has SQLite {sqlite3.sqlite_version}, and 3.37 or newer is needed; use a newer Python"
        )
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,  # transactions are begun and ended where it is written so, and nowhere else
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if writing:
            connection.execute("PRAGMA page_size = 8192")  # of a file that is empty yet
            connection.execute("PRAGMA synchronous = FULL")  # a revision that was reported survives a power cut
            connection.execute("PRAGMA cache_size = -262144")
            connection.execute("PRAGMA journal_size_limit = 67108864")
        else:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def prefer_wal(connection: sqlite3.Connection) -> None:
    """Let readers read while a writer writes. A backup is one file, without it until it is written to."""
    with contextlib.suppress(sqlite3.OperationalError):  # somebody reads just now; the next writer will do it
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA busy_timeout = 1000")
            connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


@contextlib.contextmanager
def closing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Roll back what was not committed and close, whatever happened."""
    try:
        yield connection
    finally:
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.rollback()
        with contextlib.suppress(sqlite3.Error):
            connection.close()


@contextlib.contextmanager
def translating(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours. Never wrap a caller's own code in it."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path) from error


_NAMED: dict[str, tuple[type[StoreError | EditRefused], str]] = {
    "SQLITE_FULL": (StoreFull, "the disk is full; make room and do it again, the last whole revision stands"),
    "SQLITE_NOMEM": (StoreFull, "memory ran out; the last whole revision stands"),
    "SQLITE_BUSY": (StoreBusy, "another process holds the record; wait for it and do it again"),
    "SQLITE_LOCKED": (StoreBusy, "another connection holds the record; wait for it and do it again"),
    "SQLITE_CORRUPT": (StoreDamaged, "the file is damaged; restore it from a backup"),
    "SQLITE_NOTADB": (StoreDamaged, "this is not an SQLite file; name the file of a record"),
    "SQLITE_FORMAT": (StoreDamaged, "this is not an SQLite file of a known format; name the file of a record"),
    "SQLITE_READONLY": (StoreUnavailable, "the file or its folder may not be written to; look at its permissions"),
    "SQLITE_CANTOPEN": (StoreUnavailable, "the file cannot be opened; look at it and at its folder's permissions"),
    "SQLITE_PERM": (StoreUnavailable, "the file may not be used; look at its permissions"),
    "SQLITE_AUTH": (StoreUnavailable, "the file may not be used; look at its permissions"),
    "SQLITE_IOERR": (StoreUnavailable, "reading or writing the file failed; look at the disk, then do it again"),
    "SQLITE_PROTOCOL": (StoreUnavailable, "locking the file failed; keep the record on a local disk"),
    "SQLITE_NOLFS": (StoreUnavailable, "the file is too large for this system; move the record to another disk"),
    "SQLITE_TOOBIG": (EditRefused, "one value is larger than SQLite can keep; make it smaller"),
    "SQLITE_CONSTRAINT": (StoreMoved, "the change does not fit what the record holds; read it again and make it anew"),
    "SQLITE_SCHEMA": (StoreMoved, "the file changed while it was read; do it again"),
}


def _translated(error: sqlite3.Error, path: Path) -> CmdbError:
    """Return our error for one of SQLite's, told apart by result code and not by its words."""
    name = getattr(error, "sqlite_errorname", None) or ""
    primary = "_".join(name.split("_")[:2])  # SQLITE_IOERR_WRITE is a SQLITE_IOERR
    if primary == "SQLITE_CANTOPEN" and not path.exists():
        return StoreMissing(f"there is no record at {address_of(path)} any more; look where it was moved to")
    kind, advice = _NAMED.get(
        primary, (StoreDamaged, "SQLite refused; run `cmdb doctor`, and restore from a backup if it finds damage")
    )
    return kind(f"{address_of(path)}: {advice} (SQLite says: {error})")
