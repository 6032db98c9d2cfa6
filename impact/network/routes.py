"""Whether pairs of devices are connected, since when not, and by how many paths that share no device.

Takes a Network and pairs of its devices. A path from a to b runs through devices that pass traffic on; a and b need
not. By Menger's theorem the largest number of paths without a common device between them is the smallest number of
devices whose loss parts a from b; a direct link counts as one path, which no device can cut.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Rows
from impact.network.blocks import Way
from impact.network.disjoint import Near, disjoint_count
from impact.network.graph import Network

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["NEVER", "Routes", "simple_part"]

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
    _between: dict[object, frozenset[int]] = field(default_factory=dict, repr=False)
    _graphs: dict[tuple[int, int], Near] = field(default_factory=dict, repr=False)

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
            self._known[key] = disjoint_count(self.near(start, end), start, end, gone)
        return self._known[key]

    def near(self, start: int, end: int) -> Near:
        """Return by device its neighbours, in a graph with as many paths that share no device, whatever is gone."""
        if (start, end) not in self._graphs:
            # With a direct link the smallest path is that link alone, and others are paths beside it all the same.
            direct = end in self.network.neighbours[start]
            self._graphs[start, end] = (
                simple_part(self.network, start, end).adj
                if direct
                else self.network.skeleton.near(start, end, self._through(start, end))
            )
        return self._graphs[start, end]

    def cuts(self, start: int, end: int) -> list[int]:
        """Return the devices that every path uses, in their order, the two ends included; empty where there is none."""
        if end in self.network.neighbours[start]:
            return [start, end]
        ways = self._through(start, end)
        if not ways:
            return []
        common = set(ways[0].devices).intersection(*(way.devices for way in ways[1:])) - {start, end}
        return [start, *(device for device in ways[0].devices if device in common), end]

    def _through(self, start: int, end: int) -> list[Way]:
        """Return the ways from where one device is attached to where another is."""
        network = self.network
        ends = [(one, other) for one in network.attachments(start) for other in network.attachments(end)]
        return [way for pair in ends if (way := network.blocks.way(*pair)) is not None]

    def stretches(self, pair: int) -> list[tuple[int, int, frozenset[int]]]:
        """Return the stretches of a pair: from one device that every path uses to the next, and what lies between.

        Of that, what no smallest path runs through is mostly left out: without it as many paths are left. Stretches
        with a direct link are left out whole, for no device can cut them.
        """
        start, end = int(self.start[pair]), int(self.end[pair])
        if (start, end) not in self._stretches:
            self._stretches[start, end] = [
                (one, other, frozenset(self.near(one, other)) - {one, other})
                for one, other in pairwise(self.cuts(start, end))
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
        ways = self._through(start, end)
        blocks = frozenset(number for way in ways for number in way.blocks)
        ends = frozenset(device for way in ways for device in (way.devices[0], way.devices[-1]))
        key = blocks, ends, start, end
        if key not in self._between:
            inside = ends.union(*(self.network.blocks.blocks[each] for each in blocks))
            self._between[key] = inside - {start, end}
        return self._between[key]

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
