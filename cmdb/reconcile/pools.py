"""The pools of one (source, scope). Membership is evidence, need is not: a pool without a stated need is assumed."""

from __future__ import annotations

from typing import Any

import msgspec

from cmdb.model import EdgeClaim, PoolRow, content_digest, decode_edges, encode_claims, pool_key
from cmdb.model.values import encode
from cmdb.reconcile.context import Context, with_claim
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.links import LinkOutcome
from cmdb.reconcile.references import References

__all__ = ["reconcile_pools"]


def reconcile_pools(context: Context, batch: ScopeBatch, references: References, links: LinkOutcome) -> set[str]:
    """Take in the pool rows; returns the keys of the pools that the source showed, refused ones included."""
    seen: set[str] = set()
    for reference, name in batch.refused_pools:
        consumer = references.resolve(reference)
        if consumer is not None:
            seen.add(pool_key(consumer, name))
    gathered: dict[str, PoolRow] = {}
    for row in batch.pools:
        label = f"{row.consumer_ref} {row.name}"
        consumer = references.resolve(row.consumer_ref)
        if consumer is None:
            context.proposal.pools["refused"] += 1
            context.refuse(
                batch, row, "pool", label, f"nobody knows {row.consumer_ref!r}, whose pool it would be; add the item"
            )
            continue
        key = pool_key(consumer, row.name)
        earlier = gathered.get(key)
        if earlier is not None:
            if earlier.values != row.values:
                context.proposal.pools["refused"] += 1
                where = f"row {earlier.row} of {batch.file_of(earlier)}"
                context.refuse(batch, row, "pool", label, f"{where} is the same pool and says otherwise; keep one")
            continue
        gathered[key] = row
        seen.add(key)
        members = links.members.get((consumer, row.name))
        _take(context, batch, row, key, len(members) if members else 0)
    return seen


def _take(context: Context, batch: ScopeBatch, row: PoolRow, key: str, members: int) -> None:
    counts = context.proposal.pools
    document = context.pools.get(key)
    claims = decode_edges(document) if document is not None else []
    mine = next((claim for claim in claims if claim.source == batch.source), None)
    given: dict[str, Any] = msgspec.json.decode(row.values)
    said: dict[str, Any] = dict(mine.values) if mine is not None and not batch.complete and not mine.denied else {}
    if given.get("need") is not None:
        said.pop("assumed", None)
    said.update(given)
    said = {name: value for name, value in said.items() if value is not None}
    if "need" not in said:
        said["assumed"] = True
    if not said.get("assumed"):
        said.pop("assumed", None)
    confirmed = said.pop("confirmed_members", None)
    digest = content_digest(encode(said))
    label = f"{row.consumer_ref} {row.name}"
    if mine is not None and mine.digest == digest and not mine.denied:
        counts["unchanged"] += 1
        context.verdict(batch, row, "pool", label, "unchanged")
        return
    # The n at which a stated need was confirmed stays with the claim; when n changes, doctor asks.
    if confirmed is None and not said.get("assumed") and members:
        confirmed = members
    kept = said if confirmed is None else {**said, "confirmed_members": confirmed}
    claim = EdgeClaim(batch.source, mine.scope if mine is not None else batch.scope, kept, digest)
    counts["created" if document is None else "updated"] += 1
    context.put("pool", key, encode_claims([claim]) if document is None else with_claim(claims, claim))
    context.verdict(batch, row, "pool", label, "create" if document is None else "update")
