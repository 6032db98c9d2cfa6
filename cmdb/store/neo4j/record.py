"""The one `:Record` node: where the record stands, and the fence that every transaction of a writer passes first.

    head >= applied >= 0      revisions up to `head` are decided, up to `applied` in the graph of items
    position                  how many steps of revision `applied` + 1 are in the graph already
    base, pages, packed       the revision whose so many documents are packed in so many `:DocumentPage` nodes (0: none)
    overlaid                  how many changes there are in the revisions after `base`
    purges, purging           how many purges were decided, and the ids of the last one while it goes on

A writer whose lease lapsed and was taken over can pass no fence, so it changes nothing any more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import neo4j

from cmdb.errors import StoreDamaged, StoreMissing, StoreMoved
from cmdb.history.codec import unpack_ids
from cmdb.model import RecordIdentity, Revision
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.structs import revision_of

__all__ = ["LEASE_SECONDS", "RECORD", "UNTIL_INDEXED", "RecordState", "fence", "missing", "read_state", "state_of"]

LEASE_SECONDS: Final = 30
"""How long, by the server's clock, a writer that says nothing keeps the right to write."""

RECORD: Final = "(r:Record {cmdb_id: 'record'})"

_STATE = (
    f"CYPHER replan=skip MATCH {RECORD} OPTIONAL MATCH (v:Revision {{cmdb_id: toString(r.head)}}) "
    "USING INDEX v:Revision(cmdb_id) RETURN r, v"
)

# The first SET takes the node's lock, so that what is read after it is what stands.
_FENCE = (
    f"CYPHER replan=skip MATCH {RECORD} SET r.touched = $token WITH r WHERE r.writer = $token "
    f"SET r.writer_until = datetime.realtime() + duration({{seconds: {LEASE_SECONDS}}}) RETURN r"
)


@dataclass(frozen=True, slots=True)
class RecordState:
    """The `:Record` node as it was read."""

    identity: RecordIdentity
    head: int
    applied: int
    position: int
    base: int
    pages: int
    packed: int
    overlaid: int
    runs: int
    purges: int
    purging: frozenset[str]
    last_commit: str


def missing(address: str) -> StoreMissing:
    """Return the error for a database without a record."""
    return StoreMissing(
        f"there is no record at {address}; name another with --store or NEO4J_DATABASE, or begin one with: cmdb init"
    )


UNTIL_INDEXED: Final = (0.0, 0.001, 0.005, *(0.02,) * 100)
"""Seconds to wait, one after the other, for a revision that the head names already."""


def state_of(node: Any) -> RecordState:
    """Return the state that the node tells."""
    return RecordState(
        identity=RecordIdentity(node["uuid"], node["schema_version"], node["created_at"]),
        head=node["head"],
        applied=node["applied"],
        position=node["position"],
        base=node["base"],
        pages=node["pages"],
        packed=node["packed"],
        overlaid=node["overlaid"],
        runs=node["runs"],
        purges=node["purges"],
        purging=frozenset(unpack_ids(node["purging"] or b"")),
        last_commit=node["last_commit"] or "",
    )


def read_state(connection: Connection) -> tuple[RecordState, Revision]:
    """Return where the record stands and its newest revision; raises StoreMissing."""
    for wait in UNTIL_INDEXED:
        found = connection.rows(_STATE)
        if not found:
            raise missing(connection.address)
        if found[0]["v"] is not None:
            return state_of(found[0]["r"]), revision_of(found[0]["v"])
        # A commit reaches the nodes before the indexes: the head may tell of a revision that is found a moment later.
        time.sleep(wait)
    number = found[0]["r"]["head"]
    raise StoreDamaged(
        f"the record at {connection.address} has no revision {number}, which it names as its newest; "
        "restore it from a backup"
    )


def fence(tx: neo4j.Transaction, token: str) -> RecordState:
    """Pass as the writer that holds the lease, which is renewed; what is returned stands until the commit.

    Raises StoreMoved when another writer took over.
    """
    found = tx.run(_FENCE, token=token).single()
    if found is None:
        raise StoreMoved(
            "the right to write was lost, for this program was silent too long and another took over; do it again"
        )
    return state_of(found["r"])
