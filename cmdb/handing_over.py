"""What a replacement or a decommissioning means to the record: the successor inherits, the predecessor retires.

Takes a view and record ids, gives one Delta of claims by hand; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Sequence

from cmdb import editing
from cmdb.catalogue import Catalogue
from cmdb.errors import EditRefused
from cmdb.model import (
    MANUAL,
    Change,
    Delta,
    EdgeClaim,
    content_digest,
    decode_edges,
    encode_claims,
    pool_key,
    relationship_key,
    show_pool,
    show_relationship,
    split_pool_key,
    split_relationship_key,
)
from cmdb.model.values import encode
from cmdb.model.vocabulary import Kind
from cmdb.store.protocol import ReadView

__all__ = ["Handover", "hand_over"]

Handover = tuple[str, str | None]
"""Who goes, and who takes its place; None: nobody."""


def hand_over(view: ReadView, catalogue: Catalogue, pairs: Sequence[Handover]) -> Delta:
    """Return the Delta in which every predecessor retires and its successor has its relationships and pools.

    The predecessor's own are denied by hand, for they hold no more. What the successor has already is kept. A successor
    that is out of service becomes operational. Raises EditRefused where one item goes twice.
    """
    gone = [old for old, _ in pairs]
    if len(set(gone)) != len(gone):
        raise EditRefused("one item goes twice in this change; name it once")
    becomes = {old: new for old, new in pairs if new is not None}
    changes: dict[tuple[Kind, str], Change] = {}
    touching = view.touching(list(becomes))
    for text, document in touching["relationship"].items():
        start, type_, end, key = split_relationship_key(text)
        values = show_relationship(decode_edges(document))
        start, end = becomes.get(start, start), becomes.get(end, end)
        if values is None or start == end:
            continue
        if catalogue.types[type_].undirected and end < start:
            start, end = end, start
        _claim(view, changes, "relationship", relationship_key(start, type_, end, key), values)
        # Else every consumer would go on requiring what is out of service, and be warned about it for ever.
        old_start, _, old_end, _ = split_relationship_key(text)
        for change in editing.deny_relationship(view, catalogue, old_start, type_, old_end, key).changes:
            changes[change.kind, change.key] = change
    for text, document in touching["pool"].items():
        consumer, name = split_pool_key(text)
        values = show_pool(decode_edges(document))
        if values is not None and consumer in becomes:
            _claim(view, changes, "pool", pool_key(becomes[consumer], name), values)
    for old, new in pairs:
        for target, status in ((old, "retired"), *([(new, "operational")] if new is not None else [])):
            for change in editing.edit_item(view, catalogue, target, {"status": status}).changes:
                changes[change.kind, change.key] = change
    return Delta.of(list(changes.values()))


def _claim(
    view: ReadView, changes: dict[tuple[Kind, str], Change], kind: Kind, key: str, values: dict[str, object]
) -> None:
    before = view.get(kind, [key]).get(key)
    claims = decode_edges(before) if before is not None else []
    if any(each.source == MANUAL for each in claims):
        return
    said = {name: value for name, value in values.items() if value is not None}
    claim = EdgeClaim(MANUAL, "", said, content_digest(encode(said)))
    changes[kind, key] = Change(kind, key, before, encode_claims([*claims, claim]))
