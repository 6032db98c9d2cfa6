"""What the store finds about itself, for `cmdb doctor`. Reads only; says of each finding whether it is well."""

from __future__ import annotations

import importlib

from cmdb.history.codec import chain_digest
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.journal import headers_of
from cmdb.store.neo4j.names import OWN_LABELS
from cmdb.store.neo4j.reading import Neo4jView
from cmdb.store.neo4j.record import RECORD, RecordState
from cmdb.store.neo4j.schema import VERSION, schema_state
from cmdb.store.neo4j.structs import revision_of
from cmdb.store.protocol import Health

__all__ = ["codec", "findings"]

_SERVER = "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' RETURN versions[0], edition"
_WRITER = (
    f"MATCH {RECORD} WHERE r.writer IS NOT NULL "
    "RETURN r.writer_name, toString(r.writer_since), r.writer_until < datetime.realtime()"
)


def codec() -> str:
    """Return which codec the driver uses; only a private module of it tells."""
    packing = importlib.import_module("neo4j._codec.packstream.v1")
    if getattr(packing, "_rust_pack", None) is None:
        return "pure Python; `pip install neo4j-rust-ext` is faster"
    return "Rust (neo4j-rust-ext)"


def findings(connection: Connection, view: Neo4jView, state: RecordState) -> list[Health]:
    """Return every finding."""
    return [
        _server(connection),
        Health("driver", True, f"codec: {codec()}"),
        _schema(connection, state),
        _history(connection, state),
        _unfinished(connection, state),
        _writer(connection),
        _graph(connection, view),
        _foreign(connection),
    ]


def _server(connection: Connection) -> Health:
    version, edition = connection.rows(_SERVER)[0].values()
    return Health("server", True, f"Neo4j {version} {edition}, database {connection.database}, {connection.address}")


def _schema(connection: Connection, state: RecordState) -> Health:
    version = state.identity.schema_version
    schema = schema_state(connection)
    said = f"version {version} of {VERSION}"
    if schema.missing:
        said += f"; missing: {', '.join(schema.missing)}; run any command with --store that writes, after `cmdb init`"
    if schema.not_online:
        said += f"; not in use yet: {', '.join(schema.not_online)}; wait until the server has built them"
    fine = version == VERSION and not schema.missing and not schema.not_online
    return Health("schema", fine, said if not fine else f"{said}, constraints and indexes are there")


def _history(connection: Connection, state: RecordState) -> Health:
    digests: dict[int, list[str]] = {}
    for header in headers_of(connection, 0, state.head):
        digests.setdefault(header.revision, []).append(header.digest)
    broken = []
    before = ""
    rows = connection.rows("MATCH (v:Revision) WHERE v.number <= $head RETURN v ORDER BY v.number", head=state.head)
    for row in rows:
        revision = revision_of(row["v"])
        if revision.digest != chain_digest(before, digests.get(revision.number, ())):
            broken.append(revision.number)
        before = revision.digest
    if broken or len(rows) != state.head + 1:
        said = f"revisions {broken[:10]} are not what was written" if broken else "revisions are missing"
        return Health("history", False, f"{said}; restore a backup")
    return Health("history", True, "digests chain")


def _unfinished(connection: Connection, state: RecordState) -> Health:
    open_parts = connection.rows(
        "MATCH (p:RevisionPart) WHERE p.revision > $head OR p.revision < 0 RETURN count(p)", head=state.head
    )[0][0]
    pending = state.head - state.applied
    said = []
    if pending:
        said.append(f"{pending} revisions are decided and not yet in the graph of items")
    if open_parts:
        said.append(f"{open_parts} parts of a revision that was never decided are left")
    if state.purging:
        said.append("a purge was cut off")
    if said:
        return Health("unfinished work", False, "; ".join(said) + "; the next command that writes finishes it")
    return Health("unfinished work", True, "none")


def _writer(connection: Connection) -> Health:
    found = connection.rows(_WRITER)
    if not found:
        return Health("writer", True, "nobody writes")
    name, since, lapsed = found[0].values()
    return Health("writer", True, f"{name} since {since}" + (", silent; the next writer takes over" if lapsed else ""))


def _graph(connection: Connection, view: Neo4jView) -> Health:
    columns = view.columns()
    record = (len(columns.item_ids), len(columns.relationship_from), len(columns.pool_names))
    items = connection.rows("MATCH (n:CI) WHERE n.external_ids IS NOT NULL RETURN count(n)")[0][0]
    links = connection.rows("MATCH (:CI)-[r]->(:CI) RETURN count(r)")[0][0]
    pools = connection.rows("MATCH (:CI)-[:HAS_POOL]->(p:Pool) RETURN count(p)")[0][0]
    if (items, pools) != (record[0], record[2]) or links < record[1]:  # more links: people added some of their own
        return Health(
            "graph",
            False,
            f"the graph has {items} items, {links} relationships and {pools} pools, the record "
            f"{record[0]}, {record[1]} and {record[2]}; let a command that writes finish, and when it stays so, "
            "somebody edited the graph by hand: move the record to an empty database with `cmdb move`",
        )
    return Health("graph", True, f"{items} items, {links} relationships and {pools} pools, as in the record")


def _foreign(connection: Connection) -> Health:
    labels = "|".join(sorted(OWN_LABELS))
    text = (
        f"MATCH (n:{labels}) WHERE n.cmdb_id IS NOT NULL OR (n:CI AND n.external_ids IS NOT NULL) "
        "OR (n:Pool AND EXISTS { (n)<-[:HAS_POOL]-(:CI) }) RETURN count(n)"
    )
    ours = connection.rows(text)[0][0]
    every = connection.rows("MATCH (n) RETURN count(n)")[0][0]
    return Health("foreign nodes", True, f"{every - ours}, which are left alone")
