"""What stands aside of a network changes nothing between two ends: against plain searches of all of it."""

from __future__ import annotations

from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.network.expand import LIMIT, VirtualRows
from impact.network.graph import Network
from impact.network.routes import Routes, simple_part
from impact.network.separation import chordless_paths


def network_of(count, links, through=None):
    every = np.arange(count)
    ends = np.array(links or np.zeros((0, 2)), np.int64).reshape(-1, 2)
    passing = np.ones(count, np.bool_) if through is None else np.array(through, np.bool_)
    return Network(every, every, passing, ends[:, 0], ends[:, 1], np.arange(len(ends)))


@st.composite
def networks(draw):
    """Random links, rings of devices on linked pairs, devices on several linked ones, servers with one card or two."""
    count = draw(st.integers(3, 7))
    links = set(
        draw(
            st.lists(
                st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] < pair[1]),
                max_size=12,
            )
        )
    )
    for _ in range(draw(st.integers(0, 2))):  # a chain between two, linked or not, or back to the same
        one, other = draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))
        chain = [one, *range(count, count + draw(st.integers(1, 3))), other]
        count = max(chain) + 1
        links |= {tuple(sorted(pair)) for pair in pairwise(chain) if pair[0] != pair[1]}
    through = [draw(st.sampled_from([True, True, True, False])) for _ in range(count)]
    start, end = draw(st.permutations(range(count)))[:2]
    return network_of(count, sorted(links), through), start, end


def searched(network, start, end):
    """Every path between two, each by its inner devices."""
    graph = simple_part(network, start, end)
    return [path[1:-1] for path in nx.all_simple_paths(graph, start, end)]


@settings(max_examples=800, deadline=None)
@given(networks())
def test_the_same_smallest_paths_and_as_many_without_a_common_device(question):
    """Whatever is gone: as many disjoint paths as the smallest cut has devices (Menger), found by trying."""
    network, start, end = question
    routes = Routes(network, np.array([start]), np.array([end]))
    paths = [set(path) for path in searched(network, start, end)]
    direct = end in network.neighbours[start]

    assert routes.between(0) == frozenset().union(*paths) - {start, end}
    always = set.intersection(*paths) if paths else set()
    assert set(routes.cuts(start, end)) == (set() if not paths else {start, end} if direct else {start, end} | always)
    if direct:
        return
    least = {frozenset(path) for path in paths if not any(other < path for other in paths)}
    near = routes.near(start, end)
    assert set(chordless_paths(near, start, end)) == least
    inner = sorted(set(range(len(network))) - {start, end})
    for gone in [(), *((each,) for each in inner), *list(combinations(inner, 2))[::5]]:
        left = [path for path in paths if not path & set(gone)]
        smallest = next(
            size
            for size in range(len(inner) + 1)
            if any(all(p & set(c) for p in left) for c in combinations(inner, size))
        )
        assert routes.disjoint(0, frozenset(gone)) == smallest


@settings(max_examples=200, deadline=None)
@given(networks())
def test_every_path_is_cut_into_stretches_in_order(question):
    """The devices on every path stand in the order in which any path meets them."""
    network, start, end = question
    routes = Routes(network, np.array([start]), np.array([end]))
    cuts = routes.cuts(start, end)
    for path in searched(network, start, end):
        whole = [start, *path, end]
        if end not in network.neighbours[start]:
            assert [device for device in whole if device in cuts] == cuts
    for one, other, inner in routes.stretches(0):
        assert not inner & {one, other}
        assert other not in network.neighbours[one]


def campus(linked, servers):
    """Four cores, eight pairs of distribution switches, forty access switches on each pair, servers on two of these."""
    links = list(combinations(range(4), 2))
    pairs = [(4 + 2 * n, 5 + 2 * n) for n in range(8)]
    links += [(core, switch) for pair in pairs for switch in pair for core in range(4)]
    links += pairs if linked else []
    access = [(pair, 20 + 40 * n + k) for n, pair in enumerate(pairs) for k in range(40)]
    links += [(switch, each) for pair, each in access for switch in pair]
    first = 20 + 40 * 8
    links += [(access[(37 * n + 45 * k) % len(access)][1], first + n) for n in range(servers) for k in range(2)]
    return network_of(first + servers, links, [True] * first + [False] * servers), range(first, first + servers)


@pytest.mark.parametrize("linked", [True, False])
def test_of_a_campus_every_requirement_is_exact(linked):
    """Few paths are smallest, however many there are, and of 340 switches at most eighteen stand between two."""
    network, servers = campus(linked, 24)
    routes = Routes(network, np.array([], np.int64), np.array([], np.int64))
    rows = VirtualRows(len(network), LIMIT)
    for start, end in combinations(servers, 2):
        rows.path(routes, start, end)
        if linked:
            assert len(routes.near(start, end)) <= 2 + 4 + 8 + 4
    assert not rows.approximate
