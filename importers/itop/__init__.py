"""iTop: CSV exports (one class a file, codes or labels) and REST JSON (`core/get`, `core/get_related`).

files ─ tables / rest ─► records ─► items, links (ends by key, else by name) ─► pools from redundancy ─► BatchBuilder

Directions are those of iTop's own impact relation. Knows no store.
"""

from importers.itop.importer import ITopImporter, importer

__all__ = ["ITopImporter", "importer"]
