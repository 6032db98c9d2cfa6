"""The compiled impact graph against one written straight from the design."""

from __future__ import annotations

from typing import Any

import numpy as np
from estate_strategies import Held, estates
from hypothesis import given
from naive_graph import naive_graph
from snapshot_words import build

from cmdb.catalogue import load_catalogue
from cmdb.snapshot import IMPACTS, Snapshot

CATALOGUE = load_catalogue(None)


def compiled_graph(snapshot: Snapshot) -> dict[str, Any]:
    """Return the compiled graph in the words of the naive one."""
    graph = snapshot.graph
    ids = [snapshot.id_at(row) for row in range(len(snapshot))]
    edges = [
        (ids[provider], ids[consumer], bool(hard))
        for provider, consumer, hard in zip(graph.edge_provider, graph.edge_consumer, graph.edge_hard, strict=True)
    ]
    assert len(set(edges)) == len(edges), "one edge a (provider, consumer, hardness)"
    unmet = [
        (ids[consumer], "" if provider < 0 else ids[provider], graph.unmet_pool_names[number])
        for number, (consumer, provider) in enumerate(zip(graph.unmet_consumer, graph.unmet_provider, strict=True))
    ]
    assert len(set(unmet)) == len(unmet)
    pools = {}
    for number in range(len(graph.pool_consumer)):
        rows = graph.member_by_pool[graph.member_pool_ptr[number] : graph.member_pool_ptr[number + 1]]
        members = {ids[graph.member_provider[row]]: float(graph.member_lasts[row]) for row in rows}
        assert len(members) == len(rows) == graph.pool_members[number], "parallel links count once"
        pools[ids[graph.pool_consumer[number]], graph.pool_names[number]] = {
            "members": members,
            "need": int(graph.pool_need[number]),
            "stated": int(graph.pool_stated[number]),
            "full": int(graph.pool_full[number]),
            "hard": bool(graph.pool_hard[number]),
            "assumed": bool(graph.pool_assumed[number]),
            "recorded": graph.pool_row[number] >= 0,
            "beta": None if np.isnan(graph.pool_beta[number]) else float(graph.pool_beta[number]),
        }
    return {"edges": set(edges), "pools": pools, "unmet": set(unmet), "impacts": impacts_of(snapshot)}


def impacts_of(snapshot: Snapshot) -> dict[str, str]:
    """Return what became of each relationship, by its key."""
    found = {}
    for row in range(len(snapshot.relationship_from)):
        start, end = snapshot.relationship_from[row], snapshot.relationship_to[row]
        type_ = snapshot.type_names[snapshot.relationship_types[row]]
        key = f"{snapshot.id_at(start)} {type_} {snapshot.id_at(end)} {snapshot.relationship_keys[row]}"
        found[key] = IMPACTS[snapshot.relationship_impact[row]]
    return found


@given(estates())
def test_the_compiled_graph_is_what_the_design_says(held: Held) -> None:
    """Rules by class, pools stated and by rule, required members, parallel links, needs, statuses, denials."""
    assert compiled_graph(build(held, CATALOGUE)) == naive_graph(held, CATALOGUE)


@given(estates())
def test_every_index_of_the_graph_is_true(held: Held) -> None:
    """Edges and members are sorted by provider, pools by consumer and name, and the bounds find them."""
    snapshot = build(held, CATALOGUE)
    graph, items = snapshot.graph, len(snapshot)
    for pointer, column in (
        (graph.edge_ptr, graph.edge_provider),
        (graph.member_ptr, graph.member_provider),
        (graph.edge_consumer_ptr, graph.edge_consumer[graph.edge_by_consumer]),
        (graph.pool_consumer_ptr, graph.pool_consumer[graph.pool_by_consumer]),
    ):
        assert len(pointer) == items + 1
        for row in range(items):
            assert (column[pointer[row] : pointer[row + 1]] == row).all()
        assert pointer[-1] == len(column)
    pools = list(zip(graph.pool_consumer.tolist(), graph.pool_names.tolist(), strict=True))
    assert pools == sorted(pools)
    assert (graph.member_pool[graph.member_by_pool] == np.repeat(np.arange(len(pools)), graph.pool_members)).all()
    for edge, row in enumerate(graph.edge_relationship.tolist()):
        ends = {int(snapshot.relationship_from[row]), int(snapshot.relationship_to[row])}
        assert ends == {int(graph.edge_provider[edge]), int(graph.edge_consumer[edge])}
    for number, row in enumerate(graph.member_relationship.tolist()):
        ends = {int(snapshot.relationship_from[row]), int(snapshot.relationship_to[row])}
        assert ends == {int(graph.member_provider[number]), int(graph.pool_consumer[graph.member_pool[number]])}
    for number, row in enumerate(graph.pool_row.tolist()):
        if row >= 0:
            assert snapshot.pool_names[row] == graph.pool_names[number]
            assert snapshot.pool_consumers[row] == graph.pool_consumer[number]
