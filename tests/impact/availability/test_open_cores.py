"""What happens beyond the budget: certified intervals, then simulation, each saying what it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oxidd.bdd import BDDManager
from oxidd.util import DDMemoryError

from impact.availability import evaluate as evaluating
from impact.availability import plan
from impact.availability.core import core_of
from impact.availability.diagram import _let_go, diagram_of
from impact.availability.evaluate import Budget, Evaluator
from impact.availability.importance import importance_of
from impact.availability.interval import loose_bounds, open_core
from impact.availability.normal_form import NormalForms
from impact.availability.purse import Purse
from impact.availability.simulation import confidence_bounds, drawn, simulate


def cores_of(case):
    """Every component of every row that no closed form answers, with the chances of its variables."""
    forms = NormalForms(case.structure, case.data.members)
    q = case.data.all
    made = plan.Plan(forms, nodes=1 << 16, purse=Purse(10))
    for row in range(case.structure.size):
        form = forms.of(row)
        for groups in made._separate(forms.set_groups[form]) if forms.set_groups[form] else []:
            core = core_of(forms, groups)
            if not any(inner for _, inner in core.variables):
                yield core, [1 - float(np.prod([1 - q[event] for event in events])) for events, _ in core.variables]


@settings(deadline=None, max_examples=120)
@given(data=st.data())
def test_every_interval_holds_the_exact_value(data, cases) -> None:
    """Blocks of any size, pairs or no pairs, and the bounds that cost nothing."""
    for core, q in cores_of(data.draw(cases())):
        exact = diagram_of(core, nodes=1 << 16, seconds=10).probability(q)
        slack = 1e-12 * max(exact, 1e-3)
        for nodes in (1, 1 << 12):
            low, high = open_core(core, nodes=nodes, seconds=10).bounds(q, q)
            assert low - slack <= exact <= high + slack
        low, high = loose_bounds(core, q)
        assert low - slack <= exact <= high + slack


def test_simulation_is_the_same_for_the_same_seed_and_covers_the_truth(case) -> None:
    """Sixty seeds at 99 %: the interval may miss a few times, not often."""
    known, _ = case(
        {"s": ([], [(1, ["a", "b", "c"])]), "a": (["x"], []), "b": (["x", "y"], []), "c": (["y"], [])},
        {"s": "0", "a": ".01", "b": ".02", "c": ".05", "x": ".03", "y": ".004"},
    )
    core, q = next(cores_of(known))
    exact = diagram_of(core, nodes=1 << 16, seconds=10).probability(q)

    found = [
        simulate(core, q, samples=1 << 17, seconds=60, confidence=0.99, precision=0.0, seed=seed) for seed in range(60)
    ]

    assert simulate(core, q, samples=1 << 17, seconds=60, confidence=0.99, precision=0.0, seed=7) == found[7]
    assert sum(not each.low <= exact <= each.high for each in found) <= 4
    assert np.mean([each.value for each in found]) == pytest.approx(exact, rel=0.02)


def test_confidence_bounds_are_those_of_clopper_and_pearson() -> None:
    """The textbook's: 95 % of nothing in ten, and of one in ten."""
    assert confidence_bounds(0, 10, 0.95) == (0.0, pytest.approx(0.3084971078, rel=1e-9))
    assert confidence_bounds(1, 10, 0.95) == (
        pytest.approx(0.002528579, rel=1e-6),
        pytest.approx(0.445016117, rel=1e-6),
    )


@pytest.mark.parametrize("chance", [0.0, 1e-5, 0.01, 0.3, 1.0])
def test_drawn_bits_are_as_frequent_as_they_should_be(chance) -> None:
    """Rare ones by gaps, others one by one."""
    words = drawn(np.random.default_rng(3), chance, 1 << 20)

    share = int(np.bitwise_count(words).sum()) / (1 << 20)
    assert share == pytest.approx(chance, abs=5 * (chance * (1 - chance) / (1 << 20)) ** 0.5)


@pytest.fixture
def beyond(monkeypatch):
    """No diagram is affordable."""
    monkeypatch.setattr(plan, "diagram_of", lambda core, **limits: None)
    monkeypatch.setattr("impact.availability.interval.diagram_of", lambda core, **limits: None)


def entangled(case):
    """A pool whose members share items in every combination."""
    return case(
        {
            "s": ([], [(1, ["a", "b", "c"])]),
            "a": (["x", "y"], []),
            "b": ([], [(1, ["y", "z"])]),
            "c": ([], [(1, ["x", "z"])]),
        },
        {"s": ".001", "a": ".01", "b": ".02", "c": ".05", "x": ".03", "y": ".04", "z": ".1"},
    )


def test_a_figure_beyond_the_budget_is_an_estimate_that_says_so(beyond, case) -> None:
    """With its confidence, and the truth inside."""
    known, row = entangled(case)

    figure = Evaluator(known.structure, known.data, Budget(samples=1 << 20)).figure(row("s"))

    exact = float(known.chance(known.tables[row("s")]))
    assert figure.kind == "estimate"
    assert figure.confidence == pytest.approx(0.99)
    assert figure.low <= exact <= figure.high
    assert (figure.high - figure.low) / figure.low < 0.06


def test_an_interval_that_is_narrow_enough_needs_no_simulation(beyond, case) -> None:
    """Certified bounds stand where they are as good as was asked for."""
    known, row = entangled(case)

    figure = Evaluator(known.structure, known.data, Budget(width=1e9)).figure(row("s"))

    assert figure.kind == "interval"
    assert figure.confidence is None
    assert figure.low <= float(known.chance(known.tables[row("s")])) <= figure.high


def test_what_rests_on_an_open_core_is_open_too(beyond, case) -> None:
    """Everything above it carries the interval on, and importance is about right."""
    known, row = entangled(case)
    evaluator = Evaluator(known.structure, known.data, Budget(samples=1 << 18))

    birnbaum = evaluator.birnbaum(row("s"))

    assert all(0 <= value <= 1 for value in birnbaum.values())
    with pytest.raises(evaluating.UsageError, match="no exact figure"):
        evaluator.samples(row("s"), np.ones((known.structure.size, 2)))


def hard_tree(seed: int, case, *, events: int = 400, gates: int = 170):
    """A random fault tree in which everything is tied to everything: each gate has three events and two gates below."""
    draw = np.random.default_rng(seed)
    needs: dict[str, tuple[list[str], list[tuple[int, list[str]]]]] = {}
    for gate in range(gates):
        below = [f"e{each}" for each in draw.choice(events, 3, replace=False)]
        if gate < gates - 2:
            below += [f"g{each}" for each in draw.choice(range(gate + 1, min(gates, gate + 30)), 2)]
        below = sorted(set(below))
        bears = (0, len(below) - 1, 1)[int(draw.integers(3))]
        needs[f"g{gate}"] = ([], [(bears, below)])
    for event in range(events):
        needs[f"e{event}"] = ([], [])
    chances = {name: "0" if name[0] == "g" else f"{draw.integers(1, 100)}/1000" for name in needs}
    return case(needs, chances)


def test_a_hard_tree_costs_no_more_than_the_purse_holds(case) -> None:
    """All that is asked of one row pays from one purse, so the second hard thing finds less than the first."""
    known, row = hard_tree(1, case)
    evaluator = Evaluator(known.structure, known.data, Budget(seconds=1.5, seconds_a_row=0))

    figure = evaluator.figures([row("g0")])[0]
    spent = evaluator.purse.seconds - evaluator.purse.left
    evaluator.birnbaum(row("g0"))
    importance_of(evaluator, row("g0"))

    assert figure.kind != "exact"
    assert 0 <= figure.low <= figure.unavailability <= figure.high <= 1
    assert spent > 0
    assert evaluator.purse.left <= evaluator.purse.seconds - spent


def test_an_empty_purse_still_gives_certified_bounds(case) -> None:
    """Nothing left for diagrams or simulations: what costs nothing is given, and holds what more time finds."""
    known, row = hard_tree(2, case, events=40, gates=18)
    exact = Evaluator(known.structure, known.data).figure(row("g0"))

    bounds = Evaluator(known.structure, known.data, Budget(nodes=2, seconds=0, seconds_a_row=0)).figure(row("g0"))

    assert exact.kind == "exact"
    assert bounds.kind in ("exact", "interval")
    assert bounds.low <= exact.unavailability <= bounds.high


@pytest.mark.parametrize("nodes", [1 << 12, 1 << 16])
def test_a_manager_that_was_full_is_empty_again_for_the_next_order(nodes) -> None:
    """OxiDD collects in the background when it is full, and its own `gc` returns at once meanwhile."""
    manager = BDDManager(nodes, nodes, 1)
    manager.add_vars(40)

    def fill() -> None:
        function = manager.false()
        for each in range(20):  # the worst of orders: each pair is as far apart as can be
            function = function | (manager.var(each) & manager.var(each + 20))

    for _ in range(20):
        with pytest.raises(DDMemoryError):
            fill()
        _let_go(manager)
        assert manager.num_inner_nodes() == 0
