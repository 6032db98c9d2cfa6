"""What a document shows, in the form in which stores keep it beside the document."""

from __future__ import annotations

from typing import NamedTuple

from cmdb.model import decode_edges, decode_item, show_item, show_pool, show_relationship
from cmdb.model.values import encode

__all__ = ["ItemRowShown", "shown_item_row", "shown_pool_row", "shown_relationship_row"]


class ItemRowShown(NamedTuple):
    """The shown columns of an item; `shown` is canonical JSON of `{"external_ids": .., "values": ..}`."""

    class_: str
    name: str
    status: str
    shown: bytes


def shown_item_row(document: bytes) -> ItemRowShown:
    """Return the shown columns of an item's document."""
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
