"""Waves against known chromatic numbers, the goldens, and trying every partition."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.waves import Limit, solve


def pair(one: int, other: int) -> Limit:
    return Limit((frozenset([one]), frozenset([other])), 1)


def group(members: range, most: int) -> Limit:
    return Limit(tuple(frozenset([each]) for each in members), most)


def mycielski(order: int) -> tuple[int, set[tuple[int, int]]]:
    """Return the DIMACS graph myciel(order): the Mycielski construction from one edge."""
    count, edges = 2, {(0, 1)}
    for _ in range(order - 1):
        shadow = {
            (min(one, other), max(one, other)) for a, b in edges for one, other in ((a, b + count), (b, a + count))
        }
        top = {(count + node, 2 * count) for node in range(count)}
        edges, count = edges | shadow | top, 2 * count + 1
    return count, edges


def queens(size: int) -> tuple[int, set[tuple[int, int]]]:
    """Return the DIMACS graph queen(size)_(size): squares that a queen connects."""
    squares = list(itertools.product(range(size), repeat=2))
    return size * size, {
        (at, other)
        for (at, (row, column)), (other, (row2, column2)) in itertools.combinations(enumerate(squares), 2)
        if row == row2 or column == column2 or abs(row - row2) == abs(column - column2)
    }


@pytest.mark.parametrize(
    ("graph", "nodes", "edges", "colours"),
    [
        (mycielski(3), 11, 20, 4),
        (mycielski(4), 23, 71, 5),
        (queens(5), 25, 160, 5),
        (queens(6), 36, 290, 7),
        (queens(7), 49, 476, 7),
    ],
    ids=["myciel3", "myciel4", "queen5_5", "queen6_6", "queen7_7"],
)
def test_one_of_a_pair_is_graph_colouring(
    graph: tuple[int, set[tuple[int, int]]], nodes: int, edges: int, colours: int
) -> None:
    count, found = graph
    assert (count, len(found)) == (nodes, edges)

    solution = solve(count, [pair(one, other) for one, other in found])

    assert solution.waves is not None
    assert (len(solution.waves), solution.optimal, solution.lower_bound) == (colours, True, colours)
    wave_of = {node: at for at, wave in enumerate(solution.waves) for node in wave}
    assert len(wave_of) == count
    assert all(wave_of[one] != wave_of[other] for one, other in found)


def test_goldens() -> None:
    small = [group(range(3), 1), group(range(3, 5), 1), group(range(5, 7), 1)]
    assert len(solve(7, small).waves or []) == 3
    cluster = [group(range(12), 4), group(range(5), 2)]
    assert len(solve(12, cluster).waves or []) == 3
    assert len(solve(12, cluster, zones=[node % 3 for node in range(12)]).waves or []) == 3


def test_order_number_and_sets_that_must_not_meet() -> None:
    assert solve(3, [], order=[(2, 1), (1, 0)]).waves == [[2], [1], [0]]
    assert len(solve(5, [], at_most=2).waves or []) == 3
    waves = solve(3, [], apart=[frozenset([0, 1, 2])]).waves
    assert waves is not None
    assert len(waves) == 2
    assert solve(2, [], order=[(0, 1), (1, 0)]).infeasible
    assert solve(0, []).waves == []


def test_a_limit_that_one_node_breaks_is_named() -> None:
    limit = Limit((frozenset([0]), frozenset([0, 1])), 1, "web")

    assert solve(2, [limit]).impossible == [limit]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_fewest_by_trying_every_assignment(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 5))
    node = st.integers(0, count - 1)
    limits = [
        Limit(tuple(frozenset(each) for each in members), data.draw(st.integers(1, 2)))
        for members in data.draw(
            st.lists(st.lists(st.sets(node, min_size=1, max_size=2), min_size=1, max_size=4), max_size=3)
        )
    ]

    def holds(waves: tuple[int, ...]) -> bool:
        return all(
            sum(any(waves[each] == wave for each in member) for member in limit.members) <= limit.most
            for limit in limits
            for wave in set(waves)
        )

    possible = [len(set(waves)) for waves in itertools.product(range(count), repeat=count) if holds(waves)]
    found = solve(count, limits)

    if possible:
        assert found.waves is not None
        assert (len(found.waves), found.optimal) == (min(possible), True)
    else:
        assert found.waves is None
