"""The unavailability of rows: exact where a diagram can be had, else a certified interval, else an estimate.

Takes a Structure and FailureData, gives Figures. Everything is made on demand and kept: rows share it, and so do
evaluators made by `with_data`, which compute again only what rests on a changed number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import UsageError
from impact.availability.chance import any_slopes, at_least, at_least_slopes
from impact.availability.depth import without_collector
from impact.availability.diagram import Diagram
from impact.availability.direct import Direct
from impact.availability.events import Event, FailureData
from impact.availability.given import Given, Inside, vectors
from impact.availability.interval import OpenCore
from impact.availability.kept import seen_without
from impact.availability.normal_form import NormalForms
from impact.availability.open_value import Value, open_value
from impact.availability.plan import AtLeast, Part, Plan
from impact.availability.purse import Purse
from impact.structure import Structure

__all__ = ["Budget", "Evaluator", "Figure"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How far to go for one core before settling for less. None of it makes an answer wrong, only less exact."""

    nodes: int = 1 << 21
    """Nodes of one decision diagram."""
    seconds: float = 20.0
    """Seconds for all that is hard in one question: diagrams, intervals and simulations of every core together."""
    seconds_a_row: float = 0.01
    """So many more for each row asked about in one go."""
    conditioned: int = 6
    """Events of one core under each of whose states it is computed (two to the power of so many); 0 for none."""
    samples: int = 1 << 24
    """Samples of one simulation."""
    width: float = 0.01
    """An interval wider than this share of its value is tried by simulation too."""
    confidence: float = 0.99
    """Of each simulated core; a figure that rests on several is less sure, and says so."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """One row's unavailability: the fraction of time in which it is down.

    `low` and `high` enclose the truth: exactly (`exact`, where they are equal), for certain (`interval`), or with
    `confidence` (`estimate`).
    """

    kind: Literal["exact", "interval", "estimate"]
    unavailability: float
    low: float
    high: float
    confidence: float | None
    variables: int
    """Independent variables of the largest core it rests on; 0 where a closed form did."""

    @property
    def availability(self) -> float:
        """The fraction of time in which it is up."""
        return 1.0 - self.unavailability


class Evaluator:
    """Answers for one structure and one set of probabilities."""

    def __init__(
        self,
        structure: Structure,
        data: FailureData,
        budget: Budget | None = None,
        *,
        forms: NormalForms | None = None,
        purse: Purse | None = None,
    ) -> None:
        """`forms` are those of an evaluator of the same structure and common causes, to be shared.

        `purse` is the one that the question pays from, where this evaluator is not the only one that answers it.
        """
        data.check(structure)
        self.structure = structure
        self.data = data
        self.budget = budget or Budget()
        self._plan = Plan(
            forms or NormalForms(structure, data.members),
            nodes=self.budget.nodes,
            purse=purse or Purse(self.budget.seconds),
            conditioned=self.budget.conditioned,
        )
        self._inside: dict[Plan, Inside] = {}
        self._q = data.all
        self._values: dict[int, float] = {}
        self._open: dict[int, Value] = {}
        self._slope: dict[int, tuple[list[float], list[float]]] = {}
        self._logs = _logs(self._q)

    @property
    def forms(self) -> NormalForms:
        """The normal forms, made so far."""
        return self._plan.forms

    @property
    def purse(self) -> Purse:
        """What is left of the time for hard things, shared with evaluators made by `with_data`."""
        return self._plan.purse

    @property
    def plan(self) -> Plan:
        """How figures are put together, for measures that need more than figures."""
        return self._plan

    def chance(self, part: int) -> float:
        """Return the probability of a part of the plan; the middle of its interval where it has no exact one."""
        return self._point(part)

    def figure(self, row: int) -> Figure:
        """Return the unavailability of a row."""
        return self._figure(self._plan.row(self._checked(row)))

    def figures(self, rows: Iterable[int]) -> list[Figure]:
        """Return the unavailability of rows, everything shared among them."""
        listed = [self._checked(row) for row in rows]
        self.begin(len(listed))
        with without_collector():
            self._plan.prepare(listed)
            return [self.figure(row) for row in listed]

    def begin(self, rows: int) -> None:
        """Begin a question about so many rows: fill the purse."""
        self.purse.fill(self.budget.seconds + self.budget.seconds_a_row * rows)

    def with_data(self, data: FailureData) -> Evaluator:
        """Return an evaluator of the same structure for other probabilities.

        Keeps normal forms and diagrams, and the values of everything that rests on no changed number.
        """
        data.check(self.structure)
        if data.common is not self.data.common and data.members != self.data.members:
            return Evaluator(self.structure, data, self.budget, purse=self.purse)
        other = object.__new__(Evaluator)
        other.structure, other.data, other.budget, other._plan = self.structure, data, self.budget, self._plan
        other._q = data.all
        changed = np.flatnonzero(other._q != self._q).tolist()
        other._inside = {plan: inside.with_data(other._q, changed) for plan, inside in self._inside.items()}
        other._logs = self._logs.copy()
        other._logs[changed] = _logs(other._q[changed])
        gone = self._plan.resting_on(changed)
        made = len(self._plan.parts)
        other._values, other._open = seen_without(self._values, gone, made), seen_without(self._open, gone, made)
        other._slope = seen_without(self._slope, gone, made)
        return other

    def conditional(self, row: int, forced: Mapping[Event, float]) -> Figure:
        """Return the unavailability of a row given that events have happened (1), or cannot (0)."""
        return self.with_data(self.data.forced(forced.items())).figure(row)

    def birnbaum(self, row: int) -> dict[Event, float]:
        """Return by event how much more probable it is that the row is down when the event has happened.

        P(row down | event) - P(row down | not event): Birnbaum's importance. Events that cannot matter are left out.
        Where the figure is no exact one, neither are these: they are differences of the middles of intervals.
        """
        root = self._plan.row(self._checked(row))
        if root in self._plan.open:
            self._open_value(root)
        slope = dict.fromkeys(self._plan.below(root), 0.0)
        slope[root] = 1.0
        found: dict[int, float] = {}
        for number in sorted(slope, reverse=True):
            part = self._plan.parts[number]
            here = slope[number]
            slopes = self._slope.get(number)
            if slopes is None:
                slopes = self._slope[number] = self._slopes(part)
            by_event, by_input = slopes
            for event, value in zip(part.events, by_event, strict=True):
                found[event] = found.get(event, 0.0) + here * value
            for each, value in zip(part.inputs, by_input, strict=True):
                slope[each] += here * value
        return {self.data.event(event): value for event, value in sorted(found.items())}

    def has_diagram(self, row: int) -> bool:
        """Whether the row's figure comes from a function, which `samples` needs."""
        return self._plan.row(self._checked(row)) not in self._plan.open

    def samples(self, row: int, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a row's unavailability for many cases, `q` by event (rows, then common causes) and case.

        Raises UsageError where the row rests on an open core, which no diagram gives exactly.
        """
        if q.shape[0] != len(self._q):
            raise UsageError(f"the matrix has {q.shape[0]} rows for {len(self._q)} events: give one row an event")
        root = self._plan.row(self._checked(row))
        if root in self._plan.open:
            raise UsageError(f"row {row} has no exact figure within its budget: there is no diagram to sample on")
        return vectors(self._plan, root, lambda event: q[event], q.shape[1], {})

    def _checked(self, row: int) -> int:
        if not 0 <= row < self.structure.size:
            raise UsageError(f"there is no row {row}: the structure has {self.structure.size}")
        return int(row)

    def _figure(self, part: int) -> Figure:
        variables = self._plan.variables[part]
        if part not in self._plan.open:
            exact = self._value(part)
            return Figure("exact", exact, exact, exact, None, variables)
        value = self._open_value(part)
        confidence = None
        if value.estimates:
            confidence = max(0.0, 1 - value.estimates * (1 - self.budget.confidence))
        kind: Literal["exact", "interval", "estimate"] = "estimate" if value.estimates else "interval"
        if value.low == value.high and not value.estimates:
            kind = "exact"
        return Figure(kind, value.point, value.low, value.high, confidence, variables)

    def _value(self, root: int) -> float:
        """Return the probability of a part that rests on no open core."""
        known = self._values
        found = known.get(root)
        if found is not None:
            return found
        parts = self._plan.parts
        stack = [root]
        while stack:
            number = stack[-1]
            part = parts[number]
            missing = [each for each in part.inputs if each not in known]
            if missing:
                stack += missing
                continue
            stack.pop()
            if number not in known:
                known[number] = self._combined(part, [known[each] for each in part.inputs])
        return known[root]

    def _combined(self, part: Part, inputs: Sequence[float]) -> float:
        if part.rule is None:
            logs = self._logs
            total = math.fsum([*(logs[event] for event in part.events), *(_log(value) for value in inputs)])
            return -math.expm1(total)
        if isinstance(part.rule, AtLeast):
            return at_least(part.rule.need, inputs)
        if isinstance(part.rule, Given):
            return self._inside_of(part.rule).chance(part.rule.root)
        assert isinstance(part.rule, Diagram)
        return part.rule.probability(inputs)

    def _inside_of(self, rule: Given) -> Inside:
        found = self._inside.get(rule.plan)
        if found is None:
            found = self._inside[rule.plan] = Inside(rule.plan, self._q)
        return found

    def _open_value(self, root: int) -> Value:
        found = self._open.get(root)
        if found is None:
            for number in self._plan.below(root):
                if number not in self._open:
                    self._open[number] = self._one_open(number)
            found = self._open[root]
        return found

    def _one_open(self, number: int) -> Value:
        if number not in self._plan.open:
            return Value.exactly(self._value(number))
        part = self._plan.parts[number]
        inputs = [self._open[each] for each in part.inputs]
        low = [each.low for each in inputs]
        high = [each.high for each in inputs]
        if isinstance(part.rule, Direct):
            return self._directly(number, part.rule)
        if isinstance(part.rule, OpenCore):
            return open_value(part.rule, inputs, self.budget, self.purse)
        point = self._combined(part, [each.point for each in inputs])
        seen = frozenset().union(*(each.simulated for each in inputs))
        return Value(self._combined(part, low), point, self._combined(part, high), seen)

    def _directly(self, number: int, rule: Direct) -> Value:
        """Return the value of a row without normal form: all its states, or drawn ones within certain bounds."""
        q = self._q[list(rule.events)].tolist()
        with self.purse.spending():
            exact = rule.exact(q)
            if exact is not None:
                self._slope[number] = exact[1], []
                return Value.exactly(exact[0])
            low, high = rule.bounds(q)
            least, point, most, slopes = rule.simulated(
                q,
                samples=self.budget.samples,
                purse=self.purse,
                confidence=self.budget.confidence,
                precision=self.budget.width,
                seed=self.budget.seed,
            )
        self._slope[number] = slopes, []
        least, most = max(least, low), min(most, high)
        if least > most:
            return Value(low, (low + high) / 2, high)
        return Value(least, min(max(point, least), most), most, frozenset([-number]))

    def _slopes(self, part: Part) -> tuple[list[float], list[float]]:
        inputs = [self._point(each) for each in part.inputs]
        if part.rule is None:
            chances = [*self._q[list(part.events)].tolist(), *inputs]
            slopes = any_slopes(chances)
            return slopes[: len(part.events)], slopes[len(part.events) :]
        if isinstance(part.rule, AtLeast):
            return [], at_least_slopes(part.rule.need, inputs) if inputs else []
        if isinstance(part.rule, Given):
            found = self._inside_of(part.rule).slopes(part.rule.root)
            return [found.get(event, 0.0) for event in part.events], []
        if isinstance(part.rule, Diagram):
            return [], part.rule.derivatives(inputs)
        assert isinstance(part.rule, OpenCore)
        with self.purse.spending():
            return [], part.rule.slopes(inputs)

    def _point(self, part: int) -> float:
        return self._open_value(part).point if part in self._plan.open else self._value(part)


def _logs(q: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.log1p(-q)


def _log(value: float) -> float:
    return math.log1p(-value) if value < 1 else -math.inf
