"""Minimal cut sets by order, against every state of small structures and the golden lists."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import UsageError
from impact.availability.normal_form import NormalForms
from impact.availability.plan import Plan
from impact.availability.purse import Purse
from impact.availability.solutions import counts_by_order
from impact.cutsets import CutSetSearch, cut_sets


def check_against_every_state(case, order: int) -> None:
    search = CutSetSearch(case.structure, case.data.members)
    for row in range(case.structure.size):
        exact = {each for each in case.minimal(row) if len(each) <= order}

        found = search.of(row, order, None)

        assert found.complete
        assert {frozenset(each) for each in found.sets} == exact
        assert len(found.sets) == len(exact)
        assert [len(each) for each in found.sets] == sorted(len(each) for each in exact)
        assert sum(found.counts.values()) == len(exact)


@settings(deadline=None, max_examples=120)
@given(data=st.data())
def test_cut_sets_are_the_minimal_states_that_bring_a_row_down(data, cases) -> None:
    """Shared members, nested pools, cycles and common causes: every set of up to the order asked, and no other."""
    check_against_every_state(data.draw(cases(extremes=False)), data.draw(st.integers(1, 5)))


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_of_all_rows_is_what_it_is_of_each(data, cases) -> None:
    """What rows share changes no answer; a row that does not exist is refused before any work."""
    case = data.draw(cases(extremes=False))
    rows = [*range(case.structure.size)]

    together = CutSetSearch(case.structure, case.data.members).of_all(rows, 3)

    assert together == [cut_sets(case.structure, row, 3, common=case.data.members) for row in rows]
    with pytest.raises(UsageError, match="there is no row"):
        CutSetSearch(case.structure).of_all([0, case.structure.size], 2)


@pytest.mark.thorough
@settings(deadline=None, max_examples=500)
@given(data=st.data())
def test_cut_sets_of_larger_structures_are_exact_too(data, cases) -> None:
    """The long version, up to 12 rows."""
    check_against_every_state(data.draw(cases(rows=12, edges=30, extremes=False)), data.draw(st.integers(1, 6)))


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_counts_without_listing_are_those_of_the_list(data, cases) -> None:
    """Polynomials over the parts, minimal solutions of the diagrams."""
    case = data.draw(cases(extremes=False))
    plan = Plan(NormalForms(case.structure, case.data.members), nodes=1 << 16, purse=Purse(10))

    for row in range(case.structure.size):
        sizes = [len(each) for each in case.minimal(row)]
        expected = {size: sizes.count(size) for size in range(1, case.events + 1)}

        if sizes != [0]:
            assert counts_by_order(plan, plan.row(row), case.events) == expected


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_too_many_to_look_for_are_counted_and_said_to_be_cut(data, cases) -> None:
    """With hardly any room the lower orders are whole, the counts are true, and nothing pretends to be complete."""
    case = data.draw(cases(extremes=False))
    search = CutSetSearch(case.structure, case.data.members, most=2)
    for row in range(case.structure.size):
        exact = case.minimal(row)
        sizes = [len(each) for each in exact if len(each) <= 4]

        found = search.of(row, 4, None)

        assert {frozenset(each) for each in found.sets} <= exact
        assert found.counts == ({0: 1} if exact == {frozenset()} else {n: sizes.count(n) for n in range(1, 5)})
        assert found.complete == (len(found.sets) == len(sizes))


def named(known, row, names: str, order: int = 4, **more) -> set[str]:
    found = cut_sets(known.structure, row(names[0]), order, **more)
    assert found.complete
    return {"".join(sorted(names[place] for place in each)) for each in found.sets}


def test_golden_circles(case) -> None:
    """C1: two that need each other fail with either. C2: a loop through a pool, the least fixed point."""
    names = {"a": ".01", "b": ".02", "c": ".05"}
    both, row = case({"a": (["b"], []), "b": (["a"], [])}, names)
    loop, _ = case({"a": ([], [(1, ["b", "c"])]), "b": (["a"], [])}, names)

    assert named(both, row, "abc") == {"a", "b"}
    assert named(loop, row, "abc") == {"a", "bc"}


def test_golden_bridge(case) -> None:
    """S2: the bridge of five; its paths as pools of pools."""
    paths = {"p": "14", "q": "25", "r": "135", "t": "234"}
    known, row = case(
        {"s": ([], [(3, list(paths))]), **{path: (list(through), []) for path, through in paths.items()}},
        dict.fromkeys("s12345pqrt", ".1"),
    )
    names = "s12345pqrt"
    found = cut_sets(known.structure, row("s"), 3)

    sets = {"".join(sorted(names[place] for place in each)) for each in found.sets}
    assert {each for each in sets if each.isdigit()} == {"12", "45", "135", "234"}


def test_the_trap_of_the_pool_of_which_one_event_fails_several(case) -> None:
    """Three of four members on one host: the host and the fourth are a pair, whatever room three members would need."""
    known, row = case(
        {"s": ([], [(3, ["a", "b", "c", "d"])]), "a": (["h"], []), "b": (["h"], []), "c": (["h"], [])},
        dict.fromkeys("sabcdh", ".1"),
    )

    assert named(known, row, "sabcdh", 2) == {"s", "dh"}
    assert named(known, row, "sabcdh", 4) == {"s", "dh", "abcd"}


def test_a_list_that_is_cut_says_so_and_counts_truly(case) -> None:
    """The limit is on what is listed, never on what is known."""
    known, row = case({"s": ([], [(1, list("abcdefgh"))])}, dict.fromkeys("sabcdefgh", ".1"))

    found = cut_sets(known.structure, row("s"), 2, limit=5)

    assert len(found.sets) == 5
    assert not found.complete
    assert found.counts == {1: 1, 2: 28}


def test_what_is_down_anyway_has_the_empty_cut_set(case) -> None:
    """A pool that is never met needs no failure."""
    known, row = case({"s": ([], [(-1, ["a"])])}, {"s": ".1", "a": ".1"})

    assert cut_sets(known.structure, row("s"), 2).sets == ((),)


@pytest.mark.parametrize(("row", "order", "limit"), [(0, 0, None), (5, 1, None), (-1, 1, None), (0, 1, -1)])
def test_a_wrong_question_is_refused(row, order, limit, case) -> None:
    """An order of nothing, a row that does not exist, a negative limit."""
    known, _ = case({}, {"s": ".1"})

    with pytest.raises(UsageError):
        cut_sets(known.structure, row, order, limit)


def test_redundancy_nested_a_thousand_deep_has_an_answer(case) -> None:
    """Each level needs the one below or a spare of its own: no call is too deep."""
    names = [f"n{level}" for level in range(1000)]
    needs = {f"n{level}": ([], [(1, [f"n{level - 1}", f"x{level}"])]) for level in range(1, 1000)}
    known, row = case(needs, dict.fromkeys([*names, *(f"x{level}" for level in range(1, 1000))], ".01"))

    found = cut_sets(known.structure, row("n999"), 2)

    assert found.counts == {1: 1, 2: 1}
    assert found.complete
