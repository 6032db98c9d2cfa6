"""The text of every statement that writes the graph of items; values are always parameters.

What creates is apart from what updates, which looks first: a step that creates is never done twice, for `applying`
counts steps in the transactions that do them. One text creates items of all classes, and one relationships of all
types, with names from the whitelist as parameters: planning a text a class costs a small server more than the work.
Only what creates or sets may be so; a MATCH by a dynamic type would read the whole store, so those are rendered.
"""

from __future__ import annotations

import functools
from typing import Final

from cmdb.store.neo4j.names import quoted

__all__ = [
    "CREATE_ITEM",
    "CREATE_PLAIN_RELATIONSHIP",
    "CREATE_POOL",
    "CREATE_RELATIONSHIP",
    "DROP_DENIED",
    "DROP_ITEM",
    "DROP_POOL",
    "PUT_DENIED",
    "UPDATE_ITEM",
    "UPDATE_POOL",
    "drop_relationship",
    "update_relationship",
]

_EACH: Final = "CYPHER replan=skip UNWIND $rows AS row "  # a plan by index is right whatever the graph grows to
_ENDS: Final = "MATCH (a:CI {id: row[0]}) USING INDEX a:CI(id) MATCH (b:CI {id: row[1]}) USING INDEX b:CI(id) "

CREATE_ITEM: Final = f"{_EACH}CREATE (n:CI:$(row[0])) SET n = row[1]"
"""Rows of (label, properties)."""

UPDATE_ITEM: Final = f"{_EACH}MERGE (n:CI {{id: row[2].id}}) REMOVE n:$(row[0]) SET n:$(row[1]), n = row[2]"
"""Rows of (label before, label, properties). Labels that people added by hand stay."""

DROP_ITEM: Final = f"{_EACH}MATCH (n:CI {{id: row}}) USING INDEX n:CI(id) DETACH DELETE n"
"""Rows of ids."""

CREATE_RELATIONSHIP: Final = f"{_EACH}{_ENDS}CREATE (a)-[r:$(row[2])]->(b) SET r = row[3]"
"""Rows of (from id, to id, type, properties)."""

CREATE_PLAIN_RELATIONSHIP: Final = f"{_EACH}{_ENDS}CREATE (a)-[:$(row[2]) {{key: row[3]}}]->(b)"
"""Rows of (from id, to id, type, key), for the many that say nothing more."""

CREATE_POOL: Final = (
    f"{_EACH}MATCH (c:CI {{id: row.consumer}}) USING INDEX c:CI(id) CREATE (c)-[:HAS_POOL]->(p:Pool) SET p = row"
)
"""Rows of properties."""

UPDATE_POOL: Final = (
    f"{_EACH}MATCH (c:CI {{id: row.consumer}}) USING INDEX c:CI(id) "
    "MERGE (p:Pool {cmdb_id: row.cmdb_id}) SET p = row MERGE (c)-[:HAS_POOL]->(p)"
)
"""Rows of properties."""

DROP_POOL: Final = f"{_EACH}MATCH (p:Pool {{cmdb_id: row}}) DETACH DELETE p"
PUT_DENIED: Final = f"{_EACH}MERGE (d:Denied {{cmdb_id: row.cmdb_id}}) SET d = row"
DROP_DENIED: Final = f"{_EACH}MATCH (d:Denied {{cmdb_id: row}}) DELETE d"


@functools.cache
def update_relationship(type_: str) -> str:
    """Return the statement for rows of (from id, to id, properties) of relationships of one type."""
    return f"{_EACH}{_ENDS}MERGE (a)-[r:{quoted(type_)} {{key: row[2].key}}]->(b) SET r = row[2]"


@functools.cache
def drop_relationship(type_: str) -> str:
    """Return the statement for rows of (from id, to id, key) of relationships of one type."""
    return f"{_EACH}{_ENDS}MATCH (a)-[r:{quoted(type_)} {{key: row[2]}}]->(b) DELETE r"
