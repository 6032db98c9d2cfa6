"""The structure with networks: virtual rows say exactly what the states say, and where they cannot, never reassure."""

from __future__ import annotations

import functools
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.engine import ImpactEngine
from impact.network import expand
from impact.network.separation import chordless_paths, minimal_separators
from impact.states import DOWN, evaluate
from impact.structure import Structure


def down_of(structure, failed):
    chosen = np.zeros(structure.size, np.bool_)
    chosen[failed] = True
    return structure.down(chosen)[: structure.count]


def test_virtual_rows_say_what_the_states_say(compiled, networks):
    """Losses of one, two and three items bring the same down in both."""

    @settings(max_examples=60, deadline=None)
    @given(networks())
    def check(question):
        known = compiled(question[0])
        engine = ImpactEngine.of(known.snapshot)
        structure = Structure.of(engine)
        live = np.flatnonzero(known.snapshot.in_service).tolist()
        for size in range(1, 4):
            for failed in list(combinations(live, size))[::5][:12]:
                expected = evaluate(engine, failed).state == DOWN
                assert np.array_equal(down_of(structure, list(failed)), expected)

    check()


@pytest.mark.parametrize(("limit", "devices"), [(0, None), (1, None), (2, None), (400, 0), (400, 12)])
def test_too_many_paths_never_reassure_and_make_no_single_point(compiled, networks, limit, devices, monkeypatch):
    """Beyond the limit, or the `devices` that a search may look at, more is down, never less; what is down by the loss
    of one item stays as it is."""
    monkeypatch.setattr(expand, "LIMIT", limit)
    if devices is not None:
        monkeypatch.setattr(expand, "_MOST_SEARCHED", devices)
        monkeypatch.setattr(expand, "_LEAST_SEARCHED", devices)
        monkeypatch.setattr(
            expand.VirtualRows, "__init__", functools.partialmethod(expand.VirtualRows.__init__, _search=0)
        )

    @settings(max_examples=40, deadline=None)
    @given(networks())
    def check(question):
        known = compiled(question[0])
        engine = ImpactEngine.of(known.snapshot)
        structure = Structure.of(engine)
        live = np.flatnonzero(known.snapshot.in_service).tolist()
        for size in range(1, 4):
            for failed in list(combinations(live, size))[::5][:12]:
                expected = evaluate(engine, failed).state == DOWN
                found = down_of(structure, list(failed))
                assert (found >= expected).all()
                if not len(structure.approximate):
                    assert np.array_equal(found, expected)

    check()


@settings(max_examples=100, deadline=None)
@given(
    st.integers(3, 8).flatmap(
        lambda n: st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=2, max_size=16)
    )
)
def test_smallest_paths_and_cuts_are_those_of_enumeration(pairs):
    """Chordless paths are the minimal path sets, minimal separators the minimal cut sets."""
    graph = nx.Graph((a, b) for a, b in pairs if a != b)
    graph.add_nodes_from((0, 1))
    if not nx.has_path(graph, 0, 1):
        return
    paths = [frozenset(path[1:-1]) for path in nx.all_simple_paths(graph, 0, 1)]
    least = {path for path in paths if not any(other < path for other in paths)}
    found = list(chordless_paths(graph, 0, 1))
    assert len(found) == len(set(found))
    assert set(found) == least

    inner = sorted(set(graph) - {0, 1})
    cuts = [
        frozenset(cut)
        for size in range(len(inner) + 1)
        for cut in combinations(inner, size)
        if all(path & set(cut) for path in paths)
    ]
    separators = list(minimal_separators(graph, 0, 1))
    assert len(separators) == len(set(separators))
    assert set(separators) == {cut for cut in cuts if not any(other < cut for other in cuts)}


def test_an_estate_without_reaching_has_no_virtual_rows(estate):
    """The network alone costs nothing."""
    known = estate("shop -> web\nsw1 == sw2\nsw2 == web")

    assert Structure.of(ImpactEngine.of(known.snapshot)).size == 4
