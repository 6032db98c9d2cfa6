"""Expressions as numbers: constants, parameters, arithmetic, and the mean where a distribution is given.

In comes an element of a model; out goes a float, or `ExpressionRefused` with the line of what cannot be computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from importers.openpsa.definitions import Definition, Model
from importers.reading import XmlElement

__all__ = ["ExpressionRefused", "Expressions"]

Numbers = Sequence[float]
_DEEPEST: Final = 100


class ExpressionRefused(ValueError):
    """An expression that has no value here; `line` is where it stands."""

    def __init__(self, message: str, line: int) -> None:
        self.line = line
        super().__init__(message)


_OPERATIONS: Final[dict[str, tuple[int, int | None, Callable[[Numbers], float]]]] = {
    "neg": (1, 1, lambda x: -x[0]),
    "add": (1, None, math.fsum),
    "sub": (1, None, lambda x: x[0] - math.fsum(x[1:])),
    "mul": (1, None, math.prod),
    "div": (2, None, lambda x: x[0] / math.prod(x[1:])),
    "pow": (2, 2, lambda x: math.pow(x[0], x[1])),
    "abs": (1, 1, lambda x: abs(x[0])),
    "sqrt": (1, 1, lambda x: math.sqrt(x[0])),
    "exp": (1, 1, lambda x: math.exp(x[0])),
    "log": (1, 1, lambda x: math.log(x[0])),
    "log10": (1, 1, lambda x: math.log10(x[0])),
    "min": (1, None, min),
    "max": (1, None, max),
    "mean": (1, None, lambda x: math.fsum(x) / len(x)),
    # Failed by a time, at a constant rate: -expm1 keeps the digits of small probabilities.
    "exponential": (2, 2, lambda x: -math.expm1(-x[0] * x[1])),
}
"""Operations by element: fewest operands, most (None: any number), and what they give."""

_MEANS: Final[dict[str, tuple[int, int | None, Callable[[Numbers], float]]]] = {
    "uniform-deviate": (2, 2, lambda x: (x[0] + x[1]) / 2),
    "normal-deviate": (2, 2, lambda x: x[0]),
    "lognormal-deviate": (3, 3, lambda x: x[0]),
    "gamma-deviate": (2, 2, lambda x: x[0] * x[1]),
    "beta-deviate": (2, 2, lambda x: x[0] / (x[0] + x[1])),
}
"""The mean of a distribution: of lognormal with three operands it is the first."""


class Expressions:
    """The expressions of one model. `means` counts distributions of which the mean was taken."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._values: dict[str, float] = {}
        self._open: list[str] = []
        self.means = 0

    def value(self, element: XmlElement, path: tuple[str, ...]) -> float:
        """Return the value of an expression of a definition that stands in `path`; raises ExpressionRefused."""
        name = element.name
        if name in ("float", "int"):
            return _number(element)
        if name == "bool":
            return 1.0 if element.attributes.get("value", "").strip().lower() == "true" else 0.0
        if name == "pi":
            return math.pi
        if name == "parameter":
            return self._parameter(element, path)
        known = _OPERATIONS.get(name) or _MEANS.get(name)
        if known is None:
            raise ExpressionRefused(
                f"its expression <{name}> is not supported: give its value as a float", element.line
            )
        fewest, most, compute = known
        if len(element.children) < fewest or (most is not None and len(element.children) > most):
            due = f"{fewest} operands" if most == fewest else f"{fewest} operands or more"
            raise ExpressionRefused(f"<{name}> has {len(element.children)} operands: it takes {due}", element.line)
        operands = [self.value(child, path) for child in element]
        try:
            result = compute(operands)
        except (ArithmeticError, ValueError) as error:
            raise ExpressionRefused(f"<{name}> of {operands} has no value: {error}", element.line) from None
        if not math.isfinite(result):
            raise ExpressionRefused(f"<{name}> of {operands} has no finite value", element.line)
        self.means += name in _MEANS
        return result

    def _parameter(self, element: XmlElement, path: tuple[str, ...]) -> float:
        name = element.attributes.get("name", "")
        found = self._model.find("parameter", name, path)
        if found is None:
            raise ExpressionRefused(f"the parameter {name!r} is defined nowhere", element.line)
        if found.id in self._open:
            circle = " → ".join([*self._open[self._open.index(found.id) :], found.id])
            raise ExpressionRefused(f"the parameter {name!r} depends on itself: {circle}", element.line)
        if len(self._open) >= _DEEPEST:
            raise ExpressionRefused(f"parameters refer to each other above {_DEEPEST} deep", element.line)
        if found.id not in self._values:
            self._open.append(found.id)
            try:
                self._values[found.id] = self.value(expression_of(found), found.path)
            finally:
                self._open.pop()
        return self._values[found.id]

    def probability(self, definition: Definition, element: XmlElement) -> float:
        """Return the value of an expression that is a probability; raises ExpressionRefused outside 0 to 1."""
        value = self.value(element, definition.path)
        if not 0 <= value <= 1:
            raise ExpressionRefused(f"its probability is {value:g}: it must lie from 0 to 1", element.line)
        return value


def expression_of(definition: Definition) -> XmlElement:
    """Return the expression in a definition; raises ExpressionRefused when there is none, or more than one."""
    found = [child for child in definition.element if child.name not in ("label", "attributes")]
    if len(found) != 1:
        said = "has no expression" if not found else f"has {len(found)} expressions"
        raise ExpressionRefused(f"{definition.kind} {definition.id} {said}: give one", definition.element.line)
    return found[0]


def _number(element: XmlElement) -> float:
    text = element.attributes.get("value", "").strip()
    try:
        number = float(text)
    except ValueError:
        raise ExpressionRefused(f"<{element.name}> has the value {text!r}: it must be a number", element.line) from None
    if not math.isfinite(number):
        raise ExpressionRefused(f"<{element.name}> has the value {text!r}: it must be finite", element.line)
    return number
