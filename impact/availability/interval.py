"""A certified interval for a core that is too large for one diagram.

The groups of the core are bundled into blocks small enough to be exact, and pairs of blocks likewise. Then

    lower = the largest, over whole k, of 2 S1 / (k + 1) - 2 S2 / (k (k + 1)),  Dawson and Sankoff 1967: S1 the sum
              of P(block), S2 of P(both of a pair); with k = 1 it is Bonferroni's
    upper = 1 - product of (1 - P(block))     Esary and Proschan 1967: coherent functions of independent events are
                                              associated
          or sum of P(block) - the heaviest spanning tree of P(both)          Hunter 1976, Worsley 1982

Where even a pair is too large, P(both) lies between the product and the smaller of its two, for the same reason.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.availability.chance import any_slopes, at_least
from impact.availability.core import Core
from impact.availability.diagram import Diagram, diagram_of

__all__ = ["OpenCore", "loose_bounds", "open_core"]

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class OpenCore:
    """A core in blocks. A block without a diagram has loose bounds only."""

    core: Core
    blocks: tuple[Core, ...]
    diagrams: tuple[Diagram | None, ...]
    either: dict[tuple[int, int], Diagram]
    """By pair of blocks: the diagram of "one of them"."""

    def bounds(self, low: Sequence[float], high: Sequence[float]) -> Bounds:
        """Return what the probability is at least and at most, from such bounds of the variables."""
        lower, upper = self._one(low)
        if list(low) != list(high):
            upper = self._one(high)[1]
        return min(lower, upper), upper

    def slopes(self, q: Sequence[float]) -> list[float]:
        """Return by variable about how much more probable it is with it true than with it false.

        The slope of the upper bound by association, which takes blocks for independent: not certified.
        """
        chances: list[float] = []
        inner: list[NDArray[np.float64]] = []
        for block, diagram in zip(self.blocks, self.diagrams, strict=True):
            if diagram is None:
                low, high = loose_bounds(block, q)
                chances.append((low + high) / 2)
                inner.append(_loose_slopes(block, q))
            else:
                chances.append(diagram.probability(q))
                inner.append(np.array(diagram.derivatives(q)))
        by_block = any_slopes(chances)
        total = np.zeros(len(q))
        for outer, slopes in zip(by_block, inner, strict=True):
            total += outer * slopes
        return np.minimum(total, 1.0).tolist()  # type: ignore[no-any-return]

    def _one(self, q: Sequence[float]) -> Bounds:
        each: list[Bounds] = []
        for block, diagram in zip(self.blocks, self.diagrams, strict=True):
            if diagram is None:
                each.append(loose_bounds(block, q))
            else:
                exact = diagram.probability(q)
                each.append((exact, exact))
        both: dict[tuple[int, int], Bounds] = {}
        joined: list[float] = []
        for first in range(len(each)):
            for second in range(first + 1, len(each)):
                pair = self.either.get((first, second))
                if pair is not None:
                    # Rounding may leave a difference of large numbers just below what association allows.
                    joined.append(pair.probability(q))
                    value = each[first][0] + each[second][0] - joined[-1]
                    value = max(value, each[first][0] * each[second][0])
                    both[first, second] = (value, value)
                else:
                    both[first, second] = (each[first][0] * each[second][0], min(each[first][1], each[second][1]))
        lows, highs = [low for low, _ in each], [high for _, high in each]
        once, twice = math.fsum(lows), math.fsum(high for _, high in both.values())
        lower = max(2 * once / (k + 1) - 2 * twice / (k * (k + 1)) for k in range(1, len(each) + 1))
        apart = -math.expm1(math.fsum(math.log1p(-value) if value < 1 else -math.inf for value in highs))
        tree = math.fsum(highs) - _heaviest_tree(len(each), {pair: low for pair, (low, _) in both.items()})
        return max(lower, *lows, *joined), min(apart, tree, 1.0)


def open_core(core: Core, *, nodes: int, seconds: float) -> OpenCore:
    """Return a core in blocks of at most `nodes` nodes, made within about `seconds` seconds."""
    until = time.monotonic() + seconds
    blocks: list[Core] = []
    groups_of: list[list[int]] = []
    diagrams: list[Diagram | None] = []
    waiting = [list(core.top)]
    while waiting:
        tops = waiting.pop()
        part = _with_top(core, tops)
        left = until - time.monotonic()
        # Blocks are kept well below the limit, so that pairs of them stay within it.
        limit = max(1, nodes // 16) if len(tops) > 1 else nodes
        diagram = diagram_of(part, nodes=limit, seconds=left / 2) if left > 0 and len(tops) < len(core.top) else None
        if diagram is None and len(tops) > 1:
            middle = len(tops) // 2
            waiting += [tops[middle:], tops[:middle]]
        else:
            blocks.append(part)
            groups_of.append(tops)
            diagrams.append(diagram)
    either: dict[tuple[int, int], Diagram] = {}
    for first in range(len(blocks)):
        for second in range(first + 1, len(blocks)):
            left = until - time.monotonic()
            if left <= 0 or diagrams[first] is None or diagrams[second] is None:
                continue
            pair = _with_top(core, [*groups_of[first], *groups_of[second]])
            diagram = diagram_of(pair, nodes=nodes, seconds=left)
            if diagram is not None:
                either[first, second] = diagram
    return OpenCore(core, tuple(blocks), tuple(diagrams), either)


def loose_bounds(core: Core, q: Sequence[float]) -> Bounds:
    """Return bounds that cost nothing: association for "any of" and "all of", Markov for "at least k of"."""
    of_group: list[Bounds] = []
    of_set: dict[int, Bounds] = {}
    for need, members in core.groups:
        inside = []
        for each in members:
            if each not in of_set:
                variables, groups = core.sets[each]
                parts = [(q[variable], q[variable]) for variable in variables] + [of_group[group] for group in groups]
                of_set[each] = _any(parts)
            inside.append(of_set[each])
        lows = sorted((low for low, _ in inside), reverse=True)
        highs = [high for _, high in inside]
        upper = min(highs) if need == len(members) else min(1.0, math.fsum(highs) / need)
        of_group.append((math.prod(lows[:need]), upper))
    return _any([of_group[group] for group in core.top])


def _loose_slopes(core: Core, q: Sequence[float]) -> NDArray[np.float64]:
    """Return the slopes of a block that has no diagram, from the middles of its loose bounds."""
    found = np.zeros(len(q))
    values = list(q)
    for place in sorted({variable for variables, _ in core.sets for variable in variables}):
        values[place] = 1.0
        most = loose_bounds(core, values)
        values[place] = 0.0
        least = loose_bounds(core, values)
        values[place] = q[place]
        found[place] = max(0.0, sum(most) - sum(least)) / 2
    return found


def _any(parts: Sequence[Bounds]) -> Bounds:
    return max(low for low, _ in parts), at_least(1, [high for _, high in parts])


def _with_top(core: Core, top: Sequence[int]) -> Core:
    """Return the part of a core below some of its groups; variables keep their places."""
    needed: set[int] = set()
    stack = list(top)
    while stack:
        group = stack.pop()
        if group not in needed:
            needed.add(group)
            for each in core.groups[group][1]:
                stack += core.sets[each][1]
    kept = sorted(needed)
    sets = sorted({each for group in kept for each in core.groups[group][1]})
    group_place = {group: place for place, group in enumerate(kept)}
    set_place = {each: place for place, each in enumerate(sets)}
    return Core(
        core.variables,
        tuple((core.sets[each][0], tuple(group_place[group] for group in core.sets[each][1])) for each in sets),
        tuple(
            (need, tuple(set_place[each] for each in members))
            for need, members in (core.groups[group] for group in kept)
        ),
        tuple(group_place[group] for group in top),
    )


def _heaviest_tree(count: int, weight: dict[tuple[int, int], float]) -> float:
    """Return the weight of the heaviest spanning tree (Kruskal)."""
    above = list(range(count))

    def root(place: int) -> int:
        while above[place] != place:
            place = above[place]
        return place

    total = []
    for (first, second), value in sorted(weight.items(), key=lambda pair: -pair[1]):
        one, other = root(first), root(second)
        if one != other:
            above[one] = other
            total.append(value)
    return math.fsum(total)
