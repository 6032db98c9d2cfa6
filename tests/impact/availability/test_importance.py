"""Importance measures against every state of small structures, and the golden table."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.availability.evaluate import Evaluator
from impact.availability.importance import importance_of


def check_every_measure(case) -> None:
    evaluator = Evaluator(case.structure, case.data)
    chances = [*case.q, *(q for _, q in case.common)]
    for row in range(case.structure.size):
        table = case.tables[row]
        whole = case.chance(table)
        minimal = case.minimal(row)

        found = importance_of(evaluator, row)

        for event, measures in found.items():
            number = case.data.number(event)
            q = chances[number]
            with_, without = (case.given(number, value).chance(table) for value in (1, 0))
            assert measures.birnbaum == pytest.approx(float(with_ - without), rel=1e-9, abs=1e-13)
            if not whole:
                assert measures.criticality is measures.risk_achievement_worth is None
                continue
            assert measures.criticality == pytest.approx(float(q * (with_ - without) / whole), rel=1e-9, abs=1e-12)
            assert measures.diagnostic == pytest.approx(float(q * with_ / whole), rel=1e-9, abs=1e-12)
            assert measures.risk_achievement_worth == pytest.approx(float(with_ / whole), rel=1e-9)
            if without:
                assert measures.risk_reduction_worth == pytest.approx(float(whole / without), rel=1e-7)
            else:
                assert measures.risk_reduction_worth is None
            assert measures.fussell_vesely == pytest.approx(
                float(share_of_cut_sets(case, minimal, number) / whole), rel=1e-9, abs=1e-12
            )
            assert measures.criticality <= measures.fussell_vesely + 1e-9 <= measures.diagnostic + 2e-9


def share_of_cut_sets(case, minimal, event: int) -> Fraction:
    """P(some minimal cut set with the event has failed), by going through every state."""
    holding = [sum(1 << each for each in cut) for cut in minimal if event in cut]
    return sum(
        (weight for state, weight in enumerate(case.weights) if any(state & cut == cut for cut in holding)), Fraction(0)
    )


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_every_measure_is_what_its_definition_counts(data, cases) -> None:
    """All six, for every event of every row, certain and impossible events included."""
    check_every_measure(data.draw(cases(rows=6, edges=14)))


@pytest.mark.thorough
@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_every_measure_of_larger_structures(data, cases) -> None:
    """The long version."""
    check_every_measure(data.draw(cases(rows=9, edges=22)))


@pytest.fixture
def bridge(case):
    """S2: five components; down when every path from one side to the other is cut."""
    paths = {"p": "14", "q": "25", "r": "135", "t": "234"}
    return case(
        {"s": ([], [(3, list(paths))]), **{path: (list(through), []) for path, through in paths.items()}},
        {**dict.fromkeys("spqrt", "0"), **dict.fromkeys("12345", ".1")},
    )


@pytest.mark.parametrize(
    ("component", "birnbaum", "criticality", "diagnostic", "fussell_vesely", "achievement", "reduction"),
    [
        ("1", 0.1062, 0.4934944238, 0.5441449814, 0.5065055762, 5.441449814, 1.974311927),
        ("3", 0.0162, 0.0752788104, 0.1677509294, 0.0924721190, 1.677509294, 1.081407035),
    ],
)
def test_golden_bridge(
    bridge, component, birnbaum, criticality, diagnostic, fussell_vesely, achievement, reduction
) -> None:
    """Three different "Fussell-Vesely", each under its own name."""
    known, row = bridge
    evaluator = Evaluator(known.structure, known.data)

    found = importance_of(evaluator, row("s"))[row(component)]

    assert evaluator.figure(row("s")).unavailability == pytest.approx(1 - 0.97848, rel=1e-12)
    assert (found.birnbaum, found.criticality, found.diagnostic) == pytest.approx(
        (birnbaum, criticality, diagnostic), rel=1e-9
    )
    assert (found.fussell_vesely, found.risk_achievement_worth, found.risk_reduction_worth) == pytest.approx(
        (fussell_vesely, achievement, reduction), rel=1e-9
    )


def test_golden_server_behind_a_switch(case) -> None:
    """S1: a server of two behind one switch."""
    known, row = case(
        {"s": ([], [(1, ["a", "b"])]), "a": (["x"], []), "b": (["x"], [])},
        {"s": "0", "a": ".01", "b": ".01", "x": ".001"},
    )

    found = importance_of(Evaluator(known.structure, known.data), row("s"))[row("a")]

    assert found.birnbaum == pytest.approx(0.00999)
    assert found.criticality == pytest.approx(0.0908264388, rel=1e-9)
    assert found.diagnostic == pytest.approx(0.0999181744, rel=1e-9)
    assert found.fussell_vesely == pytest.approx(0.0909173561, rel=1e-9)
    assert found.risk_achievement_worth == pytest.approx(9.991817438, rel=1e-9)
    assert found.risk_reduction_worth == pytest.approx(1.0999, rel=1e-9)


def test_golden_two_trains(case) -> None:
    """S5: SCRAM's two trains of a valve and a pump."""
    known, row = case(
        {"s": ([], [(1, ["t1", "t2"])]), "t1": (["v1", "p1"], []), "t2": (["v2", "p2"], [])},
        {"s": "0", "t1": "0", "t2": "0", "v1": ".5", "v2": ".5", "p1": ".7", "p2": ".7"},
    )

    found = importance_of(Evaluator(known.structure, known.data), row("s"))
    valve, pump = found[row("v1")], found[row("p1")]

    assert (valve.birnbaum, pump.birnbaum) == pytest.approx((0.255, 0.425))
    assert (valve.criticality, pump.criticality) == pytest.approx((0.17647, 0.41176), abs=5e-6)
    assert (valve.diagnostic, pump.diagnostic) == pytest.approx((0.58824, 0.82353), abs=5e-6)
    assert (valve.risk_achievement_worth, pump.risk_achievement_worth) == pytest.approx((1.17647, 1.17647), abs=5e-6)
    assert (valve.risk_reduction_worth, pump.risk_reduction_worth) == pytest.approx((1.21429, 1.7), abs=5e-6)


@pytest.mark.parametrize(("bears", "expected"), [(0, (0.96, 0.98)), (1, (0.04, 0.02))])
def test_golden_series_and_parallel(bears, expected, case) -> None:
    """Rausand and Hoyland: p = .98 and .96."""
    known, row = case({"s": ([], [(bears, ["a", "b"])])}, {"s": "0", "a": ".02", "b": ".04"})

    found = importance_of(Evaluator(known.structure, known.data), row("s"))

    assert (found[row("a")].birnbaum, found[row("b")].birnbaum) == pytest.approx(expected)


def test_worth_of_what_is_the_only_cause_is_infinite_and_said_as_nothing(case) -> None:
    """Without it nothing is ever down: no number stands for that."""
    known, row = case({"s": (["a"], [])}, {"s": "0", "a": ".01"})

    assert importance_of(Evaluator(known.structure, known.data), row("s"))[row("a")].risk_reduction_worth is None


def test_what_cannot_be_afforded_is_none(bridge) -> None:
    """Fussell-Vesely in a diagram that is too large is left out, the others stay."""
    known, row = bridge

    found = importance_of(Evaluator(known.structure, known.data), row("s"), affordable=1)[row("1")]

    assert found.fussell_vesely is None
    assert found.criticality == pytest.approx(0.4934944238, rel=1e-9)
