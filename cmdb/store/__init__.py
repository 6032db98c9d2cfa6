"""Where the record is kept: one protocol, two keepers."""

from cmdb.store.opening import create_store, open_store
from cmdb.store.protocol import Health, ReadView, RecordColumns, Store, WriteSession

__all__ = ["Health", "ReadView", "RecordColumns", "Store", "WriteSession", "create_store", "open_store"]
