"""ServiceNow: exported tables (CSV, JSON), CMDB Instance API objects and Identify-and-Reconcile payloads.

    files ─ records / payloads ─► items ─► relations ─► BatchBuilder
            (one form of cell)    (ids)    (ends found by sys_id, else by name)

Items of every file come before the relationships of any, for those may name their ends. Knows no store.
"""

from importers.servicenow.importer import ServiceNowImporter, importer

__all__ = ["ServiceNowImporter", "importer"]
