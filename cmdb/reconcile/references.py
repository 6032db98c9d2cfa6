"""What a reference in a row means: an external id of its own source, or "source:id". A dangling one gets a placeholder.

A placeholder is an item of class Unknown, claimed by the source that refers to it, so that no relationship is ever
half-linked; it becomes the real item when the source shows it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from cmdb.model import ItemClaim, Problem, encode_claims, item_id
from cmdb.model.vocabulary import PLACEHOLDER_CLASS
from cmdb.reconcile.context import Context, with_claim
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.items import claim_digest

__all__ = ["References"]


class References:
    """Resolves the references of one (source, scope), and makes placeholders."""

    def __init__(self, context: Context, batch: ScopeBatch, seen: set[str]) -> None:
        self._context = context
        self._batch = batch
        self.seen = seen
        self._known = context.state.ids.setdefault(batch.source, {})
        self._dangling: dict[str, Any] = {}

    def resolve(self, reference: str) -> str | None:
        """Return the record id that a reference means, None when it dangles."""
        found = self._known.get(reference)
        if found is not None:
            return found
        at = reference.find(":")
        while at > 0:
            ids = self._context.state.ids.get(reference[:at])
            if ids is not None and reference[at + 1 :] in ids:
                return ids[reference[at + 1 :]]
            at = reference.find(":", at + 1)
        return None

    def resolve_or_place(self, reference: str, row: Any) -> str:
        """Return the record id that a reference means, that of a new placeholder when it dangles."""
        found = self.resolve(reference)
        if found is None:
            found = self._placed(reference)
            self._context.proposal.items["placeholders"] += 1
            self._dangling[reference] = row
        else:
            self._refresh(found)
        return found

    def keep(self, reference: str) -> None:
        """Take note that a refused row refers to something: refused rows count as seen."""
        found = self.resolve(reference)
        if found is not None:
            self._refresh(found)

    def report(self) -> None:
        """Add a warning for each reference that dangles, naming the first row that makes it."""
        if not self._dangling:
            return
        rows = Counter(end for row in self._batch.relationships for end in {row.from_ref, row.to_ref})
        for reference, row in self._dangling.items():
            more = rows[reference] - 1
            again = f" ({more} more rows do)" if more > 0 else ""
            self._context.proposal.problems.append(
                Problem(
                    self._batch.file_of(row),
                    row.row,
                    reference,
                    f"refers to {reference!r}, which {self._batch.source} does not show{again}; "
                    "a placeholder stands for it until it does",
                    "warning",
                )
            )

    def _placed(self, reference: str) -> str:
        batch, context = self._batch, self._context
        target = item_id(batch.source, reference)
        digest = claim_digest(reference, PLACEHOLDER_CLASS, reference, b"{}", ())
        claim = ItemClaim(
            batch.source,
            batch.scope,
            reference,
            PLACEHOLDER_CLASS,
            reference,
            msgspec.Raw(b"{}"),  # type: ignore[arg-type]
            digest,
        )
        if target in context.state.documents:
            context.put("item", target, with_claim(context.state.claims(target), claim))
        else:
            context.put("item", target, encode_claims([claim]))
            context.classes[target] = PLACEHOLDER_CLASS
        context.state.placeholders.add(target)
        self._known[reference] = target
        self.seen.add(target)
        return target

    def _refresh(self, target: str) -> None:
        """A placeholder that is still referred to is still seen, and upheld again when it had gone missing."""
        state = self._context.state
        if target in self.seen or target not in state.placeholders:
            return
        mine = next((head for head in state.heads(target) if head.source == self._batch.source), None)
        if mine is None or mine.class_ != PLACEHOLDER_CLASS:
            return
        self.seen.add(target)
        if mine.absent is not None:
            self._context.proposal.items["updated"] += 1
            claims = state.claims(target)
            upheld = next(claim for claim in claims if claim.source == self._batch.source)
            self._context.put("item", target, with_claim(claims, msgspec.structs.replace(upheld, absent=None)))
