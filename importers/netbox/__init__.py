"""NetBox: Django dumpdata and REST pages in, one ImportBatch out.

    files ─ dumpdata / rest ─► Inventory ─► places, devices, power, virtual, circuits, network ─► Statements ─► batch
            (two formats)      (one form)                                                          (by file)

Ports, cables and addresses are evidence: they become relationships and pools, not items. Knows no store.
"""

from importers.netbox.importer import NetBoxImporter, importer

__all__ = ["NetBoxImporter", "importer"]
