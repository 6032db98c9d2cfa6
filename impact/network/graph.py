"""The network of an estate: devices in service and the links between them, parallel ones kept.

Takes a Snapshot, gives `Network` (columns) or a NetworkX MultiGraph. The catalogue says which relationship types are
links, and what a network makes of the items of a class:

- **through**: traffic runs through the item (a switch, a router, a line);
- **end**: it only ends there. A server with two cards passes nothing on, so it is no path between two switches;
- **none**: the item is no part of a network (a place), and links to it are no links.

An item with a link to another is a *device*. Links do not fail by themselves; a line that may fail is an item with a
link at each end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import NETWORK_ENDS, NETWORK_TYPES, Snapshot
from impact.frontier import Rows
from impact.network.blocks import BlockTree
from impact.network.skeleton import Skeleton

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Network", "network_graph"]

_LINK: Final = NETWORK_TYPES.index("link")
_NONE, _THROUGH = NETWORK_ENDS.index("none"), NETWORK_ENDS.index("through")


@dataclass(frozen=True)
class Network:
    """Devices by number, in the order of their rows, and the links between them."""

    rows: Rows
    """By device: its row in the snapshot."""
    place: Rows
    """By item row: its device number, -1 for an item that is no device."""
    through: NDArray[np.bool_]
    """By device: does traffic run through it?"""
    link_from: Rows
    link_to: Rows
    """By link: its two devices. Parallel links stand here each by itself."""
    link_relationship: Rows
    """By link: the row of its relationship."""

    @classmethod
    def of(cls, snapshot: Snapshot, down: NDArray[np.bool_] | None = None) -> Network:
        """Return the network of a snapshot; items out of service are not in it, nor those `down` (by item row)."""
        ends = snapshot.class_network[snapshot.class_codes] if len(snapshot) else np.zeros(0, np.int8)
        joins = snapshot.in_service & (ends != _NONE)
        if down is not None:
            joins &= ~down
        links = np.flatnonzero(snapshot.type_network[snapshot.relationship_types] == _LINK)
        start, end = snapshot.relationship_from[links], snapshot.relationship_to[links]
        kept = joins[start] & joins[end] & (start != end)
        links, start, end = links[kept], start[kept].astype(np.int64), end[kept].astype(np.int64)
        rows = np.unique(np.concatenate([start, end]))
        place = np.full(len(snapshot), -1, np.int64)
        place[rows] = np.arange(len(rows))
        return cls(rows, place, ends[rows] == _THROUGH, place[start], place[end], links)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def neighbours(self) -> list[list[int]]:
        """By device: the devices it has links to, each once, in order."""
        found: list[set[int]] = [set() for _ in range(len(self))]
        for start, end in zip(self.link_from.tolist(), self.link_to.tolist(), strict=True):
            found[start].add(end)
            found[end].add(start)
        return [sorted(each) for each in found]

    @cached_property
    def blocks(self) -> BlockTree:
        """The blocks of the devices that traffic runs through."""
        passes = self.through.tolist()
        return BlockTree(
            {
                device: frozenset(each for each in self.neighbours[device] if passes[each])
                for device in np.flatnonzero(self.through).tolist()
            }
        )

    @cached_property
    def skeleton(self) -> Skeleton:
        """Which devices matter between two ends."""
        return Skeleton(self.blocks)

    @cached_property
    def inner_links(self) -> tuple[Rows, Rows]:
        """The ends of the links that traffic may run through from one side to the other."""
        inner = self.through[self.link_from] & self.through[self.link_to]
        return self.link_from[inner], self.link_to[inner]

    def parts(self, gone: NDArray[np.bool_]) -> Rows:
        """Return by device which connected part of the network it is in when `gone` are down.

        Only devices that traffic runs through are in a part; -1 for all others.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        start, end = self.inner_links
        alive = ~(gone[start] | gone[end])
        matrix = csr_array(
            (np.ones(int(alive.sum()), np.int8), (start[alive], end[alive])), shape=(len(self), len(self))
        )
        labels = connected_components(matrix, directed=False)[1].astype(np.int64)
        labels[gone | ~self.through] = -1
        return labels

    def attachments(self, device: int) -> list[int]:
        """Return where a path from or to this device begins: itself when it passes on, else its neighbours that do."""
        if self.through[device]:
            return [device]
        return [each for each in self.neighbours[device] if self.through[each]]


def network_graph(snapshot: Snapshot) -> nx.MultiGraph[str]:
    """Return the network by record ids, with `name`, `class` and `through` of each device and `type` of each link.

    >>> nx.is_connected(network_graph(snapshot))                                            # doctest: +SKIP
    """
    # Only here, for the toolbox takes longer to import than most questions take to answer.
    import networkx as nx

    network = Network.of(snapshot)
    graph: nx.MultiGraph[str] = nx.MultiGraph(revision=snapshot.revision, record=snapshot.record_uuid)
    ids = [snapshot.id_at(row) for row in network.rows.tolist()]
    for id_, row, through in zip(ids, network.rows.tolist(), network.through.tolist(), strict=True):
        graph.add_node(id_, **{"name": snapshot.name_at(row), "class": snapshot.class_at(row), "through": through})
    types = snapshot.relationship_types
    for start, end, link in zip(
        network.link_from.tolist(), network.link_to.tolist(), network.link_relationship.tolist(), strict=True
    ):
        graph.add_edge(ids[start], ids[end], type=snapshot.type_names[types[link]])
    return graph
