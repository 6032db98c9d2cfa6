"""The record in the native format: one batch a (source, scope), so that importing it again changes nothing.

What a source no longer upholds (missing, retired) and what a manual claim denies has no words in the format and is
left out; a record is carried whole by `cmdb move`. The batches are partial: what they lack takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from cmdb.history.collapsing import collapse
from cmdb.model import (
    EdgeClaim,
    ItemClaim,
    Revision,
    decode_edges,
    decode_item,
    show_item,
    split_pool_key,
    split_relationship_key,
)
from cmdb.model.vocabulary import MANUAL, Kind
from cmdb.store.protocol import ReadView

__all__ = ["Documents", "PastDocuments", "export_rows"]


class Documents(Protocol):
    """The documents of the record at some revision; a `ReadView` is one."""

    def documents(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Give (key, document) of every entity of a kind, sorted by key."""


class PastDocuments:
    """The documents as of a revision, for an export."""

    def __init__(self, view: ReadView, revision: Revision) -> None:
        self._view = view
        changes = (change for _, change in view.changes(revision.number, view.revision.number))
        self._undo = collapse(changes).reversed()

    def documents(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Give (key, document) of every entity of a kind, sorted by key."""
        found = dict(self._view.documents(kind))
        for change in self._undo.changes:
            if change.kind == kind:
                found.pop(change.key, None)
                if change.after is not None:
                    found[change.key] = change.after
        yield from sorted(found.items())


def export_rows(view: Documents, source: str | None = None) -> Iterator[dict[str, Any]]:
    """Give the rows of the JSON Lines form: a `batch` row, then its items, relationships and pools, scope by scope."""
    items = {key: decode_item(document) for key, document in view.documents("item")}
    scopes: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}

    def rows(claim: ItemClaim | EdgeClaim, kind: str) -> list[dict[str, Any]]:
        return scopes.setdefault((claim.source, claim.scope), {}).setdefault(kind, [])

    for item in items.values():
        for claim in item:
            if claim.absent is None and source in (None, claim.source):
                rows(claim, "item").append(_item_row(claim, item))
    for key, document in view.documents("relationship"):
        start, type_, end, link_key = split_relationship_key(key)
        for edge in decode_edges(document):
            if not edge.denied and source in (None, edge.source):
                row = {"kind": "relationship", "from": _reference(items[start], edge.source), "type": type_}
                row["to"] = _reference(items[end], edge.source)
                rows(edge, "relationship").append(row | ({"key": link_key} if link_key else {}) | _edge_values(edge))
    for key, document in view.documents("pool"):
        consumer, name = split_pool_key(key)
        for edge in decode_edges(document):
            if not edge.denied and source in (None, edge.source):
                row = {"kind": "pool", "consumer": _reference(items[consumer], edge.source), "name": name}
                rows(edge, "pool").append(row | edge.values)
    # Corrections by hand come last: they are of items that the other sources make.
    for (name, scope), kinds in sorted(scopes.items(), key=lambda entry: (entry[0][0] == MANUAL, entry[0])):
        yield {"kind": "batch", "cmdb": 1, "source": name, **({"scope": scope} if scope else {}), "complete": False}
        for kind in ("item", "relationship", "pool"):
            yield from kinds.get(kind, ())


def _item_row(claim: ItemClaim, claims: list[ItemClaim]) -> dict[str, Any]:
    # A correction by hand says no class or name of its own; the format wants them, and so it repeats what is shown.
    shown = show_item(claims) if not (claim.class_ and claim.name) else None
    class_, name = claim.class_ or (shown.class_ if shown else ""), claim.name or (shown.name if shown else "")
    row: dict[str, Any] = {"kind": "item", "id": claim.external_id, "class": class_, "name": name}
    if claim.aliases:
        row["aliases"] = list(claim.aliases)
    return row | claim.values


def _edge_values(edge: EdgeClaim) -> dict[str, Any]:
    values = dict(edge.values)
    pools = values.pop("pools", None)
    if pools:
        values["pool"] = pools[0] if len(pools) == 1 else pools
    return values


def _reference(claims: list[ItemClaim], source: str) -> str:
    """Return how a source refers to an item: by its own id, else by another's as "source:id"."""
    for claim in claims:
        if claim.source == source:
            return claim.external_id
    return f"{claims[0].source}:{claims[0].external_id}"
