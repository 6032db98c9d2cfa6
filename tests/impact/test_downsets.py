"""Down sets: equal to asking the rule item by item, whatever the shape of the estate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from impact.closures import consumers_of, stands_on
from impact.downsets import down_sets
from impact.downsets.pools import in_at_least
from impact.engine import ImpactEngine
from impact.structure import Structure


@st.composite
def structures(draw: st.DrawFn, most: int = 14) -> Structure:
    """Draw requirements among up to 14 rows, the last few virtual; parallel pools and cycles as they come."""
    size = draw(st.integers(1, most))
    row = st.integers(0, size - 1)
    providers = [sorted(draw(st.sets(row, max_size=2))) for _ in range(size)]
    pools = [draw(st.lists(st.sets(row, min_size=1, max_size=5), max_size=2)) for _ in range(size)]
    members = [sorted(pool) for of_row in pools for pool in of_row]
    bears = [draw(st.integers(-1 if draw(st.integers(0, 9)) == 0 else 0, len(pool) - 1)) for pool in members]
    return structure_from(providers, [len(of_row) for of_row in pools], members, bears, draw(st.integers(1, size)))


def structure_from(providers, pools, members, bears, count) -> Structure:  # type: ignore[no-untyped-def]
    def bounds(sizes):  # type: ignore[no-untyped-def]
        return np.cumsum([0, *sizes]).astype(np.int64)

    def column(lists):  # type: ignore[no-untyped-def]
        return np.array([each for part in lists for each in part], np.int64)

    return Structure(
        count=count,
        provider_ptr=bounds(map(len, providers)),
        providers=column(providers),
        pool_ptr=bounds(pools),
        member_ptr=bounds(map(len, members)),
        members=column(members),
        bears=np.array(bears, np.int64),
        pool_source=np.full(len(members), -1, np.int64),
    )


def failing(structure: Structure, *rows: int) -> np.ndarray:
    failed = np.zeros(structure.size, np.bool_)
    failed[list(rows)] = True
    return failed


@settings(deadline=None, max_examples=400)
@given(structure=structures(), data=st.data())
def test_a_down_set_holds_what_alone_brings_the_row_down(structure: Structure, data: st.DataObject) -> None:
    """x is in F(v) exactly when v is down with x alone failed beside what is down already; virtual rows never are."""
    given_rows = data.draw(st.lists(st.integers(0, structure.size - 1), max_size=2))
    before = structure.down(failing(structure, *given_rows))
    after = [structure.down(failing(structure, *given_rows, row)) for row in range(structure.count)]

    sets = down_sets(structure, down=before)

    for row in range(structure.size):
        expected = [x for x in range(structure.count) if after[x][row] and not before[row] and not before[x]]
        assert sets.of(row).tolist() == expected


@settings(deadline=None)
@given(structure=structures(), data=st.data())
def test_a_part_of_the_estate_has_the_same_sets(structure: Structure, data: st.DataObject) -> None:
    """Asking about some rows looks at what they stand on only."""
    rows = np.array(data.draw(st.lists(st.integers(0, structure.size - 1), max_size=3)), np.int64)
    whole, part = down_sets(structure), down_sets(structure, rows=rows)

    below = stands_on(structure, rows)

    assert all(part.sets[row] is None for row in np.flatnonzero(~below))
    assert all(part.of(row).tolist() == whole.of(row).tolist() for row in np.flatnonzero(below))
    pairs = {(row, x) for row in set(rows.tolist()) for x in whole.of(row).tolist() if x != row}
    assert set(zip(*(column.tolist() for column in part.pairs(set(rows.tolist()))), strict=True)) == pairs


@settings(deadline=None)
@given(structure=structures(), data=st.data())
def test_what_falls_with_a_row_is_told_by_walking_up(structure: Structure, data: st.DataObject) -> None:
    """The walk finds the least fixed point, in an order in which each cause stands before what it brings down."""
    first = data.draw(st.integers(0, structure.size - 1))
    second = data.draw(st.integers(0, structure.size - 1))
    before = structure.down(failing(structure, first))

    fall = consumers_of(structure).fall([second], before)

    after = structure.down(failing(structure, first, second))
    assert sorted(fall.cause) == np.flatnonzero(after & ~before).tolist()
    place = {row: at for at, row in enumerate(fall.cause)}
    assert all(cause == -1 or place[cause] < place[row] for row, cause in fall.cause.items())


@given(st.lists(st.sets(st.integers(0, 12)), min_size=1, max_size=40), st.integers(1, 8))
def test_counting_members_is_the_same_by_either_way(sets: list[set[int]], threshold: int) -> None:
    """Few members are combined as sets, many are counted."""
    expected = {x for x in range(13) if sum(x in each for each in sets) >= threshold}

    assert set(in_at_least(threshold, [BitMap(each) for each in sets])) == expected


def test_a_chain_of_a_hundred_thousand_is_a_handful_of_runs(deep) -> None:
    """The last item falls with every other, and the sets of all take little memory."""
    structure = Structure.of(ImpactEngine.of(deep.snapshot))

    sets = down_sets(structure)

    assert len(sets.of(99_999)) == 100_000
    assert len(sets.of(0)) == 1
    assert sum(len(each.serialize()) for each in sets.sets[::100]) < 100_000


@pytest.mark.parametrize("pooled", [False, True])
def test_a_cycle_of_ten_thousand(pooled: bool) -> None:
    """A ring of hard requirements falls as one; with a way round each item bears the loss of its neighbour."""
    count = 10_000
    ring = [[(row + 1) % count] for row in range(count)]
    if pooled:
        members = [sorted({(row + 1) % count, (row + 2) % count}) for row in range(count)]
        structure = structure_from([[]] * count, [1] * count, members, [1] * count, count)
    else:
        structure = structure_from(ring, [0] * count, [], [], count)

    sets = down_sets(structure)

    assert len(sets.of(17)) == (1 if pooled else count)


def test_a_cycle_of_ten_thousand_closed_by_a_pool() -> None:
    """A long chain of requirements within a cycle settles in a few sweeps, not in one a link."""
    count = 10_000
    providers = [[row + 1] for row in range(count - 1)] + [[], []]
    structure = structure_from(providers, [0] * (count - 1) + [1, 0], [[0, count]], [1], count + 1)

    sets = down_sets(structure)

    assert len(sets.of(0)) == count
    assert sets.of(count - 1).tolist() == [count - 1]


def test_an_empty_estate_has_no_sets() -> None:
    """Nothing in, nothing out."""
    structure = structure_from([], [], [], [], 0)

    assert down_sets(structure).sets == []
    assert down_sets(structure).pairs([])[0].tolist() == []
