"""The items of one (source, scope): each row is created, updated, unchanged, ambiguous or refused."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from cmdb.model import ItemClaim, ItemRow, encode_claims, item_id, show_item
from cmdb.model.values import encode
from cmdb.reconcile.context import Context, with_claim
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.identification import Identifier
from cmdb.reconcile.state import ClaimHead

__all__ = ["claim_digest", "reconcile_items"]


def claim_digest(external_id: str, class_: str, name: str, values: bytes, aliases: tuple[str, ...]) -> str:
    """Return the content hash of an item claim."""
    # NUL is refused in every text, so it keeps the parts apart.
    said = f"{external_id}\0{class_}\0{name}\0".encode() + values
    return blake2b(said + "\0".join(("", *aliases)).encode() if aliases else said, digest_size=8).hexdigest()


def reconcile_items(context: Context, batch: ScopeBatch) -> set[str]:
    """Take in the item rows; returns the record ids that the source showed, refused and ambiguous rows included."""
    identifier = Identifier(context.state, context.catalogue, batch.source, batch.scope)
    known = context.state.ids.setdefault(batch.source, {})
    seen: set[str] = {known[id_] for id_ in batch.refused_ids if id_ in known}
    rows_by_id: dict[str, ItemRow] = {}
    counts = context.proposal.items
    for row in batch.items:
        class_ = context.class_word(row.class_name, batch.vocabulary)
        if class_ is None:
            if row.external_id in known:
                seen.add(known[row.external_id])
            near = context.catalogue.suggest_class(row.class_name)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; see: cmdb catalogue"
            counts["refused"] += 1
            context.refuse(batch, row, "item", row.external_id, f"unknown class {row.class_name!r}{hint}")
            continue
        target, how, candidates = _target(context, identifier, known, row, class_)
        if target is None:
            seen.update(candidates)
            counts["ambiguous"] += 1
            context.refuse(batch, row, "item", row.external_id, how, "ambiguous")
            continue
        earlier = rows_by_id.get(target)
        if earlier is not None:
            if earlier[2:] == row[2:]:
                context.verdict(batch, row, "item", row.external_id, "unchanged", f"the same as row {earlier.row}")
                continue
            where = f"row {earlier.row} of {batch.file_of(earlier)}"
            counts["refused"] += 1
            same = "id" if earlier.external_id == row.external_id else f"item as {earlier.external_id!r}"
            context.refuse(
                batch, row, "item", row.external_id, f"{where} has the same {same} and says otherwise; keep one of them"
            )
            continue
        rows_by_id[target] = row
        seen.add(target)
        _take(context, batch, known, row, class_, target, how)
    return seen


def _target(
    context: Context, identifier: Identifier, known: dict[str, str], row: ItemRow, class_: str
) -> tuple[str | None, str, tuple[str, ...]]:
    """Return the record id of a row (None when ambiguous), how it was found, and the candidates."""
    own = known.get(row.external_id)
    if own is not None and not row.aliases:
        return own, "", ()
    found = {known[id_] for id_ in (row.external_id, *row.aliases) if id_ in known}
    if len(found) == 1:
        return found.pop(), "", ()
    if len(found) > 1:
        several = tuple(sorted(found))
        return None, f"its id and aliases are {len(several)} items of the record: {', '.join(several)}", several
    match = identifier.find(class_, row.name, row.values)
    if match.candidates:
        listed = ", ".join(match.candidates)
        return None, f"{len(match.candidates)} items have its {match.rule}: {listed}; say which it is", match.candidates
    if match.item_id is not None:
        return match.item_id, f"known from another source by {match.rule}", ()
    return item_id(identifier.source, row.external_id), "", ()


def _take(
    context: Context, batch: ScopeBatch, known: dict[str, str], row: ItemRow, class_: str, target: str, how: str
) -> None:
    counts = context.proposal.items
    document = context.state.documents.get(target)
    heads = context.state.heads(target) if document is not None else []
    mine = next((head for head in heads if head.source == batch.source), None)
    values, name = row.values, row.name
    if mine is not None and not (mine.name and mine.class_):
        # A manual claim that corrects one field says no class or name; an export of it has to, and means no more.
        shown = show_item(context.state.claims(target))
        class_ = mine.class_ if class_ == shown.class_ else class_
        name = mine.name if name == shown.name else name
    if mine is not None and not batch.complete:
        values = _patched(mine.values, values)
    elif b"null" in values:
        values = _patched(b"{}", values)
    aliases = _aliases(row, mine, complete=batch.complete)
    digest = claim_digest(row.external_id, class_, name, values, aliases)
    known[row.external_id] = target
    for alias in aliases:
        known.setdefault(alias, target)
    if mine is not None and mine.digest == digest and mine.absent is None:
        counts["unchanged"] += 1
        context.verdict(batch, row, "item", row.external_id, "unchanged")
        return
    scope = mine.scope if mine is not None and mine.absent is None else batch.scope
    claim = ItemClaim(batch.source, scope, row.external_id, class_, name, msgspec.Raw(values), digest, aliases)  # type: ignore[arg-type]
    if document is None:
        counts["created"] += 1
        context.put("item", target, encode_claims([claim]))
        context.verdict(batch, row, "item", row.external_id, "create")
    else:
        counts["updated"] += 1
        context.put("item", target, with_claim(context.state.claims(target), claim))
        context.verdict(batch, row, "item", row.external_id, "update", how)


def _patched(old: bytes | msgspec.Raw, new: bytes) -> bytes:
    """Return old values with the new ones over them; a null takes its field away."""
    values: dict[str, Any] = msgspec.json.decode(old)
    values.update(msgspec.json.decode(new))
    return encode({key: value for key, value in values.items() if value is not None})


def _aliases(row: ItemRow, mine: ClaimHead | None, *, complete: bool) -> tuple[str, ...]:
    """Return the further ids: what the row says, what a partial batch leaves standing, and a former primary id."""
    if not row.aliases and (mine is None or (not mine.aliases and mine.external_id == row.external_id)):
        return ()
    more = set(row.aliases)
    if mine is not None:
        if not complete:
            more.update(mine.aliases)
        more.add(mine.external_id)
    more.discard(row.external_id)
    if mine is not None and complete and row.external_id == mine.external_id:
        # What a complete batch no longer says is withdrawn, but ids that we once knew the item by stay good.
        more.update(mine.aliases)
    return tuple(sorted(more))
