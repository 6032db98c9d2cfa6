"""What a document shows, in the form in which stores keep it beside the document."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from cmdb.model import decode_edges, decode_item, show_item, show_pool, show_relationship
from cmdb.model.values import encode

__all__ = ["ItemRowShown", "shown_item_row", "shown_pool_row", "shown_relationship_row"]


class ItemRowShown(NamedTuple):
    """The shown columns of an item; `shown` is canonical JSON of `{"external_ids": .., "values": ..}`."""

    class_: str
    name: str
    status: str
    shown: bytes


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """An `ItemClaim` whose values are left undecoded."""

    source: str
    scope: str
    external_id: str
    class_: str
    name: str
    values: msgspec.Raw
    digest: str
    aliases: tuple[str, ...] = ()
    absent: Any = None


_heads = msgspec.json.Decoder(list[_Head])


def shown_item_row(document: bytes) -> ItemRowShown:
    """Return the shown columns of an item's document."""
    claims = _heads.decode(document)
    if len(claims) == 1 and claims[0].absent is None and claims[0].class_ and claims[0].name:
        # One source, and nothing of a status: what it shows are its values, as they stand in the document.
        claim, values = claims[0], bytes(claims[0].values)
        if b'"status"' not in values and b"null" not in values:
            ids = encode({claim.source: [claim.external_id, *claim.aliases]})
            shown = b'{"external_ids":' + ids + b',"values":' + values + b"}"
            return ItemRowShown(claim.class_, claim.name, "operational", shown)
    item = show_item(decode_item(document))
    return ItemRowShown(
        item.class_, item.name, item.status, encode({"external_ids": item.external_ids, "values": item.values})
    )


def shown_relationship_row(document: bytes) -> tuple[bool, bytes | None]:
    """Return whether a manual claim denies the relationship, and its shown values (None when it has none)."""
    shown = show_relationship(decode_edges(document))
    return (True, None) if shown is None else (False, encode(shown) if shown else None)


def shown_pool_row(document: bytes) -> tuple[bool, bytes]:
    """Return whether a manual claim denies the pool, and its shown values."""
    shown = show_pool(decode_edges(document))
    return (True, b"{}") if shown is None else (False, encode(shown))
