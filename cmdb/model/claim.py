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
    it: a manual claim that corrects one field must not freeze the others. `ranks` says, field by field, how far behind
    others the claim stands, 0 first and "*" for every other field; a claim without comes after those with one.
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
    ranks: dict[str, int] = {}


class EdgeClaim(msgspec.Struct, array_like=True, frozen=True):
    """What one source says of one relationship or pool; `denied` is a manual claim that it is not so.

    `ranks` is that of an item claim.
    """

    source: str
    scope: str
    values: dict[str, Any]
    digest: str
    denied: bool = False
    ranks: dict[str, int] = {}


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
    """Return the document of these claims.

    Ranks stand last and are left out where there are none, so that most documents are what they were without them.
    """
    if len(claims) == 1 and not claims[0].ranks:
        return _encoder.encode(claims)[:-5] + b"]]"
    return b"[" + b",".join(_encoded(claim) for claim in claims) + b"]"


def _encoded(claim: ItemClaim | EdgeClaim) -> bytes:
    encoded = _encoder.encode(claim)
    return encoded if claim.ranks else encoded[: -len(",{}]")] + b"]"
