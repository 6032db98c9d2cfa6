"""Common causes by the beta factor: each member fails by itself or by the one event that strikes all of the group.

In comes a model; out goes for each member of a group what of its probability is its own and what is the group's.
Other models of common causes are refused, for they give other events than these.
"""

from __future__ import annotations

from dataclasses import dataclass

from importers.openpsa.definitions import Definition, Model
from importers.openpsa.expressions import Expressions
from importers.reading import XmlElement

__all__ = ["Shares", "shares_of"]


@dataclass(frozen=True, slots=True)
class Shares:
    """What of a member's probability is its own, (1 - beta) q, and what is its group's, beta q."""

    group: Definition
    expressions: Expressions
    total: XmlElement
    beta: XmlElement

    def own(self) -> float:
        """Return the probability of a member's own failure; raises ExpressionRefused."""
        return (1 - self._probability(self.beta)) * self._probability(self.total)

    def common(self) -> float:
        """Return the probability of the common event; raises ExpressionRefused."""
        return self._probability(self.beta) * self._probability(self.total)

    def _probability(self, element: XmlElement) -> float:
        return self.expressions.probability(self.group, element)


def shares_of(model: Model, expressions: Expressions) -> dict[str, Shares]:
    """Return the shares of every basic event that is a member of a group; raises FileProblem."""
    found: dict[str, Shares] = {}
    for group in model.of("CCF group"):
        given = group.element.attributes.get("model", "")
        if given != "beta-factor":
            raise group.file.problem(
                f"CCF group {group.id} is of the model {given!r}: only beta-factor is supported; write its events out",
                group.element.line,
            )
        shares = Shares(group, expressions, _part(group, "distribution"), _part(group, "factor"))
        for member in group.element.child("members") or ():
            name = member.attributes.get("name", "")
            event = model.find("basic event", name, group.path)
            if event is None or event.kind != "basic event":
                raise group.file.problem(
                    f"CCF group {group.id} names the basic event {name!r}, defined nowhere", member.line
                )
            if event.id in found:
                raise group.file.problem(f"basic event {name!r} is a member of two CCF groups: keep one", member.line)
            found[event.id] = shares
    return found


def _part(group: Definition, name: str) -> XmlElement:
    """Return the one expression in the group's distribution, or in its one factor."""
    holder = group.element
    if name == "factor":
        holder = holder.child("factors") or holder
    parts = [each for each in holder if each.name == name]
    if len(parts) != 1 or len(parts[0].children) != 1:
        raise group.file.problem(
            f"CCF group {group.id} must have one {name} with one expression in it", group.element.line
        )
    return parts[0].children[0]
