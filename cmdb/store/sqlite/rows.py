"""How revisions, runs, baselines and parts lie in their tables. Takes rows, gives structs, and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from cmdb.history.codec import Part
from cmdb.model import Actor, Baseline, RecordIdentity, Revision, Run, RunDraft
from cmdb.model.values import encode

__all__ = [
    "add_baseline",
    "add_parts",
    "add_revision",
    "add_run",
    "read_baselines",
    "read_head",
    "read_identity",
    "read_parts",
    "read_revision",
    "read_revisions",
    "read_runs",
]


def read_identity(connection: sqlite3.Connection) -> RecordIdentity:
    """Return which record this is."""
    uuid, created_at = connection.execute("SELECT uuid, created_at FROM record").fetchone()
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    return RecordIdentity(uuid, version, created_at)


def _revision(row: Sequence[Any]) -> Revision:
    number, at, digest, actor, account, established, source, scope, message, counts, changes = row
    return Revision(
        number, at, digest, Actor(actor, account, established), source, scope, message, _object(counts), changes
    )


def read_head(connection: sqlite3.Connection) -> Revision:
    """Return the newest revision."""
    return _revision(connection.execute("SELECT * FROM revision ORDER BY number DESC LIMIT 1").fetchone())


def read_revision(connection: sqlite3.Connection, number: int) -> Revision | None:
    """Return a revision, None when there is none of that number."""
    row = connection.execute("SELECT * FROM revision WHERE number = ?", (number,)).fetchone()
    return None if row is None else _revision(row)


def read_revisions(
    connection: sqlite3.Connection, after: int = -1, limit: int | None = None, *, newest_first: bool = False
) -> Iterator[Revision]:
    """Give the revisions with a number above `after`."""
    order = "DESC" if newest_first else "ASC"
    rows = connection.execute(
        f"SELECT * FROM revision WHERE number > ? ORDER BY number {order} LIMIT ?", (after, _limit(limit))
    )
    return map(_revision, rows)


def add_revision(connection: sqlite3.Connection, revision: Revision) -> None:
    """Keep a revision, or another form of one."""
    who = revision.actor
    connection.execute(
        "INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET"
        " at = excluded.at, digest = excluded.digest, actor = excluded.actor, account = excluded.account,"
        " established = excluded.established, source = excluded.source, scope = excluded.scope,"
        " message = excluded.message, counts = excluded.counts, changes = excluded.changes",
        (
            revision.number,
            revision.at,
            revision.digest,
            who.name,
            who.account,
            who.established,
            revision.source,
            revision.scope,
            revision.message,
            encode(revision.counts).decode(),
            revision.rows,
        ),
    )


def read_parts(connection: sqlite3.Connection, revision: int) -> Iterator[Part]:
    """Give the parts of a revision, in order."""
    rows = connection.execute(
        "SELECT seq, kind, first, last, count, digest, data FROM revision_part WHERE revision = ? ORDER BY seq",
        (revision,),
    )
    return (Part(*row) for row in rows)


def add_parts(connection: sqlite3.Connection, revision: int, parts: Iterable[Part]) -> None:
    """Keep the parts of a revision that is there."""
    connection.executemany(
        "INSERT INTO revision_part VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((revision, part.seq, part.kind, part.first, part.last, part.count, part.digest, part.data) for part in parts),
    )


def read_runs(
    connection: sqlite3.Connection, source: str | None, scope: str | None, limit: int | None
) -> Iterator[Run]:
    """Give import runs, newest first."""
    rows = connection.execute(
        "SELECT * FROM run WHERE source = ifnull(?, source) AND scope = ifnull(?, scope) ORDER BY number DESC LIMIT ?",
        (source, scope, _limit(limit)),
    )
    return map(_run, rows)


def _run(row: Sequence[Any]) -> Run:
    number, revision, source, scope, actor, account, established, started, finished = row[:9]
    complete, refreshes, exported_at, files, counts, problems, seen = row[9:]
    draft = RunDraft(
        source=source,
        scope=scope,
        actor=Actor(actor, account, established),
        started_at=started,
        finished_at=finished,
        complete=bool(complete),
        refreshes=bool(refreshes),
        exported_at=exported_at,
        files=msgspec.json.decode(files),
        counts=_object(counts),
        problems=problems,
        seen=seen,
    )
    return Run(number, revision, draft)


def add_run(connection: sqlite3.Connection, revision: int, draft: RunDraft, number: int | None = None) -> None:
    """Keep a run, under the next number where none is given."""
    who = draft.actor
    connection.execute(
        "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            revision,
            draft.source,
            draft.scope,
            who.name,
            who.account,
            who.established,
            draft.started_at,
            draft.finished_at,
            draft.complete,
            draft.refreshes,
            draft.exported_at,
            encode(draft.files).decode(),
            encode(draft.counts).decode(),
            draft.problems,
            draft.seen,
        ),
    )


def read_baselines(connection: sqlite3.Connection) -> list[Baseline]:
    """Return the baselines, oldest first."""
    rows = connection.execute(
        "SELECT name, revision, at, actor, account, established, note FROM baseline ORDER BY at, name"
    )
    return [
        Baseline(name, revision, at, Actor(actor, account, established), note)
        for name, revision, at, actor, account, established, note in rows
    ]


def add_baseline(connection: sqlite3.Connection, baseline: Baseline) -> None:
    """Keep a baseline of a name that is not given yet."""
    who = baseline.actor
    connection.execute(
        "INSERT INTO baseline VALUES (?, ?, ?, ?, ?, ?, ?)",
        (baseline.name, baseline.revision, baseline.at, who.name, who.account, who.established, baseline.note),
    )


def _object(text: str) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])


def _limit(limit: int | None) -> int:
    return -1 if limit is None else limit
