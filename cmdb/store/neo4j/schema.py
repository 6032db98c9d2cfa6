"""What the database must have before data go in: constraints, indexes, and the steps from older versions.

Schema commands stand alone (Neo4j takes none beside data) and may be given again. Foreign labels are left alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import neo4j

from cmdb.errors import StoreDamaged, StoreMoved
from cmdb.store.neo4j.connection import Connection

__all__ = ["MIGRATIONS", "VERSION", "SchemaState", "install", "migrate", "schema_state"]

_KEYED: Final = (
    *("Record", "Revision", "RevisionPart", "DocumentPage", "ImportRun", "Baseline", "Setting"),
    "Denied",
)
_UNIQUE: Final = {
    "cmdb_ci_id": ("CI", "id"),
    **{f"cmdb_{label.lower()}_key": (label, "cmdb_id") for label in _KEYED},
}
# A class is looked up by its label, which Neo4j indexes by itself.
_RANGES: Final = {
    "cmdb_ci_name": ("CI", "name"),
    "cmdb_revisionpart_revision": ("RevisionPart", "revision"),
    "cmdb_documentpage_base": ("DocumentPage", "base"),
}
_FIRST: Final = (
    *(
        f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE n.{key} IS UNIQUE"
        for name, (label, key) in _UNIQUE.items()
    ),
    *(f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON (n.{key})" for name, (label, key) in _RANGES.items()),
)

_PAPERS: Final = (
    "CREATE CONSTRAINT cmdb_paper_key IF NOT EXISTS FOR (n:Paper) REQUIRE n.cmdb_id IS UNIQUE",
    "CREATE INDEX cmdb_paper_name IF NOT EXISTS FOR (n:Paper) ON (n.kind, n.key)",
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _PAPERS)
"""The schema commands that lead from version n to n + 1; each may be given again after a crash."""

VERSION: Final = len(MIGRATIONS)
"""The schema version that this program reads and writes."""


class SchemaState(NamedTuple):
    """What of the schema is not as it should be: names of constraints and indexes."""

    missing: list[str]
    not_online: list[str]


def install(connection: Connection, since: int = 0) -> None:
    """Make the schema of this program from that of version `since`, and wait until its indexes are up."""
    try:
        for commands in MIGRATIONS[since:]:
            for command in commands:
                connection.command(command)
        connection.command("CALL db.awaitIndexes(300)")
    except StoreMoved as error:  # a constraint that the data present break
        raise StoreDamaged(
            f"the database holds other data under a label of ours, so that no unique key can be had; "
            f"use an empty database ({error})"
        ) from error


def migrate(connection: Connection, version: int) -> None:
    """Bring a record of an older schema version to this program's; raises StoreDamaged for a newer one."""
    if version > VERSION:
        raise StoreDamaged(
            f"the record at {connection.address} has schema version {version}, and this program knows {VERSION}; "
            "use a newer cmdb"
        )
    if version == VERSION:
        return
    install(connection, version)

    def tell(tx: neo4j.Transaction) -> None:
        tx.run("MATCH (r:Record {cmdb_id: 'record'}) SET r.schema_version = $version", version=VERSION).consume()

    connection.write(tell)


def schema_state(connection: Connection) -> SchemaState:
    """Return which constraints and indexes are missing, and which indexes are not in use yet."""
    found = {row["name"]: row["state"] for row in connection.rows("SHOW INDEXES YIELD name, state")}
    constraints = {row["name"] for row in connection.rows("SHOW CONSTRAINTS YIELD name")}
    missing = sorted((_UNIQUE.keys() - constraints) | (_RANGES.keys() - found.keys()))
    ours = (_UNIQUE.keys() | _RANGES.keys()) & found.keys()
    return SchemaState(missing, sorted(name for name in ours if found[name] != "ONLINE"))
