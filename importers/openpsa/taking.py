"""A model into a BatchBuilder: its events and gates as items, file by file.

In come the definitions; a basic event whose probability cannot be told is refused with its row, and the record keeps
its place by a placeholder; a gate that cannot be kept as it is meant is a FileProblem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cmdb.errors import FileProblem
from cmdb.model import BatchBuilder
from importers.openpsa.common_cause import Shares, shares_of
from importers.openpsa.definitions import Definition, Model
from importers.openpsa.expressions import ExpressionRefused, Expressions, expression_of
from importers.openpsa.formulas import Formula, formula_of, references
from importers.openpsa.gates import Helper, PoolMade, Required, requirements
from importers.reading import SourceFile, XmlElement

__all__ = ["take_all"]

CLASS: Final = "ConfigurationItem"
TOP_CLASS: Final = "Service"
ALWAYS: Final = "constant/true"
"""The item that a gate requires which occurs always."""


def take_all(
    model: Model, sources: Sequence[SourceFile], builder: BatchBuilder, progress: Callable[[int, int], None]
) -> None:
    """Take every item, relationship and pool of a model; raises FileProblem."""
    formulas = {gate.id: formula_of(model, gate) for gate in model.of("gate")}
    _refuse_circles(model, formulas)
    expressions = Expressions(model)
    taker = _Taker(builder, expressions, formulas, shares_of(model, expressions))
    for done, source in enumerate(sources, 1):
        builder.file(source.name, source.sha256, source.size)
        for definition in model.definitions:
            if definition.file is source:
                taker.take(definition)
        for note in source.notes:
            builder.note(note)
        progress(done, len(sources))
    for name, count in sorted(model.skipped.items()):
        builder.note(f"{count} <{name}> are no part of a fault tree: skipped")
    if expressions.means:
        builder.note(f"of {expressions.means} distributions the mean was taken")


class _Taker:
    def __init__(
        self,
        builder: BatchBuilder,
        expressions: Expressions,
        formulas: Mapping[str, Formula],
        shares: Mapping[str, Shares],
    ) -> None:
        self._builder = builder
        self._expressions = expressions
        self._formulas = formulas
        self._shares = shares
        self._used = {id_ for formula in formulas.values() for id_ in references(formula)}
        self._links: set[tuple[str, str, str | None]] = set()
        self._always = False

    def take(self, definition: Definition) -> None:
        """Take one definition of the present file."""
        if definition.kind == "gate":
            self._gate(definition)
        elif definition.kind == "basic event":
            self._basic_event(definition)
        elif definition.kind == "house event":
            self._house_event(definition)
        elif definition.kind == "CCF group":
            self._group(definition)

    def _item(self, definition: Definition, values: dict[str, Any], class_name: str = CLASS, **said: Any) -> None:
        element = definition.element
        attributes = {**_attributes(element), "open_psa": definition.kind, **said}
        if definition.path:
            attributes["fault_tree"] = ".".join(definition.path)
        if label := element.text_of("label"):
            values["description"] = label
        name = definition.element.attributes["name"].strip()
        self._builder.item(element.line, definition.id, class_name, name, {**values, "attributes": attributes})

    def _gate(self, gate: Definition) -> None:
        formula = self._formulas[gate.id]
        class_name = CLASS if gate.id in self._used else TOP_CLASS
        self._item(gate, {"availability": 1}, class_name, formula=_told(formula))
        if formula.constant:
            self._occurs_always(gate)
        elif formula.constant is None:
            for made in requirements(gate.id, formula):
                self._requirement(made)

    def _requirement(self, made: Required | PoolMade | Helper) -> None:
        builder = self._builder
        if isinstance(made, Helper):
            values = {"availability": 1, "attributes": {"open_psa": "part of a gate"}}
            builder.item(made.line, made.id, CLASS, made.id, values)
        elif isinstance(made, PoolMade):
            stated = f"{made.members - made.need + 1} of {made.members} must fail"
            builder.pool(made.line, made.consumer, made.name, {"need": made.need, "evidence": stated})
        elif (link := (made.consumer, made.provider, made.pool)) not in self._links:
            self._links.add(link)
            values = {} if made.pool is None else {"pool": made.pool}
            builder.relationship(made.line, made.consumer, "depends_on", made.provider, values)

    def _occurs_always(self, gate: Definition) -> None:
        line = gate.element.line
        if not self._always:
            self._always = True
            values = {"availability": 0, "attributes": {"open_psa": "constant"}}
            self._builder.item(line, ALWAYS, CLASS, ALWAYS, values)
        self._builder.relationship(line, gate.id, "depends_on", ALWAYS, {})

    def _basic_event(self, event: Definition) -> None:
        try:
            shares = self._shares.get(event.id)
            probability = self._expressions.probability(event, expression_of(event)) if shares is None else shares.own()
        except ExpressionRefused as refused:
            self._builder.refuse(refused.line, event.id, f"basic event {event.id}: {refused}")
            return
        self._item(event, {"availability": _availability(probability)}, probability=probability)
        if shares is not None:
            self._builder.relationship(event.element.line, event.id, "depends_on", shares.group.id, {})

    def _house_event(self, event: Definition) -> None:
        constant = event.element.child("constant")
        text = "false" if constant is None else constant.attributes.get("value", "").strip().lower()
        if text not in ("true", "false"):
            self._builder.refuse(
                event.element.line, event.id, f"house event {event.id} is {text!r}: it must be true or false"
            )
            return
        self._item(event, {"availability": 0 if text == "true" else 1})

    def _group(self, group: Definition) -> None:
        shares = next((each for each in self._shares.values() if each.group is group), None)
        if shares is None:
            return
        try:
            probability = shares.common()
        except ExpressionRefused as refused:
            self._builder.refuse(refused.line, group.id, f"CCF group {group.id}: {refused}")
            return
        self._item(group, {"availability": _availability(probability)}, probability=probability)


def _availability(probability: float) -> float:
    return 1 - probability


def _attributes(element: XmlElement) -> dict[str, str]:
    listed = element.child("attributes")
    pairs = [] if listed is None else [each.attributes for each in listed if each.name == "attribute"]
    return {each["name"]: each.get("value", "") for each in pairs if each.get("name")}


def _told(formula: Formula) -> str:
    """Return a formula's outermost connective in words."""
    if formula.constant is not None:
        return "always" if formula.constant else "never"
    if formula.id is not None or formula.least == 1:
        return "or"
    return "and" if formula.least == len(formula.parts) else f"{formula.least} of {len(formula.parts)}"


def _refuse_circles(model: Model, formulas: Mapping[str, Formula]) -> None:
    """Raise FileProblem for gates that depend on themselves: a fault tree has no meaning for them."""
    done: set[str] = set()
    for start in formulas:
        path: dict[str, None] = {}
        stack = [(start, iter(references(formulas[start])))] if start not in done else []
        if stack:
            path[start] = None
        while stack:
            gate, rest = stack[-1]
            step = next((id_ for id_ in rest if id_ in formulas and id_ not in done), None)
            if step is None:
                done.add(gate)
                path.pop(gate)
                stack.pop()
            elif step in path:
                raise _circle(model, [*path][[*path].index(step) :])
            else:
                path[step] = None
                stack.append((step, iter(references(formulas[step]))))


def _circle(model: Model, gates: list[str]) -> FileProblem:
    first = next(each for each in model.of("gate") if each.id == gates[0])
    shown = [*gates[:6], *(["…"] if len(gates) > 6 else []), gates[0]]
    return first.file.problem(
        f"gate {gates[0]} depends on itself: {' → '.join(shown)}; a fault tree has no circles", first.element.line
    )
