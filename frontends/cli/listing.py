"""Which commands there are, without importing one: what `cmdb --help` shows and where `main` finds each.

Kept by hand so that help is instant; a test holds it to what the commands say of themselves.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["COMMANDS", "SECTIONS", "Listed"]

SECTIONS: Final = ("Ask", "Change", "Record", "Import", "History", "Care")


class Listed(NamedTuple):
    """A command: the section of the help it stands in, its name, the module that holds it, what it does."""

    section: str
    name: str
    module: str
    summary: str


COMMANDS: Final = (
    Listed("Ask", "impact", "impact", "What breaks if these items go down, and why."),
    Listed("Ask", "what-if", "what_if", "What would differ if the estate were another."),
    Listed("Ask", "needs", "needs", "What an item stands on."),
    Listed("Ask", "spof", "spof", "Single points of failure: what alone brings services down."),
    Listed("Ask", "cutsets", "cutsets", "Which items together bring a service down: its minimal cut sets."),
    Listed("Ask", "availability", "availability", "How available services are, and what that rests on."),
    Listed("Ask", "network", "network", "The network, and how two items reach each other over it."),
    Listed("Ask", "capacity", "capacity", "Whether pools carry their load, and how much growth they bear."),
    Listed("Ask", "show", "show", "Everything the record knows of an item."),
    Listed("Ask", "find", "find", "Items by name, id or class."),
    Listed("Change", "change", "change", "Change requests, from what is asked for to how it went."),
    Listed("Change", "now", "now", "How it stands now: outages, running changes, what became unsafe."),
    Listed("Change", "audit", "audit", "What discovery saw change without a change request."),
    Listed("Change", "calendar", "calendar", "Maintenance windows, freezes and business hours."),
    Listed("Change", "outage", "outage", "What is down or degraded, and what was."),
    Listed("Record", "item", "item", "Add an item by hand, or edit one."),
    Listed("Record", "relate", "relate", "Relate two items by hand, or take a relationship away."),
    Listed("Record", "pool", "pool", "Say how many of a pool's members are needed."),
    Listed("Record", "suggest", "suggest", "What the record hints at, for a person to accept or refuse."),
    Listed("Record", "verify", "verify", "Say that items are as the record has them."),
    Listed("Record", "retire", "retire", "Take an item out of service for good."),
    Listed("Import", "import", "import_files", "Bring what inventories say into the record."),
    Listed("Import", "importers", "importers", "The formats that can be imported."),
    Listed("Import", "review", "review", "What waits for a person."),
    Listed("Import", "identification", "identification", "By what items are known in other sources."),
    Listed("Import", "precedence", "precedence", "Whose word counts, by class and field."),
    Listed("Import", "mapping", "mapping", "Mapping files: what the columns of somebody else's tables mean."),
    Listed("Import", "export", "export", "The record in the native format or as tables, to be imported again."),
    Listed("Import", "catalogue", "catalogue", "The classes and relationship types, and what they mean."),
    Listed("Import", "schema", "schema", "The JSON Schema of a file format or an answer."),
    Listed("History", "history", "history", "Every change of an item, and who made it."),
    Listed("History", "diff", "diff", "What differs between two revisions."),
    Listed("History", "log", "log", "The revisions, newest first."),
    Listed("History", "runs", "runs", "The imports, newest first."),
    Listed("History", "baseline", "baseline", "Names for revisions."),
    Listed("History", "revert", "revert", "Take a revision back with a new one."),
    Listed("Care", "init", "init", "Begin an empty record."),
    Listed("Care", "doctor", "doctor", "What is wrong with the record, and what to do."),
    Listed("Care", "backup", "backup", "Write a whole copy of the record to a file."),
    Listed("Care", "move", "move", "Copy the record with its history to another store."),
    Listed("Care", "purge", "purge", "Erase items, their values in history included."),
)
