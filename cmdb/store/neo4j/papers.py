"""How papers lie in the graph: a node a version, told from all others by its place in the order of writing.

    (:Record {papers: n})     as many `:Paper` nodes count, numbered from 1

Takes drafts, gives papers. The record's node is locked first, so that two writers make two versions or one conflict.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import neo4j

from cmdb.errors import StoreDamaged
from cmdb.model import Actor, Paper, PaperDraft
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.record import RECORD, UNTIL_INDEXED
from cmdb.store.succession import next_paper

__all__ = ["numbered", "put_paper", "read_papers"]

_LOCK: Final = f"MATCH {RECORD} SET r.touched = $token RETURN r.head AS head, coalesce(r.papers, 0) AS papers"
_FOUND: Final = "UNWIND $ids AS id MATCH (p:Paper {cmdb_id: id}) RETURN count(p) AS found"
_STANDING: Final = "MATCH (p:Paper {kind: $kind, key: $key}) RETURN p ORDER BY p.version DESC LIMIT 1"
_KNOWN: Final = "MATCH (p:Paper {kind: $kind}) WHERE p.version = 1 RETURN count(p) AS known"
_CREATE: Final = f"MATCH {RECORD} SET r.papers = $number CREATE (p:Paper) SET p = $row"
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


def read_papers(connection: Connection, kind: str | None, key: str | None) -> Iterator[Paper]:
    """Give versions in the order in which they were written."""
    count = connection.rows(f"MATCH {RECORD} RETURN coalesce(r.papers, 0)")[0][0]
    text = "UNWIND $ids AS id MATCH (p:Paper {cmdb_id: id}) RETURN p"
    for start in range(1, count + 1, _PAPERS_AT_ONCE):
        ids = [str(number) for number in range(start, min(start + _PAPERS_AT_ONCE, count + 1))]
        for wait in UNTIL_INDEXED:
            nodes = [row["p"] for row in connection.rows(text, ids=ids)]
            if len(nodes) == len(ids):
                break
            time.sleep(wait)
        else:
            raise _lost(connection.address)
        for node in sorted(nodes, key=lambda node: int(node["cmdb_id"])):
            if kind in (None, node["kind"]) and key in (None, node["key"]):
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
