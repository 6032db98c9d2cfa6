"""Turns requirements over the network into virtual rows of a structure, so that every analysis of it counts paths.

Takes `Reach`, gives the rows. Between two devices stand, by the block-cut tree, devices that every path uses: they
are required. Between two of those stands a block: it fails when all its smallest paths do, or, where those are more
than its smallest cuts, when all devices of one cut do. Both say the same exactly. Devices fail, links do not.

A block with more than `LIMIT` of either (fewer in a network of many hundred devices) is told by as many of its shortest
paths as are allowed, a largest set of paths without a common device among them: it then fails at least whenever the
network does, so nothing is reassured that should not be, no device is falsely a single point, and the row stands in
`approximate` (`impact.network.shortened` tells what is certain all the same).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Rows
from impact.network.disjoint import Near, disjoint_paths
from impact.network.graph import Network
from impact.network.reach import Reach
from impact.network.routes import Routes
from impact.network.separation import SearchWork, chordless_paths, minimal_separators

if TYPE_CHECKING:
    from impact.structure import Structure

__all__ = ["LIMIT", "VirtualRows", "with_networks"]

LIMIT: Final = 400
"""How many smallest paths, or cuts, of one block are listed."""
_MOST_SEARCHED: Final = 10_000_000
"""Devices looked at for the smallest paths and cuts of one structure; each takes a fraction of a microsecond."""
_BLOCK_SEARCHED: Final = 1_000_000
"""Of these, for one block."""
_LEAST_SEARCHED: Final = 10_000
"""What is granted to a block when all else is spent."""
_MOST_WORK: Final = 1_000_000
"""Devices looked at for one structure beyond the search for smallest paths; each takes some 15 microseconds."""
_BLOCK_WORK: Final = 100_000
"""Of these, for one block."""
_LEAST_WORK: Final = 2_000
"""What is granted to a block when all else is spent: enough for a small one to be exact."""


@dataclass
class VirtualRows:
    """Rows from `first` on: what each requires, and its pools as (members, how many of them it can lose)."""

    first: int
    limit: int
    requires: list[list[int]] = field(default_factory=list)
    pools: list[list[tuple[list[int], int]]] = field(default_factory=list)
    approximate: list[int] = field(default_factory=list)
    _known: dict[object, int | None] = field(default_factory=dict)
    _work: int = _MOST_WORK
    _search: int = _MOST_SEARCHED

    def add(self, requires: list[int], pools: list[tuple[list[int], int]]) -> int:
        """Add a row and return its number."""
        self.requires.append(requires)
        self.pools.append(pools)
        return self.first + len(self.requires) - 1

    def path(self, routes: Routes, start: int, end: int) -> int | None:
        """Return the row of "a path is left between these devices, which are up themselves"; None for always."""
        if end in routes.network.neighbours[start] or start == end:
            return None
        key = frozenset((_side(routes.network, start), _side(routes.network, end)))
        if key not in self._known:
            self._known[key] = self._path(routes, start, end)
        return self._known[key]

    def requirement(self, reach: Reach, index: int) -> list[int]:
        """Return the rows that a requirement needs beside its provider."""
        pairs = reach.pair_of[reach.pair_ptr[index] : reach.pair_ptr[index + 1]].tolist()
        ends = [(int(reach.routes.start[pair]), int(reach.routes.end[pair])) for pair in pairs]
        rows = [self.path(reach.routes, *pair) for pair in ends]
        return sorted({row for row in rows if row is not None})

    def member(self, provider: int, rows: list[int]) -> int:
        """Return the row of "the provider is up, and so are these rows"."""
        if not rows:
            return provider
        key = ("member", provider, *rows)
        if key not in self._known:
            self._known[key] = self.add([provider, *rows], [])
        row = self._known[key]
        assert row is not None
        return row

    def _path(self, routes: Routes, start: int, end: int) -> int | None:
        network = routes.network
        cuts = routes.cuts(start, end)
        requires = network.rows[cuts[1:-1]].tolist()
        for one, other in pairwise(cuts):
            if other not in network.neighbours[one]:
                key = ("block", *sorted((_side(network, one), _side(network, other)), key=str))
                if key not in self._known:
                    self._known[key] = self._block(routes.near(one, other), one, other, network.rows)
                row = self._known[key]
                requires += [] if row is None else [row]
        return self.add(requires, []) if requires else None

    def _block(self, near: Near, one: int, other: int, rows: Rows) -> int:
        items = rows.tolist()
        before = self._search
        paths = self._sought(self.limit, lambda work: chordless_paths(near, one, other, work))
        granted = self._granted(near)
        most = granted if paths is None else min(len(paths), granted)
        # With all paths at hand cuts could only say the same in fewer words: they are not sought any longer than paths.
        share = _BLOCK_SEARCHED if paths is None else before - self._search
        cuts = self._sought(most, lambda work: minimal_separators(near, one, other, work), share)
        self._work -= len(near) * (most if cuts is None else len(cuts))
        if cuts is not None and (paths is None or sum(map(len, cuts)) < sum(map(len, paths))):
            return self.add([], [([items[device] for device in sorted(cut)], len(cut) - 1) for cut in cuts])
        exact = paths is not None
        listed = paths if paths is not None else _shortest(near, one, other, self._granted(near))
        self._work -= 0 if exact else len(near) * len(listed)
        members = [self.member(items[first], [items[each] for each in rest]) for first, *rest in map(sorted, listed)]
        row = self.add([], [(members, len(members) - 1)])
        if not exact:
            self.approximate.append(row)
        return row

    def _sought(
        self, limit: int, sets: Callable[[SearchWork], Iterator[frozenset[int]]], most: int = _BLOCK_SEARCHED
    ) -> list[frozenset[int]] | None:
        """Return paths or cuts of a block; None where they are more than `limit`, or too far to seek.

        At most so many devices are looked at.
        """
        granted = max(_LEAST_SEARCHED, min(most, self._search))
        work = SearchWork(granted)
        found = list(islice(sets(work), limit + 1))
        self._search -= granted - work.devices
        return None if work.spent or len(found) > limit else found

    def _granted(self, near: Near) -> int:
        """Return how many sets of devices of a block may be listed, so that a large network ends in seconds."""
        work = max(_LEAST_WORK, min(_BLOCK_WORK, self._work))
        return min(self.limit, work // len(near))


def _side(network: Network, device: int) -> tuple[object, ...]:
    """Return what decides the paths of a device: itself, or for one that passes nothing on where it is attached."""
    if network.through[device]:
        return ("at", device)
    return ("by", *network.attachments(device))


def _shortest(near: Near, one: int, other: int, limit: int) -> list[frozenset[int]]:
    """Return a largest set of paths without a common device, and the shortest paths beside, `limit` in all."""
    import networkx as nx

    found = dict.fromkeys(frozenset(path) for path in disjoint_paths(near, one, other))
    if len(found) < limit:
        graph = nx.Graph((device, each) for device, around in near.items() for each in around)
        for path in nx.shortest_simple_paths(graph, one, other):
            found[frozenset(path[1:-1])] = None
            if len(found) >= limit:
                break
    return list(found)


def with_networks(plain: Structure, reach: Reach, membership: Rows) -> Structure:
    """Return a structure in which what is reached over the network needs a path as well.

    `membership` says for each of `plain.members` which membership of the impact graph it is.
    """
    rows = VirtualRows(plain.size, LIMIT)
    members = plain.members.copy()
    extra: list[tuple[int, int]] = []
    for index in range(len(reach)):
        needed = rows.requirement(reach, index)
        if reach.member[index] >= 0:
            members[membership == reach.member[index]] = rows.member(int(reach.provider[index]), needed)
        elif reach.hard[index]:
            extra += [(int(reach.consumer[index]), row) for row in needed]
    virtual = np.arange(rows.first, rows.first + len(rows.requires))
    own = np.repeat(np.arange(plain.size), np.diff(plain.provider_ptr))
    theirs = np.repeat(virtual, [len(each) for each in rows.requires])
    consumer = np.concatenate([own, [pair[0] for pair in extra], theirs])
    provider = np.concatenate(
        [plain.providers, [pair[1] for pair in extra], [row for each in rows.requires for row in each]]
    )
    order = np.lexsort((provider, consumer))
    pools = [pool for each in rows.pools for pool in each]
    return replace(
        plain,
        provider_ptr=_whole(np.searchsorted(consumer[order], np.arange(rows.first + len(virtual) + 1))),
        providers=_whole(provider[order]),
        pool_ptr=_longer(plain.pool_ptr, [len(each) for each in rows.pools]),
        member_ptr=_longer(plain.member_ptr, [len(each) for each, _ in pools]),
        members=_whole(np.concatenate([members, [row for each, _ in pools for row in each]])),
        bears=_whole(np.concatenate([plain.bears, [bears for _, bears in pools]])),
        pool_source=_whole(np.concatenate([plain.pool_source, np.full(len(pools), -1)])),
        approximate=np.array(rows.approximate, np.int64),
    )


def _longer(bounds: Rows, lengths: list[int]) -> Rows:
    return _whole(np.concatenate([bounds, bounds[-1] + np.cumsum(lengths)]))


def _whole(values: NDArray[Any]) -> Rows:
    return values.astype(np.int64)
