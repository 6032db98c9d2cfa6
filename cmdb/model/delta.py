"""Delta: what is to become of the record. The seam between reconcile and the stores.

It is what reconcile proposes, what a store applies, what a dry run shows and what a revision keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

from cmdb.model.vocabulary import KINDS, Kind

__all__ = ["Change", "Delta"]


class Change(NamedTuple):
    """One entity's document before and after; None where it did not or will not exist.

    `key` is a record id, a relationship key or a pool key (`cmdb.model.identity`). Documents are bytes of
    `cmdb.model.claim`.
    """

    kind: Kind
    key: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Delta:
    """Changes, sorted by kind (items, relationships, pools) and key, one a key."""

    changes: list[Change] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def reversed(self) -> Delta:
        """Return the Delta that takes this one back."""
        return Delta([Change(kind, key, after, before) for kind, key, before, after in self.changes])

    @classmethod
    def of(cls, changes: list[Change]) -> Delta:
        """Return a Delta of these changes, sorted; those that change nothing are left out."""
        by_kind: dict[Kind, list[Change]] = {kind: [] for kind in KINDS}
        for change in changes:
            if change[2] != change[3]:
                by_kind[change[0]].append(change)
        for each in by_kind.values():
            each.sort(key=itemgetter(1))
        return cls([change for kind in KINDS for change in by_kind[kind]])

    def counts(self) -> dict[str, Any]:
        """Return how many entities of each kind are created, updated and removed."""
        counts = {kind: {"created": 0, "updated": 0, "removed": 0} for kind in ("item", "relationship", "pool")}
        for change in self.changes:
            verdict = "created" if change.before is None else "removed" if change.after is None else "updated"
            counts[change.kind][verdict] += 1
        return counts
