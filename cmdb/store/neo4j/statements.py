"""The text of every statement that writes the graph of items; static per class and type, values always parameters.

Creating is apart from updating, which looks first. A step that creates is never done twice: `applying` counts steps
in the transactions that do them.
"""

from __future__ import annotations

import functools
from typing import Final

from cmdb.store.neo4j.names import class_label, relationship_type

__all__ = [
    "DROP_DENIED",
    "DROP_ITEM",
    "DROP_POOL",
    "PUT_DENIED",
    "PUT_POOL",
    "drop_relationship",
    "put_item",
    "put_relationship",
]

DROP_ITEM: Final = "UNWIND $rows AS row MATCH (n:CI {id: row}) DETACH DELETE n"
PUT_POOL: Final = (
    "UNWIND $rows AS row MATCH (c:CI {id: row.consumer}) MERGE (p:Pool {cmdb_id: row.cmdb_id}) SET p = row "
    "MERGE (c)-[:HAS_POOL]->(p)"
)
DROP_POOL: Final = "UNWIND $rows AS row MATCH (p:Pool {cmdb_id: row}) DETACH DELETE p"
PUT_DENIED: Final = "UNWIND $rows AS row MERGE (d:Denied {cmdb_id: row.cmdb_id}) SET d = row"
DROP_DENIED: Final = "UNWIND $rows AS row MATCH (d:Denied {cmdb_id: row}) DELETE d"


@functools.cache
def put_item(class_: str, before: str | None) -> str:
    """Return the statement that makes items of a class from rows of properties; `before` is the class they had.

    Labels that people add by hand stay; properties are those of the row and no others.
    """
    label = class_label(class_)
    drop = f" REMOVE n:{class_label(before)}" if before is not None and before != class_ else ""
    return f"UNWIND $rows AS row MERGE (n:CI {{id: row.id}}){drop} SET n:{label}, n = row"


@functools.cache
def put_relationship(type_: str, *, create: bool) -> str:
    """Return the statement that makes relationships of a type from rows of (from id, to id, properties)."""
    name = relationship_type(type_)
    ends = "UNWIND $rows AS row MATCH (a:CI {id: row[0]}) MATCH (b:CI {id: row[1]})"
    if create:
        return f"{ends} CREATE (a)-[r:{name}]->(b) SET r = row[2]"
    return f"{ends} MERGE (a)-[r:{name} {{key: row[2].key}}]->(b) SET r = row[2]"


@functools.cache
def drop_relationship(type_: str) -> str:
    """Return the statement that takes away relationships of a type by rows of (from id, to id, key)."""
    return (
        "UNWIND $rows AS row MATCH (a:CI {id: row[0]}) MATCH (b:CI {id: row[1]}) "
        f"MATCH (a)-[r:{relationship_type(type_)} {{key: row[2]}}]->(b) DELETE r"
    )
