"""The record in one SQLite file. Takes a path, gives a Store; each view and each session has its own connection."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from cmdb.errors import EditRefused, RevisionNotFound, StoreError, StoreMissing, StoreUnavailable
from cmdb.model import Actor, Baseline, Change, Kind, Paper, PaperDraft, RecordIdentity, Revision, Run
from cmdb.store.protocol import Health
from cmdb.store.sqlite import care, papers, rows, schema
from cmdb.store.sqlite.connection import address_of, closing, connect, prefer_wal, translating
from cmdb.store.sqlite.reading import SqliteView, read_changes_of
from cmdb.store.sqlite.writing import SqliteSession, transaction, write_session

__all__ = ["SqliteStore", "open_sqlite"]


def open_sqlite(path: Path, *, create: bool = False) -> SqliteStore:
    """Open the record in a file, bringing an older one to the present schema version.

    Only `create` makes a file, or begins a record in an empty one. Raises StoreMissing, StoreDamaged when the file
    is something else or of a newer program, and StoreUnavailable.
    """
    path = path.absolute()
    if path.is_dir():
        raise StoreUnavailable(f"{path} is a folder; name a file in it, like {address_of(path / 'cmdb.db')}")
    if not path.exists():
        if not create:
            raise _missing(path)
        _make_file(path)
    try:
        with translating(path), closing(connect(path)) as connection:
            ours, version = schema.state_of(connection)
        if not ours and not create:
            raise _missing(path)
        if version < len(schema.MIGRATIONS):
            with translating(path), closing(connect(path, writing=True)) as connection:
                prefer_wal(connection)
                schema.migrate(connection)
    except StoreError as error:
        if address_of(path) in str(error):
            raise
        raise type(error)(f"{address_of(path)}: {error}") from error
    return SqliteStore(path)


def _missing(path: Path) -> StoreMissing:
    return StoreMissing(
        f"there is no record at {address_of(path)}; go to the folder that has it or name it with --store, "
        "or begin one with: cmdb init"
    )


def _make_file(path: Path) -> None:
    """Make an empty file that only its owner reads; another process may do so at the same moment."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except FileNotFoundError as error:
        raise StoreMissing(f"there is no folder {path.parent}; make it first, or name another with --store") from error
    except OSError as error:
        raise StoreUnavailable(f"{address_of(path)} cannot be made: {error.strerror}; name another place") from error


class SqliteStore:
    """A Store in one file. Use it from any number of threads and processes.

    Within `write()`, what else this object writes (`put_baseline`, `put_setting`) waits for the session to end, so
    it belongs before or after it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Held open, so that SQLite does not tidy its log away and make it again around every small question.
        with translating(path):
            self._open = connect(path)

    @property
    def kind(self) -> str:
        """`sqlite`."""
        return "sqlite"

    @property
    def address(self) -> str:
        """The URL of the file."""
        return address_of(self._path)

    def identity(self) -> RecordIdentity:
        """Return which record this is."""
        with self._reading() as connection:
            return rows.read_identity(connection)

    @contextlib.contextmanager
    def view(self) -> Iterator[SqliteView]:
        """Read at the newest revision, never waiting for a writer."""
        with translating(self._path):
            connection = connect(self._path)
        with closing(connection):
            with translating(self._path):
                connection.execute("BEGIN")
                view = SqliteView(connection, self._path)
            yield view

    def write(self, actor: Actor, *, wait_seconds: float = 60.0) -> contextlib.AbstractContextManager[SqliteSession]:
        """Take the right to write, waiting for another writer; raises StoreBusy naming it when it takes too long."""
        return write_session(self._path, actor, wait_seconds)

    def head(self) -> Revision:
        """Return the newest revision."""
        with self._reading() as connection:
            return rows.read_head(connection)

    def revision(self, number: int) -> Revision | None:
        """Return a revision, None when there is none of that number."""
        with self._reading() as connection:
            return rows.read_revision(connection, number)

    def revisions(self, after: int = 0, limit: int | None = None, *, newest_first: bool = False) -> Iterator[Revision]:
        """Give the revisions with a number above `after`."""
        with self._reading() as connection:
            yield from rows.read_revisions(connection, after, limit, newest_first=newest_first)

    def changes_of(self, kind: Kind, keys: Iterable[str]) -> Iterator[tuple[int, Change]]:
        """Give every change of these entities, oldest first."""
        with self._reading() as connection:
            connection.execute("BEGIN")
            yield from read_changes_of(connection, kind, keys)

    def runs(self, source: str | None = None, scope: str | None = None, limit: int | None = None) -> Iterator[Run]:
        """Give import runs, newest first."""
        with self._reading() as connection:
            yield from rows.read_runs(connection, source, scope, limit)

    def baselines(self) -> list[Baseline]:
        """Return the baselines, oldest first."""
        with self._reading() as connection:
            return rows.read_baselines(connection)

    def put_baseline(self, baseline: Baseline) -> None:
        """Name a revision; raises EditRefused for a name that is given, RevisionNotFound for no such revision."""
        with transaction(self._path) as connection:
            if connection.execute("SELECT 1 FROM baseline WHERE name = ?", (baseline.name,)).fetchone():
                raise EditRefused(f"there is a baseline {baseline.name!r} already; drop it first, or choose a new name")
            if rows.read_revision(connection, baseline.revision) is None:
                raise RevisionNotFound(f"there is no revision {baseline.revision}; look with: cmdb history")
            rows.add_baseline(connection, baseline)

    def drop_baseline(self, name: str) -> bool:
        """Forget a name; returns whether there was one."""
        with transaction(self._path) as connection:
            return connection.execute("DELETE FROM baseline WHERE name = ?", (name,)).rowcount == 1

    def settings(self) -> Mapping[str, str]:
        """Return small facts kept with the record."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT key, value FROM setting ORDER BY key"))

    def put_setting(self, key: str, value: str) -> None:
        """Keep a small fact with the record."""
        with transaction(self._path) as connection:
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value))

    def put_paper(self, draft: PaperDraft, *, upon: int) -> Paper:
        """Keep the next version of a paper; raises EditConflict when another than `upon` stands."""
        with transaction(self._path) as connection:
            return papers.put_paper(connection, draft, upon)

    def papers(self, kind: str | None = None, key: str | None = None, *, newest: bool = False) -> Iterator[Paper]:
        """Give every version of the papers of a kind, or of one paper, in the order in which they were written.

        With `newest` only the newest version of each, in the order in which the papers were begun.
        """
        with self._reading() as connection:
            yield from papers.read_papers(connection, kind, key, newest)

    def rewrite_papers(self, rewritten: Callable[[Paper], Paper | None]) -> int:
        """Put other documents and notes in the place of those that papers hold, of any version; returns how many.

        For erasing alone. `rewritten` gives a paper as it is to be, None for one that stays as it is.
        """
        with transaction(self._path) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            return papers.rewrite_papers(connection, rewritten)

    def backup(self, target: Path) -> None:
        """Write a whole, consistent copy to a file that did not exist, while others read and write."""
        with self._reading() as connection:
            care.back_up(connection, target)

    def health(self) -> list[Health]:
        """Return what the store finds about itself; reads the whole file."""
        with self._reading() as connection:
            return care.findings(connection, self._path)

    def restore(
        self,
        identity: RecordIdentity,
        history: Iterable[tuple[Revision, list[Change]]],
        runs: Iterable[Run],
        baselines: Iterable[Baseline],
        settings: Mapping[str, str],
        papers: Iterable[Paper] = (),
    ) -> None:
        """Fill an empty store with a whole record and its history, numbers and digests kept, in one transaction.

        Raises EditRefused when this record is not empty.
        """
        with transaction(self._path) as connection:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            care.fill(connection, identity, history, runs, baselines, settings, papers)

    def close(self) -> None:
        """Let go of the file."""
        with translating(self._path):
            self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with translating(self._path), closing(connect(self._path)) as connection:
            yield connection
