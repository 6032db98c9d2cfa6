"""What a complete batch no longer has, inside its (source, scope), and the guard that holds back what looks like loss.

Removal is a status or a withdrawn claim, never an erasure. When the guard trips, nothing at all is removed or
retired: a source that has lost a tenth of its servers overnight is more likely broken than right.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from cmdb.model import Absent, EdgeClaim, content_digest, decode_edges, pool_key, show_item, split_relationship_key
from cmdb.model.values import encode
from cmdb.reconcile.context import Context, with_claim, without_claim
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.links import LinkOutcome
from cmdb.reconcile.membership import consumer_and_provider
from cmdb.reconcile.proposal import Guarded
from cmdb.reconcile.references import References

__all__ = ["Showing", "remove_absent"]


@dataclass(slots=True)
class Showing:
    """What one (source, scope) of the command showed: record ids, relationships, keys of pools."""

    batch: ScopeBatch
    references: References
    items: set[str]
    links: LinkOutcome = field(default_factory=LinkOutcome)
    pools: set[str] = field(default_factory=set)


class _Going:
    """What would go, with the counts that the guard looks at: (kind, name) -> going of total."""

    def __init__(self) -> None:
        self.items: dict[str, Absent] = {}
        self.links: list[str] = []
        self.pools: list[str] = []
        self.total: Counter[tuple[str, str]] = Counter()
        self.going: Counter[tuple[str, str]] = Counter()


def remove_absent(context: Context, showing: Showing, showings: Sequence[Showing]) -> None:
    """Mark absent items, withdraw absent relationship and pool claims; or hold all of it back, and say so.

    `showings` are all of the command: what another scope of the same source shows has moved there and is not absent.
    """
    batch = showing.batch
    for start, end in batch.refused_links:
        showing.references.keep(start)
        showing.references.keep(end)
    elsewhere = [each for each in showings if each is not showing and each.batch.source == batch.source]
    going = _Going()
    _absent_items(context, showing, elsewhere, going)
    _absent_links(context, showing, elsewhere, going)
    _absent_pools(context, showing, elsewhere, going)
    held = _guarded(context, batch, going)
    if held:
        context.proposal.guard += held
        _stay_in_pools(context, showing)
        return
    for item_id, absent in going.items.items():
        claims = context.state.claims(item_id)
        mine = next(claim for claim in claims if claim.source == batch.source)
        context.put("item", item_id, with_claim(claims, msgspec.structs.replace(mine, absent=absent)))
        left = context.state.claims(item_id)
        # An item that another source upholds lives on.
        gone = all(claim.absent is not None for claim in left)
        context.proposal.items[show_item(left).status if gone else "updated"] += 1
    for key in going.links:
        context.proposal.relationships["removed"] += 1
        context.put("relationship", key, without_claim(decode_edges(context.links[key]), batch.source))
    for key in going.pools:
        context.proposal.pools["removed"] += 1
        context.put("pool", key, without_claim(decode_edges(context.pools[key]), batch.source))


def _absent_items(context: Context, showing: Showing, elsewhere: Sequence[Showing], going: _Going) -> None:
    batch = showing.batch
    state = context.state
    lost: list[tuple[str, Absent | None]] = []
    for item_id in state.documents:
        if item_id in showing.items:
            continue
        mine = next(
            (head for head in state.heads(item_id) if head.source == batch.source and head.scope == batch.scope), None
        )
        if mine is not None and (mine.absent is None or mine.absent.state != "retired"):
            lost.append((item_id, mine.absent))
    if not lost:
        return
    runs = [dt.datetime.fromisoformat(each) for each in context.policy.complete_runs(batch.source, batch.scope)]
    for item_id, before in lost:
        moved = next((each for each in elsewhere if item_id in each.items), None)
        if moved is not None:
            claims = state.claims(item_id)
            claim = next(claim for claim in claims if claim.source == batch.source)
            claim = msgspec.structs.replace(claim, scope=moved.batch.scope)
            context.put("item", item_id, with_claim(claims, claim))
            continue
        absent = _next_absence(context, batch, before, runs)
        if absent is not None:
            going.items[item_id] = absent
            if before is None:
                going.going["class", context.class_of(item_id)] += 1
    if not going.going:
        return
    for item_id, heads in state.every_head():
        if any(each.source == batch.source and each.scope == batch.scope and each.absent is None for each in heads):
            going.total["class", context.class_of(item_id)] += 1


def _next_absence(
    context: Context, batch: ScopeBatch, absent: Absent | None, runs: Sequence[dt.datetime]
) -> Absent | None:
    """Return what one more complete run without the item makes of it, None when nothing changes."""
    policy = context.policy
    if policy.absent == "retire":
        return Absent(absent.since if absent else context.now, "retired")
    if absent is None:
        return Absent(context.now, "missing")
    since = dt.datetime.fromisoformat(absent.since)
    count = sum(finished >= since for finished in runs) + policy.refreshes(batch.source, batch.scope)
    age = dt.datetime.fromisoformat(context.now) - since
    if count >= policy.runs_until_retired and age >= dt.timedelta(days=policy.days_until_retired):
        return Absent(absent.since, "retired")
    return None


def _claim_in_scope(document: bytes, batch: ScopeBatch) -> EdgeClaim | None:
    for claim in decode_edges(document):
        if claim.source == batch.source and claim.scope == batch.scope:
            return claim
    return None


def _moved(
    context: Context,
    kind: Literal["relationship", "pool"],
    key: str,
    document: bytes,
    claim: EdgeClaim,
    scope: str,
) -> None:
    context.put(kind, key, with_claim(decode_edges(document), msgspec.structs.replace(claim, scope=scope)))


def _absent_links(context: Context, showing: Showing, elsewhere: Sequence[Showing], going: _Going) -> None:
    batch, links = showing.batch, showing.links
    resolve = showing.references.resolve
    kept_pairs = {frozenset((resolve(start), resolve(end))) for start, end in batch.refused_links}
    gone: set[str] = set()
    moved: list[tuple[str, bytes, EdgeClaim, str]] = []
    for key, document in context.links.items():
        if key in links.seen:
            continue
        claim = _claim_in_scope(document, batch)
        if claim is None:
            continue
        now_in = next((each.batch.scope for each in elsewhere if key in each.links.seen), None)
        if now_in is not None:
            moved.append((key, document, claim, now_in))
            continue
        start, _, end, _ = split_relationship_key(key)
        if frozenset((start, end)) not in kept_pairs:
            gone.add(key)
            going.links.append(key)
    for key, document, claim, scope in moved:
        _moved(context, "relationship", key, document, claim, scope)
    if not gone and not links.left:
        return
    for key, document in context.links.items():
        claim = _claim_in_scope(document, batch)
        if claim is None:
            continue
        start, type_, end, _ = split_relationship_key(key)
        going.total["type", type_] += 1
        going.going["type", type_] += key in gone
        left = links.left.get(key, ())
        stays = claim.values.get("pools") or ()
        if left or stays:
            consumer, _ = consumer_and_provider(context.catalogue, context.class_of, start, type_, end)
            for name in (*left, *stays):
                going.total["pool", pool_key(consumer, name)] += 1
                going.going["pool", pool_key(consumer, name)] += key in gone or name in left


def _stay_in_pools(context: Context, showing: Showing) -> None:
    """Put back the pool memberships that rows of a guarded batch took away."""
    counts = context.proposal.relationships
    for key, left in showing.links.left.items():
        claims = decode_edges(context.links[key])
        mine = next(claim for claim in claims if claim.source == showing.batch.source)
        values = {**mine.values, "pools": sorted({*left, *(mine.values.get("pools") or ())})}
        claim = msgspec.structs.replace(mine, values=values, digest=content_digest(encode(values)))
        context.put("relationship", key, with_claim(claims, claim))
        if context.links[key] == context.first["relationship"][key]:
            counts["updated"] -= 1
            counts["unchanged"] += 1


def _absent_pools(context: Context, showing: Showing, elsewhere: Sequence[Showing], going: _Going) -> None:
    batch = showing.batch
    moved: list[tuple[str, bytes, EdgeClaim, str]] = []
    for key, document in context.pools.items():
        claim = None if key in showing.pools else _claim_in_scope(document, batch)
        if claim is None:
            continue
        now_in = next((each.batch.scope for each in elsewhere if key in each.pools), None)
        if now_in is not None:
            moved.append((key, document, claim, now_in))
        else:
            going.pools.append(key)
    for key, document, claim, scope in moved:
        _moved(context, "pool", key, document, claim, scope)
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
    return f"{show_item(context.state.claims(consumer)).name}: {name}" if consumer in context.state.documents else name
