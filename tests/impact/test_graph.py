"""The estate as a NetworkX graph."""

from __future__ import annotations

import math

import networkx as nx

from impact.breaks import impact_of
from impact.graph import estate_graph, subgraph


def test_edges_point_from_consumer_to_provider(estate):
    """One edge a requirement and one a membership; pools stand at their consumer."""
    shop = estate("shop -> db1 | db\n shop -> db2 | db\n shop ~> mail\n shop .. owner", shop_db={"need": 1, "full": 2})

    graph = estate_graph(shop.snapshot)

    edges = {(shop.name_of(a), shop.name_of(b), data["hard"], data["pool"]) for a, b, data in graph.edges(data=True)}
    assert edges == {("shop", "db1", True, "db"), ("shop", "db2", True, "db"), ("shop", "mail", False, None)}
    node = graph.nodes[shop.id("shop")]
    assert node["pools"] == {"db": {"n": 2, "need": 1, "stated": 1, "full": 2, "hard": True, "assumed": False}}
    assert (node["name"], node["class"], node["status"], node["users"]) == ("shop", "Server", "operational", None)
    assert graph.graph["revision"] == 7


def test_parallel_requirements_stay_apart(link_of, spec_of, compiled):
    """A provider that is required hard, soft and as a member has three edges."""
    links = (link_of("a", "b"), link_of("a", "b", "soft"), link_of("a", "b", pools=("p",), lasts=30))
    pair = compiled(spec_of({"a": {}, "b": {}}, links))

    graph = estate_graph(pair.snapshot)

    data = graph.get_edge_data(pair.id("a"), pair.id("b")).values()
    assert sorted((each["hard"], each["pool"] or "", each["lasts_minutes"]) for each in data) == [
        (False, "", math.inf),
        (True, "", math.inf),
        (True, "p", 30.0),
    ]


def test_items_out_of_service_are_nodes_without_edges(estate):
    """They are in the record, and not in the impact graph."""
    shop = estate("shop -> old", {"old": {"status": "retired"}})

    graph = estate_graph(shop.snapshot)

    assert not graph.nodes[shop.id("old")]["in_service"]
    assert graph.number_of_edges() == 0


def test_reachability_is_what_the_toolbox_says(estate):
    """Without pools, what goes down is exactly the ancestors in NetworkX."""
    row = estate("a -> b\n b -> c\n c -> a\n d -> c\n e -> f")

    found = impact_of(row.snapshot, row.ids("b"))

    assert {each.id for each in found.affected} == nx.ancestors(estate_graph(row.snapshot), row.id("b"))


def test_subgraph_of_a_finding_carries_its_states(estate):
    """The part of the estate that a finding speaks of, with states and distances at its nodes."""
    shop = estate("a -> b\n c -> a\n x -> y")
    found = impact_of(shop.snapshot, shop.ids("b"))

    part = subgraph(shop.snapshot, found.ids, state=found.states)

    assert {shop.name_of(id_): data["state"] for id_, data in part.nodes(data=True)} == dict.fromkeys("abc", "down")
    assert part.number_of_edges() == 2
