"""How probable a service's failure is while some rows are down."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.availability.evaluate import Evaluator
from impact.availability.given_down import unavailability_given


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_it_is_what_enumeration_says_one_question_after_another(data, cases) -> None:
    """Questions leave nothing behind that the next one would stumble over, nor do those on top of another."""
    case = data.draw(cases(extremes=False))
    items = len(case.needs) - case.virtual
    evaluator = Evaluator(case.structure, case.data)
    rows = list(range(len(case.needs)))

    for _ in range(3):
        down = data.draw(st.lists(st.integers(0, items - 1), max_size=3))
        truth = case
        for row in down:
            truth = truth.given(row, 1)

        found = unavailability_given(evaluator, down, rows)

        assert [each.unavailability for each in found] == pytest.approx(
            [float(truth.chance(truth.tables[row])) for row in rows], abs=1e-12
        )

    first = evaluator.with_data(evaluator.data.forced([(0, 1.0)]))
    first.figures(rows)
    second = first.with_data(first.data.forced([(items - 1, 0.5)]))
    alone = Evaluator(case.structure, second.data)
    assert [each.unavailability for each in second.figures(rows)] == pytest.approx(
        [each.unavailability for each in alone.figures(rows)], abs=1e-12
    )


def test_what_is_found_later_of_today_is_not_seen_by_another_state(case) -> None:
    """An evaluator made before anything was computed shares no figure with the one it was made from."""
    known, row = case({"s": ([], [(1, ["a", "b"])])}, {"s": "0", "a": ".1", "b": ".2"})
    today = Evaluator(known.structure, known.data)

    then = today.with_data(known.data.forced([(row("a"), 1.0)]))

    assert today.figure(row("s")).unavailability == pytest.approx(0.02)
    assert then.figure(row("s")).unavailability == pytest.approx(0.2)
