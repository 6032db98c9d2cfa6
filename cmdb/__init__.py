"""The record: items, relationships and pools, with their history, in SQLite or Neo4j.

In comes an `ImportBatch` or an edit, out goes a `Snapshot` of the estate at one revision. The record stores
what is so; what follows from it is the business of the package `impact`.
"""

__version__ = "0.1.0"
