"""Which items no source has shown for longer than their class allows. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from cmdb.catalogue import Catalogue
from cmdb.history.codec import unpack_ids
from cmdb.model import Run
from cmdb.snapshot.snapshot import Snapshot

__all__ = ["StaleItem", "last_seen", "stale_items"]


class StaleItem(NamedTuple):
    """An item, when a source last showed it (UTC, ISO 8601), how long ago in days, and how long its class allows."""

    id: str
    name: str
    class_: str
    seen: str
    days: float
    allowed_days: float


def last_seen(runs: Iterable[Run]) -> dict[str, str]:
    """Return for each record id when a run last showed it, from runs newest first.

    Runs of files that had been imported before, or of an older export, tell nothing new.
    """
    seen: dict[str, str] = {}
    for run in runs:
        if run.draft.refreshes:
            moment = run.draft.exported_at or run.draft.finished_at
            for item_id in unpack_ids(run.draft.seen):
                if item_id not in seen or seen[item_id] < moment:
                    seen[item_id] = moment
    return seen


def stale_items(snapshot: Snapshot, runs: Iterable[Run], catalogue: Catalogue, now: str) -> list[StaleItem]:
    """Return the items in service that are stale, those unseen for longest first. Items nobody imported never are."""
    present = dt.datetime.fromisoformat(now)
    seen = last_seen(runs)
    found = []
    for row in range(len(snapshot)):
        moment = seen.get(snapshot.id_at(row))
        item_class = catalogue.classes.get(snapshot.class_at(row))
        if moment is None or item_class is None or item_class.stale_after_days is None:
            continue
        days = (present - dt.datetime.fromisoformat(moment)).total_seconds() / 86_400
        if days > item_class.stale_after_days and snapshot.in_service[row]:
            found.append(
                StaleItem(
                    *(snapshot.id_at(row), snapshot.name_at(row), snapshot.class_at(row)),
                    *(moment, round(days, 1), float(item_class.stale_after_days)),
                )
            )
    return sorted(found, key=lambda item: (-item.days, item.name))
