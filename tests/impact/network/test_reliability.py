"""Reliability of networks against enumeration of every way of the world, published figures and real maps."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import UsageError
from impact.network.expand import LIMIT, VirtualRows
from impact.network.graph import Network
from impact.network.reliability import all_terminal, reliability_of, two_terminal
from impact.network.routes import Routes
from impact.network.singles import single_devices

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


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.sampled_from([1e-9, 1e-4, 1e-3, 5e-3]))
def test_out_of_time_the_bounds_still_hold(seed, seconds):
    """However little time there is, the truth lies between them."""
    graph = nx.gnm_random_graph(14, 24, seed=seed)
    nx.set_edge_attributes(graph, 0.8, "up")
    up = dict.fromkeys(graph, 0.9)

    for exact, rough in (
        (two_terminal(graph, 0, 13, up=up), two_terminal(graph, 0, 13, up=up, seconds=seconds)),
        (all_terminal(graph, up=up), all_terminal(graph, up=up, seconds=seconds)),
    ):
        assert exact.method == "exact"
        assert rough.low - 1e-12 <= exact.low <= rough.high + 1e-12
        assert rough.method == "interval" or rough.low == pytest.approx(exact.low, rel=1e-9)


def test_a_device_with_more_parts_than_can_be_gone_through():
    """Forty ways that join at one device are two to the fortieth ways of the world."""
    graph = nx.Graph()
    for arm in range(40):
        graph.add_edges_from([("start", ("near", arm)), (("near", arm), ("far", arm)), (("far", arm), "end")], up=0.9)
        graph.add_edge(("near", arm), ("near", (arm + 1) % 40), up=0.9)
        graph.add_edge(("far", arm), ("near", (arm + 7) % 40), up=0.9)

    began = time.monotonic()
    rough = two_terminal(graph, "start", "end", seconds=1.0)

    assert time.monotonic() - began < 20
    assert rough.method == "interval"
    assert 0 <= rough.low < rough.high <= 1


def test_no_time_is_refused():
    """A time that is not above 0 is none."""
    with pytest.raises(UsageError, match="above 0"):
        two_terminal(nx.path_graph(3), 0, 2, seconds=0)


def test_the_largest_map_of_the_zoo_ends_in_seconds(shared_data):
    """754 devices: single points, disjoint paths, the structure's paths and the probability, each within seconds."""
    path = shared_data / "topology-zoo" / "Kdl.gml"
    if not path.is_file():
        pytest.skip("the map is not there")
    text = path.read_text(encoding="utf-8").replace("graph [", "graph [\n  multigraph 1", 1)
    graph = nx.Graph(nx.parse_gml(text, label="id"))
    number = {node: at for at, node in enumerate(sorted(graph))}
    ends = np.array([(number[one], number[other]) for one, other in graph.edges if one != other])
    count = len(number)
    every = np.arange(count)
    network = Network(every, every, np.ones(count, np.bool_), ends[:, 0], ends[:, 1], np.arange(len(ends)))

    began = time.monotonic()
    points = single_devices(network)
    routes = Routes(network, np.array([0]), np.array([count - 1]))
    paths = routes.disjoint(0, frozenset())
    rows = VirtualRows(count, LIMIT)
    rows.path(routes, 0, count - 1)
    found = two_terminal(graph, min(graph), max(graph), up=dict.fromkeys(graph, 0.999), seconds=1.0)

    # Some ten seconds alone; the rest is for a machine that others use as well.
    assert time.monotonic() - began < 60
    assert points == sorted(number[each] for each in nx.articulation_points(graph))
    assert paths == nx.node_connectivity(graph, min(graph), max(graph))
    assert rows.approximate
    assert found.method == "interval"
    assert 0.9 < found.low <= 0.9979644534 <= found.high
