"""Lints of pools: needs that are assumed, impossible or outdated, and memberships that contradict themselves."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from cmdb.snapshot import IMPACTS, Snapshot
from impact.lint.finding import LintFinding, at_item

__all__ = [
    "assumed_need",
    "confirmed_members_changed",
    "mixed_pool",
    "need_above_members",
    "plain_beside_pool",
    "pool_of_one",
]


def plain_beside_pool(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find items that require a pool's member by itself as well: the pool then protects from nothing."""
    graph, width = snapshot.graph, max(len(snapshot), 1)
    consumer = graph.pool_consumer[graph.member_pool].astype(np.int64)
    pooled = consumer * width + graph.member_provider
    hard = np.flatnonzero(graph.edge_hard)
    plain = graph.edge_consumer[hard].astype(np.int64) * width + graph.edge_provider[hard]
    for member in np.flatnonzero(np.isin(pooled, plain)).tolist():
        provider = snapshot.name_at(int(graph.member_provider[member]))
        pool = graph.pool_names[int(graph.member_pool[member])]
        yield at_item(
            snapshot,
            int(consumer[member]),
            "plain_beside_pool",
            f"requires {provider} by itself and as a member of its pool {pool}: "
            f"it is down with {provider}, whatever the pool has left",
            "say which is meant: remove the plain relationship, or the member from the pool",
            severity="warning",
        )


def pool_of_one(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find pools with one member in service."""
    graph = snapshot.graph
    for pool in np.flatnonzero(graph.pool_members == 1).tolist():
        member = int(graph.member_by_pool[graph.member_pool_ptr[pool]])
        yield at_item(
            snapshot,
            int(graph.pool_consumer[pool]),
            "pool_of_one",
            f"its pool {graph.pool_names[pool]} has one member in service, "
            f"{snapshot.name_at(int(graph.member_provider[member]))}: there is no redundancy",
            "add the missing members, or relate the two without a pool",
            severity="info",
        )


def need_above_members(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find pools that need more members than they have; all members are taken to be needed."""
    graph = snapshot.graph
    for pool in np.flatnonzero(graph.pool_stated > graph.pool_members).tolist():
        # One of a pool of nobody is an unmet requirement and not here: pools in the graph have a member.
        yield at_item(
            snapshot,
            int(graph.pool_consumer[pool]),
            "need_above_members",
            f"its pool {graph.pool_names[pool]} needs {graph.pool_stated[pool]} of {graph.pool_members[pool]} members "
            "in service; it is judged as needing all of them",
            "correct the need, or add the members",
            severity="warning",
        )


def assumed_need(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find pools of two and more whose need nobody stated."""
    graph = snapshot.graph
    for pool in np.flatnonzero(graph.pool_assumed & (graph.pool_members > 1)).tolist():
        yield at_item(
            snapshot,
            int(graph.pool_consumer[pool]),
            "assumed_need",
            f"nobody stated the need of its pool {graph.pool_names[pool]}; "
            f"{graph.pool_need[pool]} of {graph.pool_members[pool]} is assumed",
            "state the need with cmdb pool",
            severity="info",
        )


def confirmed_members_changed(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find pools that have another number of members than when their need was confirmed."""
    graph = snapshot.graph
    members = dict(zip(graph.pool_row.tolist(), graph.pool_members.tolist(), strict=True))
    in_service, column = snapshot.in_service, snapshot.pool_shown
    telling = column.values.rows_holding(b'"confirmed_members"')
    for row in np.flatnonzero(np.isin(column.codes, telling)).tolist():
        shown = msgspec.json.decode(column.bytes_at(row))
        confirmed, now = shown.get("confirmed_members"), members.get(row, 0)
        consumer = int(snapshot.pool_consumers[row])
        if confirmed is None or confirmed == now or not in_service[consumer]:
            continue
        yield at_item(
            snapshot,
            consumer,
            "confirmed_members_changed",
            f"the need of its pool {snapshot.pool_names[row]}, {shown.get('need', 'not stated')}, was confirmed with "
            f"{confirmed} members in service; now it has {now}",
            "confirm the need, or correct it, with cmdb pool",
            severity="warning",
        )


def mixed_pool(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find pools whose members are required hard by one rule and soft by another; one hard one makes the pool hard."""
    graph = snapshot.graph
    hard = snapshot.relationship_impact[graph.member_relationship] == IMPACTS.index("hard")
    some_hard = np.bincount(graph.member_pool[hard], minlength=len(graph.pool_consumer)) > 0
    some_soft = np.bincount(graph.member_pool[~hard], minlength=len(graph.pool_consumer)) > 0
    for pool in np.flatnonzero(some_hard & some_soft).tolist():
        yield at_item(
            snapshot,
            int(graph.pool_consumer[pool]),
            "mixed_pool",
            f"its pool {graph.pool_names[pool]} mixes hard and soft relationships; it is judged as hard",
            "relate all members by one type, or use two pools",
            severity="warning",
        )
