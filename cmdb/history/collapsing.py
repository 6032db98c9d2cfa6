"""Many changes as one: what stood before the first and after the last, by entity. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.model import Change, Delta

__all__ = ["collapse"]


def collapse(changes: Iterable[Change]) -> Delta:
    """Return the Delta that has the same effect as these changes, oldest first, one after the other."""
    first: dict[tuple[str, str], Change] = {}
    last: dict[tuple[str, str], bytes | None] = {}
    for change in changes:
        entity = (change.kind, change.key)
        first.setdefault(entity, change)
        last[entity] = change.after
    return Delta.of([change._replace(after=last[entity]) for entity, change in first.items()])
