"""Everything that can be found wrong, gathered from the rooms that find it: store, catalogue, analyses, staleness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from cmdb.record import Record
    from cmdb.snapshot import Snapshot
    from cmdb.store.protocol import Health

__all__ = ["SEVERITIES", "Examined", "Trouble", "examine"]

SEVERITIES: Final = ("error", "warning", "info")


class Trouble(NamedTuple):
    """One thing that is wrong or doubtful, and what to do about it."""

    severity: str
    kind: str
    item: str | None
    name: str
    message: str
    advice: str


@dataclass(frozen=True)
class Examined:
    """A record as the doctor found it."""

    revision: int
    store: str
    address: str
    catalogue: tuple[str, ...]
    checks: list[Health]
    troubles: list[Trouble]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many troubles there are of each severity."""
        found = [each.severity for each in self.troubles]
        return {severity: found.count(severity) for severity in SEVERITIES}

    def as_json(self) -> dict[str, Any]:
        """Return the answer of `cmdb doctor -o json`."""
        return {
            "revision": self.revision,
            "store": {"kind": self.store, "address": self.address},
            "catalogue": list(self.catalogue),
            "checks": [each._asdict() for each in self.checks],
            "counts": self.counts,
            "findings": [each._asdict() for each in self.troubles],
        }


def examine(record: Record) -> Examined:
    """Return what is wrong with a record, errors first, then by kind."""
    from impact.lint import lint

    checks = record.health()
    snapshot = record.snapshot()
    troubles = [
        Trouble("error", "store", None, each.check, each.detail, "restore a backup, or ask whoever keeps the store")
        for each in checks
        if not each.ok
    ]
    troubles += _unknown_words(record, snapshot)
    troubles += [
        Trouble(each.severity, each.kind, each.item, each.name, each.message, each.advice) for each in lint(snapshot)
    ]
    troubles += _stale(record)
    troubles.sort(key=lambda each: (SEVERITIES.index(each.severity), each.kind, each.name, each.message))
    store = record.store
    return Examined(snapshot.revision, store.kind, store.address, record.catalogue.origin, checks, troubles)


def _unknown_words(record: Record, snapshot: Snapshot) -> Iterator[Trouble]:
    """Give the classes and types of the record that the catalogue in force does not have."""
    import numpy as np

    catalogue = record.catalogue
    advice = "name the site's catalogue file with --catalogue or CMDB_CATALOGUE, or add it there"
    for code in np.unique(snapshot.class_codes).tolist():
        name = snapshot.class_names[code]
        if name not in catalogue.classes:
            said = "the catalogue has no such class; its items count as plain configuration items"
            yield Trouble("warning", "unknown_class", None, name, said, advice)
    for code in np.unique(snapshot.relationship_types).tolist():
        name = snapshot.type_names[code]
        if name not in catalogue.types:
            said = "the catalogue has no such relationship type; its links are not evaluated"
            yield Trouble("warning", "unknown_type", None, name, said, advice)


def _stale(record: Record) -> Iterator[Trouble]:
    for item in record.staleness(record.snapshot()).items():
        yield Trouble(
            "warning",
            "stale_item",
            item.id,
            item.name,
            f"nobody has seen it for {item.days:.0f} days; a {item.class_} may go {item.allowed_days:.0f}",
            "import its source again, or say that it is as recorded: cmdb verify",
        )
