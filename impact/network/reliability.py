"""How likely a network holds together: two-terminal and all-terminal reliability, exact by the frontier method.

Takes an undirected graph with a probability of being up for each node and link, all independent of each other. Links
are gone through one by one; between two of them only the *frontier* matters, the nodes that have links on both sides:
which of them are up, which hang together, and which parts hold a terminal. Every way of the world so far that leaves
the same frontier is one state (Hardy, Lucet and Limnios, K-terminal network reliability measures with binary decision
diagrams, IEEE Trans. Reliability 56, 2007; the frontier method of Kawahara et al. 2017). A part with a terminal that
loses its last frontier node has failed for good; one part with all terminals has succeeded for good.

The number of states grows with the width of the network, not its size. Within `max_states` the result is exact (up to
rounding). Beyond it the least likely states are cut off at each step; what they weigh is known, so the reliability lies
between the success that was counted and that plus what was cut off: a certified interval. The same holds for a limit of
time: no more states are kept than can be gone through in the time left.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar

from cmdb.errors import UsageError

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["MAX_STATES", "Reliability", "all_terminal", "reliability_of", "two_terminal"]

MAX_STATES: Final = 5_000
"""How many states may stand beside each other; memory and time grow with it."""

NodeT = TypeVar("NodeT", bound=Hashable)

_DOWN: Final = -1


@dataclass(frozen=True, slots=True)
class Reliability:
    """A probability between `low` and `high`; exact when they are one."""

    low: float
    high: float
    method: Literal["exact", "interval"]
    states: int
    """The most states that stood beside each other."""


def two_terminal(
    graph: nx.Graph[NodeT] | nx.MultiGraph[NodeT],
    start: NodeT,
    end: NodeT,
    *,
    up: Mapping[NodeT, float] | None = None,
    max_states: int = MAX_STATES,
    seconds: float | None = None,
) -> Reliability:
    """Return the probability that start and end are up and joined by a path of nodes and links that are up.

    `up` gives nodes' probabilities, 1 where nothing is said; a link's is its attribute `up`, 1 without.
    `seconds` limits the time; an interval then depends on the machine. Raises UsageError for an end that is no node,
    for a probability outside [0, 1], for a budget below 1 and for a time that is not above 0.
    """
    return reliability_of(graph, {start, end}, up=up, max_states=max_states, seconds=seconds)


def all_terminal(
    graph: nx.Graph[NodeT] | nx.MultiGraph[NodeT],
    *,
    up: Mapping[NodeT, float] | None = None,
    max_states: int = MAX_STATES,
    seconds: float | None = None,
) -> Reliability:
    """Return the probability that all nodes are up and joined; see `two_terminal`. An empty network holds for sure."""
    return reliability_of(graph, set(graph), up=up, max_states=max_states, seconds=seconds)


def reliability_of(
    graph: nx.Graph[NodeT] | nx.MultiGraph[NodeT],
    terminals: Collection[NodeT],
    *,
    up: Mapping[NodeT, float] | None = None,
    max_states: int = MAX_STATES,
    seconds: float | None = None,
) -> Reliability:
    """Return the probability that all these nodes are up and joined (K-terminal reliability); see `two_terminal`."""
    wanted = set(terminals)
    if missing := [each for each in wanted if each not in graph]:
        raise UsageError(f"{missing[0]!r} is not in the network; name nodes that are")
    if max_states < 1:
        raise UsageError(f"max_states is {max_states}: allow 1 or more")
    if seconds is not None and not seconds > 0:
        raise UsageError(f"seconds is {seconds}: give a time above 0")
    until = inf if seconds is None else time.monotonic() + seconds
    nodes = {node: _probability(1.0 if up is None else up.get(node, 1.0), f"node {node!r}") for node in graph}
    if not wanted:
        return Reliability(1.0, 1.0, "exact", 1)
    return _Sweep(*_smaller(_links(graph), wanted, nodes), max_states, until).run()


def _probability(value: float, what: str) -> float:
    if not 0 <= value <= 1:
        raise UsageError(f"the probability that {what} is up is {value}: give a number from 0 to 1")
    return value


def _links(graph: nx.Graph[NodeT] | nx.MultiGraph[NodeT]) -> dict[frozenset[NodeT], float]:
    """Return each pair of nodes with a link, and how likely one of its parallel links is up."""
    failed: dict[frozenset[NodeT], float] = {}
    for start, end, values in graph.edges(data=True):
        works = _probability(values.get("up", 1.0), f"link {start!r} - {end!r}")
        if start != end:
            pair = frozenset((start, end))
            failed[pair] = failed.get(pair, 1.0) * (1.0 - works)
    return {pair: 1.0 - each for pair, each in failed.items()}


def _smaller(
    links: dict[frozenset[NodeT], float], terminals: set[NodeT], nodes: dict[NodeT, float]
) -> tuple[dict[NodeT, dict[NodeT, float]], set[NodeT], dict[NodeT, float], float]:
    """Return an equal, smaller network: neighbours with how likely the link is up, terminals, nodes, and a factor.

    A node with one link that is no terminal is of no use; one that is makes its neighbour a terminal. A node with two
    links that is no terminal is a link from one neighbour to the other; one that is, between terminals, too, when the
    way of the world in which both its links are down is set apart (series and polygon reductions; Satyanarayana and
    Wood, SIAM J. Computing 14, 1985).
    """
    near: dict[NodeT, dict[NodeT, float]] = {node: {} for node in nodes}
    for pair, works in links.items():
        one, other = pair
        near[one][other] = near[other][one] = works
    terminals, nodes, factor = set(terminals), dict(nodes), 1.0
    waiting = list(near)
    while waiting:
        node = waiting.pop()
        if node not in near or len(near[node]) > 2 or terminals == {node}:
            continue
        ends = list(near[node].items())
        last = node in terminals
        if len(ends) == 2:
            (one, first), (other, second) = ends
            if last and not {one, other} <= terminals:
                continue
            works = first * second * nodes[node]
            if last:
                # The node itself must be up; with both links down all is lost.
                either = 1.0 - (1.0 - first) * (1.0 - second)
                factor *= nodes[node] * either
                works = first * second / either if either else 0.0
            known = near[one].get(other, 0.0)
            near[one][other] = near[other][one] = 1.0 - (1.0 - known) * (1.0 - works)
        elif last and not ends:
            return {node: {}}, {node}, {node: 0.0}, 0.0
        elif last:
            ((one, works),) = ends
            factor *= works * nodes[node]
            terminals.add(one)
        for each, _ in ends:
            near[each].pop(node, None)
            waiting.append(each)
        terminals.discard(node)
        del near[node], nodes[node]
    return near, terminals, nodes, factor


class _Sweep(Generic[NodeT]):
    """One calculation. A state is, by frontier node, the number of its part (from 0, in order of appearance) or -1 for
    a node that is down; and how many terminals each part holds."""

    def __init__(
        self,
        near: Mapping[NodeT, Mapping[NodeT, float]],
        terminals: set[NodeT],
        nodes: Mapping[NodeT, float],
        factor: float,
        budget: int,
        until: float,
    ) -> None:
        self.terminals, self.nodes, self.factor, self.budget = terminals, nodes, factor, budget
        self.until = until
        self.order = _order(near, terminals, until)
        place = {node: at for at, node in enumerate(self.order)}
        self.joined = terminals <= set(place)
        self.back = {
            node: [(other, works) for other, works in near[node].items() if place[other] < place[node]]
            for node in self.order
        }
        self.last = {node: max([place[node], *(place[other] for other in near[node])]) for node in self.order}

    def run(self) -> Reliability:
        """Go through the nodes in order, each with its links to earlier ones."""
        if not self.joined or self.factor == 0.0:
            return Reliability(0.0, 0.0, "exact", 1)
        frontier: list[NodeT] = []
        states: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {((), ()): 1.0}
        success = cut = 0.0
        widest, gone_through, began = 1, 0, time.monotonic()
        for at, node in enumerate(self.order):
            leaves = [index for index, each in enumerate([*frontier, node]) if self.last[each] <= at]
            index_of = {each: index for index, each in enumerate(frontier)}
            back = [(index_of[other], works) for other, works in self.back[node]]
            found: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
            for done, ((parts, held), weight) in enumerate(states.items()):
                if done and time.monotonic() > self.until:
                    cut += sum(islice(states.values(), done, None))
                    break
                grown, lost = self.grown(node, parts, held, back)
                cut += weight * lost
                for ways, share in grown:
                    value = weight * share
                    if value == 0.0:
                        continue
                    kept = _without(*ways, leaves, len(self.terminals))
                    if kept is True:
                        success += value
                    elif kept is not None:
                        found[kept] = found.get(kept, 0.0) + value
            frontier = [each for index, each in enumerate([*frontier, node]) if index not in set(leaves)]
            widest = max(widest, len(found))
            gone_through += len(states)
            most = self._most(began, gone_through, len(self.order) - at - 1)
            if len(found) > most:
                by_weight = sorted(found.items(), key=lambda each: -each[1])
                cut += sum(each[1] for each in by_weight[most:])
                found = dict(by_weight[:most])
            states = found
        low, high = self.factor * min(success, 1.0), self.factor * min(success + cut, 1.0)
        return Reliability(low, high, "exact" if cut == 0.0 else "interval", widest)

    def _most(self, began: float, gone_through: int, steps: int) -> int:
        """Return how many states may be kept: as many as the time left allows for, at the pace so far."""
        if self.until == inf or not steps:
            return self.budget
        now = time.monotonic()
        pace = gone_through / max(now - began, 1e-9)
        return max(1, min(self.budget, int(pace * max(self.until - now, 0.0) / steps)))

    def grown(
        self, node: NodeT, parts: tuple[int, ...], held: tuple[int, ...], back: list[tuple[int, float]]
    ) -> tuple[list[tuple[tuple[tuple[int, ...], tuple[int, ...]], float]], float]:
        """Return the states with one node more, each with its share: the node down, or up with links up and down.

        Beside them the share of those that are left out, for a node may join more parts than can be gone through.
        """
        works = self.nodes[node]
        is_terminal = node in self.terminals
        found = [] if is_terminal else [(((*parts, _DOWN), held), 1.0 - works)]
        fresh = len(held)
        # Only whether a link joins the node to a part matters, and several links to one part are as good as one.
        chance: dict[int, float] = {}
        for index, up in back:
            if parts[index] != _DOWN:
                chance[parts[index]] = 1.0 - (1.0 - chance.get(parts[index], 0.0)) * (1.0 - up)
        ways: list[tuple[frozenset[int], float]] = [(frozenset(), works)]
        lost = 0.0
        for part, up in chance.items():
            ways = [
                each
                for joined, share in ways
                for each in ((joined | {part}, share * up), (joined, share * (1.0 - up)))
                if each[1] > 0.0
            ]
            if len(ways) > self.budget:
                ways.sort(key=lambda each: -each[1])
                lost += sum(each[1] for each in ways[self.budget :])
                del ways[self.budget :]
        for joined, share in ways:
            renamed = tuple(fresh if part in joined else part for part in parts)
            terminals = int(is_terminal) + sum(held[part] for part in joined)
            counts = tuple(0 if part in joined else count for part, count in enumerate(held))
            found.append((((*renamed, fresh), (*counts, terminals)), share))
        return found, lost


def _without(
    parts: tuple[int, ...], held: tuple[int, ...], leaves: list[int], terminals: int
) -> tuple[tuple[int, ...], tuple[int, ...]] | Literal[True] | None:
    """Return the state without the nodes that leave the frontier, in standard form; True for success, None for none."""
    if terminals in held:
        return True
    gone = set(leaves)
    kept = [part for index, part in enumerate(parts) if index not in gone]
    here = set(kept)
    if any(count and part not in here for part, count in enumerate(held)):
        return None
    number: dict[int, int] = {}
    for part in kept:
        if part != _DOWN:
            number.setdefault(part, len(number))
    return tuple(number.get(part, _DOWN) for part in kept), tuple(held[part] for part in number)


def _order(near: Mapping[NodeT, Mapping[NodeT, float]], terminals: set[NodeT], until: float) -> list[NodeT]:
    """Return the nodes that hang together with a terminal, in an order that keeps the frontier narrow.

    Greedy: next comes the neighbour of the frontier that leaves it narrowest. The best of a few beginnings is taken, of
    as many as fit into a quarter of the time.
    """
    best: list[NodeT] = []
    best_cost = 0
    began = time.monotonic()
    until = began + (until - began) / 4
    fewest = sorted(near, key=lambda node: (node not in terminals, len(near[node])))[:8]
    for start in fewest:
        if best and time.monotonic() > until:
            break
        order, cost = _from(near, start, until)
        if terminals <= set(order) and (not best or cost < best_cost):
            best, best_cost = order, cost
    return best or [min(terminals, key=str)]


def _from(near: Mapping[NodeT, Mapping[NodeT, float]], start: NodeT, until: float) -> tuple[list[NodeT], int]:
    """Return the greedy order from a node, and what it costs: states grow exponentially with the frontier."""
    order: list[NodeT] = []
    waiting = {node: len(near[node]) for node in near}
    frontier: set[NodeT] = set()
    taken: set[NodeT] = set()
    candidates = {start: 0}  # each with when it was first seen
    cost = 0
    while candidates:
        # Out of time, whichever was seen first.
        hurried = time.monotonic() > until
        node = min(
            [next(iter(candidates))] if hurried else candidates,
            key=lambda each: (
                int(waiting[each] > 0) - sum(1 for other in near[each] if other in frontier and waiting[other] == 1),
                candidates[each],
            ),
        )
        del candidates[node]
        order.append(node)
        taken.add(node)
        frontier.add(node)
        for other in near[node]:
            waiting[other] -= 1
            if other not in frontier and waiting[other] >= 0 and other not in candidates and other not in taken:
                candidates[other] = len(order)
        frontier = {each for each in frontier if waiting[each] > 0}
        cost += 3 ** len(frontier)
    return order, cost
