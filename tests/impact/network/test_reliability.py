"""Reliability of networks against enumeration of every way of the world, published figures and real maps."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import UsageError
from impact.network.reliability import all_terminal, reliability_of, two_terminal

BRIDGE = [("s", "a"), ("s", "b"), ("a", "b"), ("a", "t"), ("b", "t")]


def with_links_up(edges, up):
    graph = nx.MultiGraph(edges)
    nx.set_edge_attributes(graph, up, "up")
    return graph


def enumerated(graph, terminals, up):
    """Sum every way of the world, exactly."""
    parts = [("node", node, Fraction(up[node])) for node in graph]
    parts += [("link", edge, Fraction(graph.edges[edge]["up"])) for edge in graph.edges(keys=True)]
    total = Fraction(0)
    for world in product((True, False), repeat=len(parts)):
        weight = Fraction(1)
        for works, (_, _, chance) in zip(world, parts, strict=True):
            weight *= chance if works else 1 - chance
        if not weight:
            continue
        alive = nx.Graph()
        alive.add_nodes_from(p[1] for works, p in zip(world, parts, strict=True) if works and p[0] == "node")
        for works, (kind, what, _) in zip(world, parts, strict=True):
            if works and kind == "link" and what[0] in alive and what[1] in alive:
                alive.add_edge(what[0], what[1])
        first = min(terminals)
        if all(each in alive for each in terminals) and terminals <= nx.node_connected_component(alive, first):
            total += weight
    return total


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_it_is_the_sum_over_every_way_of_the_world(data):
    """Nodes and links that fail, parallel links, parts that hang together by nothing; any set of terminals."""
    size = data.draw(st.integers(1, 5))
    node = st.integers(0, size - 1)
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(size))
    chance = st.sampled_from(["0", "1/10", "1/2", "9/10", "1"])
    for one, other in (
        data.draw(st.lists(st.tuples(node, node).filter(lambda p: p[0] != p[1]), max_size=6)) if size > 1 else []
    ):
        graph.add_edge(one, other, up=float(Fraction(data.draw(chance))))
    up = {each: float(Fraction(data.draw(chance))) for each in graph}
    terminals = set(data.draw(st.lists(node, min_size=1, max_size=size)))
    expected = float(enumerated(graph, terminals, up))

    exact = reliability_of(graph, terminals, up=up)
    assert exact.method == "exact"
    assert exact.low == exact.high == pytest.approx(expected, abs=1e-12)

    rough = reliability_of(graph, terminals, up=up, max_states=1)
    assert rough.low - 1e-12 <= expected <= rough.high + 1e-12


def test_the_bridge():
    """2p^2 + 2p^3 - 5p^4 + 2p^5 = 0.97848 at p = 0.9 (formulas page, S2)."""
    assert two_terminal(with_links_up(BRIDGE, 0.9), "s", "t").low == pytest.approx(0.97848, abs=1e-12)


def test_a_doubled_link_is_as_good_as_both():
    """Two links of 0.9 beside each other are up with 0.99."""
    graph = with_links_up([("a", "b"), ("a", "b")], 0.9)
    assert two_terminal(graph, "a", "b").low == pytest.approx(0.99, abs=1e-15)


def test_nodes_that_fail_in_a_ring():
    """Two ways of two nodes each: 1 - (1 - p^2)^2 beside ends that do not fail."""
    ring = nx.cycle_graph(6)
    up = {1: 0.9, 2: 0.9, 4: 0.9, 5: 0.9}
    assert two_terminal(ring, 0, 3, up=up).low == pytest.approx(1 - (1 - 0.81) ** 2, abs=1e-15)


@pytest.mark.parametrize("size", [3, 4, 5])
def test_all_terminal_of_complete_graphs(size):
    """Gilbert's recurrence (Random graphs, Ann. Math. Stat. 30, 1959) for complete graphs of links up with p."""
    from math import comb

    p, connected = 0.7, {1: 1.0}
    for n in range(2, size + 1):
        connected[n] = 1 - sum(comb(n - 1, k - 1) * connected[k] * (1 - p) ** (k * (n - k)) for k in range(1, n))
    graph = nx.complete_graph(size)
    nx.set_edge_attributes(graph, p, "up")

    assert all_terminal(graph).low == pytest.approx(connected[size], abs=1e-12)


def test_a_grid_is_exact_and_quick():
    """The corners of a grid of 8 by 8: 112 links, 2^112 ways of the world, a frontier of 8 nodes."""
    grid = nx.grid_2d_graph(8, 8)
    nx.set_edge_attributes(grid, 0.9, "up")

    found = two_terminal(grid, (0, 0), (7, 7))

    # The first and last order of failures are the two cuts of the corners: 1 - 2 * 0.1^2 and a little less.
    assert found.method == "exact"
    assert 0.9735 < found.low < 0.98


def test_beyond_the_budget_an_interval_holds_the_exact_figure():
    """A narrow budget widens the answer; it never leaves it."""
    grid = nx.grid_2d_graph(5, 5)
    nx.set_edge_attributes(grid, 0.9, "up")
    exact = two_terminal(grid, (0, 0), (4, 4))

    widths = []
    for budget in (3, 30, 300):
        rough = two_terminal(grid, (0, 0), (4, 4), max_states=budget)
        assert rough.low - 1e-12 <= exact.low <= rough.high + 1e-12
        widths.append(rough.high - rough.low)
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("bad", [-0.1, 1.5, float("nan")])
def test_a_probability_that_is_none_is_refused(bad):
    """The message says which."""
    with pytest.raises(UsageError, match="node 0"):
        two_terminal(nx.path_graph(3), 0, 2, up={0: bad})
    with pytest.raises(UsageError, match="is not in the network"):
        two_terminal(nx.path_graph(3), 0, 7)
    with pytest.raises(UsageError, match="allow 1 or more"):
        two_terminal(nx.path_graph(3), 0, 2, max_states=0)


@pytest.mark.parametrize("name", ["Abilene", "Arpanet19728", "Geant2012", "Uninett2011"])
def test_real_networks_of_the_topology_zoo(shared_data, name):
    """Real maps with parallel links are exact within the budget, and a longer way to fail is never likelier."""
    path = shared_data / "topology-zoo" / f"{name}.gml"
    if not path.is_file():
        pytest.skip("the map is not there")
    # The maps have parallel links and do not say so.
    text = path.read_text(encoding="utf-8").replace("graph [", "graph [\n  multigraph 1", 1)
    network = nx.MultiGraph(nx.parse_gml(text, label="id"))
    network = network.subgraph(max(nx.connected_components(network), key=len)).copy()
    nx.set_edge_attributes(network, 0.99, "up")
    start, end = nx.periphery(nx.Graph(network))[:2]

    two, every = two_terminal(network, start, end), all_terminal(network)

    assert two.method == every.method == "exact"
    assert 0 < every.low <= two.low <= 1
