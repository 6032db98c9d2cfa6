"""How many minimal cut sets there are, by order, without listing one: polynomials over the parts of a plan.

The coefficient of x^k is the number of sets of k events. Independent functions add for "any of" and make an elementary
symmetric polynomial for "at least k of". Of a decision diagram the minimal solutions are taken first (Rauzy 1993):

    minimal(ite(x, f1, f0)) = <x, minimal(f1) without minimal(f0), minimal(f0)>
"""

from __future__ import annotations

from impact.availability.diagram import Diagram
from impact.availability.interval import OpenCore
from impact.availability.plan import AtLeast, Plan

__all__ = ["Solutions", "counts_by_order"]

Polynomial = list[int]
"""By order, from 0 to the highest asked for."""


def counts_by_order(plan: Plan, root: int, order: int) -> dict[int, int]:
    """Return how many minimal cut sets of each order from 1 to `order` a part has; empty where nobody can say."""
    if root in plan.open:
        return {}
    found: dict[int, Polynomial] = {}
    for number in plan.below(root):
        part = plan.parts[number]
        inputs = [found[each] for each in part.inputs]
        if isinstance(part.rule, AtLeast):
            rows = [_one(order)] + [[0] * (order + 1) for _ in range(part.rule.need)]
            for each in inputs:
                for j in range(part.rule.need, 0, -1):
                    rows[j] = _sum(rows[j], _product(rows[j - 1], each))
            found[number] = rows[part.rule.need]
        elif isinstance(part.rule, Diagram):
            found[number] = Solutions(part.rule).counted(inputs, order)
        else:
            assert not isinstance(part.rule, OpenCore)
            total = [0] * (order + 1)
            if order:
                total[1] = len(part.events)
            for each in inputs:
                total = _sum(total, each)
            found[number] = total
    return {size: count for size, count in enumerate(found[root]) if size}


def _one(order: int) -> Polynomial:
    return [1] + [0] * order


def _sum(left: Polynomial, right: Polynomial) -> Polynomial:
    return [a + b for a, b in zip(left, right, strict=True)]


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    result = [0] * len(left)
    for degree, count in enumerate(left):
        if count:
            for other in range(len(left) - degree):
                result[degree + other] += count * right[other]
    return result


class Solutions:
    """The minimal solutions of a diagram as a zero-suppressed diagram: node = (variable, with it, without it).

    0 is the empty family, 1 the family of the empty set. Variables are compared by their level in the diagram.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.nodes: list[tuple[int, int, int]] = [(-1, 0, 0), (-1, 1, 1)]
        self._number: dict[tuple[int, int, int], int] = {}
        self._without: dict[tuple[int, int], int] = {}
        self.level = [0] * len(diagram.order)
        for level, variable in enumerate(diagram.order.tolist()):
            self.level[variable] = level
        minimal = [0, 1]
        for variable, high, low in zip(
            diagram.variable.tolist(), diagram.high.tolist(), diagram.low.tolist(), strict=True
        ):
            minimal.append(self._node(variable, self._less(minimal[high], minimal[low]), minimal[low]))
        self.root = minimal[-1]

    def counted(self, inputs: list[Polynomial], order: int) -> Polynomial:
        """Return how many there are by order; a variable stands for as many sets as its own polynomial says."""
        counts: dict[int, Polynomial] = {0: [0] * (order + 1), 1: _one(order)}
        stack = [self.root]
        while stack:
            node = stack[-1]
            if node in counts:
                stack.pop()
                continue
            variable, with_, without = self.nodes[node]
            missing = [each for each in (with_, without) if each not in counts]
            if missing:
                stack += missing
                continue
            stack.pop()
            counts[node] = _sum(_product(inputs[variable], counts[with_]), counts[without])
        return counts[self.root]

    def holding(self, variable: int) -> list[tuple[int, int, int]]:
        """Return the solutions that hold a variable, without it: as nodes of the same form, the last the root.

        Inner nodes first; a node names others by place, 0 and 1 being what they are in `nodes`.
        """
        level = self.level[variable]
        listed: list[tuple[int, int, int]] = [(-1, 0, 0), (-1, 1, 1)]
        place: dict[tuple[int, bool], int] = {(0, False): 0, (1, False): 1, (0, True): 0, (1, True): 0}
        stack = [(self.root, True)]
        while stack:
            node, above = stack[-1]
            if (node, above) in place:
                stack.pop()
                continue
            which, with_, without = self.nodes[node]
            if above and self.level[which] >= level:
                # At the variable itself what goes with it is kept; past it there is nothing.
                below = (with_, False) if which == variable else (0, False)
                if below not in place:
                    stack.append(below)
                    continue
                place[node, above] = place[below]
                continue
            missing = [each for each in ((with_, above), (without, above)) if each not in place]
            if missing:
                stack += missing
                continue
            key = (which, place[with_, above], place[without, above])
            if key[1] == 0:
                place[node, above] = key[2]
            else:
                place[node, above] = len(listed)
                listed.append(key)
        root = place[self.root, True]
        return listed[: root + 1]

    def _node(self, variable: int, with_: int, without: int) -> int:
        if with_ == 0:
            return without
        key = (variable, with_, without)
        found = self._number.get(key)
        if found is None:
            found = self._number[key] = len(self.nodes)
            self.nodes.append(key)
        return found

    def _less(self, sets: int, others: int) -> int:
        """Return the sets of one family that contain none of another (Rauzy's "without")."""
        if others == 0 or sets == 0:
            return sets
        if others == 1 or sets == others:
            return 0
        if sets == 1:
            return 0 if self._holds_empty(others) else 1
        key = (sets, others)
        found = self._without.get(key)
        if found is None:
            variable, with_, without = self.nodes[sets]
            other, other_with, other_without = self.nodes[others]
            if self.level[variable] < self.level[other]:
                found = self._node(variable, self._less(with_, others), self._less(without, others))
            elif self.level[variable] > self.level[other]:
                found = self._less(sets, other_without)
            else:
                kept = self._less(self._less(with_, other_with), other_without)
                found = self._node(variable, kept, self._less(without, other_without))
            self._without[key] = found
        return found

    def _holds_empty(self, node: int) -> bool:
        while node > 1:
            node = self.nodes[node][2]
        return node == 1
