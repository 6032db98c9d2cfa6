"""Whether pairs of devices are connected, since when not, and by how many paths that share no device.

Takes a Network and pairs of its devices. A path from a to b runs through devices that pass traffic on; a and b need
not. By Menger's theorem the largest number of paths without a common device between them is the smallest number of
devices whose loss parts a from b; a direct link counts as one path, which no device can cut.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Rows
from impact.network.graph import Network

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["NEVER", "Routes", "blocks_between", "simple_part"]

NEVER: Final = 2**31 - 1
"""The round in which something happens that does not happen."""

Flags = NDArray[np.bool_]
Times = NDArray[np.int64]


@dataclass(frozen=True)
class Routes:
    """Pairs of devices, `start[i]` and `end[i]`, that are to reach each other."""

    network: Network
    start: Rows
    end: Rows
    _known: dict[object, int] = field(default_factory=dict, repr=False)
    _stretches: dict[tuple[int, int], list[tuple[int, int, frozenset[int]]]] = field(default_factory=dict, repr=False)

    @cached_property
    def _ways(self) -> tuple[Rows, Rows, Rows, Flags]:
        """Each pair's combinations of attachments (pair, one, other), and which pairs have a direct link."""
        pairs, ones, others = [], [], []
        direct = np.zeros(len(self.start), np.bool_)
        for pair, (start, end) in enumerate(zip(self.start.tolist(), self.end.tolist(), strict=True)):
            direct[pair] = start == end or end in self.network.neighbours[start]
            for one in self.network.attachments(start):
                for other in self.network.attachments(end):
                    pairs.append(pair)
                    ones.append(one)
                    others.append(other)
        return np.array(pairs, np.int64), np.array(ones, np.int64), np.array(others, np.int64), direct

    def connected(self, gone: Flags) -> Flags:
        """Return which pairs have a path when these devices are down; a pair one of which is down has none."""
        pair, one, other, direct = self._ways
        parts = self.network.parts(gone)
        met = direct.copy()
        met[pair[(parts[one] == parts[other]) & (parts[one] >= 0)]] = True
        found: Flags = met & ~gone[self.start] & ~gone[self.end]
        return found

    def parted(self, gone_at: Times) -> Times:
        """Return the round since which each pair has no path, given the round in which each device goes (or NEVER)."""
        since = np.full(len(self.start), NEVER, np.int64)
        times = np.unique(gone_at)
        last = times[times < NEVER][-1:]
        if not len(last):
            return since
        ever = ~self.connected(gone_at <= last[0])
        for time in times[times < NEVER].tolist():
            if not ever.any():
                break
            now = ever & ~self.connected(gone_at <= time)
            since[now] = time
            ever &= ~now
        return since

    def disjoint(self, pair: int, gone: Set[int]) -> int:
        """Return how many paths without a common device a pair has, without the devices in `gone`."""
        return self._paths(int(self.start[pair]), int(self.end[pair]), frozenset(gone))

    def _paths(self, start: int, end: int, gone: frozenset[int]) -> int:
        key = (start, end, gone)
        if key not in self._known:
            self._known[key] = _disjoint(self.network, start, end, gone)
        return self._known[key]

    def stretches(self, pair: int) -> list[tuple[int, int, frozenset[int]]]:
        """Return the stretches of a pair: from one device that every path uses to the next, and what lies between.

        Those with a direct link are left out: no device can cut them.
        """
        start, end = int(self.start[pair]), int(self.end[pair])
        if (start, end) not in self._stretches:
            blocks, cuts = blocks_between(self.network, start, end)
            self._stretches[start, end] = [
                (one, other, inner)
                for one, other, inner in zip(cuts, cuts[1:], blocks, strict=False)
                if other not in self.network.neighbours[one]
            ]
        return self._stretches[start, end]

    def left(self, pair: int, gone: Set[int]) -> list[tuple[int, int, frozenset[int]]]:
        """Return by stretch how many paths share no device, how many without `gone`, what lies between."""
        return [
            (
                self._paths(one, other, frozenset()),
                self._paths(one, other, frozenset(gone & (inner | {one, other}))),
                inner,
            )
            for one, other, inner in self.stretches(pair)
        ]

    def between(self, pair: int) -> frozenset[int]:
        """Return the devices on any path of a pair that visits no device twice, its two ends left out.

        They are the devices of the biconnected blocks between the two ends (block-cut tree).
        """
        start, end = int(self.start[pair]), int(self.end[pair])
        blocks, cuts = blocks_between(self.network, start, end)
        return frozenset(device for block in blocks for device in block) | frozenset(cuts) - {start, end}

    def cut(self, pair: int, gone: Set[int]) -> list[int]:
        """Return which of the devices that are gone part a pair: those next to what its start still reaches.

        Of these only such as lie on the way to its end. Empty for a pair that has a path.
        """
        network, start, end = self.network, int(self.start[pair]), int(self.end[pair])
        if start in gone:
            return [start]
        near = {start}
        queue = [start]
        while queue:
            device = queue.pop()
            if device == start or network.through[device]:
                fresh = [each for each in network.neighbours[device] if each not in near and each not in gone]
                near.update(fresh)
                queue += fresh
        if end in near:
            return []
        inside = {each for each in near if each == start or network.through[each]}
        far = {end}
        queue = [end]
        while queue:
            device = queue.pop()
            if device == end or network.through[device]:
                fresh = [each for each in network.neighbours[device] if each not in far and each not in inside]
                far.update(fresh)
                queue += fresh
        border = {each for device in inside for each in network.neighbours[device] if each in gone and each in far}
        return sorted(each for each in border if each == end or network.through[each])


def simple_part(network: Network, start: int, end: int) -> nx.Graph[int]:
    """Return the devices that a path from start to end may use, and their links, each once."""
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from((start, end))
    queue = [start]
    while queue:
        device = queue.pop()
        for each in network.neighbours[device]:
            if each != end and not network.through[each]:
                continue
            if each not in graph and each != end:
                queue.append(each)
            if each != start:
                graph.add_edge(device, each)
    return graph


def blocks_between(network: Network, start: int, end: int) -> tuple[list[frozenset[int]], list[int]]:
    """Return the blocks from start to end in their order, each without the devices it is entered and left by, and
    those devices: `cuts[i]` and `cuts[i + 1]` are the ends of block i; the first is start, the last end.

    Both are empty where there is no path.
    """
    import networkx as nx

    graph = simple_part(network, start, end)
    if start == end or not nx.has_path(graph, start, end):
        return [], []
    tree: nx.Graph[object] = nx.Graph()
    # The stubs take a component for a list of sets.
    blocks: list[frozenset[int]] = [frozenset(each) for each in nx.biconnected_components(graph)]  # type: ignore[arg-type]
    for number, block in enumerate(blocks):
        tree.add_edges_from((("block", number), device) for device in block)
    path = nx.shortest_path(tree, start, end)
    cuts = [device for device in path[::2] if isinstance(device, int)]
    on_the_way = [blocks[each[1]] for each in path[1::2] if isinstance(each, tuple)]
    return [block - {cuts[at], cuts[at + 1]} for at, block in enumerate(on_the_way)], cuts


def _disjoint(network: Network, start: int, end: int, gone: Set[int]) -> int:
    """Count by augmenting paths (Ford and Fulkerson) over devices split into an entry and an exit."""
    if start in gone or end in gone:
        return 0
    before: dict[int, int] = {}  # the paths found so far: each inner device's predecessor and successor
    after: dict[int, int] = {}
    count = int(end in network.neighbours[start])
    while (trail := _augment(network, start, end, gone, before, after)) is not None:
        count += 1
        removed, added = trail
        for one, other in removed:
            after.pop(one, None)
            before.pop(other, None)
        for one, other in added:
            if one != start:
                after[one] = other
            if other != end:
                before[other] = one
    return count


def _augment(
    network: Network, start: int, end: int, gone: Set[int], before: dict[int, int], after: dict[int, int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]] | None:
    """Return the steps to take out of the paths found so far and those to add, for one path more; None for none."""
    first = (start, True)  # (device, at its exit)
    came: dict[tuple[int, bool], tuple[tuple[int, bool], tuple[int, int] | None, bool]] = {}
    queue = [first]
    for state in queue:
        device, leaving = state
        steps: list[tuple[tuple[int, bool], tuple[int, int] | None, bool]] = []
        if leaving:
            for each in network.neighbours[device]:
                if each == end and device != start and after.get(device) != end:
                    steps.append(((end, False), (device, end), True))
                elif each not in (start, end) and each not in gone and network.through[each]:
                    steps += [((each, False), (device, each), True)] if before.get(each) != device else []
            if device in before:
                steps.append(((device, False), None, True))
        elif device in before:
            steps.append(((before[device], True), (before[device], device), False))
        else:
            steps.append(((device, True), None, True))
        for target, step, adds in steps:
            if target in came or target == first:
                continue
            came[target] = (state, step, adds)
            if target == (end, False):
                return _trail(came, target, first)
            queue.append(target)
    return None


def _trail(
    came: dict[tuple[int, bool], tuple[tuple[int, bool], tuple[int, int] | None, bool]],
    state: tuple[int, bool],
    first: tuple[int, bool],
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    removed: list[tuple[int, int]] = []
    added: list[tuple[int, int]] = []
    while state != first:
        state, step, adds = came[state]
        if step is not None:
            (added if adds else removed).append(step)
    return removed, added
