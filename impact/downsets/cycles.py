"""Down sets of items that stand on each other: the least fixed point within one cycle.

Takes what each item of the cycle gets from outside and from within, gives their sets. Items that require each other
directly fall together, so they are one; what is left without pools is a plain order. Pools within the cycle are
evaluated again and again (Kleene), each time only where a member's set has grown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from pyroaring import BitMap

from impact.downsets.pools import in_at_least

__all__ = ["Cycle", "InnerPool", "components_from", "solve_cycle"]


@dataclass(frozen=True, slots=True)
class InnerPool:
    """A pool of an item in a cycle with members in it: sets of the members outside, places of those inside."""

    threshold: int
    outside: Sequence[BitMap]
    inside: Sequence[int]


@dataclass(frozen=True, slots=True)
class Cycle:
    """A strongly connected component; items are called by their place in it.

    `own[i]` is what brings item i down from outside the cycle, and its own number unless it is virtual;
    `requires[i]` are places of the items it requires directly, `pools[i]` its pools with members in the cycle.
    """

    own: Sequence[BitMap]
    requires: Sequence[Sequence[int]]
    pools: Sequence[Sequence[InnerPool]]


def solve_cycle(cycle: Cycle, *, greatest: bool = False) -> list[BitMap]:
    """Return the down set of each item of the cycle; equal ones are one object.

    The least fixed point is what brings running items down. The `greatest` is what keeps them from being started when
    all are off; with it no item of the cycle may be one that can never start.
    """
    group, count = _groups(cycle.requires)
    own = [BitMap() for _ in range(count)]
    requires: list[set[int]] = [set() for _ in range(count)]
    pools: list[list[InnerPool]] = [[] for _ in range(count)]
    feeds: list[set[int]] = [set() for _ in range(count)]
    for place, at in enumerate(group):
        own[at] |= cycle.own[place]
        requires[at].update(group[each] for each in cycle.requires[place] if group[each] != at)
        pools[at] += [
            InnerPool(pool.threshold, pool.outside, [group[i] for i in pool.inside]) for pool in cycle.pools[place]
        ]
    for at in range(count):
        for each in (*requires[at], *(inside for pool in pools[at] for inside in pool.inside)):
            feeds[each].add(at)
        own[at].run_optimize()
    value = list(own)
    if greatest:
        # Nothing matters to an item of the cycle but the items themselves and what matters to their providers.
        everything = BitMap.union(*own, *(each for of_group in pools for pool in of_group for each in pool.outside))
        value = [everything] * count
    _iterate(value, own, requires, pools, feeds)
    return [value[at] for at in group]


def _iterate(
    value: list[BitMap],
    own: Sequence[BitMap],
    requires: Sequence[set[int]],
    pools: Sequence[Sequence[InnerPool]],
    feeds: Sequence[set[int]],
) -> None:
    """Let the sets grow, or shrink, until none does, in sweeps through the order of the direct requirements."""
    sweep, queued = list(range(len(value))), [True] * len(value)
    while sweep:
        later: list[int] = []
        while sweep:
            at = heappop(sweep)
            queued[at] = False
            now = BitMap.union(own[at], *(value[each] for each in requires[at]))
            for pool in pools[at]:
                now |= in_at_least(pool.threshold, [*pool.outside, *(value[each] for each in pool.inside)])
            if len(now) == len(value[at]):
                continue
            now.run_optimize()
            value[at] = now
            for each in feeds[at]:
                if not queued[each]:
                    queued[each] = True
                    heappush(sweep if each > at else later, each)
        sweep = later


def _groups(requires: Sequence[Sequence[int]]) -> tuple[list[int], int]:
    """Return each place's group of items that require each other directly, providers first, and how many there are."""
    group, count = [0] * len(requires), 0
    for component in components_from(range(len(requires)), lambda place: iter(requires[place])):
        for place in component:
            group[place] = count
        count += 1
    return group, count


def components_from(roots: Iterable[int], below: Callable[[int], Iterator[int]]) -> Iterator[list[int]]:
    """Give the strongly connected components of all that is reached from `roots`, what they stand on before them.

    `below` gives what a row stands on. Tarjan's algorithm, without recursion, for an estate may be deep. A component
    is given as soon as it is found, so that `below` may leave out what is dealt with.
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    open_: dict[int, None] = {}
    for root in roots:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        open_[root] = None
        path = [(root, below(root))]
        while path:
            row, rest = path[-1]
            for each in rest:
                if each not in index:
                    index[each] = low[each] = len(index)
                    open_[each] = None
                    path.append((each, below(each)))
                    break
                if each in open_:
                    low[row] = min(low[row], index[each])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    low[above] = min(low[above], low[row])
                if low[row] == index[row]:
                    component = []
                    while row in open_:
                        component.append(open_.popitem()[0])
                    yield component
