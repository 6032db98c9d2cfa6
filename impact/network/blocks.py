"""The block-cut tree of a network: which devices lie on any path between two that visits no device twice.

Takes who is linked with whom, made once for all pairs. Blocks are the biconnected parts (Hopcroft and Tarjan, 1973);
they and the devices they hang together by form a tree, and the blocks between two devices are those on its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["BlockTree", "Way"]


class BlockTree:
    """The blocks of a graph, given by device its neighbours."""

    def __init__(self, near: Mapping[int, frozenset[int]]) -> None:
        import networkx as nx

        self.near = near
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(near)
        graph.add_edges_from((device, each) for device, around in near.items() for each in around if device < each)
        # The stubs take a component for a list of sets.
        self.blocks: list[frozenset[int]] = [frozenset(each) for each in nx.biconnected_components(graph)]  # type: ignore[arg-type]
        inside: dict[int, list[int]] = {device: [] for device in near}
        for number, block in enumerate(self.blocks):
            for device in block:
                inside[device].append(number)
        self._above: dict[int, tuple[int, int]] = {}
        """By device: the block towards the root of its tree, and the device by which that hangs on the next."""
        self._depth: dict[int, int] = {}
        for root in near:
            if root in self._depth:
                continue
            self._depth[root] = 0
            stack = [root]
            while stack:
                device = stack.pop()
                came = self._above[device][0] if device in self._above else -1
                for number in inside[device]:
                    if number == came:
                        continue
                    for each in self.blocks[number] - {device}:
                        self._above[each] = number, device
                        self._depth[each] = self._depth[device] + 1
                        stack.append(each)

    def way(self, one: int, other: int) -> Way | None:
        """Return the way through the tree from one device to another; None where no path joins them."""
        first, last, blocks = [one], [other], set()
        while one != other:
            up, down = (first, last) if self._depth[one] >= self._depth[other] else (last, first)
            if up[-1] not in self._above:
                return None
            number, following = self._above[up[-1]]
            blocks.add(number)
            # Two devices of one block hang on the same device, which is no step between them.
            if down[-1] in self._above and self._above[down[-1]][0] == number:
                return Way([*first, *reversed(last)], blocks)
            up.append(following)
            one, other = first[-1], last[-1]
        return Way([*first, *reversed(last[:-1])], blocks)


class Way(NamedTuple):
    """The way through a block-cut tree from one device to another."""

    devices: list[int]
    """Those that every path uses, in their order, the two themselves included."""
    blocks: set[int]
    """Numbers of the blocks between them."""
