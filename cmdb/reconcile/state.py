"""What the record holds, as reconcile needs it: documents by id, and who calls what by which external id."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cmdb.model import Absent, ItemClaim, decode_item
from cmdb.model.vocabulary import PLACEHOLDER_CLASS
from cmdb.store.protocol import ReadView

__all__ = ["ClaimHead", "ItemState", "read_items"]


class ClaimHead(msgspec.Struct, array_like=True, frozen=True):
    """An `ItemClaim` whose values are left undecoded, for most rows are unchanged."""

    source: str
    scope: str
    external_id: str
    class_: str
    name: str
    values: msgspec.Raw
    digest: str
    aliases: tuple[str, ...] = ()
    absent: Absent | None = None


_heads = msgspec.json.Decoder(list[ClaimHead])


class ItemState:
    """Every item of the record: its document, and the external ids by source."""

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.ids: dict[str, dict[str, str]] = {}
        """source -> external id (aliases included) -> record id."""
        self.placeholders: set[str] = set()
        """Items that some source merely refers to."""
        self._heads: dict[str, list[ClaimHead]] = {}

    def heads(self, item_id: str) -> list[ClaimHead]:
        """Return the claims on an item, values undecoded."""
        heads = self._heads.get(item_id)
        if heads is None:
            heads = self._heads[item_id] = _heads.decode(self.documents[item_id])
        return heads

    def forget(self, item_id: str) -> None:
        """Take note that an item's document has been put anew."""
        self._heads.pop(item_id, None)

    def is_placeholder(self, item_id: str) -> bool:
        """Return whether nobody has shown the item yet."""
        return item_id in self.placeholders and all(
            head.class_ == PLACEHOLDER_CLASS for head in self.heads(item_id) if head.class_
        )

    def claims(self, item_id: str) -> list[ItemClaim]:
        """Return the claims on an item."""
        return decode_item(self.documents[item_id])

    def every_head(self) -> Iterator[tuple[str, list[ClaimHead]]]:
        """Give every item's claims, values undecoded."""
        for item_id in self.documents:
            yield item_id, self.heads(item_id)


def read_items(view: ReadView) -> ItemState:
    """Read every item of the record."""
    state = ItemState()
    for item_id, document in view.documents("item"):
        state.documents[item_id] = document
        for claim in state.heads(item_id):
            known = state.ids.setdefault(claim.source, {})
            known[claim.external_id] = item_id
            if claim.class_ == PLACEHOLDER_CLASS:
                state.placeholders.add(item_id)
            for alias in claim.aliases:
                known.setdefault(alias, item_id)
    return state
