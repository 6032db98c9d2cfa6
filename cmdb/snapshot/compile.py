"""Compiles relationships, pools and the catalogue's rules into the impact graph. Arrays in, arrays out.

Takes the columns of a snapshot, gives its `ImpactGraph` and what became of each relationship. Everything is done on
whole columns, for a snapshot that catches up compiles anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cmdb.catalogue import Catalogue, PoolRule
from cmdb.model import Need
from cmdb.snapshot.loads import need_by_load
from cmdb.snapshot.snapshot import IMPACTS, ImpactGraph, Ints
from cmdb.snapshot.strings import CodedStrings, Strings

__all__ = ["Columns", "compile_graph"]

NONE, SOFT, HARD, NO_RULE, UNDIRECTED, OUT = range(len(IMPACTS))


@dataclass(frozen=True, slots=True)
class Columns:
    """What compiling needs of a snapshot's columns."""

    class_codes: NDArray[np.int16]
    class_names: tuple[str, ...]
    in_service: NDArray[np.bool_]
    load: NDArray[np.float64]
    capacity: NDArray[np.float64]
    type_names: tuple[str, ...]
    relationship_from: Ints
    relationship_types: NDArray[np.int16]
    relationship_to: Ints
    relationship_shown: CodedStrings
    pool_consumers: Ints
    pool_names: Strings
    pool_shown: CodedStrings


class _Shape(msgspec.Struct):
    """What of a relationship's shown values the impact graph rests on."""

    pools: list[str] = []
    required: bool = False
    lasts_minutes: float = float("inf")


class _PoolShape(msgspec.Struct):
    need: Any = None
    full: Any = None
    assumed: bool = False
    beta: float = float("nan")


@dataclass(slots=True)
class _Rules:
    """The catalogue's rule for each relationship, by column; `pool` indexes `pool_rules`, -1 for none."""

    impact: NDArray[np.int8]
    consumer_is_from: NDArray[np.bool_]
    pool: NDArray[np.int64]
    pool_rules: list[PoolRule]


def compile_graph(columns: Columns, catalogue: Catalogue) -> tuple[ImpactGraph, NDArray[np.int8], NDArray[np.bool_]]:
    """Return the impact graph, and for each relationship its code of `IMPACTS` and whether its `from` consumes."""
    rules = _rules(columns, catalogue)
    start, end = columns.relationship_from, columns.relationship_to
    consumer = np.where(rules.consumer_is_from, start, end).astype(np.int32)
    provider = np.where(rules.consumer_is_from, end, start).astype(np.int32)
    followed = (rules.impact == SOFT) | (rules.impact == HARD)
    consumer_in = columns.in_service[consumer] if len(consumer) else np.zeros(0, np.bool_)
    provider_in = columns.in_service[provider] if len(provider) else np.zeros(0, np.bool_)
    impact = np.where(followed & ~(consumer_in & provider_in), np.int8(OUT), rules.impact).astype(np.int8)
    live = np.flatnonzero(followed & consumer_in)

    name_code: dict[str, int] = {}
    shapes = [
        msgspec.json.decode(text, type=_Shape) if text else _Shape()
        for text in columns.relationship_shown.values.to_bytes()
    ]
    direct, members = _requirements(columns, rules, shapes, live, name_code)
    pools = _pools(columns, members, consumer, name_code)
    served = provider_in[members.row]
    graph = _assemble(columns, rules, direct, members, pools, consumer, provider, provider_in, served)
    return graph, impact, rules.consumer_is_from


def _rules(columns: Columns, catalogue: Catalogue) -> _Rules:
    """Look up each distinct (type, from class, to class) once."""
    count = len(columns.relationship_from)
    classes = len(columns.class_names)
    triple = (
        columns.relationship_types.astype(np.int64) * classes + columns.class_codes[columns.relationship_from]
    ) * classes + columns.class_codes[columns.relationship_to]
    if not count:
        return _Rules(np.zeros(0, np.int8), np.zeros(0, np.bool_), np.zeros(0, np.int64), [])
    distinct, inverse = np.unique(triple, return_inverse=True)
    impacts, from_consumes, pools = [], [], []
    pool_rules: list[PoolRule] = []
    for code in distinct.tolist():
        pair, to_class = divmod(code, classes)
        type_code, from_class = divmod(pair, classes)
        type_name = columns.type_names[type_code]
        rule = catalogue.rule_for(type_name, columns.class_names[from_class], columns.class_names[to_class])
        type_ = catalogue.types.get(type_name)
        if type_ is not None and type_.undirected and rule is None:
            impacts.append(UNDIRECTED)
        else:
            impacts.append(NO_RULE if rule is None else IMPACTS.index(rule.impact))
        from_consumes.append(rule is None or rule.consumer == "from")
        if rule is not None and rule.pool is not None:
            if rule.pool not in pool_rules:
                pool_rules.append(rule.pool)
            pools.append(pool_rules.index(rule.pool))
        else:
            pools.append(-1)
    return _Rules(
        np.array(impacts, np.int8)[inverse],
        np.array(from_consumes, np.bool_)[inverse],
        np.array(pools, np.int64)[inverse],
        pool_rules,
    )


@dataclass(slots=True)
class _Members:
    """Memberships as the relationships state them, before those of one provider are merged.

    `rule` indexes the rules' pools, -1 where a source put the member into the pool.
    """

    row: NDArray[np.int64]
    name: NDArray[np.int64]
    lasts: NDArray[np.float64]
    rule: NDArray[np.int64]


def _requirements(
    columns: Columns, rules: _Rules, shapes: list[_Shape], live: NDArray[np.int64], name_code: dict[str, int]
) -> tuple[NDArray[np.int64], _Members]:
    """Split live relationships into direct requirements (rows) and memberships."""
    codes = columns.relationship_shown.codes
    states_pool = np.array([bool(shape.pools) for shape in shapes], np.bool_)
    also_direct = np.array([shape.required for shape in shapes], np.bool_)
    minutes = np.array([shape.lasts_minutes for shape in shapes], np.float64)
    by_rule = (rules.pool[live] >= 0) & ~states_pool[codes[live]]
    by_source = states_pool[codes[live]]
    direct = live[~(by_rule | by_source) | also_direct[codes[live]]]

    rule_rows = live[by_rule]
    rule_names = np.array(
        [name_code.setdefault(name, len(name_code)) for name in [rule.name for rule in rules.pool_rules]], np.int64
    )
    named = live[by_source]
    width = np.array([len(shape.pools) for shape in shapes], np.int64)
    flat = np.array([name_code.setdefault(name, len(name_code)) for shape in shapes for name in shape.pools], np.int64)
    first = np.concatenate([[0], np.cumsum(width)])
    counts = width[codes[named]]
    row = np.repeat(named, counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    name = flat[np.repeat(first[codes[named]], counts) + within] if len(row) else np.zeros(0, np.int64)
    rows = np.concatenate([row, rule_rows])
    by_rules = rules.pool[rule_rows]
    return direct, _Members(
        row=rows,
        name=np.concatenate([name, rule_names[by_rules] if len(rule_rows) else np.zeros(0, np.int64)]),
        lasts=minutes[codes[rows]] if len(rows) else np.zeros(0),
        rule=np.concatenate([np.full(len(row), -1, np.int64), by_rules]),
    )


@dataclass(slots=True)
class _Pools:
    """Every pool there is, recorded or made by a rule, sorted by consumer and name."""

    consumer: NDArray[np.int64]
    names: list[str]
    row: NDArray[np.int64]
    of_member: NDArray[np.int64]


def _pools(columns: Columns, members: _Members, consumer: Ints, name_code: dict[str, int]) -> _Pools:
    recorded_names = columns.pool_names.tolist()
    recorded = np.array([name_code.setdefault(name, len(name_code)) for name in recorded_names], np.int64)
    by_rank = sorted(name_code, key=lambda name: name)
    rank = np.zeros(max(len(name_code), 1), np.int64)
    for place, name in enumerate(by_rank):
        rank[name_code[name]] = place
    width = max(len(by_rank), 1)
    member_key = consumer[members.row].astype(np.int64) * width + rank[members.name]
    recorded_key = columns.pool_consumers.astype(np.int64) * width + rank[recorded]
    keys = np.unique(np.concatenate([member_key, recorded_key]))
    row = np.full(len(keys), -1, np.int64)
    row[np.searchsorted(keys, recorded_key)] = np.arange(len(recorded_key))
    return _Pools(
        keys // width,
        [by_rank[place] for place in (keys % width).tolist()],
        row,
        np.searchsorted(keys, member_key),
    )


def _assemble(
    columns: Columns,
    rules: _Rules,
    direct: NDArray[np.int64],
    members: _Members,
    pools: _Pools,
    consumer: Ints,
    provider: Ints,
    provider_in: NDArray[np.bool_],
    served: NDArray[np.bool_],
) -> ImpactGraph:
    items = len(columns.class_codes)
    hard = rules.impact == HARD
    # One membership a (pool, provider): the longest-lasting one speaks, and it is hard when any link is.
    order = np.lexsort((members.row, -members.lasts, provider[members.row], pools.of_member))
    order = order[served[order]]
    pool_of, provider_of = pools.of_member[order], provider[members.row[order]]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (pool_of[1:] != pool_of[:-1]) | (provider_of[1:] != provider_of[:-1])
    pool_hard = np.zeros(len(pools.names), np.bool_)
    pool_hard[pool_of[hard[members.row[order]]]] = True
    kept = order[fresh]
    size = np.bincount(pools.of_member[kept], minlength=len(pools.names)).astype(np.int64)
    consumer_in = columns.in_service[pools.consumer] if len(pools.names) else np.zeros(0, np.bool_)
    manned = consumer_in & (size > 0)
    number = np.cumsum(manned) - 1

    members_of = kept[manned[pools.of_member[kept]]]
    members_of = members_of[np.lexsort((pools.of_member[members_of], provider[members.row[members_of]]))]
    member_pool = number[pools.of_member[members_of]].astype(np.int32)
    member_provider = provider[members.row[members_of]]

    edge = direct[provider_in[direct]]
    edge = edge[np.lexsort((edge, ~hard[edge], consumer[edge], provider[edge]))]
    same = np.zeros(len(edge), np.bool_)
    same[1:] = (
        (provider[edge[1:]] == provider[edge[:-1]])
        & (consumer[edge[1:]] == consumer[edge[:-1]])
        & (hard[edge[1:]] == hard[edge[:-1]])
    )
    edge = edge[~same]

    need, stated, full, assumed, beta = _needs(
        columns, rules, members, pools, size, (pools.of_member[kept], provider[members.row[kept]])
    )
    chosen = np.flatnonzero(manned)
    pool_consumer = pools.consumer[chosen].astype(np.int32)
    edge_by_consumer = np.argsort(consumer[edge], kind="stable")
    member_by_pool = np.argsort(member_pool, kind="stable")
    empty = np.flatnonzero(consumer_in & (size == 0))
    absent = direct[~provider_in[direct] & hard[direct]]
    # One entry a (consumer, provider), however many parallel links there are.
    absent = absent[
        np.sort(np.unique(consumer[absent].astype(np.int64) * items + provider[absent], return_index=True)[1])
    ]
    return ImpactGraph(
        edge_ptr=_bounds(provider[edge], items),
        edge_provider=provider[edge],
        edge_consumer=consumer[edge],
        edge_hard=hard[edge],
        edge_relationship=edge.astype(np.int32),
        member_ptr=_bounds(member_provider, items),
        member_provider=member_provider,
        member_pool=member_pool,
        member_relationship=members.row[members_of].astype(np.int32),
        member_lasts=members.lasts[members_of],
        pool_consumer=pool_consumer,
        pool_names=Strings.of([pools.names[index] for index in chosen.tolist()]),
        pool_members=size[chosen].astype(np.int32),
        pool_need=need[chosen].astype(np.int32),
        pool_stated=stated[chosen].astype(np.int32),
        pool_full=full[chosen].astype(np.int32),
        pool_hard=pool_hard[chosen],
        pool_assumed=assumed[chosen],
        pool_row=pools.row[chosen].astype(np.int32),
        pool_beta=beta[chosen],
        edge_by_consumer=edge_by_consumer,
        edge_consumer_ptr=_bounds(consumer[edge][edge_by_consumer], items),
        member_by_pool=member_by_pool,
        member_pool_ptr=_bounds(member_pool[member_by_pool], len(chosen)),
        # Pools are sorted by consumer already; the permutation stays for symmetry with the edges.
        pool_by_consumer=np.arange(len(chosen), dtype=np.int64),
        pool_consumer_ptr=_bounds(pool_consumer, items),
        unmet_consumer=np.concatenate([consumer[absent], pools.consumer[empty].astype(np.int32)]),
        unmet_provider=np.concatenate([provider[absent], np.full(len(empty), -1, np.int32)]),
        unmet_pool_names=Strings.of([b""] * len(absent) + [pools.names[index].encode() for index in empty.tolist()]),
    )


def _bounds(sorted_rows: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Return the CSR bounds of a sorted column of row numbers below `count`."""
    bounds = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(sorted_rows, minlength=count)[:count], out=bounds[1:])
    return bounds


def _needs(
    columns: Columns,
    rules: _Rules,
    members: _Members,
    pools: _Pools,
    size: NDArray[np.int64],
    served: tuple[NDArray[np.int64], Ints],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64]]:
    """Return per pool: members required (at most n), as stated, `full`, whether the need is assumed, and beta."""
    count = len(pools.names)
    stated = np.maximum(size - 1, 1)
    for number, rule in enumerate(rules.pool_rules):
        if rule.need != "n-1":
            for pool in np.unique(pools.of_member[members.rule == number]).tolist():
                stated[pool] = rule.need_for(int(size[pool]))
    full = np.zeros(count, np.int64)
    assumed = np.ones(count, np.bool_)
    beta = np.full(count, np.nan)
    recorded = np.flatnonzero(pools.row >= 0)
    codes = columns.pool_shown.codes[pools.row[recorded]]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    # Pools say one of few things; each is read once, and counted once for each size.
    for group in np.split(recorded[order], starts[1:]) if len(recorded) else []:
        shape = msgspec.json.decode(columns.pool_shown.bytes_at(int(pools.row[group[0]])), type=_PoolShape)
        need = None if shape.need is None else Need.parse(shape.need)
        wanted = None if shape.full is None else Need.parse(shape.full)
        assumed[group] = shape.assumed or need is None
        beta[group] = shape.beta
        if need is not None and need.capacity:
            of_pool, provider = served
            for pool in group.tolist():
                load = float(columns.load[pools.consumer[pool]])
                stated[pool], unknown = need_by_load(load, columns.capacity[provider[of_pool == pool]])
                assumed[pool] |= unknown
            need = None
        for total in np.unique(size[group]).tolist():
            alike = group[size[group] == total]
            if need is not None:
                stated[alike] = max(need.required(total), 1)
            if wanted is not None:
                full[alike] = wanted.required(total)
    return np.minimum(stated, np.maximum(size, 1)), stated, full, assumed, beta
