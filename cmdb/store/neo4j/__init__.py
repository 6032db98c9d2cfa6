"""The record in Neo4j: a graph to query by hand, and beside it the packed history and documents that are the record.

Readers read packed, immutable nodes; only what hand-written Cypher asks lies in the graph of items. The folder knows
no catalogue: class and type names become labels and relationship types by rule.

    opening -> store -> reading (views), writing (sessions) -> journal (parts), pages (documents), applying (graph)
"""

from cmdb.store.neo4j.opening import open_neo4j
from cmdb.store.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore", "open_neo4j"]
