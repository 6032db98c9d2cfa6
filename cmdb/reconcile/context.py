"""What the steps of one reconcile share: the record as it stands, the changes gathered so far, the proposal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from cmdb.catalogue import Catalogue
from cmdb.model import Change, EdgeClaim, ItemClaim, Problem, encode_claims, show_item
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.proposal import Policy, Proposal, Verdict
from cmdb.reconcile.state import ItemState

__all__ = ["Context", "with_claim", "without_claim"]

Any_Claim = TypeVar("Any_Claim", ItemClaim, EdgeClaim)
Word = Literal["create", "update", "unchanged", "ambiguous", "refused"]


class Context:
    """The working state of one reconcile.

    `items` holds each item's document as it is now: as the record has it, then as earlier rows have made it, so that
    several scopes of one command build upon each other. `first` remembers the record's own.
    """

    def __init__(
        self, state: ItemState, catalogue: Catalogue, policy: Policy, proposal: Proposal, now: str, *, verdicts: bool
    ) -> None:
        self.state = state
        self.catalogue = catalogue
        self.policy = policy
        self.proposal = proposal
        self.now = now
        self.keep_verdicts = verdicts
        self.links: dict[str, bytes] = {}
        self.pools: dict[str, bytes] = {}
        self.first: dict[str, dict[str, bytes | None]] = {"item": {}, "relationship": {}, "pool": {}}
        self.classes: dict[str, str] = {}
        """Record id -> shown class, filled as it is asked for."""
        self._class_words: dict[tuple[str, str], str | None] = {}

    def put(self, kind: Literal["item", "relationship", "pool"], key: str, document: bytes | None) -> None:
        """Let an entity's document be `document` from here on."""
        current: dict[str, bytes] = self._documents(kind)
        self.first[kind].setdefault(key, current.get(key))
        if document is None:
            current.pop(key, None)
        else:
            current[key] = document
        if kind == "item":
            self.classes.pop(key, None)
            self.state.forget(key)

    def _documents(self, kind: str) -> dict[str, bytes]:
        return self.state.documents if kind == "item" else self.links if kind == "relationship" else self.pools

    def changes(self) -> list[Change]:
        """Return what has become different from the record."""
        changes: list[Change] = []
        make: Callable[[type[Change], tuple[Any, ...]], Change] = tuple.__new__
        for kind, touched in self.first.items():
            now = self._documents(kind).get
            # Hundreds of thousands: made as the tuples they are, without the detour over the names of their fields.
            changes += [make(Change, (kind, key, before, now(key))) for key, before in touched.items()]
        return changes

    def class_word(self, word: str, vocabulary: str) -> str | None:
        """Return the class that a source's word stands for; asked once a word."""
        asked = (word, vocabulary)
        if asked not in self._class_words:
            self._class_words[asked] = self.catalogue.class_named(word, vocabulary)
        return self._class_words[asked]

    def class_of(self, item_id: str) -> str:
        """Return the class that an item shows."""
        class_ = self.classes.get(item_id)
        if class_ is None:
            heads = self.state.heads(item_id)
            if len(heads) == 1 and heads[0].class_:
                class_ = heads[0].class_
            else:
                class_ = show_item(self.state.claims(item_id)).class_
            self.classes[item_id] = class_
        return class_

    def refuse(self, batch: ScopeBatch, row: Any, kind: Any, id_: str, message: str, word: Word = "refused") -> None:
        """Record a row that is not imported."""
        file = batch.file_of(row)
        severity: Literal["refused", "ambiguous"] = "ambiguous" if word == "ambiguous" else "refused"
        self.proposal.problems.append(Problem(file, row.row, id_, message, severity))
        if self.keep_verdicts:
            self.proposal.verdicts.append(Verdict(file, row.row, kind, id_, word, message))

    def verdict(self, batch: ScopeBatch, row: Any, kind: Any, id_: str, word: Word, reason: str = "") -> None:
        """Say what becomes of a row, where that is wanted."""
        if self.keep_verdicts:
            self.proposal.verdicts.append(Verdict(batch.file_of(row), row.row, kind, id_, word, reason))


def with_claim(claims: Sequence[Any_Claim], claim: Any_Claim) -> bytes:
    """Return the document in which `claim` stands for its source: in the old one's place, or last."""
    if all(each.source != claim.source for each in claims):
        return encode_claims([*claims, claim])  # type: ignore[arg-type]
    replaced: Sequence[Any_Claim] = [claim if each.source == claim.source else each for each in claims]
    return encode_claims(replaced)


def without_claim(claims: Sequence[EdgeClaim], source: str) -> bytes | None:
    """Return the document without the claim of a source, None when no claim is left."""
    left = [claim for claim in claims if claim.source != source]
    return encode_claims(left) if left else None
