"""Components by the states of given events: the same answers, whichever way they are put together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.availability import plan
from impact.availability.evaluate import Budget, Evaluator
from impact.availability.given import Given


@pytest.fixture(autouse=True, scope="module")
def everywhere():
    """Take events as given in the smallest components too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "_MANY", 0)
        patch.setattr(plan, "_TIES", 2)
        yield


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_figures_are_those_of_every_state_counted(data, cases) -> None:
    """Exact, however many events are given."""
    case = data.draw(cases())
    evaluator = Evaluator(case.structure, case.data, Budget(conditioned=data.draw(st.integers(1, 4))))

    for row, figure in enumerate(evaluator.figures(range(case.structure.size))):
        assert figure.kind == "exact"
        assert figure.unavailability == pytest.approx(float(case.chance(case.tables[row])), rel=1e-11, abs=1e-300)


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_slopes_samples_and_changed_numbers_agree_with_one_diagram(data, cases) -> None:
    """Birnbaum, many cases at once, and values kept from one set of numbers to the next."""
    case = data.draw(cases())
    inside = Evaluator(case.structure, case.data, Budget(conditioned=3))
    whole = Evaluator(case.structure, case.data, Budget(conditioned=0))
    event = data.draw(st.integers(0, case.structure.count - 1))
    changed = case.data.forced([(event, data.draw(st.sampled_from([0.0, 0.25, 1.0])))])
    q = np.column_stack([case.data.all, case.data.all / 3])

    for row in range(case.structure.size):
        inside.figure(row)
        slopes = inside.birnbaum(row)
        for each, value in whole.birnbaum(row).items():
            assert slopes.get(each, 0.0) == pytest.approx(value, rel=1e-9, abs=1e-13)
        assert inside.samples(row, q) == pytest.approx(whole.samples(row, q), rel=1e-11, abs=1e-300)
        assert inside.with_data(changed).figure(row).unavailability == pytest.approx(
            whole.with_data(changed).figure(row).unavailability, rel=1e-11, abs=1e-300
        )


@pytest.mark.parametrize("certain", [{}, {"a3": "1", "b4": "0"}])
def test_feeds_that_stand_in_many_sets_are_taken_as_given(case, certain) -> None:
    """Six racks on two feeds each: the feeds are given, and the racks fall apart."""
    needs: dict = {"s": ([], [(1, [f"h{n}" for n in range(6)])])}
    for n in range(6):
        needs[f"h{n}"] = ([], [(1, [f"a{n}", f"b{n}"])])
        needs[f"a{n}"], needs[f"b{n}"] = (["u1"], []), (["u2"], [])
    names = ["s", "u1", "u2", *(f"{kind}{n}" for kind in "hab" for n in range(6))]
    known, row = case(needs, {**dict.fromkeys(names, ".01"), "a0": ".5", "b1": ".3", "h2": ".9", "u1": ".2", **certain})
    inside = Evaluator(known.structure, known.data, Budget(conditioned=2))
    whole = Evaluator(known.structure, known.data, Budget(conditioned=0))

    figure = inside.figure(row("s"))

    assert any(isinstance(part.rule, Given) for part in inside.plan.parts)
    assert figure.unavailability == pytest.approx(whole.figure(row("s")).unavailability, rel=1e-12)
    assert inside.birnbaum(row("s")) == pytest.approx(whole.birnbaum(row("s")), rel=1e-9, abs=1e-15)
