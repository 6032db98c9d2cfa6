"""How items are erased. Takes ids within the right to write, leaves no value of theirs.

    decide   the revision of the purge is made and the ids are put on the `:Record` node: no reader sees them any more
    rewrite  history, runs, pages and graph are written without them, revision by revision
    forget   the ids go from the `:Record` node

What a crash cuts off, the next writer does again; each step may be done twice. What goes from the history is decided
in `cmdb.store.erasing`, alike for both keepers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import neo4j

from cmdb.history.codec import Part, chain_digest, pack_ids, unpack_ids
from cmdb.model import KINDS, Revision, RevisionDraft
from cmdb.store.erasing import parts_without
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.journal import PartHeader, headers_of, read_parts, stage_parts
from cmdb.store.neo4j.pages import drop_pages, write_pages
from cmdb.store.neo4j.reading import Neo4jView
from cmdb.store.neo4j.record import RECORD, RecordState, fence, read_state
from cmdb.store.neo4j.structs import revision_of, revision_properties
from cmdb.store.succession import next_revision

__all__ = ["finish", "purge"]

_DECIDE: Final = (
    f"CREATE (v:Revision) SET v = $revision WITH v MATCH {RECORD} "
    "SET r.head = v.number, r.digest = v.digest, r.purges = r.purges + 1, r.purging = $ids"
)
_REPLACE: Final = (
    "MATCH (p:RevisionPart {revision: $number}) WHERE p.generation < $generation DELETE p",
    "MATCH (p:RevisionPart {revision: -$number}) SET p.revision = $number",
    "MATCH (v:Revision {cmdb_id: toString($number)}) SET v.rows = $changes",
)
_REDIGEST: Final = "UNWIND $rows AS row MATCH (v:Revision {cmdb_id: row.cmdb_id}) SET v = row"
_ERASE: Final = (
    "UNWIND $ids AS id MATCH (:CI {id: id})-[:HAS_POOL]->(p:Pool) WITH p LIMIT 1000 DETACH DELETE p RETURN count(*)",
    "MATCH (d:Denied) WHERE any(id IN d.items WHERE id IN $ids) WITH d LIMIT 1000 DELETE d RETURN count(*)",
    "UNWIND $ids AS id MATCH (:CI {id: id})-[r]-() WITH DISTINCT r LIMIT 1000 DELETE r RETURN count(*)",
    "UNWIND $ids AS id MATCH (n:CI {id: id}) WITH n LIMIT 1000 DETACH DELETE n RETURN count(*)",
)
_FORGET: Final = f"MATCH {RECORD} SET r.applied = r.head, r.position = 0, r.purging = null"
_IDS_AT_ONCE = 500


def purge(
    connection: Connection, token: str, view: Neo4jView, doomed: frozenset[str], draft: RevisionDraft
) -> dict[str, Any]:
    """Erase items everywhere; returns how much of what went. Without anything to erase no revision is made."""
    touching = view.touching(doomed)
    erased = {
        "items": len(view.get("item", doomed)),
        "relationships": len(touching["relationship"]),
        "pools": len(touching["pool"]),
    }
    head, erased["changes"] = _chained_anew(connection, view.revision, doomed)
    if not any(erased.values()):
        _erase_seen(connection, token, doomed)
        return {**erased, "notes": []}
    told = msgspec.structs.replace(draft, counts={**draft.counts, "erased": dict(erased)})
    revision = next_revision(head, told, (), 0)

    def decide(tx: neo4j.Transaction) -> None:
        state = fence(tx, token)
        if state.head != revision.number:  # else done before, and only the answer was lost
            tx.run(_DECIDE, revision=revision_properties(revision), ids=pack_ids(doomed)).consume()

    connection.write(decide)
    finish(connection, token, read_state(connection)[0])
    return {**erased, "notes": []}


def finish(connection: Connection, token: str, state: RecordState) -> None:
    """Rewrite what still tells of the items of a purge that was decided, and forget their ids."""
    doomed = state.purging
    before = ""
    stale: list[Revision] = []
    for revision, headers in _history(connection, state.head):
        parts, gone = parts_without(lambda headers=headers: _parts(connection, headers), doomed)  # type: ignore[misc]
        if gone:
            _replace_parts(connection, token, revision.number, parts, state.purges)
        digests = [part.digest for part in parts] if gone else [header.digest for header in headers]
        anew = msgspec.structs.replace(revision, digest=chain_digest(before, digests), rows=revision.rows - gone)
        if anew != revision:
            stale.append(anew)
        before = anew.digest
    _redigest(connection, token, stale)
    _erase_seen(connection, token, doomed)
    if state.base not in (0, state.head):
        _, head = read_state(connection)
        view = Neo4jView(connection, state, head)
        everything = ((kind, view.documents(kind)) for kind in KINDS)
        write_pages(connection, token, state.head, state.base, everything)
    drop_pages(connection, token, [state.head])
    ids = sorted(doomed)
    for start in range(0, len(ids), _IDS_AT_ONCE):
        for text in _ERASE:
            _repeat(connection, token, text, ids[start : start + _IDS_AT_ONCE])

    def forget(tx: neo4j.Transaction) -> None:
        fence(tx, token)
        tx.run(_FORGET).consume()

    connection.write(forget)


def _chained_anew(connection: Connection, head: Revision, doomed: frozenset[str]) -> tuple[Revision, int]:
    """Return the head as it will be in a history without the items, and how many changes go from it."""
    before, total = "", 0
    for revision, headers in _history(connection, head.number):
        parts, gone = parts_without(lambda headers=headers: _parts(connection, headers), doomed)  # type: ignore[misc]
        digests = [part.digest for part in parts] if gone else [header.digest for header in headers]
        total += gone
        before = chain_digest(before, digests) if total else revision.digest
        head = msgspec.structs.replace(revision, digest=before)
    return head, total


def _history(connection: Connection, upto: int) -> Iterator[tuple[Revision, list[PartHeader]]]:
    headers: dict[int, list[PartHeader]] = {}
    for header in headers_of(connection, 0, upto):
        headers.setdefault(header.revision, []).append(header)
    rows = connection.rows("MATCH (v:Revision) WHERE v.number <= $upto RETURN v ORDER BY v.number", upto=upto)
    for row in rows:
        revision = revision_of(row["v"])
        yield revision, headers.get(revision.number, [])


def _parts(connection: Connection, headers: Sequence[PartHeader]) -> Iterator[Part]:
    return (part for _, part in read_parts(connection, headers))


def _replace_parts(connection: Connection, token: str, number: int, parts: Sequence[Part], generation: int) -> None:
    """Put parts in place of those of a revision: written beside them first, under a number nobody reads."""
    stage_parts(connection, token, -number, parts, generation)

    def turn(tx: neo4j.Transaction) -> None:
        fence(tx, token)
        for text in _REPLACE:
            tx.run(text, number=number, generation=generation, changes=sum(part.count for part in parts)).consume()

    connection.write(turn)


def _redigest(connection: Connection, token: str, revisions: Sequence[Revision]) -> None:
    for start in range(0, len(revisions), 1_000):
        rows = [revision_properties(revision) for revision in revisions[start : start + 1_000]]

        def put(tx: neo4j.Transaction, rows: list[dict[str, Any]] = rows) -> None:
            fence(tx, token)
            tx.run(_REDIGEST, rows=rows).consume()

        connection.write(put)


def _erase_seen(connection: Connection, token: str, doomed: frozenset[str]) -> None:
    """Let no run tell that its source showed one of the items."""
    for (number,) in connection.rows("MATCH (i:ImportRun) WHERE i.seen IS NOT NULL RETURN i.number"):
        row = connection.rows("MATCH (i:ImportRun {cmdb_id: $id}) RETURN i.seen", id=str(number))[0]
        seen = unpack_ids(bytes(row[0]))
        if doomed.isdisjoint(seen):
            continue
        left = pack_ids(id_ for id_ in seen if id_ not in doomed)

        def put(tx: neo4j.Transaction, number: int = number, left: bytes = left) -> None:
            fence(tx, token)
            tx.run("MATCH (i:ImportRun {cmdb_id: $id}) SET i.seen = $left", id=str(number), left=left).consume()

        connection.write(put)


def _repeat(connection: Connection, token: str, text: str, ids: Sequence[str]) -> None:
    """Do a bounded step until there is nothing left for it."""

    def step(tx: neo4j.Transaction) -> int:
        fence(tx, token)
        return int(tx.run(text, ids=list(ids)).single(strict=True)[0])

    while connection.write(step):
        pass
