"""A core as a binary decision diagram: built once by OxiDD, kept as plain arrays that take any probabilities.

No order of variables is safe, so every order of `orders` is tried within a small number of nodes before any is given
more. Out of nodes is an answer (None), never an error.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from impact.availability.core import Core
from impact.availability.depth import room_for
from impact.availability.orders import orders_of

__all__ = ["Diagram", "chance_of_solutions", "diagram_of"]

Ints = NDArray[np.int32]

_STEPS: Final = (1 << 16, 1 << 19)
"""Nodes an order is given before the next one is tried; each step is tried with every order."""
_SMALL: Final = 1 << 14
_MOMENT: Final = 0.001
"""Seconds to wait at a time for a collection that goes on in the background."""
_MOMENTS: Final = 1_000
_NODES_A_SECOND: Final = 1 << 20
_LEVELLED: Final = 50
"""Nodes a level from which on whole levels are computed at once."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """A decision diagram, inner nodes listed level by level from the bottom up; the last one is the root.

    Places 0 and 1 are the terminals, place n + 2 is node n: true with probability
    `p[low] + q[variable] * (p[high] - p[low])`.
    """

    order: NDArray[np.int32]
    """The variables, from the top down."""
    variable: NDArray[np.int32]
    high: NDArray[np.int32]
    low: NDArray[np.int32]

    def probability(self, q: Sequence[float]) -> float:
        """Return the probability that the function is true, `q` by variable."""
        if len(self.variable) > _LEVELLED * len(self.order):
            return float(self._values(np.array(q)[:, None], self._levels())[-1, 0])
        value = [0.0, 1.0]
        add = value.append
        for variable, high, low in zip(self.variable.tolist(), self.high.tolist(), self.low.tolist(), strict=True):
            below = value[low]
            add(below + q[variable] * (value[high] - below))
        return value[-1]

    def derivatives(self, q: Sequence[float]) -> list[float]:
        """Return by variable how much more probable the function is with it true than with it false."""
        if len(self.variable) > _LEVELLED * len(self.order):
            return self.slopes(np.array(q)[:, None])[:, 0].tolist()  # type: ignore[no-any-return]
        variables, highs, lows = self.variable.tolist(), self.high.tolist(), self.low.tolist()
        value = [0.0, 1.0]
        for variable, high, low in zip(variables, highs, lows, strict=True):
            value.append(value[low] + q[variable] * (value[high] - value[low]))
        reach = [0.0] * len(value)
        reach[-1] = 1.0
        found = [0.0] * len(q)
        for node in range(len(variables) - 1, -1, -1):
            variable, high, low = variables[node], highs[node], lows[node]
            here = reach[node + 2]
            found[variable] += here * (value[high] - value[low])
            reach[high] += here * q[variable]
            reach[low] += here * (1.0 - q[variable])
        return found

    def probabilities(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability for many cases at once, `q` by variable and case."""
        found: NDArray[np.float64] = self._values(q, self._levels())[-1].copy()
        return found

    def slopes(self, q: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `derivatives` for many cases at once, by variable and case."""
        levels = self._levels()
        value = self._values(q, levels)
        reach = np.zeros_like(value)
        reach[-1] = 1.0
        found = np.zeros_like(q)
        for variable, first, last in reversed(levels):
            high, low = self.high[first - 2 : last - 2], self.low[first - 2 : last - 2]
            here = reach[first:last]
            found[variable] = (here * (value[high] - value[low])).sum(axis=0)
            np.add.at(reach, high, here * q[variable])
            np.add.at(reach, low, here * (1.0 - q[variable]))
        return found

    def _values(self, q: NDArray[np.float64], levels: list[tuple[int, int, int]]) -> NDArray[np.float64]:
        value = np.empty((len(self.variable) + 2, q.shape[1]))
        value[0], value[1] = 0.0, 1.0
        highs, lows, take = self.high.astype(np.intp), self.low.astype(np.intp), value.take
        for variable, first, last in levels:
            here, low = value[first:last], take(lows[first - 2 : last - 2], 0)
            take(highs[first - 2 : last - 2], 0, here, "clip")  # no place is outside; "clip" writes without a copy
            here -= low
            here *= q[variable]
            here += low
        return value

    def _levels(self) -> list[tuple[int, int, int]]:
        """Return by level, from the bottom up: its variable, and the places of its nodes."""
        if not len(self.variable):
            return []
        starts = [0, *(np.flatnonzero(self.variable[1:] != self.variable[:-1]) + 1).tolist()]
        ends = [*starts[1:], len(self.variable)]
        return [(int(self.variable[start]), start + 2, end + 2) for start, end in zip(starts, ends, strict=True)]


def diagram_of(core: Core, *, nodes: int, seconds: float) -> Diagram | None:
    """Return the diagram of a core; None when no order stays within `nodes` nodes and `seconds` seconds."""
    from oxidd.util import DDMemoryError

    until = time.monotonic() + seconds
    orders: list[list[int]] = []
    more = orders_of(core)
    steps = [*(step for step in _STEPS if step < nodes), nodes]
    if _in_time(steps[0], until) < steps[0]:
        steps = [_in_time(steps[0], until)]
    for step in steps:
        for order in _lazily(orders, more):
            if _in_time(step, until) < step:
                return None
            manager = _manager(step, len(order))
            if manager.approx_num_inner_nodes() > step // 2:
                _let_go(manager)
            for _ in _once_more(manager, step):
                try:
                    return _exported(_built(manager, core, order, until), order)
                except (DDMemoryError, MemoryError):
                    pass  # until here, the error holds what was being made
                except TimeoutError:
                    return None
                _let_go(manager)
    return None


def _let_go(manager: Any) -> None:
    """Free every node of a manager of whose functions none is kept.

    OxiDD collects in the background when a manager is nearly full, and `gc` then returns at once with nothing done:
    what comes next would find the manager full, and be given up without having been tried.
    """
    for _ in range(_MOMENTS):
        if manager.gc() or not manager.num_inner_nodes():
            return
        time.sleep(_MOMENT)


def _once_more(manager: Any, nodes: int) -> range:
    """Return how often an order is tried: twice where what earlier cores left behind takes room from the first."""
    return range(2 if manager.approx_num_inner_nodes() > nodes // 16 else 1)


def _in_time(nodes: int, until: float) -> int:
    """Return how large a manager may be, of at most `nodes` nodes, so that it is filled in time.

    One operation may fill it, and nothing stops an operation. A small one is always filled in time.
    """
    return nodes if nodes <= _NODES_A_SECOND * (until - time.monotonic()) else min(nodes, _SMALL)


def chance_of_solutions(
    solutions: Sequence[tuple[int, int, int]], order: Sequence[int], q: Sequence[float], *, nodes: int
) -> float | None:
    """Return the probability that all of some solution are true; None when that takes more than `nodes` nodes.

    `solutions` are nodes (variable, with it, without it), inner ones first, after the empty family and the family of
    the empty set; the last is the root.
    """
    from oxidd.util import DDMemoryError

    manager = _manager(nodes, len(order))
    if manager.approx_num_inner_nodes() > nodes // 4:
        _let_go(manager)
    level = {variable: number for number, variable in enumerate(order)}
    try:
        functions = [manager.false(), manager.true()]
        for variable, with_, without in solutions[2:]:
            functions.append((manager.var(level[variable]) & functions[with_]) | functions[without])
        root = functions[len(solutions) - 1]
        if root.node_var() is None:
            return float(root.valid())
        return _exported(root, list(order)).probability(q)
    except (DDMemoryError, MemoryError):
        return None


_managers: dict[int, Any] = {}


def _manager(nodes: int, variables: int) -> Any:
    """Return a manager of so many nodes, kept from one core to the next."""
    from oxidd.bdd import BDDManager

    manager = _managers.get(nodes)
    if manager is None:
        manager = _managers[nodes] = BDDManager(nodes, nodes, 1)
    if manager.num_vars() < variables:
        manager.add_vars(variables - manager.num_vars())
    return manager


def _built(manager: Any, core: Core, order: list[int], until: float) -> Any:
    level = {variable: number for number, variable in enumerate(order)}
    functions: dict[int, Any] = {}
    sets: dict[int, Any] = {}

    def of_set(each: int) -> Any:
        found = sets.get(each)
        if found is None:
            variables, groups = core.sets[each]
            if len(variables) == 1 and not groups:
                found = manager.var(level[variables[0]])
            else:
                parts = list(map(manager.var, sorted(map(level.__getitem__, variables), reverse=True)))
                parts += sorted(map(functions.__getitem__, groups), key=_depth)
                found = reduce(or_, parts)
            sets[each] = found
        return found

    for group, (need, members) in enumerate(core.groups):
        if time.monotonic() > until:
            raise TimeoutError
        parts = sorted((of_set(each) for each in members), key=_depth)
        functions[group] = _at_least(manager, need, parts)
    tops = sorted((functions[group] for group in core.top), key=_depth)
    result = manager.false()
    for each in tops:
        if time.monotonic() > until:
            raise TimeoutError
        result = result | each
    return result


def _depth(function: Any) -> int:
    """Sort functions of deep variables first: what is joined to them later only goes on top."""
    level = function.node_level()
    return 0 if level is None else -level


def _at_least(manager: Any, need: int, parts: Iterable[Any]) -> Any:
    """Return the function "at least `need` of `parts`", by rows: row[j] is "at least j of those so far"."""
    parts = list(parts)
    if need == len(parts):
        return reduce(and_, parts)
    row = [manager.true()] + [manager.false()] * need
    for seen, part in enumerate(parts, 1):
        lowest = max(1, need - (len(parts) - seen))
        for j in range(min(need, seen), lowest - 1, -1):
            row[j] = row[j] | (part & row[j - 1])
    return row[need]


def _exported(root: Any, order: list[int]) -> Diagram:
    """Return a function's nodes as arrays."""
    told = _told(root) if hasattr(os, "memfd_create") else None
    levels, highs, lows = _visited(root, len(order)) if told is None else told
    names = np.array(order, np.int32)
    return Diagram(names, names[levels], highs, lows)


def _told(root: Any) -> tuple[Ints, Ints, Ints] | None:
    """Return levels, high and low places of a function's nodes as OxiDD's own text tells them, level by level.

    Three times as fast as asking node by node; the text goes through memory, for OxiDD writes to paths only. None
    where that does not work here.
    """
    with os.fdopen(os.memfd_create("diagram"), "rb") as text:
        try:
            root.manager.export_dddmp(f"/proc/self/fd/{text.fileno()}", [root], ascii=True)
        except OSError:
            return None
        head, _, words = text.read().decode("ascii").partition(".nodes\n")
    # Each line is: number, variable (as a place in the head's `.ids`), high, low; the terminals are F and T.
    variables = np.array(head.partition(".ids ")[2].partition("\n")[0].split(), np.int32)
    words = words.partition(".end")[0].replace("F", "-1", 1).replace("T", "-2", 1)
    numbers = np.fromstring(words, np.int32, sep=" ").reshape(-1, 4)
    place = np.empty(len(numbers) + 1, np.int32)
    inner = numbers[:, 1] >= 0
    place[numbers[numbers[:, 1] == -1, 0]] = 0
    place[numbers[numbers[:, 1] == -2, 0]] = 1
    nodes = numbers[inner]
    place[nodes[:, 0]] = np.arange(2, len(nodes) + 2)
    levels, highs, lows = variables[nodes[:, 1]], place[nodes[:, 2]], place[nodes[:, 3]]
    # Inner nodes first, and level by level, is what a Diagram promises.
    assert (levels[1:] <= levels[:-1]).all()
    return levels, highs, lows


def _visited(root: Any, variables: int) -> tuple[Ints, Ints, Ints]:
    """Return the same by asking node by node; goes as deep as there are variables."""
    manager = root.manager
    place: dict[Any, int] = {manager.false(): 0, manager.true(): 1}
    placed = place.get
    levels: list[int] = []
    highs: list[int] = []
    lows: list[int] = []

    def visit(node: Any) -> int:
        high, low = node.cofactors()
        high_place = placed(high)
        if high_place is None:
            high_place = visit(high)
        low_place = placed(low)
        if low_place is None:
            low_place = visit(low)
        levels.append(node.node_var())
        highs.append(high_place)
        lows.append(low_place)
        place[node] = number = len(levels) + 1
        return number

    with room_for(variables):
        visit(root)
    # `visit` knows itself, so only the collector would free it, and every node with it: free those now.
    place.clear()
    level = np.array(levels, np.int32)
    by_level = np.argsort(-level, kind="stable")
    moved = np.empty(len(levels) + 2, np.int32)
    moved[:2] = 0, 1
    moved[by_level + 2] = np.arange(2, len(levels) + 2)
    return level[by_level], moved[np.array(highs)[by_level]], moved[np.array(lows)[by_level]]


def _lazily(known: list[list[int]], more: Iterator[list[int]]) -> Iterator[list[int]]:
    """Give orders, those made before first; most cores need no more than one."""
    yield from known
    for order in more:
        known.append(order)
        yield order
