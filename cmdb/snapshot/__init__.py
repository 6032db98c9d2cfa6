"""The estate at one revision, by columns: built from a store, cached in a file, caught up from the history."""

from cmdb.snapshot.snapshot import IMPACTS, NETWORK_ENDS, NETWORK_TYPES, NUMBERS, ImpactGraph, Snapshot
from cmdb.snapshot.strings import CodedStrings, Strings

__all__ = [
    "IMPACTS",
    "NETWORK_ENDS",
    "NETWORK_TYPES",
    "NUMBERS",
    "CodedStrings",
    "ImpactGraph",
    "Snapshot",
    "Strings",
]
