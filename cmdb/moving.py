"""Carries a whole record, with all its history, from one store to another empty one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from cmdb.errors import EditRefused, StoreDamaged
from cmdb.model import Change, Revision
from cmdb.settings import Settings
from cmdb.store.opening import open_store
from cmdb.store.protocol import ReadView, Store

__all__ = ["move_record"]


def move_record(source: Store, target_url: str, settings: Settings, progress: Callable[[str], None]) -> dict[str, Any]:
    """Copy the record to the store at `target_url`, which must be empty; returns counts of what was carried.

    The copy has the same uuid, revision numbers, times and digests. The source is left as it is. Raises EditRefused
    when there is a record at the target that holds anything.
    """
    with open_store(target_url, settings, create=True) as target:  # type: ignore[attr-defined]
        if target.head().number or any(True for _ in target.runs(limit=1)):
            raise EditRefused(f"there is a record at {target.address} already; name an empty store")
        with source.view() as view:
            revisions = list(source.revisions())
            progress(f"carrying {len(revisions)} revisions")
            target.restore(
                source.identity(),
                _history(view, revisions),
                reversed(list(source.runs())),
                source.baselines(),
                source.settings(),
                source.papers(),
            )
            head = view.revision
        progress("comparing")
        if target.head() != head:
            raise StoreDamaged(f"the copy at {target.address} is not what was carried; remove it and move again")
        return {"revision": head.number, "digest": head.digest, "revisions": len(revisions), "to": target.address}


def _history(view: ReadView, revisions: list[Revision]) -> Iterator[tuple[Revision, list[Change]]]:
    grouped = itertools.groupby(view.changes(0, view.revision.number), key=lambda entry: entry[0])
    waiting = next(grouped, None)
    for revision in revisions:
        if waiting is not None and waiting[0] == revision.number:
            changes = [change for _, change in waiting[1]]
            waiting = next(grouped, None)
        else:
            changes = []
        yield revision, changes
