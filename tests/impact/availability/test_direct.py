"""Rows on cycles that have no normal form: figures, slopes and cut sets straight from the structure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.availability import normal_form
from impact.availability.direct import direct_of
from impact.availability.evaluate import Budget, Evaluator
from impact.availability.importance import importance_of
from impact.availability.purse import Purse
from impact.cutsets import cut_sets


@pytest.fixture
def endless(monkeypatch):
    """Every cycle in which anything is redundant counts as one without end."""
    monkeypatch.setattr(normal_form, "_LARGEST_CYCLE", 0)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_all_states_of_a_row_are_its_truth(data, cases) -> None:
    """Whatever the structure: figure, slopes, minimal sets, and bounds around them."""
    case = data.draw(cases(extremes=False))
    row = data.draw(st.integers(0, len(case.needs) - 1))
    direct = direct_of(case.structure, [members for members, _ in case.common], row)
    q = [case.data.all[event] for event in direct.events]
    truth = case.chance(case.tables[row])

    found = direct.exact(q)
    low, high = direct.bounds(q)

    assert found is not None
    assert found[0] == pytest.approx(float(truth), abs=1e-12)
    assert low - 1e-12 <= float(truth) <= high + 1e-12
    for event, slope in zip(direct.events, found[1], strict=True):
        with_, without = (case.given(event, value) for value in (1, 0))
        assert slope == pytest.approx(float(with_.chance(with_.tables[row]) - without.chance(without.tables[row])))
    reached, sets = direct.minimal(3, 10_000)
    assert reached == 3
    assert set(sets) == {each for each in case.minimal(row) if len(each) <= 3}


def test_a_cycle_without_end_has_its_exact_figure_where_it_is_small(case, endless) -> None:
    """Golden C2 of the formulas page: A needs any of (B, C), B needs A."""
    known, row = case({"a": ([], [(1, ["b", "c"])]), "b": (["a"], [])}, {"a": ".01", "b": ".02", "c": ".05"})
    evaluator = Evaluator(known.structure, known.data)

    figure = evaluator.figure(row("a"))

    assert (figure.kind, figure.unavailability) == ("exact", pytest.approx(0.01099, abs=1e-12))
    assert importance_of(evaluator, row("a"))[row("a")].birnbaum == pytest.approx(1 - 0.001)
    assert set(cut_sets(known.structure, row("a"), 2).sets) == {(row("a"),), (row("b"), row("c"))}


def ring(case, size: int):
    """A ring in which each needs one of the next three."""
    names = [f"r{each}" for each in range(size)]
    needs = {name: ([], [(2, [names[(at + step) % size] for step in (1, 2, 3)])]) for at, name in enumerate(names)}
    return case(needs | {"s": (["r0"], [])}, dict.fromkeys(names, ".2") | {"s": "0"})


def test_a_large_one_is_estimated_and_what_stands_on_it_too(case, monkeypatch) -> None:
    """The exact figure lies inside what is told in place of it, and slopes are about right."""
    known, row = ring(case, 20)
    exact = Evaluator(known.structure, known.data)
    monkeypatch.setattr(normal_form, "_LARGEST_CYCLE", 0)

    evaluator = Evaluator(known.structure, known.data, Budget(seconds=10, samples=1 << 18))
    figure = evaluator.figure(row("s"))

    assert figure.kind == "estimate"
    assert figure.low <= exact.figure(row("s")).unavailability <= figure.high
    assert not evaluator.has_diagram(row("s"))
    slope = evaluator.birnbaum(row("s"))[row("r0")]
    assert slope == pytest.approx(exact.birnbaum(row("s"))[row("r0")], rel=0.05)


def test_an_empty_purse_still_bounds_it(case, endless) -> None:
    """One batch of samples is always drawn."""
    known, row = ring(case, 20)

    figure = Evaluator(known.structure, known.data, Budget(seconds=0, seconds_a_row=0)).figure(row("s"))

    assert figure.kind == "estimate"
    assert 0 <= figure.low <= figure.unavailability <= figure.high <= 1


def test_a_purse_is_paid_once_and_filled_again() -> None:
    """A step inside another does not pay twice."""
    purse = Purse(1000.0)

    with purse.spending(), purse.spending():
        inside = purse.left
    after = purse.left
    purse.fill()

    assert after <= inside < 1000.0
    assert purse.left == 1000.0
