"""Formulas of gates, reduced to or, and, and k out of n over references; everything that is not monotone is refused.

In comes the formula's element; out goes a `Formula`, in which constants are folded away, or FileProblem with the
gate's name and the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cmdb.errors import FileProblem
from importers.openpsa.definitions import Definition, Kind, Model
from importers.reading import XmlElement

__all__ = ["Formula", "formula_of", "references"]

_REFERENCES: Final[dict[str, Kind]] = {
    "gate": "gate",
    "basic-event": "basic event",
    "house-event": "house event",
    "event": "gate",
}
_NOT_MONOTONE: Final = ("not", "xor", "iff", "nand", "nor", "imply")


@dataclass(frozen=True, slots=True)
class Formula:
    """Occurs when at least `least` of its parts do. A reference has none, and `id` is what it refers to.

    A constant has neither: it occurs always when `least` is 0, and never when it is 1.
    """

    line: int
    least: int = 0
    parts: tuple[Formula, ...] = ()
    id: str | None = None

    @property
    def constant(self) -> bool | None:
        """Whether it occurs always or never, None when that depends."""
        return None if self.id is not None or self.parts else self.least <= 0


def formula_of(model: Model, gate: Definition) -> Formula:
    """Return a gate's formula; raises FileProblem."""
    found = [child for child in gate.element if child.name not in ("label", "attributes")]
    if len(found) != 1:
        said = "has no formula" if not found else f"has {len(found)} formulas"
        raise gate.file.problem(f"gate {gate.id} {said}: it must have one", gate.element.line)
    return _Reader(model, gate).formula(found[0])


def references(formula: Formula) -> list[str]:
    """Return every id that a formula refers to, each once, in order."""
    if formula.id is not None:
        return [formula.id]
    return list(dict.fromkeys(id_ for part in formula.parts for id_ in references(part)))


class _Reader:
    def __init__(self, model: Model, gate: Definition) -> None:
        self._model = model
        self._gate = gate

    def _refused(self, message: str, element: XmlElement) -> FileProblem:
        return self._gate.file.problem(f"gate {self._gate.id} {message}", element.line)

    def formula(self, element: XmlElement) -> Formula:
        if element.name in _REFERENCES:
            return self._reference(element)
        if element.name == "constant":
            return Formula(element.line, 0 if element.attributes.get("value", "").strip().lower() == "true" else 1)
        if element.name in _NOT_MONOTONE:
            raise self._refused(
                f"holds <{element.name}>, which is not monotone: a failure more would repair something; such trees are "
                "refused, rewrite the gate with and, or and atleast",
                element,
            )
        if element.name not in ("and", "or", "atleast", "cardinality"):
            raise self._refused(f"holds <{element.name}>, which is no connective the importer knows", element)
        parts = [self.formula(child) for child in element]
        if not parts:
            raise self._refused(f"holds <{element.name}> of nothing: it must have an argument", element)
        least = self._least(element, len(parts))
        if 1 < least < len(parts):
            named = [part.id for part in parts if part.id is not None]
            if len(named) != len(set(named)):
                raise self._refused(f"names an event twice in <{element.name}>: it would count twice", element)
        return _folded(element.line, least, parts)

    def _least(self, element: XmlElement, count: int) -> int:
        if element.name in ("and", "or"):
            return count if element.name == "and" else 1
        least = self._whole(element, "min")
        if element.name == "cardinality" and self._whole(element, "max") < count:
            raise self._refused("holds <cardinality> with a max below its arguments, which is not monotone", element)
        if not 1 <= least <= count:
            raise self._refused(f"needs at least {least} of {count}: min must lie from 1 to {count}", element)
        return least

    def _whole(self, element: XmlElement, name: str) -> int:
        text = element.attributes.get(name, "").strip()
        if not (text.isascii() and text.isdigit()):
            raise self._refused(f"has <{element.name}> with {name} {text!r}: it must be a whole number", element)
        return int(text)

    def _reference(self, element: XmlElement) -> Formula:
        name = element.attributes.get("name", "").strip()
        found = self._model.find(_REFERENCES[element.name], name, self._gate.path) if name else None
        if found is None:
            raise self._refused(f"names the {element.name} {name!r}, which is defined nowhere: define it", element)
        expected = _REFERENCES[element.name]
        if element.name != "event" and found.kind != expected:
            raise self._refused(f"names the {element.name} {name!r}, which is a {found.kind}: say which", element)
        return Formula(element.line, id=found.id)


def _folded(line: int, least: int, parts: list[Formula]) -> Formula:
    """Return the formula without its constant parts, and without a connective that connects nothing."""
    open_ = []
    for part in parts:
        if part.constant is None:
            open_.append(part)
        else:
            least -= part.constant
    if least <= 0:
        return Formula(line, 0)
    if least > len(open_):
        return Formula(line, 1)
    return open_[0] if len(open_) == 1 else Formula(line, least, tuple(open_))
