"""The pools of one (source, scope). Membership is evidence, need is not: a pool without a stated need is assumed."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cmdb.model import (
    ID_LENGTH,
    EdgeClaim,
    PoolRow,
    content_digest,
    decode_edges,
    encode_claims,
    pool_key,
    split_pool_key,
)
from cmdb.model.values import encode
from cmdb.reconcile.context import Context, with_claim
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.links import LinkOutcome
from cmdb.reconcile.membership import is_in_service, memberships
from cmdb.reconcile.references import References

__all__ = ["Members", "reconcile_pools"]


def reconcile_pools(
    context: Context, batch: ScopeBatch, references: References, links: LinkOutcome, members: Members
) -> set[str]:
    """Take in the pool rows; returns the keys of the pools that the source showed.

    Refused ones are among them, and pools that its relationships name: what has members is not absent.
    """
    seen = {pool_key(consumer, name) for consumer, name in links.members}
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
        _take(context, batch, row, key, members)
    return seen


class Members:
    """How many items in service each pool has once every relationship of the command is taken in."""

    def __init__(self, context: Context, outcomes: Sequence[LinkOutcome]) -> None:
        self._context = context
        self._outcomes = outcomes
        self._others: dict[bool, dict[str, set[str]]] = {}
        self._serving: dict[str, bool] = {}
        self._by_rule = {
            type_.name: {rule.pool.name for rule in type_.rules if rule.pool is not None}
            for type_ in context.catalogue.types.values()
        }
        self._rule_names = {name for names in self._by_rule.values() for name in names}

    def count(self, key: str) -> int:
        """Return n of a pool, as the snapshot will have it."""
        consumer, name = split_pool_key(key)
        found = set(self._read(stated=True).get(key, ()))
        if name in self._rule_names:
            found |= self._read(stated=False).get(key, set())
        for outcome in self._outcomes:
            found |= outcome.members.get((consumer, name), set())
        return sum(map(self._in_service, found))

    def _in_service(self, member: str) -> bool:
        known = self._serving.get(member)
        if known is None:
            known = self._serving[member] = is_in_service(self._context.state.documents[member])
        return known

    def _read(self, *, stated: bool) -> dict[str, set[str]]:
        """Return the members that no row put into a pool: as documents state them, or by a catalogue rule."""
        if stated in self._others:
            return self._others[stated]
        context, others = self._context, self._others.setdefault(stated, {})
        told = set().union(*(outcome.pooled for outcome in self._outcomes))
        ruled = tuple(f"{name} " for name, pools in self._by_rule.items() if pools)
        for key, document in context.links.items():
            if not stated and not key.startswith(ruled, ID_LENGTH + 1):
                continue
            if (b'"pools"' in document) is stated and key not in told:
                for consumer, name, provider in memberships(context.catalogue, context.class_of, key, document):
                    others.setdefault(pool_key(consumer, name), set()).add(provider)
        return others


def _stated(before: Mapping[str, Any], values: bytes) -> tuple[dict[str, Any], Any, str]:
    """Return what a source says of a pool once `values` are put over what it said before.

    Beside it the n that the row itself confirms, and the digest.
    """
    given: dict[str, Any] = msgspec.json.decode(values)
    said = dict(before)
    if given.get("need") is not None:
        said.pop("assumed", None)
    said.update(given)
    said = {name: value for name, value in said.items() if value is not None}
    if "need" not in said:
        said["assumed"] = True
    if not said.get("assumed"):
        said.pop("assumed", None)
    said.pop("confirmed_members", None)
    return said, given.get("confirmed_members"), content_digest(encode(said))


@functools.lru_cache(10_000)
def _stated_anew(values: bytes) -> tuple[dict[str, Any], Any, str]:
    """Return the same without anything before; the pools of an estate say one of few things."""
    return _stated({}, values)


def _take(context: Context, batch: ScopeBatch, row: PoolRow, key: str, members: Members) -> None:
    counts = context.proposal.pools
    document = context.pools.get(key)
    claims = decode_edges(document) if document is not None else []
    mine = next((claim for claim in claims if claim.source == batch.source), None)
    if mine is None or batch.complete or mine.denied:
        said, confirmed, digest = _stated_anew(row.values)
    else:
        said, confirmed, digest = _stated(mine.values, row.values)
    label = f"{row.consumer_ref} {row.name}"
    same = mine is not None and mine.digest == digest and not mine.denied
    if mine is not None and same and confirmed in (None, mine.values.get("confirmed_members")):
        counts["unchanged"] += 1
        context.verdict(batch, row, "pool", label, "unchanged")
        return
    # The n at which a stated need was confirmed stays with the claim; when n changes, doctor asks.
    if confirmed is None and not said.get("assumed"):
        confirmed = members.count(key)
    kept = {**said, "confirmed_members": confirmed} if confirmed else said
    claim = EdgeClaim(batch.source, mine.scope if mine is not None else batch.scope, kept, digest)
    counts["created" if document is None else "updated"] += 1
    context.put("pool", key, encode_claims([claim]) if document is None else with_claim(claims, claim))
    context.verdict(batch, row, "pool", label, "create" if document is None else "update")
