"""The estate at one revision, by columns: built from a store, cached in a file, caught up from the history."""

from cmdb.snapshot.snapshot import IMPACTS, NUMBERS, ImpactGraph, Snapshot
from cmdb.snapshot.strings import CodedStrings, Strings

__all__ = ["IMPACTS", "NUMBERS", "CodedStrings", "ImpactGraph", "Snapshot", "Strings"]
