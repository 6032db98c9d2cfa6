"""Items supposed to be down: every analysis that runs on the snapshot sees them down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from impact.breaks import impact_of
from impact.engine import ImpactEngine
from impact.states import DOWN, evaluate
from impact.structure import Structure
from impact.whatif.falling import with_down


@given(st.data())
def test_structure_and_states_agree_with_the_item_failed(
    questions: Callable[[], Any], compiled: Callable[[Any], Any], data: st.DataObject
) -> None:
    """Whatever else fails: the same items are down as if it had failed today."""
    spec, asked, others, minutes = data.draw(questions())
    estate = compiled(spec)
    snapshot, rows = estate.snapshot, estate.rows(asked)
    rows = rows[snapshot.in_service[rows]]
    assume(len(rows))
    others = estate.rows(others)
    others = others[snapshot.in_service[others]]

    supposed = with_down(snapshot, rows)

    failed = np.zeros(len(snapshot), np.bool_)
    failed[others] = True
    today = Structure.of(ImpactEngine.of(snapshot), minutes=minutes)
    then = Structure.of(ImpactEngine.of(supposed), minutes=minutes)
    both = failed.copy()
    both[rows] = True
    assert np.array_equal(then.down(failed), today.down(both))
    assert set(then.always_down) >= set(rows)
    engine = ImpactEngine.of(supposed)
    states = evaluate(engine, np.union1d(engine.in_maintenance, others), minutes=minutes)
    expected = evaluate(
        ImpactEngine.of(snapshot),
        np.union1d(ImpactEngine.of(snapshot).in_maintenance, np.union1d(rows, others)),
        minutes=minutes,
    )
    assert np.array_equal(states.state, expected.state)


def test_impact_beside_an_item_that_is_down(estate: Callable[..., Any]) -> None:
    """Losing the second host while the first is supposed to be down brings the service down."""
    made = estate("shop -> web1 | web\nshop -> web2 | web", shop_web=1)

    supposed = with_down(made.snapshot, [made.row("web1")])
    finding = impact_of(supposed, made.ids("web2"))

    assert finding.states == {made.id("web2"): "down", made.id("shop"): "down"}
    assert impact_of(made.snapshot, made.ids("web2")).states[made.id("shop")] == "at_risk"
    assert int(evaluate(ImpactEngine.of(supposed), [made.row("web1")]).state[made.row("web1")]) == DOWN
