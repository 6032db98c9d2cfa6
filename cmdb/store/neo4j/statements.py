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
    "BY_PLACE",
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
_CONSUMER: Final = f"{_EACH}MATCH (c:CI {{id: row[0]}}) USING INDEX c:CI(id) "
_ENDS: Final = (
    f"{_EACH}MATCH (a:CI {{id: row[0]}}) USING INDEX a:CI(id) MATCH (b:CI {{id: row[1]}}) USING INDEX b:CI(id) "
)
_PLACED_CONSUMER: Final = f"{_EACH}MATCH (c:CI) WHERE elementId(c) = row[0] "
_PLACED_ENDS: Final = f"{_EACH}MATCH (a:CI) WHERE elementId(a) = row[0] MATCH (b:CI) WHERE elementId(b) = row[1] "
_MAKE_RELATIONSHIP: Final = "CREATE (a)-[r:$(row[2])]->(b) SET r = row[3]"
_MAKE_PLAIN_RELATIONSHIP: Final = "CREATE (a)-[:$(row[2])]->(b)"
_MAKE_POOL: Final = "CREATE (c)-[:HAS_POOL]->(p:Pool) SET p = row[1]"

CREATE_ITEM: Final = f"{_EACH}CREATE (n:CI:$(row[0])) SET n = row[1]"
"""Rows of (label, properties)."""

UPDATE_ITEM: Final = f"{_EACH}MERGE (n:CI {{id: row[2].id}}) REMOVE n:$(row[0]) SET n:$(row[1]), n = row[2]"
"""Rows of (label before, label, properties). Labels that people added by hand stay."""

DROP_ITEM: Final = f"{_EACH}MATCH (n:CI {{id: row}}) USING INDEX n:CI(id) DETACH DELETE n"
"""Rows of ids."""

CREATE_RELATIONSHIP: Final = f"{_ENDS}{_MAKE_RELATIONSHIP}"
"""Rows of (from id, to id, type, properties)."""

CREATE_PLAIN_RELATIONSHIP: Final = f"{_ENDS}{_MAKE_PLAIN_RELATIONSHIP}"
"""Rows of (from id, to id, type), for the many that say nothing more and have no key."""

CREATE_POOL: Final = f"{_CONSUMER}{_MAKE_POOL}"
"""Rows of (consumer id, properties)."""

UPDATE_POOL: Final = f"{_CONSUMER}WITH row, c MATCH (c)-[:HAS_POOL]->(p:Pool {{name: row[1].name}}) SET p = row[1]"
"""Rows of (consumer id, properties)."""

DROP_POOL: Final = f"{_CONSUMER}WITH row, c MATCH (c)-[:HAS_POOL]->(p:Pool {{name: row[1]}}) DETACH DELETE p"
"""Rows of (consumer id, name)."""

PUT_DENIED: Final = f"{_EACH}MERGE (d:Denied {{cmdb_id: row.cmdb_id}}) SET d = row"
"""Rows of properties."""

DROP_DENIED: Final = f"{_EACH}MATCH (d:Denied {{cmdb_id: row}}) DELETE d"
"""Rows of keys."""

BY_PLACE: Final = {
    CREATE_RELATIONSHIP: (f"{_PLACED_ENDS}{_MAKE_RELATIONSHIP}", 2),
    CREATE_PLAIN_RELATIONSHIP: (f"{_PLACED_ENDS}{_MAKE_PLAIN_RELATIONSHIP}", 2),
    CREATE_POOL: (f"{_PLACED_CONSUMER}{_MAKE_POOL}", 1),
}
"""The same with element ids in place of so many ids: half the work for the server, where very many are made."""


@functools.cache
def update_relationship(type_: str) -> str:
    """Return the statement for rows of (from id, to id, key, properties) of relationships of one type."""
    return f"{_ENDS}CALL (row, a, b) {{ {_found(type_)} SET r = row[3] }}"


@functools.cache
def drop_relationship(type_: str) -> str:
    """Return the statement for rows of (from id, to id, key) of relationships of one type."""
    return f"{_ENDS}CALL (row, a, b) {{ {_found(type_)} DELETE r }}"


def _found(type_: str) -> str:
    # In a CALL, both ends are given: the server looks between them, not at all that a busy item has.
    return f"MATCH (a)-[r:{quoted(type_)}]->(b) WHERE coalesce(r.key, '') = row[2]"
