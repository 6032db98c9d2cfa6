"""Items supposed to be down: every analysis that runs on the snapshot sees them down."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from impact.availability.model import AvailabilityModel
from impact.breaks import impact_of
from impact.cutsets.finding import cut_sets_of
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


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_availability_and_cut_sets_see_it_down_for_certain(
    questions: Callable[[], Any], compiled: Callable[[Any], Any], data: st.DataObject
) -> None:
    """The same figures as when it had failed for certain; cut sets of the rest, by trying all of them."""
    spec, asked, _, _ = data.draw(questions())
    shares = st.sampled_from([0.5, 0.9, 0.99, 1.0])
    items = {name: {**said, "availability": data.draw(shares)} for name, said in spec.items.items()}
    estate = compiled(dataclasses.replace(spec, items=items))
    snapshot, rows = estate.snapshot, estate.rows(asked)
    rows = rows[snapshot.in_service[rows]]
    assume(len(rows))

    supposed = with_down(snapshot, rows)

    engine, live = ImpactEngine.of(supposed), np.flatnonzero(snapshot.in_service).tolist()
    certain = AvailabilityModel(ImpactEngine.of(snapshot), down=rows.tolist())
    then = AvailabilityModel(engine)
    for row in live:
        assert then.evaluator.figure(row).unavailability == pytest.approx(
            certain.evaluator.figure(row).unavailability, rel=1e-12, abs=1e-15
        )
    structure = Structure.of(engine)
    row = data.draw(st.sampled_from(live))
    found = cut_sets_of(supposed, supposed.id_at(row), order=2)
    expected = []
    for size in range(3):
        for chosen in itertools.combinations(live, size):
            failed = np.zeros(structure.size, np.bool_)
            failed[list(chosen)] = True
            if structure.down(failed)[row] and not any(each <= set(chosen) for each in expected):
                expected.append(set(chosen))
    told = [{supposed.row_of(id_) for id_ in each} for each in found.as_contract()["cut_sets"]]
    # What is down already has one cut set, of nobody: nothing more need be lost.
    assert sorted(map(sorted, told)) == sorted(map(sorted, expected))
