"""The relationships of one (source, scope): oriented by the catalogue, merged by identity, compared with the record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from cmdb.model import (
    EdgeClaim,
    RelationshipRow,
    content_digest,
    decode_edges,
    encode_claims,
    pool_key,
)
from cmdb.model.values import encode
from cmdb.reconcile.context import Context, with_claim
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.references import References

__all__ = ["LinkOutcome", "reconcile_links", "stated_pools", "without_idle"]


@dataclass(slots=True)
class LinkOutcome:
    """What the relationship rows came to."""

    seen: set[str] = field(default_factory=set)
    """Keys of the relationships that were shown."""
    members: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """By (consumer, pool): the providers that rows put into it."""
    pooled: set[str] = field(default_factory=set)
    """Keys of the relationships whose rows put a provider into a pool."""
    left: dict[str, list[str]] = field(default_factory=dict)
    """By key: the pools that the source said before and in this complete batch says no more."""


def reconcile_links(context: Context, batch: ScopeBatch, references: References, pools_stated: set[str]) -> LinkOutcome:
    """Take in the relationship rows. Refused rows count as seen.

    `pools_stated` are the keys of the pools that the command's batches state.
    """
    outcome = LinkOutcome()
    gathered: dict[str, tuple[RelationshipRow, _Said]] = {}
    refused = context.proposal.relationships
    shown = {external: item for external, item in context.state.ids[batch.source].items() if item in references.seen}
    undirected = {name for name, type_ in context.catalogue.types.items() if type_.undirected}
    types: list[dict[str, tuple[str, bool] | None]] = [{} for _ in batch.files]
    sayings: dict[bytes, _Said] = {}
    nothing = sayings[b""] = _said(batch, {})
    for row in batch.relationships:
        file, _, from_ref, type_name, to_ref, link, raw = row
        named = types[file].get(type_name)
        if named is None:
            named = types[file][type_name] = context.catalogue.type_named(type_name, batch.vocabularies[file])
        if named is None:
            near = context.catalogue.suggest_type(type_name)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; see: cmdb catalogue --types"
            refused["refused"] += 1
            context.refuse(batch, row, "relationship", _label(row), f"unknown relationship type {type_name!r}{hint}")
            batch.refused_links.append((from_ref, to_ref))
            continue
        type_, swapped = named
        if from_ref == to_ref:
            refused["refused"] += 1
            context.refuse(
                batch, row, "relationship", _label(row), "an item cannot be related to itself; check the ends"
            )
            continue
        start = shown.get(from_ref) or references.resolve_or_place(from_ref, row)
        end = shown.get(to_ref) or references.resolve_or_place(to_ref, row)
        if start == end:
            refused["refused"] += 1
            context.refuse(batch, row, "relationship", _label(row), "both ends are one item; check the ends")
            continue
        if swapped or (type_ in undirected and end < start):
            start, end = end, start
        key = f"{start} {type_} {end} {link}"  # relationship_key, a call a row
        said = sayings.get(raw)
        if said is None:
            said = sayings[raw] = _said(batch, msgspec.json.decode(raw))
        if said.pools:
            complaint = _lacking_pool(context, pools_stated, outcome, type_, start, end, said.pools)
            if complaint:
                refused["refused"] += 1
                context.refuse(batch, row, "relationship", _label(row), complaint)
                batch.refused_links.append((from_ref, to_ref))
                continue
            outcome.pooled.add(key)
        earlier = gathered.get(key)
        if earlier is None:
            gathered[key] = (row, said)
            continue
        merged = _merged(earlier[1].values, said.values)
        if merged is None:
            refused["refused"] += 1
            where = f"row {earlier[0].row} of {batch.file_of(earlier[0])}"
            message = f"{where} is the same relationship and says otherwise; keep one"
            context.refuse(batch, row, "relationship", _label(row), message)
        else:
            gathered[key] = (earlier[0], _said(batch, merged) if merged else nothing)
            context.verdict(batch, row, "relationship", _label(row), "unchanged", f"merged with row {earlier[0].row}")
    outcome.seen.update(gathered)
    _compare(context, batch, gathered, outcome)
    return outcome


class _Said(NamedTuple):
    """What rows say beside their ends: the values, the pools among them, and the document when nobody says more."""

    values: dict[str, Any]
    pools: list[str]
    document: bytes


def _said(batch: ScopeBatch, values: dict[str, Any]) -> _Said:
    kept = without_idle(values)
    claim = EdgeClaim(batch.source, batch.scope, kept, content_digest(encode(kept)))
    return _Said(values, values.get("pools") or [], encode_claims([claim]))


def _compare(
    context: Context, batch: ScopeBatch, gathered: dict[str, tuple[RelationshipRow, _Said]], outcome: LinkOutcome
) -> None:
    """Put what is new or says something else. Most rows are known, and one source alone says them."""
    held, first = context.links, context.first["relationship"]
    created = unchanged = 0
    for key, (row, said) in gathered.items():
        document = held.get(key)
        if context.keep_verdicts or (document is not None and document != said.document):
            _take(context, batch, row, key, said.values, outcome)
        elif document is None:
            created += 1
            first.setdefault(key, None)
            held[key] = said.document
        else:
            unchanged += 1
    counts = context.proposal.relationships
    for verdict, count in (("created", created), ("unchanged", unchanged)):
        if count:
            counts[verdict] += count


def _take(
    context: Context,
    batch: ScopeBatch,
    row: RelationshipRow,
    key: str,
    values: dict[str, Any],
    outcome: LinkOutcome,
) -> None:
    counts = context.proposal.relationships
    document = context.links.get(key)
    claims = decode_edges(document) if document is not None else []
    mine = next((claim for claim in claims if claim.source == batch.source), None)
    said: dict[str, Any] = dict(mine.values) if mine is not None and not batch.complete and not mine.denied else {}
    said.update(values)
    said = without_idle(said)
    digest = content_digest(encode(said))
    label = _label(row)
    if mine is not None and mine.digest == digest and not mine.denied:
        counts["unchanged"] += 1
        context.verdict(batch, row, "relationship", label, "unchanged")
        return
    if mine is not None and batch.complete:
        left = sorted({*(mine.values.get("pools") or ())} - {*(said.get("pools") or ())})
        if left:
            outcome.left[key] = left
    scope = mine.scope if mine is not None else batch.scope
    claim = EdgeClaim(batch.source, scope, said, digest)
    if document is None:
        counts["created"] += 1
        context.put("relationship", key, encode_claims([claim]))
        context.verdict(batch, row, "relationship", label, "create")
    else:
        counts["updated"] += 1
        context.put("relationship", key, with_claim(claims, claim))
        context.verdict(batch, row, "relationship", label, "update")


def _label(row: RelationshipRow) -> str:
    return f"{row.from_ref} {row.type_name} {row.to_ref}"


def without_idle(said: dict[str, Any]) -> dict[str, Any]:
    """Return a relationship's values without those that say nothing, so that equal statements are equal bytes."""
    kept = {name: value for name, value in said.items() if value is not None and value != []}
    if not (kept.get("required") and kept.get("pools")):
        kept.pop("required", None)  # without a pool it is required anyway
    return kept


def stated_pools(batch: ScopeBatch, references: References) -> set[str]:
    """Return the keys of the pools that a batch states; refused rows count too."""
    named = [(row.consumer_ref, row.name) for row in batch.pools]
    stated = set()
    for reference, name in (*named, *batch.refused_pools):
        consumer = references.resolve(reference)
        if consumer is not None:
            stated.add(pool_key(consumer, name))
    return stated


def _lacking_pool(
    context: Context, stated: set[str], outcome: LinkOutcome, type_: str, start: str, end: str, pools: list[str]
) -> str | None:
    """Return a complaint about a pool that nobody knows, and count the member where all is well."""
    rule = context.catalogue.rule_for(type_, context.class_of(start), context.class_of(end))
    ends = [(start, end), (end, start)] if rule is None else [(start, end) if rule.consumer == "from" else (end, start)]
    for name in pools:
        for consumer, provider in ends:
            key = pool_key(consumer, name)
            by_rule = rule is not None and rule.pool is not None and rule.pool.name == name
            if key in stated or key in context.pools or by_rule:
                outcome.members[consumer, name].add(provider)
                break
        else:
            consumer = ends[0][0]
            head = context.state.heads(consumer)[0]
            return (
                f"{head.name!r} has no pool {name!r}, here or in the record; "
                f"add {{consumer: {head.external_id}, name: {name}, need: ..}} to the pools"
            )
    return None


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any] | None:
    """Merge two rows that differ only in pools; None when they contradict each other.

    One without a pool among them means that the provider is required by itself too.
    """
    if {k: v for k, v in one.items() if k not in ("pools", "required")} != {
        k: v for k, v in other.items() if k not in ("pools", "required")
    }:
        return None
    merged = dict(one)
    pools = set(one.get("pools") or ()) | set(other.get("pools") or ())
    if pools:
        merged["pools"] = sorted(pools)
        alone = not one.get("pools") or not other.get("pools")
        if alone or one.get("required") or other.get("required"):
            merged["required"] = True
    return merged
