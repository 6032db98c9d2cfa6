"""What a complete batch no longer has, inside its (source, scope), and the guard that holds back what looks like loss.

Removal is a status or a withdrawn claim, never an erasure. When the guard trips, nothing at all is removed or
retired: a source that has lost a tenth of its servers overnight is more likely broken than right.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

import msgspec

from cmdb.model import Absent, EdgeClaim, decode_edges, pool_key, split_relationship_key
from cmdb.reconcile.context import Context, with_claim, without_claim
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.links import LinkOutcome
from cmdb.reconcile.proposal import Guarded
from cmdb.reconcile.references import References

__all__ = ["remove_absent"]


class _Going:
    """What would go, with the counts that the guard looks at: (kind, name) -> going of total."""

    def __init__(self) -> None:
        self.items: dict[str, Absent] = {}
        self.links: list[str] = []
        self.pools: list[str] = []
        self.total: Counter[tuple[str, str]] = Counter()
        self.going: Counter[tuple[str, str]] = Counter()


def remove_absent(
    context: Context,
    batch: ScopeBatch,
    references: References,
    seen_items: set[str],
    links: LinkOutcome,
    seen_pools: set[str],
) -> None:
    """Mark absent items, withdraw absent relationship and pool claims; or hold all of it back, and say so."""
    going = _Going()
    _absent_items(context, batch, seen_items, going)
    _absent_links(context, batch, references, links, going)
    _absent_pools(context, batch, seen_pools, going)
    held = _guarded(context, batch, going)
    if held:
        context.proposal.guard += held
        return
    counts = context.proposal.items
    for item_id, absent in going.items.items():
        claims = context.state.claims(item_id)
        mine = next(claim for claim in claims if claim.source == batch.source)
        context.put("item", item_id, with_claim(claims, msgspec.structs.replace(mine, absent=absent)))
        counts[absent.state] += 1
    for key in going.links:
        context.proposal.relationships["removed"] += 1
        context.put("relationship", key, without_claim(decode_edges(context.links[key]), batch.source))
    for key in going.pools:
        context.proposal.pools["removed"] += 1
        context.put("pool", key, without_claim(decode_edges(context.pools[key]), batch.source))


def _absent_items(context: Context, batch: ScopeBatch, seen: set[str], going: _Going) -> None:
    gone: dict[str, str] = {}
    for item_id, claims in context.state.every_head():
        if item_id in seen:
            continue
        mine = next((claim for claim in claims if claim.source == batch.source and claim.scope == batch.scope), None)
        if mine is None or (mine.absent is not None and mine.absent.state == "retired"):
            continue
        absent = _next_absence(context, batch, mine.absent)
        if absent is not None:
            going.items[item_id] = absent
            if mine.absent is None:
                gone[item_id] = mine.class_
    if not gone:
        return
    going.going.update(("class", class_) for class_ in gone.values())
    for _, claims in context.state.every_head():
        for claim in claims:
            if claim.source == batch.source and claim.scope == batch.scope and claim.absent is None:
                going.total["class", claim.class_] += 1


def _next_absence(context: Context, batch: ScopeBatch, absent: Absent | None) -> Absent | None:
    """Return what one more complete run without the item makes of it, None when nothing changes."""
    policy = context.policy
    if policy.absent == "retire":
        return Absent(absent.since if absent else context.now, "retired")
    if absent is None:
        return Absent(context.now, "missing")
    runs = sum(finished >= absent.since for finished in policy.complete_runs(batch.source, batch.scope)) + 1
    age = dt.datetime.fromisoformat(context.now) - dt.datetime.fromisoformat(absent.since)
    if runs >= policy.runs_until_retired and age >= dt.timedelta(days=policy.days_until_retired):
        return Absent(absent.since, "retired")
    return None


def _claim_in_scope(document: bytes, batch: ScopeBatch) -> EdgeClaim | None:
    for claim in decode_edges(document):
        if claim.source == batch.source and claim.scope == batch.scope:
            return claim
    return None


def _absent_links(
    context: Context, batch: ScopeBatch, references: References, links: LinkOutcome, going: _Going
) -> None:
    kept_pairs = {frozenset((references.resolve(start), references.resolve(end))) for start, end in batch.refused_links}
    gone: set[str] = set()
    for key, document in context.links.items():
        if key in links.seen or _claim_in_scope(document, batch) is None:
            continue
        start, _, end, _ = split_relationship_key(key)
        if frozenset((start, end)) not in kept_pairs:
            gone.add(key)
            going.links.append(key)
    if not gone:
        return
    for key, document in context.links.items():
        claim = _claim_in_scope(document, batch)
        for name in () if claim is None else _guarded_names(context, key, claim):
            going.total[name] += 1
            going.going[name] += key in gone


def _guarded_names(context: Context, key: str, claim: EdgeClaim) -> list[tuple[str, str]]:
    """Return what a relationship counts for: its type, and the pools it is in."""
    start, type_, end, _ = split_relationship_key(key)
    pools = claim.values.get("pools")
    if not pools:
        return [("type", type_)]
    rule = context.catalogue.rule_for(type_, context.class_of(start), context.class_of(end))
    consumer = end if rule is not None and rule.consumer == "to" else start
    return [("type", type_), *(("pool", pool_key(consumer, name)) for name in pools)]


def _absent_pools(context: Context, batch: ScopeBatch, seen: set[str], going: _Going) -> None:
    going.pools += [
        key
        for key, document in context.pools.items()
        if key not in seen and _claim_in_scope(document, batch) is not None
    ]
    if going.pools:
        going.going["type", "pool"] = len(going.pools)
        going.total["type", "pool"] = sum(
            _claim_in_scope(document, batch) is not None for document in context.pools.values()
        )


def _guarded(context: Context, batch: ScopeBatch, going: _Going) -> list[Guarded]:
    policy = context.policy
    held = []
    for (kind, name), count in sorted(going.going.items()):
        total = going.total[kind, name]
        if count > policy.max_removal_count and count * 100 > policy.max_removal_percent * total:
            shown = _pool_label(context, name) if kind == "pool" else name
            held.append(Guarded(batch.source, batch.scope, kind, shown, count, total))  # type: ignore[arg-type]
    return held


def _pool_label(context: Context, key: str) -> str:
    consumer, name = key.split(" ", 1)
    return f"{context.state.heads(consumer)[0].name}: {name}" if consumer in context.state.documents else name
