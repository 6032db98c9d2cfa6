"""How papers lie in their table. Takes drafts within a write transaction, gives papers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from cmdb.model import Actor, Paper, PaperDraft
from cmdb.store.sqlite.rows import read_head
from cmdb.store.succession import next_paper

__all__ = ["add_paper", "put_paper", "read_papers", "rewrite_papers"]

_COLUMNS = "kind, key, version, at, actor, account, established, revision, note, document"


def put_paper(connection: sqlite3.Connection, draft: PaperDraft, upon: int) -> Paper:
    """Keep the next version of a paper; raises EditConflict when another than `upon` stands."""
    standing = None
    if draft.key:
        found = connection.execute(
            f"SELECT {_COLUMNS} FROM paper WHERE kind = ? AND key = ? ORDER BY version DESC LIMIT 1",
            (draft.kind, draft.key),
        ).fetchone()
        standing = None if found is None else _paper(found)
    known = connection.execute("SELECT count(*) FROM paper WHERE kind = ? AND version = 1", (draft.kind,)).fetchone()
    paper = next_paper(draft, upon, standing, known[0], read_head(connection).number)
    add_paper(connection, paper)
    return paper


def add_paper(connection: sqlite3.Connection, paper: Paper) -> None:
    """Keep a version as it is."""
    who = paper.actor
    connection.execute(
        f"INSERT INTO paper ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(paper.kind, paper.key, paper.version, paper.at, who.name, who.account, who.established),
            *(paper.revision, paper.note, paper.document),
        ),
    )


def read_papers(connection: sqlite3.Connection, kind: str | None, key: str | None, newest: bool) -> Iterator[Paper]:
    """Give versions in the order in which they were written; the newest of each in the order of their first."""
    wanted = {"kind": kind, "key": key}
    terms = [f"p.{name} = :{name}" for name, value in wanted.items() if value is not None]
    order = "p.seq"
    if newest:
        same = "FROM paper q WHERE q.kind = p.kind AND q.key = p.key"
        terms.append(f"p.version = (SELECT max(q.version) {same})")
        order = f"(SELECT q.seq {same} AND q.version = 1)"
    where = f"WHERE {' AND '.join(terms)}" if terms else ""
    return map(_paper, connection.execute(f"SELECT {_COLUMNS} FROM paper p {where} ORDER BY {order}", wanted))


def rewrite_papers(connection: sqlite3.Connection, rewritten: Callable[[Paper], Paper | None]) -> int:
    """Put other documents and notes in the place of those of papers; returns how many were rewritten."""
    found = [after for before in read_papers(connection, None, None, False) if (after := rewritten(before)) is not None]
    connection.executemany(
        "UPDATE paper SET document = ?, note = ? WHERE kind = ? AND key = ? AND version = ?",
        ((each.document, each.note, each.kind, each.key, each.version) for each in found),
    )
    return len(found)


def _paper(row: tuple) -> Paper:  # type: ignore[type-arg]
    kind, key, version, at, actor, account, established, revision, note, document = row
    return Paper(kind, key, version, at, Actor(actor, account, established), revision, document, note)
