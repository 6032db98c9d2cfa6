"""The right to write, held by one session at a time. Takes Deltas and drafts, leaves revisions.

A commit is one transaction: the rows, the parts of the revision, the revision and the run are there together or
not at all, for every reader and whatever is killed when.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cmdb.errors import StoreBusy
from cmdb.history.codec import PART_ROWS, Part, encode_parts
from cmdb.model import Actor, Delta, Revision, RevisionDraft, RunDraft
from cmdb.model.collector import collector_paused
from cmdb.store.sqlite.applying import apply
from cmdb.store.sqlite.connection import address_of, closing, connect, prefer_wal, translating
from cmdb.store.sqlite.holder import WriterNote, who_holds
from cmdb.store.sqlite.purging import erase, overwrite_free_space
from cmdb.store.sqlite.reading import SqliteView
from cmdb.store.sqlite.rows import add_parts, add_revision, add_run, read_head
from cmdb.store.succession import next_revision

__all__ = ["SqliteSession", "begin", "transaction", "write_session"]

_SLICE_SECONDS = 0.25  # SQLite waits without hearing Ctrl-C; we let it wait so long at a time


class SqliteSession(SqliteView):
    """A WriteSession. After a commit the right is taken again when the session is next used."""

    def __init__(self, connection: sqlite3.Connection, path: Path, wait_seconds: float) -> None:
        super().__init__(connection, path)
        self._wait_seconds = wait_seconds

    @property
    def revision(self) -> Revision:
        """The revision that is written upon."""
        with translating(self._path):
            self._reading()
        return self._revision

    def commit(self, delta: Delta, draft: RevisionDraft, run: RunDraft | None = None) -> Revision:
        """Make the Delta the next revision, atomically, and record the run with it; durable when it returns.

        Raises StoreMoved when the Delta was made upon documents other than those that stand, and StoreFull or
        StoreUnavailable; then nothing was changed.
        """
        with translating(self._path), collector_paused():
            connection = self._reading()
            with _all_or_nothing(connection):
                revision = self._add(delta, draft) if delta else self._revision
                if run is not None:
                    add_run(connection, revision.number, run)
            self._revision = revision
        return revision

    def purge(self, item_ids: Iterable[str], draft: RevisionDraft) -> dict[str, Any]:
        """Erase items with their relationships and pools from the present, from every revision and from the file.

        Returns how many `items`, `relationships`, `pools` and `changes` of the history went, and `notes`: what of
        the bytes could not be overwritten yet, in sentences. Without anything to erase no revision is made.
        """
        with translating(self._path):
            connection = self._reading()
            connection.execute("PRAGMA secure_delete = ON")
            with _all_or_nothing(connection):
                revision, erased = erase(connection, frozenset(item_ids), draft)
            self._revision = revision
            notes = overwrite_free_space(connection) if any(erased.values()) else []
        return {**erased, "notes": notes}

    def _add(self, delta: Delta, draft: RevisionDraft) -> Revision:
        parts = _applied_and_packed(self._connection, delta)
        revision = next_revision(self._revision, draft, [part.digest for part in parts], len(delta.changes))
        add_revision(self._connection, revision)
        add_parts(self._connection, revision.number, parts)
        return revision

    def _reading(self) -> sqlite3.Connection:
        """Return the connection, with the right to write taken again where a commit gave it back."""
        if not self._connection.in_transaction:
            self._connection.execute("PRAGMA foreign_keys = ON")
            begin(self._connection, self._path, self._wait_seconds)
            self._revision = read_head(self._connection)
        return self._connection


def _applied_and_packed(connection: sqlite3.Connection, delta: Delta) -> list[Part]:
    """Apply the Delta to the tables and return its parts; a large one's are packed by another core meanwhile."""
    if len(delta.changes) <= 2 * PART_ROWS:
        apply(connection, delta)
        return list(encode_parts(delta))
    with ThreadPoolExecutor(max_workers=1) as other:
        packing = other.submit(lambda: list(encode_parts(delta)))
        apply(connection, delta)
        return packing.result()


@contextlib.contextmanager
def write_session(path: Path, actor: Actor, wait_seconds: float) -> Iterator[SqliteSession]:
    """Take the right to write; what was not committed when the block is left never was."""
    note = WriterNote(path, actor)
    with translating(path):
        connection = connect(path, writing=True)
    with closing(connection):
        with translating(path):
            prefer_wal(connection)
            _begin_first(connection, path, wait_seconds)
            note.put()
            session = SqliteSession(connection, path, wait_seconds)
        try:
            yield session
        finally:
            note.remove()


@contextlib.contextmanager
def transaction(path: Path, wait_seconds: float = 60.0) -> Iterator[sqlite3.Connection]:
    """Give a connection on which a small write is made, committed when the block is left without an error.

    The block is ours, so SQLite's errors in it are translated too.
    """
    with translating(path), closing(connect(path, writing=True)) as connection:
        begin(connection, path, wait_seconds)
        with _all_or_nothing(connection):
            yield connection


def _begin_first(connection: sqlite3.Connection, path: Path, wait_seconds: float) -> None:
    """Begin a session; in an empty record without foreign keys, which SQLite looks up row by row.

    `apply` checks the ends of relationships itself then. SQLite hears of it outside a transaction only, so that the
    record was still empty when the right to write came is looked at again.
    """
    empty = _is_empty(connection)
    if empty:
        connection.execute("PRAGMA foreign_keys = OFF")
    begin(connection, path, wait_seconds)
    if empty and not _is_empty(connection):
        connection.execute("ROLLBACK")
        connection.execute("PRAGMA foreign_keys = ON")
        begin(connection, path, wait_seconds)


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM item LIMIT 1").fetchone() is None


def begin(connection: sqlite3.Connection, path: Path, wait_seconds: float) -> None:
    """Begin a write transaction, waiting for another writer; raises StoreBusy naming it."""
    until = time.monotonic() + wait_seconds
    while True:
        left = until - time.monotonic()
        connection.execute(f"PRAGMA busy_timeout = {max(0, int(min(_SLICE_SECONDS, left) * 1000))}")
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not (error.sqlite_errorname or "").startswith("SQLITE_BUSY"):
                raise
            if left <= 0:
                raise StoreBusy(
                    f"{who_holds(path)} is writing to {address_of(path)}, and {wait_seconds:g} seconds of waiting "
                    "were not enough; wait for it to end and do it again"
                ) from error
        else:
            connection.execute("PRAGMA busy_timeout = 60000")
            return


@contextlib.contextmanager
def _all_or_nothing(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block does, or take it back."""
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled back by itself; nothing may be left open either way.
        if connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise
