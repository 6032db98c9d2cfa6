"""A component seen under every state of its few events that most is tied together by.

Power and network feeds stand in dozens of sets of one component. Once it is known which of them have failed, the rest
falls apart into small pieces, the same for all services of a room. So the component is computed for all states of
these events at once, each number an array with one place a state, and the states are weighed at the end:

    P(f) = sum over states s of P(s) P(f | s)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from impact.availability.chance import any_slopes, at_least_slopes, at_least_vectors
from impact.availability.diagram import Diagram
from impact.availability.kept import seen_without

if TYPE_CHECKING:
    from impact.availability.plan import Part, Plan

__all__ = ["Given", "Inside", "vectors"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What `root` of a plan is, under each state of the events that the plan takes as given."""

    plan: Plan
    root: int


class Inside:
    """The values of a plan under each state of its given events, for one set of probabilities."""

    def __init__(self, plan: Plan, q: Floats) -> None:
        self.plan = plan
        self.q = q
        self.given = sorted(plan.given)
        self.states = _states(len(self.given))
        """By given event and state: 1 where it has failed."""
        self._row = {event: row for row, event in enumerate(self.given)}
        self._values: dict[int, Floats] = {}
        self._slopes: dict[int, list[Floats]] = {}

    def with_data(self, q: Floats, changed: list[int]) -> Inside:
        """Return the same for other probabilities; what rests on no changed event is kept."""
        other = Inside(self.plan, q)
        gone = self.plan.resting_on([event for event in changed if event not in self.plan.given])
        other._values = seen_without(self._values, gone, len(self.plan.parts))
        return other

    def chance(self, root: int) -> float:
        """Return the probability of a part."""
        return float(self._weights() @ self._vector(root))

    def slopes(self, root: int) -> dict[int, float]:
        """Return by event P(part | event) - P(part | not event)."""
        whole, weights = self._vector(root), self._weights()
        slope = {root: weights}
        found: dict[int, float] = {}
        for number in reversed(self.plan.below(root)):
            part = self.plan.parts[number]
            here = slope.pop(number)
            by_input = self._any(part, here, found) if part.rule is None else self._by_input(number)
            for each, value in zip(part.inputs, by_input, strict=True):
                slope[each] = slope[each] + here * value if each in slope else here * value
        for row, event in enumerate(self.given):
            others = self._weights(without=row)
            found[event] = float((np.where(self.states[row] > 0, others, -others)) @ whole)
        return found

    def _vector(self, root: int) -> Floats:
        return vectors(self.plan, root, self._event, self.states.shape[1], self._values)

    def _event(self, event: int) -> Floats:
        row = self._row.get(event)
        return np.full(self.states.shape[1], self.q[event]) if row is None else self.states[row]

    def _weights(self, without: int = -1) -> Floats:
        weights = np.ones(self.states.shape[1])
        for row, event in enumerate(self.given):
            if row != without:
                weights *= np.where(self.states[row] > 0, self.q[event], 1 - self.q[event])
        return weights

    def _any(self, part: Part, here: Floats, found: dict[int, float]) -> list[Floats]:
        """Add to `found` what the events of an "any of" do where the part has the slope `here`; return those of its
        inputs. Each is the chance that none of the others happens.
        """
        known = self._row.keys() & part.events
        events = [event for event in part.events if event not in known]
        inputs = [self._values[each] for each in part.inputs]
        left = [1.0 - each for each in inputs]
        own = [1.0 - float(self.q[event]) for event in events]
        none = np.full(len(here), math.prod(own, start=1.0))
        for each in [*(1.0 - self.states[self._row[event]] for event in known), *left]:
            none *= each
        if 0.0 in own or any(not each.all() for each in left):
            slopes = any_slopes([*map(self._event, part.events), *inputs])
            for event, value in zip(part.events, slopes, strict=False):
                found[event] = found.get(event, 0.0) + float(here @ value)
            return slopes[len(part.events) :]
        whole = float(here @ none)
        for event, alone in zip(events, own, strict=True):
            found[event] = found.get(event, 0.0) + whole / alone
        return [none / each for each in left]

    def _by_input(self, number: int) -> list[Floats]:
        part = self.plan.parts[number]
        inputs = [self._values[each] for each in part.inputs]
        if isinstance(part.rule, Diagram):
            return list(part.rule.slopes(np.array(inputs)))
        # Hosts and feeds stand below many services: their slopes are kept, a diagram is mostly one service's.
        found = self._slopes.get(number)
        if found is None:
            found = at_least_slopes(part.rule.need, inputs) if inputs else []  # type: ignore[union-attr]
            self._slopes[number] = found
        return found


def vectors(plan: Plan, root: int, event: Callable[[int], Floats], cases: int, known: dict[int, Floats]) -> Floats:
    """Return the probability of a part in many cases at once; `known` are parts that are there already, and grows."""
    if root in known:
        return known[root]
    for number in plan.below(root, known):
        part = plan.parts[number]
        inputs = [known[each] for each in part.inputs]
        if part.rule is None:
            left = np.ones(cases)
            small = np.zeros(cases)
            for chance in [*map(event, part.events), *inputs]:
                # 1 - (1 - a)(1 - b) = a + b (1 - a): no digit of a small probability is lost.
                small = small + chance * left
                left = 1.0 - small
            known[number] = small
        elif isinstance(part.rule, Diagram):
            known[number] = part.rule.probabilities(np.array(inputs).reshape(len(inputs), cases))
        elif isinstance(part.rule, Given):
            known[number] = _in_every_state(part.rule, event, cases)
        else:
            known[number] = at_least_vectors(part.rule.need, inputs, cases)  # type: ignore[union-attr]
    return known[root]


def _in_every_state(rule: Given, event: Callable[[int], Floats], cases: int) -> Floats:
    given = sorted(rule.plan.given)
    total = np.zeros(cases)
    for state in _states(len(given)).T:
        failed = {each: np.full(cases, value) for each, value in zip(given, state.tolist(), strict=True)}
        weight = np.ones(cases)
        for each, value in failed.items():
            weight = weight * np.where(value > 0, event(each), 1.0 - event(each))
        total += weight * vectors(rule.plan, rule.root, partial(_known_or, failed, event), cases, {})
    return total


def _known_or(failed: dict[int, Floats], event: Callable[[int], Floats], each: int) -> Floats:
    found = failed.get(each)
    return event(each) if found is None else found


def _states(events: int) -> Floats:
    """Return by event and state whether it has failed, as 0 or 1; state s has event i when bit i of s is set."""
    return ((np.arange(1 << events)[None, :] >> np.arange(events)[:, None]) & 1).astype(np.float64)
