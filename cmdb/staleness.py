"""Which items nobody has seen for longer than their class allows. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmdb.catalogue import Catalogue
from cmdb.sightings import Sightings
from cmdb.snapshot.snapshot import Snapshot

__all__ = ["StaleItem", "Staleness", "staleness_of"]

_DAY = 86_400.0


class StaleItem(NamedTuple):
    """An item, when it was last seen (UTC, ISO 8601), how long ago in days, and how long its class allows."""

    id: str
    name: str
    class_: str
    seen: str
    days: float
    allowed_days: float


@dataclass(frozen=True)
class Staleness:
    """The items in service that are stale: rows of a snapshot, those unseen for longest first.

    `days` is how long ago each was seen, `allowed` how long its class allows. Items that nobody ever saw (of records
    made before sightings were kept) are never stale: nothing is known of when they were true.
    """

    snapshot: Snapshot
    rows: NDArray[np.int64]
    days: NDArray[np.float64]
    allowed: NDArray[np.float64]
    seen: NDArray[np.float64]

    def among(self, marks: NDArray[np.bool_]) -> Staleness:
        """Return those among the marked rows."""
        kept = marks[self.rows]
        return Staleness(self.snapshot, self.rows[kept], self.days[kept], self.allowed[kept], self.seen[kept])

    def items(self) -> list[StaleItem]:
        """Return them one by one."""
        return [
            StaleItem(
                *(self.snapshot.id_at(row), self.snapshot.name_at(row), self.snapshot.class_at(row)),
                dt.datetime.fromtimestamp(seen, dt.UTC).isoformat(),
                *(round(days, 1), allowed),
            )
            for row, days, allowed, seen in zip(
                self.rows.tolist(), self.days.tolist(), self.allowed.tolist(), self.seen.tolist(), strict=True
            )
        ]


def staleness_of(snapshot: Snapshot, sightings: Sightings, catalogue: Catalogue, now: str) -> Staleness:
    """Return what of a snapshot is stale at `now` (UTC, ISO 8601)."""
    known = [catalogue.classes.get(name) for name in snapshot.class_names]
    allowed = np.array(
        [np.inf if each is None or each.stale_after_days is None else each.stale_after_days for each in known]
    )
    seen = sightings.by_row(snapshot)
    days = (dt.datetime.fromisoformat(now).timestamp() - seen) / _DAY
    may = allowed[snapshot.class_codes] if len(snapshot) else np.zeros(0)
    rows = np.flatnonzero(snapshot.in_service & (days > may))
    rows = rows[np.lexsort((rows, -days[rows]))]
    return Staleness(snapshot, rows, days[rows], may[rows], seen[rows])
