"""GLPI: asset lists (CSV, REST), impact relations (table, REST), and the agents' native inventories (JSON).

    files ─ assets / impacts / inventories ─► BatchBuilder

Ids are `Itemtype:id`, for GLPI's numbers are unique only within a type. Knows no store.
"""

from importers.glpi.importer import GlpiImporter, importer

__all__ = ["GlpiImporter", "importer"]
