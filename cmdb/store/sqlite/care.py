"""Looking after the file: a copy of it, what it finds about itself, and filling it from another record.

Takes connections and structs, gives findings and files. Knows no meaning of documents.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from cmdb.errors import EditRefused, StoreFull, StoreUnavailable, UsageError
from cmdb.history.codec import chain_digest, encode_parts
from cmdb.model import Baseline, Change, Delta, Paper, RecordIdentity, Revision, Run
from cmdb.store.protocol import Health
from cmdb.store.sqlite import schema
from cmdb.store.sqlite.applying import apply
from cmdb.store.sqlite.papers import add_paper
from cmdb.store.sqlite.rows import add_baseline, add_parts, add_revision, add_run, read_head, read_revisions

__all__ = ["back_up", "fill", "findings"]


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the record to a file that did not exist; it is there whole or not at all."""
    if target.exists():
        raise UsageError(f"{target} exists already; name a file that does not")
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with contextlib.closing(sqlite3.connect(partial, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which also a read-only disk can hold
        _to_disk(partial)
        partial.rename(target)
        _to_disk(target.parent)
    except OSError as error:
        full = error.errno in (28, 122)  # ENOSPC, EDQUOT
        kind = StoreFull if full else StoreUnavailable
        raise kind(f"the backup {target} cannot be written: {error.strerror}; choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows has no handle on a folder
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def findings(connection: sqlite3.Connection, path: Path) -> list[Health]:
    """Return what the store finds about itself; reads the whole file."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
    damage = [text for (text,) in connection.execute("PRAGMA quick_check(10)") if text != "ok"]
    dangling = connection.execute("PRAGMA foreign_key_check").fetchmany(10)
    broken = _broken_revisions(connection)
    return [
        Health("file", True, f"{path}, {path.stat().st_size:,} bytes"),
        Health("sqlite", True, f"SQLite {sqlite3.sqlite_version}"),
        Health("schema", version == len(schema.MIGRATIONS), f"version {version} of {len(schema.MIGRATIONS)}"),
        Health("journal", True, f"journal mode {journal}"),
        Health("integrity", not damage, "; ".join(damage) + "; restore a backup" if damage else "pages are whole"),
        Health(
            "references",
            not dangling,
            f"rows point to nothing: {dangling}; restore a backup" if dangling else "no row points to nothing",
        ),
        Health(
            "history",
            not broken,
            f"revisions {broken} are not what was written; restore a backup" if broken else "digests chain",
        ),
        Health("unfinished work", True, "none: a Delta is one transaction"),
    ]


def _broken_revisions(connection: sqlite3.Connection) -> list[int]:
    """Return the first revisions whose digest does not follow from the one before and their parts."""
    digests: dict[int, list[str]] = {}
    for number, digest in connection.execute("SELECT revision, digest FROM revision_part ORDER BY revision, seq"):
        digests.setdefault(number, []).append(digest)
    broken = []
    before = ""
    for revision in read_revisions(connection):
        if revision.digest != chain_digest(before, digests.get(revision.number, ())):
            broken.append(revision.number)
        before = revision.digest
    return broken[:10]


def fill(
    connection: sqlite3.Connection,
    identity: RecordIdentity,
    history: Iterable[tuple[Revision, list[Change]]],
    runs: Iterable[Run],
    baselines: Iterable[Baseline],
    settings: Mapping[str, str],
    papers: Iterable[Paper],
) -> None:
    """Fill an empty record with another one's whole history; raises EditRefused when it is not empty."""
    if read_head(connection).number:
        raise EditRefused("the record to move to is not empty; name a place where there is none")
    first = next(read_revisions(connection))
    connection.execute("UPDATE record SET uuid = ?, created_at = ?", (identity.uuid, identity.created_at))
    add_revision(connection, msgspec.structs.replace(first, at=identity.created_at))
    for revision, changes in history:
        delta = Delta(changes)
        apply(connection, delta)
        add_revision(connection, revision)
        add_parts(connection, revision.number, encode_parts(delta))
    for run in sorted(runs, key=lambda run: run.number):
        add_run(connection, run.revision, run.draft, run.number)
    for baseline in baselines:
        add_baseline(connection, baseline)
    connection.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", settings.items())
    for paper in papers:
        add_paper(connection, paper)
