"""How items are erased from the file. Takes ids within a write transaction, leaves no value of theirs.

What goes from the history is decided in `cmdb.store.erasing`; here it goes from the tables and from the bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from cmdb.history.codec import chain_digest, pack_ids, unpack_ids
from cmdb.model import Revision, RevisionDraft
from cmdb.store.erasing import parts_without
from cmdb.store.sqlite.rows import add_parts, add_revision, read_head, read_parts, read_revisions
from cmdb.store.succession import next_revision

__all__ = ["erase", "overwrite_free_space"]


def erase(
    connection: sqlite3.Connection, doomed: frozenset[str], draft: RevisionDraft
) -> tuple[Revision, dict[str, int]]:
    """Erase items from the tables and the history; returns the head and how much of what went.

    The purge is kept as a revision without changes, whose `counts` tell how much was erased under "erased".
    """
    erased = _erase_present(connection, doomed)
    erased["changes"] = _erase_past(connection, doomed)
    _erase_seen(connection, doomed)
    head = read_head(connection)
    if not any(erased.values()):
        return head, erased
    told = msgspec.structs.replace(draft, counts={**draft.counts, "erased": erased})
    revision = next_revision(head, told, (), 0)
    add_revision(connection, revision)
    return revision, erased


def _erase_present(connection: sqlite3.Connection, doomed: Iterable[str]) -> dict[str, int]:
    connection.execute("CREATE TEMP TABLE doomed (id TEXT PRIMARY KEY)")
    connection.executemany("INSERT INTO doomed VALUES (?)", ((each,) for each in doomed))
    statements = {
        "relationships": "DELETE FROM relationship WHERE from_id IN (SELECT id FROM doomed)"
        " OR to_id IN (SELECT id FROM doomed)",
        "pools": "DELETE FROM pool WHERE consumer IN (SELECT id FROM doomed)",
        "items": "DELETE FROM item WHERE id IN (SELECT id FROM doomed)",
    }
    counts = {what: connection.execute(sql).rowcount for what, sql in statements.items()}
    connection.execute("DROP TABLE doomed")
    return {what: counts[what] for what in ("items", "relationships", "pools")}


def _erase_past(connection: sqlite3.Connection, doomed: frozenset[str]) -> int:
    """Write the history without the items; from the first revision that told of one, digests are chained anew."""
    erased = 0
    before = ""
    for revision in list(read_revisions(connection)):
        number = revision.number
        parts, gone = parts_without(lambda number=number: read_parts(connection, number), doomed)  # type: ignore[misc]
        if gone:
            connection.execute("DELETE FROM revision_part WHERE revision = ?", (number,))
            add_parts(connection, number, parts)
            erased += gone
        if erased:
            digests = [part.digest for part in parts] if gone else _digests(connection, number)
            revision = msgspec.structs.replace(
                revision, digest=chain_digest(before, digests), rows=revision.rows - gone
            )
            add_revision(connection, revision)
        before = revision.digest
    return erased


def _digests(connection: sqlite3.Connection, number: int) -> list[str]:
    rows = connection.execute("SELECT digest FROM revision_part WHERE revision = ? ORDER BY seq", (number,))
    return [digest for (digest,) in rows]


def _erase_seen(connection: sqlite3.Connection, doomed: frozenset[str]) -> None:
    """Let no run tell that its source showed one of the items."""
    for (number,) in connection.execute("SELECT number FROM run WHERE length(seen) > 0").fetchall():
        seen = unpack_ids(connection.execute("SELECT seen FROM run WHERE number = ?", (number,)).fetchone()[0])
        if not doomed.isdisjoint(seen):
            left = pack_ids(id_ for id_ in seen if id_ not in doomed)
            connection.execute("UPDATE run SET seen = ? WHERE number = ?", (left, number))


def overwrite_free_space(connection: sqlite3.Connection) -> list[str]:
    """Write the file anew, so that freed bytes are gone; returns what could not be done, in sentences."""
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA busy_timeout = 5000")
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError as error:
        return [
            f"the erased bytes are still in the file, for it could not be written anew ({error}); "
            "make room or end the other commands, then run VACUUM on the file"
        ]
    if busy:
        return [
            "another process is reading, so that erased bytes are left in the write-ahead log until it ends; "
            "end it and the next command that writes overwrites them"
        ]
    return []
