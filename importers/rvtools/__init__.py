"""RVTools: the inventory of a VMware estate, as a workbook or as the CSV files of its tabs.

    files ─ tabs ─► estate (hosts, clusters, datastores, machines) ─► BatchBuilder

Hosts of a cluster are its pool; a machine runs on its cluster where there is one, else on its host. Knows no store.
"""

from importers.rvtools.importer import RvToolsImporter, importer

__all__ = ["RvToolsImporter", "importer"]
