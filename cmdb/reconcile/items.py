"""The items of one (source, scope): each row is created, updated, unchanged, ambiguous or refused."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgspec

from cmdb.model import ItemClaim, ItemRow, encode_claims, item_id, show_item
from cmdb.model.values import encode
from cmdb.model.vocabulary import MANUAL
from cmdb.reconcile.context import Context, with_claim
from cmdb.reconcile.decisions import Waiting
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.identification import Identifier
from cmdb.reconcile.state import ClaimHead, ItemState

__all__ = ["claim_digest", "reconcile_items"]


def claim_digest(external_id: str, class_: str, name: str, values: bytes, aliases: tuple[str, ...]) -> str:
    """Return the content hash of an item claim."""
    # NUL is refused in every text, so it keeps the parts apart.
    said = f"{external_id}\0{class_}\0{name}\0".encode() + values
    return blake2b(said + "\0".join(("", *aliases)).encode() if aliases else said, digest_size=8).hexdigest()


def reconcile_items(context: Context, batch: ScopeBatch) -> set[str]:
    """Take in the item rows; returns the record ids that the source showed, refused and ambiguous rows included."""
    policy = context.policy
    identifier = Identifier(
        *(context.state, context.catalogue, batch, context.links, context.class_word),
        settled=policy.settled,
        rules=policy.identity,
    )
    known = context.state.ids.setdefault(batch.source, {})
    seen: set[str] = {known[id_] for id_ in batch.refused_ids if id_ in known}
    rows_by_id: dict[str, ItemRow] = {}
    counts = context.proposal.items
    contested = _contested(context, identifier, batch, known)
    unsettled: dict[str, ItemRow] = {}
    for row in batch.items:
        class_ = context.class_word(row.class_name, batch.vocabulary_of(row))
        if class_ is None:
            if row.external_id in known:
                seen.add(known[row.external_id])
            near = context.catalogue.suggest_class(row.class_name)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; see: cmdb catalogue"
            counts["refused"] += 1
            context.refuse(batch, row, "item", row.external_id, f"unknown class {row.class_name!r}{hint}")
            continue
        target, how, candidates = _target(context, identifier, known, row, class_, contested)
        if row.external_id in unsettled:
            target, how = (
                None,
                f"row {unsettled[row.external_id].row} has the same id and is ambiguous; keep one of them",
            )
        if target is None:
            unsettled.setdefault(row.external_id, row)
            seen.update(candidates)
            counts["ambiguous"] += 1
            context.refuse(batch, row, "item", row.external_id, how, "ambiguous")
            batch.waiting.append(
                Waiting(batch.file_of(row), row.row, row.external_id, class_, row.name, how, sorted(candidates))
            )
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


def _contested(
    context: Context, identifier: Identifier, batch: ScopeBatch, known: dict[str, str]
) -> dict[str, set[str]]:
    """Return the items of other sources that several new rows would be, by the rules; each with the rows' ids.

    Found before any row is taken, so that the order of the rows decides nothing.
    """
    if not identifier.useful():
        return {}
    wanted: dict[str, set[str]] = {}
    looked: set[str] = set()  # a second row of an id is not taken anyway
    for row in batch.items:
        if row.external_id in looked or any(
            id_ in known and not context.state.is_placeholder(known[id_]) for id_ in (row.external_id, *row.aliases)
        ):
            continue
        class_ = context.class_word(row.class_name, batch.vocabulary_of(row))
        if class_ is None:
            continue
        looked.add(row.external_id)
        if identifier.decided(row.external_id) is not None:
            continue
        match = identifier.find(class_, row.name, row.values, row.external_id).item_id
        if match is not None:
            wanted.setdefault(match, set()).add(row.external_id)
    return {item: ids for item, ids in wanted.items() if len(ids) > 1}


def _target(
    context: Context,
    identifier: Identifier,
    known: dict[str, str],
    row: ItemRow,
    class_: str,
    contested: dict[str, set[str]],
) -> tuple[str | None, str, tuple[str, ...]]:
    """Return the record id of a row (None when ambiguous), how it was found, and the candidates."""
    state = context.state
    own = known.get(row.external_id)
    if own is not None and not row.aliases and own not in state.placeholders:
        return own, "", ()
    decided = identifier.decided(row.external_id)
    if decided is not None:
        return decided, "settled by a person: it is that item", ()
    found = {known[id_] for id_ in (row.external_id, *row.aliases) if id_ in known}
    if len(found) > 1:
        found -= identifier.ruled_out(row.external_id)
    if len(found) > 1:
        several = tuple(sorted(found))
        return None, f"its id and aliases are {len(several)} items of the record: {', '.join(several)}", several
    own = found.pop() if found else None
    if own is not None and not state.is_placeholder(own):
        return own, "", ()
    if identifier.source == MANUAL and row.external_id in state.documents:
        # A correction by hand of an imported item goes by the record id, in an export too.
        return row.external_id, "", ()
    match = identifier.find(class_, row.name, row.values, row.external_id)
    if match.candidates:
        listed = ", ".join(match.candidates)
        return None, f"{len(match.candidates)} items have its {match.rule}: {listed}; say which it is", match.candidates
    rivals = contested.get(match.item_id or "")
    if rivals is not None and match.item_id is not None:
        listed = ", ".join(sorted(rivals - {row.external_id})[:5])
        how = f"{listed} of the same source has the {match.rule} of {match.item_id} too; say which of them it is"
        return None, how, (match.item_id,)
    if own is not None:
        return own, "", ()
    waiting = _waiting(state, identifier.source, row.external_id)
    if waiting is not None:
        return waiting, "known from another source's reference", ()
    if match.item_id is not None:
        return match.item_id, f"known from another source by {match.rule}", ()
    why = identifier.missed(class_, row.values) if context.keep_verdicts and identifier.useful() else ""
    return item_id(identifier.source, row.external_id), why, ()


def _waiting(state: ItemState, source: str, external_id: str) -> str | None:
    """Return the placeholder that stands for the item because another source refers to it as "source:id"."""
    if state.placeholders:
        for other, ids in state.ids.items():
            found = ids.get(f"{source}:{external_id}") if other != source else None
            if found is not None and state.is_placeholder(found):
                return found
    return None


def _take(
    context: Context, batch: ScopeBatch, known: dict[str, str], row: ItemRow, class_: str, target: str, how: str
) -> None:
    counts = context.proposal.items
    document = context.state.documents.get(target)
    heads = context.state.heads(target) if document is not None else []
    mine = _of_source(heads, batch.source)
    values, name = row.values, row.name
    if mine is not None and not (mine.name and mine.class_):
        # A manual claim that corrects one field says no class or name; an export of it has to, and means no more.
        shown = show_item(context.state.claims(target))
        class_ = mine.class_ if class_ == shown.class_ else class_
        name = mine.name if name == shown.name else name
    if mine is not None and not batch.complete:
        values = values if bytes(mine.values) == values else _patched(mine.values, values)
    elif b"null" in values:
        values = _patched(b"{}", values)
    aliases = _aliases(row, mine)
    known[row.external_id] = target
    for alias in aliases:
        known.setdefault(alias, target)
    if mine is not None and mine.absent is None and _says(mine, row.external_id, class_, name, values, aliases):
        counts["unchanged"] += 1
        context.verdict(batch, row, "item", row.external_id, "unchanged")
        return
    digest = claim_digest(row.external_id, class_, name, values, aliases)
    scope = mine.scope if mine is not None and mine.absent is None else batch.scope
    claim = ItemClaim(batch.source, scope, row.external_id, class_, name, msgspec.Raw(values), digest, aliases)  # type: ignore[arg-type]
    if document is None:
        counts["created"] += 1
        context.put("item", target, encode_claims([claim]))
        context.classes[target] = class_  # asked for with each relationship of the item
        context.verdict(batch, row, "item", row.external_id, "create", how)
    else:
        counts["updated"] += 1
        context.put("item", target, with_claim(context.state.claims(target), claim))
        context.verdict(batch, row, "item", row.external_id, "update", how)


def _of_source(heads: list[ClaimHead], source: str) -> ClaimHead | None:
    for head in heads:
        if head.source == source:
            return head
    return None


def _says(mine: ClaimHead, external_id: str, class_: str, name: str, values: bytes, aliases: tuple[str, ...]) -> bool:
    """Return whether a claim says just this: compared, for a digest takes longer to make."""
    return (
        bytes(mine.values) == values
        and mine.name == name
        and mine.class_ == class_
        and mine.external_id == external_id
        and mine.aliases == aliases
    )


def _patched(old: bytes | msgspec.Raw, new: bytes) -> bytes:
    """Return old values with the new ones over them, attributes name by name; a null takes its field away."""
    values: dict[str, Any] = msgspec.json.decode(old)
    given: dict[str, Any] = msgspec.json.decode(new)
    if given.get("attributes") is not None:
        merged = {**(values.get("attributes") or {}), **given["attributes"]}
        given["attributes"] = {name: value for name, value in merged.items() if value is not None}
    values.update(given)
    return encode({key: value for key, value in values.items() if value is not None})


def _aliases(row: ItemRow, mine: ClaimHead | None) -> tuple[str, ...]:
    """Return the further ids: those that the row says, and all by which the source has known the item before."""
    if mine is None:
        return tuple(sorted({*row.aliases} - {row.external_id})) if row.aliases else ()
    if not row.aliases and not mine.aliases and mine.external_id == row.external_id:
        return ()
    return tuple(sorted({*row.aliases, *mine.aliases, mine.external_id} - {row.external_id}))
