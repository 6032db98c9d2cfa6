"""Why each item is in its state: every immediate cause, by columns.

Takes an engine, states and the rows asked for; gives `Reasons`. A reason explains the state the item is in: a soft
provider is no reason for being down. Causes stand in the order of their distance, so the first leads back fastest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import Snapshot
from impact.engine import ImpactEngine
from impact.exposed_networks import devices_near
from impact.frontier import Rows, spread
from impact.network.causes import Causes
from impact.states import AT_RISK, DEGRADED, DOWN, States

__all__ = ["KINDS_OF_REASON", "Reasons", "reasons_of"]

KINDS_OF_REASON: Final = ("seed", "hard", "soft", "pool", "network")
SEED, HARD, SOFT, POOL, NETWORK = range(5)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Reasons:
    """Reasons by columns: those of item `rows[i]` are `bounds[i] : bounds[i + 1]` of all other columns.

    -1 stands where a column does not apply. `down`, `degraded` and `not_counted` (up, but only for too short a time)
    count a pool's members, or paths over the network, of which there are `paths` when everything is up. `cause_bounds`
    and `causes` hold the rows of the items at fault.
    """

    snapshot: Snapshot = field(repr=False)
    rows: Ints
    bounds: Ints
    kind: Ints
    provider: Ints
    type: Ints
    pool: Ints
    down: Ints
    degraded: Ints
    not_counted: Ints
    paths: Ints
    cause_bounds: Ints
    causes: Ints

    @cached_property
    def first_cause(self) -> Ints:
        """By item: the cause that leads back to what was taken down on a shortest chain, -1 where it has none."""
        found = np.full(len(self.rows), -1, np.int64)
        starts, ends = self.cause_bounds[self.bounds[:-1]], self.cause_bounds[self.bounds[1:]]
        some = ends > starts
        found[some] = self.causes[starts[some]]
        return found

    @cached_property
    def _ids(self) -> list[str]:
        ids = self.snapshot.ids
        used = np.union1d(self.provider, self.causes)
        if len(used) * 8 > len(ids):
            return [each.decode() for each in ids.tolist()]
        texts = [""] * len(ids)
        for row in used[used >= 0].tolist():
            texts[row] = ids[row].decode()
        return texts

    @cached_property
    def _plain(self) -> tuple[list[Any], ...]:
        graph, pool = self.snapshot.graph, self.pool
        names = graph.pool_names.take(np.maximum(pool, 0)) if len(graph.pool_names) else [""] * len(pool)
        in_graph = pool if len(graph.pool_names) else pool[:0]
        n, need = (
            np.where(pool >= 0, column[in_graph], 0) if len(in_graph) else np.zeros(len(pool), np.int64)
            for column in (graph.pool_members, graph.pool_need)
        )
        n, need = np.where(self.kind == NETWORK, self.paths, n), np.where(self.kind == NETWORK, 1, need)
        assumed = graph.pool_assumed[in_graph] & (pool >= 0) if len(in_graph) else np.zeros(len(pool), np.bool_)
        margin = n - self.down - np.maximum(self.not_counted, 0) - need
        ids = [*self._ids, None]
        pooled, counted = self.kind == POOL, (self.kind == POOL) | (self.kind == NETWORK)
        return (
            list(map(KINDS_OF_REASON.__getitem__, self.kind.tolist())),
            list(map(ids.__getitem__, self.provider.tolist())),
            list(map([*self.snapshot.type_names, None].__getitem__, self.type.tolist())),
            _where(pooled, names),
            *(_where(counted, column.tolist()) for column in (n, need, self.down)),
            *(_where(pooled, column.tolist()) for column in (self.degraded, self.not_counted)),
            _where(counted, margin.tolist()),
            assumed.tolist(),
            self.cause_bounds[:-1].tolist(),
            self.cause_bounds[1:].tolist(),
        )

    @cached_property
    def _cause_ids(self) -> list[str]:
        return list(map(self._ids.__getitem__, self.causes.tolist()))

    def of(self, index: int) -> list[dict[str, Any]]:
        """Return the reasons of item `rows[index]` as the contract has them, nearest cause first."""
        return self.block(index, index + 1)[0]

    def block(self, start: int, stop: int) -> list[list[dict[str, Any]]]:
        """Return the same of items `rows[start:stop]`, one after another."""
        bounds = self.bounds[start : stop + 1].tolist()
        first, cause_ids = bounds[0], self._cause_ids
        told = [
            {
                "kind": kind,
                "provider": provider,
                "type": type_,
                "pool": pool,
                "n": n,
                "need": need,
                "down": down,
                "degraded": degraded,
                "not_counted": not_counted,
                "margin": margin,
                "assumed": assumed,
                "causes": cause_ids[begin:end],
            }
            for kind, provider, type_, pool, n, need, down, degraded, not_counted, margin, assumed, begin, end in zip(
                *(column[first : bounds[-1]] for column in self._plain), strict=True
            )
        ]
        return [told[begin - first : end - first] for begin, end in pairwise(bounds)]


def _where(told: NDArray[np.bool_], values: list[Any]) -> list[Any]:
    """Return values, None in place of those that say nothing."""
    return [value if says else None for says, value in zip(told.tolist(), values, strict=True)]


def reasons_of(engine: ImpactEngine, states: States, rows: Rows) -> Reasons:
    """Return every reason for the states of `rows`; an unaffected item has none."""
    rows = np.asarray(rows, np.int64)
    seeds = np.flatnonzero(states.distance[rows] == 0)
    none = np.full(len(seeds), -1, np.int64)
    causes = None
    if engine.reach is not None and states.routes is not None:
        causes = Causes(engine.reach, states, states.routes)
    parts = [
        _Part(seeds, np.full(len(seeds), SEED), none, none, none, none, none, none, none, none[:0], none[:0]),
        _direct(engine, states, rows),
        _pooled(engine, states, rows, causes),
    ]
    if causes is not None:
        parts.append(_networked(engine, states, rows, causes))
    return _assemble(engine, states, rows, parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """Reasons not yet in order; `cause_of` says which of them (by index) each of `causes` belongs to."""

    owner: Ints
    kind: Ints
    provider: Ints
    type: Ints
    pool: Ints
    down: Ints
    degraded: Ints
    not_counted: Ints
    paths: Ints
    cause_of: Ints
    causes: Ints


def _direct(engine: ImpactEngine, states: States, rows: Rows) -> _Part:
    graph, snapshot = engine.graph, engine.snapshot
    found, owner = spread(graph.edge_consumer_ptr, rows)
    edge = graph.edge_by_consumer[found]
    own, theirs = states.state[rows][owner], states.state[graph.edge_provider[edge]]
    hard = graph.edge_hard[edge]
    # A hard provider in a worse state would have brought the item into that state; a better one is no cause.
    kept = (own > 0) & np.where(hard, theirs == own, (own == DEGRADED) & (theirs >= DEGRADED))
    edge, owner = edge[kept], owner[kept]
    provider = graph.edge_provider[edge].astype(np.int64)
    none = np.full(len(edge), -1, np.int64)
    return _Part(
        owner,
        np.where(graph.edge_hard[edge], HARD, SOFT),
        provider,
        snapshot.relationship_types[graph.edge_relationship[edge]].astype(np.int64),
        none,
        none,
        none,
        none,
        none,
        np.arange(len(edge)),
        provider,
    )


def _networked(engine: ImpactEngine, states: States, rows: Rows, causes: Causes) -> _Part:
    """Return the reasons that are requirements over the network outside pools.

    For an item that is exposed, those in its hard pools too: their paths pass what is in trouble.
    """
    reach, snapshot = causes.reach, engine.snapshot
    place = np.full(len(snapshot), -1, np.int64)
    place[rows] = np.arange(len(rows))
    found: list[tuple[int, int, int, int, int]] = []
    at_fault: list[list[int]] = []
    told: set[int] = set()
    for index in np.flatnonzero((reach.member < 0) & (place[reach.consumer] >= 0)).tolist():
        own, theirs = int(states.state[reach.consumer[index]]), int(causes.state_of[index])
        if own == 0 or not (theirs == own if reach.hard[index] else own == DEGRADED and theirs >= DEGRADED):
            continue
        provider = int(reach.provider[index])
        rows_at_fault = causes.of(index)
        # What the provider itself brings is told as the plain requirement it also is.
        if set(rows_at_fault) - {provider}:
            every, left = causes.paths(index)
            type_ = int(snapshot.relationship_types[reach.relationship[index]])
            found.append((int(place[reach.consumer[index]]), provider, type_, every, every - left))
            at_fault.append(rows_at_fault)
            told.add(index)
    asked = reach.hard & (place[reach.consumer] >= 0) & np.isin(reach.consumer, states.exposed)
    for index in np.flatnonzero(asked).tolist():
        member = int(reach.member[index])
        if member >= 0 and states.idle is not None and states.idle[member]:
            continue
        since = states.distance[reach.consumer[index]]
        near = [row for row in devices_near(reach, index) if states.state[row] and states.distance[row] < since]
        if near and index not in told:
            every, left = causes.paths(index)
            type_ = int(snapshot.relationship_types[reach.relationship[index]])
            place_, provider = int(place[reach.consumer[index]]), int(reach.provider[index])
            found.append((place_, provider, type_, every, every - left))
            at_fault.append(near)
    owner, providers, types, paths, lost = np.array(found, np.int64).reshape(-1, 5).T
    none = np.full(len(found), -1, np.int64)
    return _Part(
        owner,
        np.full(len(found), NETWORK),
        providers,
        types,
        none,
        lost,
        none,
        none,
        paths,
        np.repeat(np.arange(len(found)), [len(each) for each in at_fault]),
        np.array([row for each in at_fault for row in each], np.int64),
    )


def _pooled(engine: ImpactEngine, states: States, rows: Rows, network: Causes | None) -> _Part:
    graph, snapshot = engine.graph, engine.snapshot
    found, owner = spread(graph.pool_consumer_ptr, rows)
    pool = graph.pool_by_consumer[found]
    own = states.state[rows][owner]
    pool, owner, own = pool[own > 0], owner[own > 0], own[own > 0]
    found, of = spread(graph.member_pool_ptr, pool)
    member = graph.member_by_pool[found]
    theirs = states.state[graph.member_provider[member]]
    reached = np.zeros(len(member), np.bool_)
    if network is not None and len(network.reach.members):
        # Such a member is as good as the way to it.
        reached = np.isin(member, network.reach.members)
        of_member = network.reach.by_member
        theirs[reached] = network.state_of[[of_member[each] for each in member[reached].tolist()]]
    counts = np.ones(len(member), np.bool_) if states.idle is None else ~states.idle[member]

    def number(chosen: NDArray[np.bool_]) -> Ints:
        return np.bincount(of[chosen], minlength=len(pool))

    down, degraded = number(theirs == DOWN), number(theirs == DEGRADED)
    not_counted = number(~counts & (theirs != DOWN))
    lost = number(~counts | (theirs == DOWN))
    bears, full = engine.bears[pool], engine.bears_full[pool]
    is_down = (own == DOWN) & graph.pool_hard[pool] & (lost > bears)
    weak = (own == DEGRADED) & (lost + number(counts & (theirs == DEGRADED)) > bears)
    below_full = (own == DEGRADED) & (lost > full)
    shaky = (own == AT_RISK) & (lost + number(counts & (theirs == AT_RISK)) > bears)
    fewer = (own == AT_RISK) & (down > 0)
    # Where redundancy is spent further down, the pools with members in trouble are what passes it on.
    in_trouble = counts & ((theirs == AT_RISK) | (theirs == DEGRADED))
    spent = np.isin(rows[owner], states.exposed) & graph.pool_hard[pool] & (number(in_trouble) > 0)
    kept = is_down | weak | below_full | shaky | fewer | spent

    at_fault = np.where(
        theirs == DOWN,
        kept[of] & (counts | (own[of] == AT_RISK)),
        counts & np.where(theirs == DEGRADED, weak[of] | spent[of], (theirs == AT_RISK) & (shaky[of] | spent[of])),
    )
    place = np.cumsum(kept) - 1
    direct = at_fault & ~reached
    cause_of, causes = place[of[direct]], graph.member_provider[member[direct]].astype(np.int64)
    if network is not None:
        for at in np.flatnonzero(at_fault & reached).tolist():
            found = np.array(network.of(network.reach.by_member[int(member[at])]), np.int64)
            causes, cause_of = np.append(causes, found), np.append(cause_of, np.full(len(found), place[of[at]]))
    fault_of = place[of[at_fault]]
    types = snapshot.relationship_types[graph.member_relationship[member[at_fault]]].astype(np.int64)
    lowest, highest = np.full(int(kept.sum()), np.iinfo(np.int64).max), np.full(int(kept.sum()), -1)
    np.minimum.at(lowest, fault_of, types)
    np.maximum.at(highest, fault_of, types)
    chosen = np.flatnonzero(kept)
    return _Part(
        owner[chosen],
        np.full(len(chosen), POOL),
        np.full(len(chosen), -1),
        np.where(lowest == highest, highest, -1),
        pool[chosen],
        down[chosen],
        degraded[chosen],
        not_counted[chosen],
        np.full(len(chosen), -1),
        cause_of,
        causes,
    )


def _assemble(engine: ImpactEngine, states: States, rows: Rows, parts: list[_Part]) -> Reasons:
    """Bring reasons into the order of their items, nearest cause first, and causes into the order of reasons."""
    shift = np.cumsum([0, *(len(part.owner) for part in parts)])
    columns = {
        name: np.concatenate([np.asarray(getattr(part, name), np.int64) for part in parts])
        for name in ("owner", "kind", "provider", "type", "pool", "down", "degraded", "not_counted", "paths", "causes")
    }
    cause_of = np.concatenate([part.cause_of + start for part, start in zip(parts, shift[:-1], strict=True)])
    owner, causes = columns["owner"], columns["causes"]
    cause_distance = states.distance[causes].astype(np.int64)
    # Sorting by one number that packs all keys is several times faster than sorting by each of them in turn.
    far = int(cause_distance.max(initial=0)) + 1
    nearest = np.full(len(owner), far, np.int64)
    nearest[columns["kind"] == SEED] = 0
    np.minimum.at(nearest, cause_of, cause_distance)
    order = np.argsort((owner * (far + 1) + nearest) * len(KINDS_OF_REASON) + columns["kind"], kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    cause_order = np.argsort((rank[cause_of] * (far + 1) + cause_distance) * len(states.state) + causes)
    bounds = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=len(rows)), out=bounds[1:])
    cause_bounds = np.zeros(len(order) + 1, np.int64)
    np.cumsum(np.bincount(rank[cause_of], minlength=len(order)), out=cause_bounds[1:])
    return Reasons(
        engine.snapshot,
        rows,
        bounds,
        columns["kind"][order],
        columns["provider"][order],
        columns["type"][order],
        columns["pool"][order],
        columns["down"][order],
        columns["degraded"][order],
        columns["not_counted"][order],
        columns["paths"][order],
        cause_bounds,
        causes[cause_order],
    )
