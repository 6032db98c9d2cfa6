"""The past told to people: the history of one item, and what differs between two revisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cmdb.history.collapsing import collapse
from cmdb.history.describing import FieldChange, describe_change
from cmdb.model import Delta, Kind, Revision, decode_item, show_item, split_relationship_key
from cmdb.store.protocol import ReadView

__all__ = ["EntityChange", "HistoryEntry", "RecordDiff", "difference", "history_of"]


class HistoryEntry(NamedTuple):
    """One change of one entity: when, by whom, from what, and which fields."""

    revision: int
    at: str
    actor: str
    account: str
    established: str
    source: str
    message: str
    kind: Kind
    key: str
    fields: list[FieldChange]


class EntityChange(NamedTuple):
    """What became of one entity between two revisions; `label` is for people."""

    kind: Kind
    key: str
    label: str
    verdict: str
    fields: list[FieldChange]


class RecordDiff(NamedTuple):
    """What differs between two revisions."""

    before: int
    after: int
    changes: list[EntityChange]


def history_of(view: ReadView, item_id: str, revisions: Mapping[int, Revision]) -> Iterator[HistoryEntry]:
    """Give every change of an item, its relationships and its pools, oldest first."""
    for number, change in view.changes(0, view.revision.number):
        if item_id in change.key.split(" ")[:3]:
            revision = revisions[number]
            actor = revision.actor
            yield HistoryEntry(
                *(number, revision.at, actor.name, actor.account, actor.established),
                *(revision.source, revision.message, change.kind, change.key, describe_change(change)),
            )


def difference(view: ReadView, before: int, after: int) -> RecordDiff:
    """Return what differs from revision `before` to revision `after`, in that direction."""
    low, high = sorted((before, after))
    delta = collapse(change for _, change in view.changes(low, high))
    if before > after:
        delta = delta.reversed()
    labels = _Labels(view, delta)
    changes = []
    for change in delta.changes:
        verdict = "created" if change.before is None else "removed" if change.after is None else "updated"
        label = labels.of(change.kind, change.key)
        changes.append(EntityChange(change.kind, change.key, label, verdict, describe_change(change)))
    return RecordDiff(before, after, changes)


class _Labels:
    """Names for entities of a diff, from the documents on either side."""

    def __init__(self, view: ReadView, delta: Delta) -> None:
        wanted: set[str] = set()
        for kind, key, _, _ in delta.changes:
            wanted.update(key.split(" ")[:3:2] if kind == "relationship" else key.split(" ")[:1])
        self._names = {key: _name(document) for key, document in view.get("item", sorted(wanted)).items()}
        for kind, key, before, after in delta.changes:
            if kind == "item":
                self._names[key] = _name(after or before or b"[]")

    def of(self, kind: Kind, key: str) -> str:
        if kind == "relationship":
            start, type_, end, link = split_relationship_key(key)
            return f"{self._one(start)} {type_} {self._one(end)}" + (f" ({link})" if link else "")
        first, _, rest = key.partition(" ")
        return f"{self._one(first)}: {rest}" if kind == "pool" else self._one(first)

    def _one(self, item_id: str) -> str:
        return self._names.get(item_id, item_id)


def _name(document: bytes) -> str:
    shown = show_item(decode_item(document))
    return f"{shown.class_}:{shown.name}"
