"""How papers lie in the graph: a node a version, told from all others by its place in the order of writing.

    (:Record {papers: n})     as many `:Paper` nodes count, numbered from 1

Takes drafts, gives papers. The record's node is locked first, so that two writers make two versions or one conflict.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import neo4j

from cmdb.errors import StoreDamaged
from cmdb.model import Actor, Paper, PaperDraft
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.record import RECORD, UNTIL_INDEXED
from cmdb.store.succession import next_paper

__all__ = ["numbered", "put_paper", "read_papers", "rewrite_papers"]

_LOCK: Final = f"MATCH {RECORD} SET r.touched = $token RETURN r.head AS head, coalesce(r.papers, 0) AS papers"
_FOUND: Final = "UNWIND $ids AS id MATCH (p:Paper {cmdb_id: id}) RETURN count(p) AS found"
_STANDING: Final = "MATCH (p:Paper {kind: $kind, key: $key}) RETURN p ORDER BY p.version DESC LIMIT 1"
_KNOWN: Final = "MATCH (p:Paper {kind: $kind}) WHERE p.version = 1 RETURN count(p) AS known"
_CREATE: Final = f"MATCH {RECORD} SET r.papers = $number CREATE (p:Paper) SET p = $row"
_BY_NUMBER: Final = "UNWIND $ids AS id MATCH (p:Paper {cmdb_id: id}) RETURN p"
_LAST: Final = (
    f"MATCH {RECORD} WITH coalesce(r.papers, 0) AS papers OPTIONAL MATCH (p:Paper {{cmdb_id: toString(papers)}}) "
    "RETURN papers, p.kind AS kind, p.key AS key, p.version AS version"
)
_NAMED: Final = "MATCH (p:Paper {kind: $kind, key: $key}) WHERE p.version = $version RETURN p.cmdb_id"
_OF: Final = "MATCH (p:Paper) WHERE p.kind = $kind AND p.key IS NOT NULL AND ($key IS NULL OR p.key = $key) "
_VERSIONS_OF: Final = f"{_OF} RETURN p.cmdb_id AS id ORDER BY toInteger(id)"
_NEWEST_OF: Final = (
    f"{_OF} WITH p.key AS key, min(toInteger(p.cmdb_id)) AS begun, max(toInteger(p.cmdb_id)) AS last "
    "RETURN toString(last) AS id ORDER BY begun"
)
_REWRITE: Final = (
    "UNWIND $rows AS row MATCH (p:Paper {cmdb_id: row.id}) SET p.document = row.document, p.note = row.note"
)
_PAPERS_AT_ONCE: Final = 1_000


def put_paper(connection: Connection, draft: PaperDraft, upon: int) -> Paper:
    """Keep the next version of a paper; raises EditConflict when another than `upon` stands."""
    tries = 0

    def put(tx: neo4j.Transaction) -> Paper:
        nonlocal tries
        tries += 1
        record = tx.run(_LOCK, token="paper").single(strict=True)
        _wait(tx, record["papers"])
        standing = None
        if draft.key:
            found = tx.run(_STANDING, kind=draft.kind, key=draft.key).single()
            standing = None if found is None else _paper(found["p"])
        if tries > 1 and standing is not None and standing.version == upon + 1 and _says(standing, draft):
            return standing  # done before, and only the answer was lost
        known = tx.run(_KNOWN, kind=draft.kind).single(strict=True)["known"]
        paper = next_paper(draft, upon, standing, known, record["head"])
        number = record["papers"] + 1
        tx.run(_CREATE, number=number, row=_properties(paper, number)).consume()
        return paper

    return connection.write(put)


def read_papers(connection: Connection, kind: str | None, key: str | None, newest: bool) -> Iterator[Paper]:
    """Give versions in the order in which they were written; the newest of each in the order of their first."""
    if kind is None:
        every = _every(connection)
        if newest:
            last = {(paper.kind, paper.key): paper for paper in every}
            every = iter(last.values())
        yield from (paper for paper in every if key in (None, paper.key))
        return
    if not _until_named(connection):
        return
    ends = [row["id"] for row in connection.rows(_NEWEST_OF if newest else _VERSIONS_OF, kind=kind, key=key)]
    for start in range(0, len(ends), _PAPERS_AT_ONCE):
        nodes = connection.rows(_BY_NUMBER, ids=ends[start : start + _PAPERS_AT_ONCE])
        found = {row["p"]["cmdb_id"]: row["p"] for row in nodes}
        yield from (_paper(found[each]) for each in ends[start : start + _PAPERS_AT_ONCE])


def rewrite_papers(connection: Connection, rewritten: Callable[[Paper], Paper | None]) -> int:
    """Put other documents and notes in the place of those of papers; returns how many were rewritten."""
    rows = [
        {"id": str(number), "document": after.document.decode(), "note": after.note}
        for number, before in enumerate(_every(connection), 1)
        if (after := rewritten(before)) is not None
    ]
    for start in range(0, len(rows), _PAPERS_AT_ONCE):
        batch = rows[start : start + _PAPERS_AT_ONCE]
        connection.write(lambda tx, batch=batch: tx.run(_REWRITE, rows=batch).consume())  # type: ignore[misc]
    return len(rows)


def _until_named(connection: Connection) -> int:
    """Wait until both indexes find the newest paper of the record, and return how many papers it has.

    Writers follow one another, for each locks the record's node; so at most the last paper can be missing in an index.
    """
    for wait in UNTIL_INDEXED:
        row = connection.rows(_LAST)[0]
        papers = int(row["papers"])
        if not papers or (row["kind"] is not None and connection.rows(_NAMED, **row.data())):
            return papers
        time.sleep(wait)
    raise _lost(connection.address)


def _every(connection: Connection) -> Iterator[Paper]:
    count = connection.rows(f"MATCH {RECORD} RETURN coalesce(r.papers, 0)")[0][0]
    for start in range(1, count + 1, _PAPERS_AT_ONCE):
        ids = [str(number) for number in range(start, min(start + _PAPERS_AT_ONCE, count + 1))]
        for wait in UNTIL_INDEXED:
            nodes = [row["p"] for row in connection.rows(_BY_NUMBER, ids=ids)]
            if len(nodes) == len(ids):
                break
            time.sleep(wait)
        else:
            raise _lost(connection.address)
        for node in sorted(nodes, key=lambda node: int(node["cmdb_id"])):
            yield _paper(node)


def _properties(paper: Paper, number: int) -> dict[str, Any]:
    """Return the properties of a version's node."""
    return {
        "cmdb_id": str(number),
        "kind": paper.kind,
        "key": paper.key,
        "version": paper.version,
        "at": paper.at,
        "actor": paper.actor.name,
        "account": paper.actor.account,
        "established": paper.actor.established,
        "revision": paper.revision,
        "note": paper.note,
        "document": paper.document.decode(),
    }


def numbered(papers: Iterable[Paper]) -> Iterator[dict[str, Any]]:
    """Give the properties of the nodes of a whole record's papers, in the order of writing."""
    for number, paper in enumerate(papers, 1):
        yield _properties(paper, number)


def _says(paper: Paper, draft: PaperDraft) -> bool:
    return (paper.document, paper.actor, paper.note) == (draft.document, draft.actor, draft.note)


def _wait(tx: neo4j.Transaction, count: int) -> None:
    """Wait the moment until the index finds the newest paper, which the record's node tells of."""
    ids = [str(count)] if count else []
    for wait in UNTIL_INDEXED:
        if tx.run(_FOUND, ids=ids).single(strict=True)["found"] == len(ids):
            return
        time.sleep(wait)
    raise _lost("this address")


def _lost(address: str) -> StoreDamaged:
    return StoreDamaged(f"papers of the record at {address} are missing; restore it from a backup")


def _paper(node: Mapping[str, Any]) -> Paper:
    return Paper(
        kind=node["kind"],
        key=node["key"],
        version=node["version"],
        at=node["at"],
        actor=Actor(node["actor"], node["account"], node["established"]),
        revision=node["revision"],
        document=node["document"].encode(),
        note=node["note"],
    )
