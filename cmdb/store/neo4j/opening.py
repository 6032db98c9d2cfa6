"""Opening a record in Neo4j. Takes a URL and credentials, gives a Neo4jStore, or one message that says what to do."""

from __future__ import annotations

import logging
import re
import warnings
from typing import Final
from urllib.parse import urlsplit

import neo4j
from neo4j.exceptions import GqlError

from cmdb.errors import SettingsError, StoreUnavailable, UsageError
from cmdb.store.neo4j import schema
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.errors import translated
from cmdb.store.neo4j.record import missing
from cmdb.store.neo4j.store import Neo4jStore
from cmdb.store.neo4j.structs import revision_properties
from cmdb.store.succession import first_revision, new_identity

__all__ = ["OLDEST_SERVER", "check_version", "open_neo4j"]

OLDEST_SERVER: Final = (5, 26)
"""The first version with all that the statements use."""

# What the driver has to say of a lost connection we say ourselves, or it was made again. Without a handler, Python
# prints it beside our answer; whoever sets up logging still gets it.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

_DATABASE: Final = "neo4j"  # what a server calls its only database unless it was told otherwise
_RECORD: Final = "MATCH (r:Record {cmdb_id: 'record'}) RETURN r.schema_version AS version"
_BEGIN: Final = (
    "MERGE (r:Record {cmdb_id: 'record'}) ON CREATE SET r += $record "
    "WITH r WHERE r.uuid = $record.uuid MERGE (v:Revision {cmdb_id: '0'}) SET v = $first"
)


def open_neo4j(
    url: str, username: str | None, password: str | None, database: str | None, *, create: bool
) -> Neo4jStore:
    """Open the record in a database; with `create`, begin one where there is none.

    Without a user the server must ask for none. Raises StoreMissing, StoreUnavailable, StoreDamaged for a record
    of a newer schema version, SettingsError for a connection that cannot be set up, and UsageError for a URL with a
    password in it.
    """
    if urlsplit(url).username or urlsplit(url).password:
        raise UsageError(
            "the URL of the store may not tell a user or a password; set NEO4J_USERNAME and NEO4J_PASSWORD"
        )
    connection = Connection(_driver(url, username, password), database or _DATABASE, url)
    try:
        check_version(connection.server_agent(), url)
        _prepare(connection, create=create)
    except BaseException:
        connection.close()
        raise
    return Neo4jStore(connection)


def _prepare(connection: Connection, *, create: bool) -> None:
    """See that there is a record of this program's schema version, beginning one where that is asked for."""
    found = connection.rows(_RECORD)
    if found:
        schema.migrate(connection, found[0]["version"])
    elif create:
        _begin(connection)
    else:
        raise missing(connection.address)


def _driver(url: str, username: str | None, password: str | None) -> neo4j.Driver:
    if username and password is None:
        raise SettingsError("NEO4J_USERNAME is set and NEO4J_PASSWORD is not; set both, or neither")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of previews of the driver, which tell a user nothing
            return neo4j.GraphDatabase.driver(
                url,
                auth=(username or "neo4j", password) if password is not None else None,
                notifications_min_severity="OFF",  # classes nobody uses yet would each be announced
                connection_timeout=10.0,
                connection_acquisition_timeout=30.0,
                liveness_check_timeout=30.0,
                user_agent="cmdb",
            )
    except GqlError as error:
        raise translated(error, url) from error
    except ValueError as error:
        raise UsageError(f"{url!r} is not the URL of a Neo4j server: {error}; write bolt://host:7687") from error


def check_version(agent: str, address: str) -> None:
    """Raise StoreUnavailable when what answers is no Neo4j 5.26 or newer; `agent` is what it calls itself."""
    found = re.match(r"Neo4j/(\d+)\.(\d+)", agent)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_SERVER:
        oldest = ".".join(map(str, OLDEST_SERVER))
        raise StoreUnavailable(f"{address} is {agent or 'no Neo4j'}, and Neo4j {oldest} or newer is needed; upgrade it")


def _begin(connection: Connection) -> None:
    """Make the schema and an empty record; another process may do so at the same moment, and one of them wins."""
    schema.install(connection)
    identity = new_identity(schema.VERSION)
    first = first_revision(identity)
    record = {
        "uuid": identity.uuid,
        "schema_version": identity.schema_version,
        "created_at": identity.created_at,
        **dict.fromkeys(("head", "applied", "position", "base", "pages", "packed", "overlaid", "runs", "purges"), 0),
        "digest": first.digest,
    }

    def begin(tx: neo4j.Transaction) -> None:
        tx.run(_BEGIN, record=record, first=revision_properties(first)).consume()

    connection.write(begin)
