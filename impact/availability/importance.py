"""How much each event matters for a row being down, each measure under a name that means one thing only.

Takes an Evaluator, gives an Importance by event. "Fussell-Vesely" is printed for three different things; here

    birnbaum        P(down | x) - P(down | not x)
    criticality     the share of downtime that ends when x never happens: q * birnbaum / P; risk codes print it as "FV"
    diagnostic      P(x | down); SCRAM prints it as "Fussel-Vesely"
    fussell_vesely  P(some minimal cut set with x in it has failed) / P: the definition
    risk_achievement_worth  P(down | x) / P
    risk_reduction_worth    P / P(down | not x)

For coherent systems criticality <= fussell_vesely <= diagnostic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from impact.availability.chance import at_least
from impact.availability.depth import without_collector
from impact.availability.diagram import Diagram, chance_of_solutions
from impact.availability.direct import Direct
from impact.availability.evaluate import Evaluator
from impact.availability.events import Event
from impact.availability.given import Given
from impact.availability.plan import AtLeast, Part
from impact.availability.solutions import Solutions

__all__ = ["Importance", "importance_of"]

_AFFORDABLE: Final = 5_000_000
"""Nodes times variables of a diagram up to which Fussell-Vesely is computed."""
_SOLUTION_NODES: Final = 1 << 18
_NOTHING_LEFT: Final = 1e-9
"""Below this share of P what is left without x may be rounding: it is computed afresh."""


@dataclass(frozen=True, slots=True)
class Importance:
    """The measures of one event; a ratio that has no value (nothing to divide by) is None."""

    unavailability: float
    """Of the event itself."""
    birnbaum: float
    criticality: float | None
    diagnostic: float | None
    fussell_vesely: float | None
    """None also where it is not affordable: in diagrams of very many nodes."""
    risk_achievement_worth: float | None
    risk_reduction_worth: float | None
    """None where it is infinite: without x nothing is ever down."""


def importance_of(evaluator: Evaluator, row: int, *, affordable: int = _AFFORDABLE) -> dict[Event, Importance]:
    """Return the importance of every event that can matter for a row.

    Where the row's figure is not exact, the measures are approximations from the middles of intervals, and
    Fussell-Vesely is None below what is not exact.
    """
    figure = evaluator.figure(row)
    whole = figure.unavailability
    q = evaluator.data.all
    in_cut_sets = _fussell_vesely(evaluator, row, affordable)
    found: dict[Event, Importance] = {}
    for event, birnbaum in evaluator.birnbaum(row).items():
        number = evaluator.data.number(event)
        own = float(q[number])
        if whole <= 0:
            found[event] = Importance(own, birnbaum, None, None, None, None, None)
            continue
        with_ = whole + (1 - own) * birnbaum
        without = whole - own * birnbaum
        if without < _NOTHING_LEFT * whole:
            # Where the figure is not exact, a second one of the same kind would be no better than the difference.
            exact = figure.kind == "exact"
            without = evaluator.conditional(row, {event: 0}).unavailability if exact else max(0.0, without)
        share = in_cut_sets.get(number)
        found[event] = Importance(
            unavailability=own,
            birnbaum=birnbaum,
            criticality=own * birnbaum / whole,
            diagnostic=own * with_ / whole,
            fussell_vesely=None if share is None else share / whole,
            risk_achievement_worth=with_ / whole,
            risk_reduction_worth=whole / without if without > 0 else None,
        )
    return found


def _fussell_vesely(evaluator: Evaluator, row: int, affordable: int) -> dict[int, float | None]:
    """Return by event number P(some minimal cut set with it has failed).

    Cut sets of independent parts are put together freely, so the probability is a product down the plan: that of the
    others of a cut set at every step, at the end the event's own.
    """
    plan = evaluator.plan
    root = plan.row(row)
    if any(isinstance(plan.parts[number].rule, Given) for number in plan.below(root)):
        # Cut sets are put together from diagrams, not from states of given events.
        budget = replace(evaluator.budget, conditioned=0)
        evaluator = Evaluator(evaluator.structure, evaluator.data, budget, forms=evaluator.forms, purse=evaluator.purse)
        plan = evaluator.plan
        root = plan.row(row)
    others: dict[int, float | None] = {root: 1.0}
    found: dict[int, float | None] = {}
    q = evaluator.data.all
    for number in reversed(plan.below(root)):
        part = plan.parts[number]
        here = others.get(number)
        for event in part.events:
            # A row without normal form has no cut sets to look at.
            found[event] = None if here is None or isinstance(part.rule, Direct) else here * float(q[event])
        factors = _others(part, [evaluator.chance(each) for each in part.inputs], affordable)
        for each, factor in zip(part.inputs, factors, strict=True):
            others[each] = None if here is None or factor is None else here * factor
    return found


def _others(part: Part, inputs: list[float], affordable: int) -> list[float | None]:
    """Return by input the probability that the others of some minimal cut set with it have failed."""
    if part.rule is None:
        return [1.0] * len(inputs)
    if isinstance(part.rule, AtLeast):
        need = part.rule.need - 1
        return [at_least(need, inputs[:place] + inputs[place + 1 :]) for place in range(len(inputs))]
    if not isinstance(part.rule, Diagram) or len(part.rule.variable) * len(inputs) > affordable:
        return [None] * len(inputs)
    diagram = part.rule
    with without_collector():
        solutions = Solutions(diagram)
        return [
            chance_of_solutions(solutions.holding(place), diagram.order.tolist(), inputs, nodes=_SOLUTION_NODES)
            for place in range(len(inputs))
        ]
