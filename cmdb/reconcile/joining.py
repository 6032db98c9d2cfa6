"""Two items that are one, and one that is two: the claims, relationships and pools move, nothing is lost.

Takes a view, gives the Delta. A record id that is moved away from ends with its history; a split brings it back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Literal

import msgspec

from cmdb.catalogue import Catalogue
from cmdb.errors import EditRefused, ItemNotFound
from cmdb.model import (
    MANUAL,
    Change,
    Delta,
    EdgeClaim,
    ItemClaim,
    content_digest,
    decode_edges,
    decode_item,
    encode_claims,
    item_id,
    pool_key,
    relationship_key,
    show_item,
    split_pool_key,
    split_relationship_key,
)
from cmdb.model.values import encode
from cmdb.reconcile.context import with_claim
from cmdb.store.protocol import ReadView

__all__ = ["joined", "name_of", "parted"]

Edge = Literal["relationship", "pool"]


def joined(view: ReadView, catalogue: Catalogue, kept: str, gone: str) -> Delta:
    """Return the Delta that makes `gone` one with `kept`.

    Raises EditRefused for an item with itself, and where one source shows both: it says that they are two, and would
    say so again tomorrow.
    """
    if kept == gone:
        raise EditRefused("that is one item already; name two")
    claims = _claims(view, [kept, gone])
    both = {each.source for each in claims[kept]} & {each.source for each in claims[gone]}
    if both:
        names = " and ".join(sorted(both))
        advice = (
            "release what was entered of one of them: cmdb item edit ITEM --release all"
            if both == {MANUAL}
            else f"correct {names}, or retire one of the two"
        )
        raise EditRefused(f"{names} shows both of them, so it says that they are two; {advice}")
    draft = _Draft(view, catalogue)
    draft.put("item", gone, None)
    draft.put("item", kept, encode_claims([*claims[kept], *claims[gone]]))
    for kind, key in draft.touching(gone):
        moved = draft.renamed(kind, key, {gone: kept})
        for claim in decode_edges(draft.documents[kind][key]):
            draft.take(kind, key, claim.source)
            if moved is not None:
                draft.give(kind, moved, claim)
    return draft.delta()


def parted(
    view: ReadView, catalogue: Catalogue, item: str, sources: Collection[str], wanted: str | None = None
) -> tuple[str, Delta]:
    """Return the record id that the claims of `sources` go to, and the Delta that parts them from `item`.

    `wanted` is taken where it is free, else the id that the first of the claims would create. Raises EditRefused where
    a source says nothing of the item, where nobody would be left to uphold it, and for mere corrections by hand.
    """
    claims = _claims(view, [item])[item]
    going = [each for each in claims if each.source in sources]
    left = [each for each in claims if each.source not in sources]
    missing = sorted(set(sources) - {each.source for each in going})
    if missing:
        says = ", ".join(sorted({each.source for each in claims}))
        raise EditRefused(f"{', '.join(missing)} says nothing of the item; it is shown by {says}")
    if not any(each.name and each.class_ for each in left):
        raise EditRefused("nobody else shows the item, so there is nothing to part it from")
    if not any(each.name and each.class_ for each in going):
        raise EditRefused("what was entered by hand only corrects the item; release it: cmdb item edit --release")
    target = _free(view, [wanted or "", *(item_id(each.source, each.external_id) for each in going)], item, going[0])
    draft = _Draft(view, catalogue)
    draft.put("item", item, encode_claims(left))
    draft.put("item", target, encode_claims(going))
    for kind, key in draft.touching(item):
        moved = draft.renamed(kind, key, {item: target})
        for claim in decode_edges(draft.documents[kind][key]):
            if claim.source in sources and moved is not None:
                draft.take(kind, key, claim.source)
                draft.give(kind, moved, claim)
    return target, draft.delta()


def _claims(view: ReadView, items: list[str]) -> dict[str, list[ItemClaim]]:
    documents = view.get("item", items)
    for each in items:
        if each not in documents:
            raise ItemNotFound(each)
    return {key: decode_item(document) for key, document in documents.items()}


def _free(view: ReadView, wanted: list[str], item: str, claim: ItemClaim) -> str:
    """Return the first id that no item has; an item is split from its own founder under a new one."""
    again = [item_id(claim.source, f"{claim.external_id}\0{item}\0{count}") for count in range(100)]
    taken = view.get("item", [*filter(None, wanted), *again])
    return next(each for each in [*filter(None, wanted), *again] if each not in taken)


class _Draft:
    """Documents on their way: what they were, and what they will be."""

    def __init__(self, view: ReadView, catalogue: Catalogue) -> None:
        self._view = view
        self._catalogue = catalogue
        self.documents: dict[str, dict[str, bytes]] = {"item": {}, "relationship": {}, "pool": {}}
        self._before: dict[tuple[Any, str], bytes | None] = {}

    def put(self, kind: Any, key: str, document: bytes | None) -> None:
        if (kind, key) not in self._before:
            self._before[kind, key] = self._view.get(kind, [key]).get(key)
        if document is None:
            self.documents[kind].pop(key, None)
        else:
            self.documents[kind][key] = document

    def touching(self, item: str) -> Iterator[tuple[Edge, str]]:
        """Give what hangs on an item, and take it in hand."""
        found = self._view.touching([item])
        kinds: tuple[Edge, ...] = ("relationship", "pool")
        for kind in kinds:
            for key, document in sorted(found[kind].items()):
                self.put(kind, key, document)
        for kind in kinds:
            for key in sorted(found[kind]):
                yield kind, key

    def renamed(self, kind: Edge, key: str, to: dict[str, str]) -> str | None:
        """Return the key with ids replaced, the ends of an undirected type in order; None for a link to itself."""
        if kind == "pool":
            consumer, name = split_pool_key(key)
            return pool_key(to.get(consumer, consumer), name)
        start, type_, end, link = split_relationship_key(key)
        start, end = to.get(start, start), to.get(end, end)
        type_known = self._catalogue.types.get(type_)
        if type_known is not None and type_known.undirected and end < start:
            start, end = end, start
        return None if start == end else relationship_key(start, type_, end, link)

    def take(self, kind: Edge, key: str, source: str) -> None:
        left = [each for each in decode_edges(self.documents[kind][key]) if each.source != source]
        self.put(kind, key, encode_claims(left) if left else None)

    def give(self, kind: Edge, key: str, claim: EdgeClaim) -> None:
        standing = self.documents[kind].get(key)
        if standing is None:
            standing = None if (kind, key) in self._before else self._view.get(kind, [key]).get(key)
        claims = decode_edges(standing) if standing is not None else []
        mine = next((each for each in claims if each.source == claim.source), None)
        self.put(kind, key, with_claim(claims, claim if mine is None else _both(mine, claim)))

    def delta(self) -> Delta:
        return Delta.of(
            [Change(kind, key, before, self.documents[kind].get(key)) for (kind, key), before in self._before.items()]
        )


def _both(mine: EdgeClaim, other: EdgeClaim) -> EdgeClaim:
    """Return one claim of what a source says twice: it stands in the pools of both; else the first is believed."""
    values = {**other.values, **mine.values}
    pools = {*(mine.values.get("pools") or ()), *(other.values.get("pools") or ())}
    if pools:
        values["pools"] = sorted(pools)
    return msgspec.structs.replace(mine, values=values, digest=content_digest(encode(values)))


def name_of(view: ReadView, item: str) -> str:
    """Return `Class:name` of an item, for sentences."""
    shown = show_item(_claims(view, [item])[item])
    return f"{shown.class_}:{shown.name}"
