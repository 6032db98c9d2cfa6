"""Every figure of a service against the counting of all states, on random estates with pools, cycles and betas."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from impact.availability.effects import comparable, shares_of
from impact.availability.events import FailureData
from impact.availability.inputs import BASES, own_inputs
from impact.availability.model import AvailabilityModel
from impact.availability.service import figures_of
from impact.engine import ImpactEngine
from impact.structure import Structure

HARD = [("hard_up", "hard", False)]
FIGURES = st.fixed_dictionaries(
    {},
    optional={
        "mtbf_hours": st.sampled_from([1, 3, 9, 99]),
        "mttr_hours": st.sampled_from([1, 2, 5]),
        "availability": st.sampled_from([0, 0.25, 0.5, 0.9, 1]),
        "maintenance_hours_per_year": st.sampled_from([0, 87.6, 438]),
        "class": st.sampled_from(["Server", "Room", "BusinessService", "Application"]),
    },
)
MOST_EVENTS = 9


@dataclass(frozen=True)
class Enumeration:
    """Every state of every event of an estate, in numbers of any kind: floats, or Fractions for exactness."""

    structure: Structure
    own: tuple[Any, ...]
    common: tuple[tuple[tuple[int, ...], Any], ...]

    @classmethod
    def of(cls, structure: Structure, data: FailureData, number: Callable[[float], Any] = Fraction) -> Enumeration:
        """Return the enumeration of the same events with numbers of this kind."""
        return cls(
            structure,
            tuple(number(float(each)) for each in data.own),
            tuple((tuple(each.members), number(float(each.unavailability))) for each in data.common),
        )

    @property
    def events(self) -> list[Any]:
        """Rows, then ("common", i)."""
        return [*range(len(self.own)), *(("common", number) for number in range(len(self.common)))]

    def probability(self, row: int, known: dict[Any, int] | None = None) -> Any:
        """Return the probability that a row is down, given what is known of some events."""
        known = known or {}
        chances = dict(zip(self.events, [*self.own, *(chance for _, chance in self.common)], strict=True))
        chances |= known
        open_ = [event for event, chance in chances.items() if chance not in (0, 1)]
        total: Any = 0
        for states in itertools.product((0, 1), repeat=len(open_)):
            happened = {event: int(chance) for event, chance in chances.items() if chance in (0, 1)}
            happened |= dict(zip(open_, states, strict=True))
            if not self._down(happened)[row]:
                continue
            weight: Any = 1
            for event, state in zip(open_, states, strict=True):
                weight = weight * (chances[event] if state else 1 - chances[event])
            total += weight
        return total

    def birnbaum(self, row: int) -> dict[Any, Any]:
        """Return P(down | event) - P(down | no event), for every event."""
        return {e: self.probability(row, {e: 1}) - self.probability(row, {e: 0}) for e in self.events}

    def _down(self, happened: dict[Any, int]) -> np.ndarray:
        failed = np.zeros(self.structure.size, np.bool_)
        for event, state in happened.items():
            if state:
                rows = self.common[event[1]][0] if isinstance(event, tuple) else (event,)
                failed[list(rows)] = True
        return self.structure.down(failed)


@st.composite
def figured(draw: st.DrawFn, questions: Any, spec_of: Any) -> Any:
    """Draw an estate whose items say things about themselves, and pools of which some state a beta."""
    spec, *_ = draw(questions(HARD))
    items = {name: {**values, **draw(FIGURES)} for name, values in spec.items.items()}
    pools = {}
    for key, values in spec.pools.items():
        beta = draw(st.sampled_from([None, None, 0, 0.25, 1]))
        pools[key] = values if beta is None else {**values, "beta": beta}
    return spec_of(items, spec.links, pools)


def _model(compiled: Any, spec: Any) -> AvailabilityModel:
    return AvailabilityModel(ImpactEngine.of(compiled(spec).snapshot))


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
def test_figures_are_those_of_counting_every_state(
    data: st.DataObject, questions: Any, spec_of: Any, compiled: Any
) -> None:
    """Unavailability, contributions, what a pair saves, planned work, frequency: all as counted with rationals."""
    model = _model(compiled, data.draw(figured(questions, spec_of)))
    events = model.evaluator.data
    rows = [row for row in np.flatnonzero(model.engine.snapshot.in_service).tolist() if model.is_modelled(row)]
    assume(rows)
    assume(np.count_nonzero((events.all > 0) & (events.all < 1)) <= MOST_EVENTS)
    row = data.draw(st.sampled_from(rows))
    counted = Enumeration.of(model.structure, events)
    truth, slopes = counted.probability(row), counted.birnbaum(row)

    found = figures_of(model, row, promise=False)

    if found.figure is None:
        assert truth == 0
        assert model.rests_on_nothing_known[row]
        return
    assert found.figure.unavailability == pytest.approx(float(truth), abs=1e-12)
    effects, outages = found.effects, found.outages
    for at, item in enumerate(effects.rows.tolist()):
        chance = Fraction(float(events.own[item]))
        down, never = counted.probability(row, {item: 1}), counted.probability(row, {item: 0})
        assert effects.contribution[at] == pytest.approx(float(truth - never), abs=1e-12)
        assert effects.if_down()[at] == pytest.approx(float(down), abs=1e-12)
        paired = chance * chance * down + (1 - chance * chance) * never
        assert effects.pair_saves()[at] == pytest.approx(float(truth - paired), abs=1e-12)
    work = [
        (item, Fraction(float(model.own.planned[item])))
        for item, slope in slopes.items()
        if not isinstance(item, tuple) and slope
    ]
    share = sum(weight for _, weight in work)
    felt = (1 - share) * truth + sum(weight * counted.probability(row, {item: 1}) for item, weight in work)
    assert found.experienced.unavailability == pytest.approx(float(felt), abs=1e-12)
    rates = [float(slope) * _rate(model, event) for event, slope in slopes.items() if slope]
    if outages.per_hour is None:
        assert np.isnan(sum(rates))
        assert len(outages.unknown)
    else:
        assert outages.per_hour == pytest.approx(sum(rates), abs=1e-12)


def _rate(model: AvailabilityModel, event: Any) -> float:
    """How often an event comes, said anew: its unavailability over its mean duration."""
    own = model.own
    if isinstance(event, tuple):
        lasts = own.down_hours[list(model.causes.members[event[1]])]
        lasts = lasts[np.isfinite(lasts) & (lasts > 0)]
        chance = model.evaluator.data.common[event[1]].unavailability
        return chance / (lasts.mean() if len(lasts) else np.nan) if chance else 0.0
    chance = model.evaluator.data.own[event]
    if chance in (0, 1) or own.down_hours[event] == 0:
        return 0.0
    return float(chance / own.down_hours[event])


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_shares_add_up_and_nothing_unknown_reads_as_perfect(
    data: st.DataObject, questions: Any, spec_of: Any, compiled: Any
) -> None:
    """Shares are of the whole; an item without data anywhere below is said, and keeps every target unmet."""
    model = _model(compiled, data.draw(figured(questions, spec_of)))
    snapshot = model.engine.snapshot
    for row in np.flatnonzero(snapshot.in_service).tolist():
        found = figures_of(model, row, promise=False)
        below = _below(model, row)
        unknown = any(BASES[model.own.basis[each]] == "no_data" for each in below)
        assert bool(model.rests_on_nothing_known[row]) == unknown
        if found.figure is None:
            assert unknown
            continue
        shares = shares_of(found.effects, found.bases)
        if shares is not None:
            assert sum(shares.values()) == pytest.approx(1)
        if unknown:
            assert found.verdict != "met"


def _below(model: AvailabilityModel, row: int) -> set[int]:
    """Everything a row relies on, walked in the plainest way."""
    structure, found, open_ = model.structure, set(), [row]
    while open_:
        at = open_.pop()
        if at in found:
            continue
        found.add(at)
        open_ += structure.providers[structure.provider_ptr[at] : structure.provider_ptr[at + 1]].tolist()
        for pool in range(structure.pool_ptr[at], structure.pool_ptr[at + 1]):
            open_ += structure.members[structure.member_ptr[pool] : structure.member_ptr[pool + 1]].tolist()
    return found


@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_common_causes_take_from_members_what_they_give(
    data: st.DataObject, questions: Any, spec_of: Any, compiled: Any
) -> None:
    """With a cause, no member alone is worse or better than it is recorded, to second order, and never below 0."""
    model = _model(compiled, data.draw(figured(questions, spec_of)))
    recorded = own_inputs(model.engine.snapshot).unavailability
    events = model.evaluator.data
    assert ((events.own >= 0) & (events.own <= 1)).all()
    assert len(set(model.causes.members)) == len(model.causes.members)
    for item in range(model.structure.count):
        causes = [cause.unavailability for cause in events.common if item in cause.members]
        assert events.own[item] + sum(causes) <= max(recorded[item], sum(causes)) + 1e-12


def test_what_is_equal_but_for_the_order_of_addition_ranks_equal() -> None:
    """Last digits decide nothing, small values keep theirs, and what is larger stays larger."""
    values = np.array([0.1 + 0.2, 0.3, 1e-30 * (0.1 + 0.2), 1e-30 * 0.3, 0.3 + 1e-9, 0.0, 5e-324])

    found = comparable(values)

    assert values[0] != values[1]
    assert found[0] == found[1]
    assert found[2] == found[3] > 0
    assert found[4] > found[0]
    assert found[5] == 0
    assert found[6] > 0
