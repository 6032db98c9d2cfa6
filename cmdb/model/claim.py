"""Claims: what each source says, and the documents that hold them.

An entity (item, relationship, pool) is in the record as its document: the list of its claims, one a source, in the
order they came. What the entity *shows* is derived from it by `cmdb.model.merge`. Documents are canonical JSON, so
two records that say the same have equal bytes, and an unchanged row is known by comparing bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

__all__ = [
    "Absent",
    "EdgeClaim",
    "ItemClaim",
    "decode_edges",
    "decode_item",
    "encode_claims",
]


class Absent(msgspec.Struct, array_like=True, frozen=True):
    """Since when a complete batch of its source no longer has the entity, and what that has made of it."""

    since: str
    state: Literal["missing", "retired"]


class ItemClaim(msgspec.Struct, array_like=True, frozen=True):
    """What one source says of one item.

    `external_id` is the source's primary id, `aliases` are further ids of the same source; `values` are the fields
    of `cmdb.model.values.ItemValues`; `digest` is over all that the source said. An empty class or name says nothing of
    it: a manual claim that corrects one field must not freeze the others.
    """

    source: str
    scope: str
    external_id: str
    class_: str
    name: str
    values: dict[str, Any]
    digest: str
    aliases: tuple[str, ...] = ()
    absent: Absent | None = None


class EdgeClaim(msgspec.Struct, array_like=True, frozen=True):
    """What one source says of one relationship or pool; `denied` is a manual claim that it is not so."""

    source: str
    scope: str
    values: dict[str, Any]
    digest: str
    denied: bool = False


_items = msgspec.json.Decoder(list[ItemClaim])
_edges = msgspec.json.Decoder(list[EdgeClaim])
_encoder = msgspec.json.Encoder(order="deterministic")


def decode_item(document: bytes) -> list[ItemClaim]:
    """Return the claims on an item."""
    return _items.decode(document)


def decode_edges(document: bytes) -> list[EdgeClaim]:
    """Return the claims on a relationship or a pool."""
    return _edges.decode(document)


def encode_claims(claims: Sequence[ItemClaim] | Sequence[EdgeClaim]) -> bytes:
    """Return the document of these claims."""
    return _encoder.encode(claims)
