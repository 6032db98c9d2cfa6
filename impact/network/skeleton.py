"""What of a network smallest paths can run through; all else stands aside.

Takes who is linked with whom, gives for two ends a small graph with the same smallest paths between them, and so the
same smallest cuts, the same devices on every path, and as many paths that share no device, whatever is down.

What parts from the rest by devices that are all linked with each other (a clique separator; Tarjan, Decomposition by
clique separators, 1985) lies on no smallest path between ends outside it: a path into it and out again has a short cut.
Two shapes of it are common enough, and quick to find: a device whose neighbours are all linked with each other, such as
an access switch on two distribution switches, and a chain of devices with two links each (a ring of access switches)
between two that are linked, or between one and itself. They are taken away until none is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import networkx as nx
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Skeleton"]

_Near: TypeAlias = dict[int, frozenset[int]]
_NOBODY: Final[frozenset[int]] = frozenset()


class Skeleton:
    """The devices of a network that pass traffic on, and which of them matter between two ends."""

    def __init__(self, neighbours: Sequence[Sequence[int]], through: NDArray[np.bool_]) -> None:
        self._passes = through.tolist()
        self._neighbours = neighbours
        self.passing: dict[int, frozenset[int]] = {
            device: frozenset(each for each in neighbours[device] if self._passes[each])
            for device, passes in enumerate(self._passes)
            if passes
        }
        """By device that passes traffic on: its neighbours that do."""
        left: _Near = dict(self.passing)
        self._above: dict[int, frozenset[int]] = {}
        """By device that was taken away: those that stand when it does, for two ends at it or beyond it."""
        for step in _taken_away(left, list(left), _NOBODY):
            for device in step.devices:
                self._above[device] = step.ends.union(step.devices) - {device}
        self._core: list[_Near] = []
        """What is left of each connected part, by device its neighbours. Every question shares these."""
        self._part: dict[int, int] = {}
        for part in _parts(left):
            self._part.update(dict.fromkeys(part, len(self._core)))
            self._core.append({device: left[device] for device in part})

    def near(self, start: int, end: int) -> dict[int, frozenset[int]]:
        """Return, by device of the graph between two, its neighbours; the two stand in it though no path joins them."""
        left, added = self._between(start, end)
        for _ in _taken_away(left, added, frozenset((start, end))):
            pass
        return left

    def graph(self, start: int, end: int) -> nx.Graph[int]:
        """Return the same for NetworkX."""
        import networkx as nx

        left = self.near(start, end)
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from((start, end))
        graph.add_edges_from(
            (device, each) for device in sorted(left) for each in sorted(left[device]) if device < each
        )
        return graph

    def _between(self, start: int, end: int) -> tuple[_Near, list[int]]:
        """Return the core where two devices touch it, with what stands for their sake; and that by itself."""
        attached = {
            device: self.passing.get(device)
            or frozenset(each for each in self._neighbours[device] if self._passes[each])
            for device in (start, end)
        }
        if end in self._neighbours[start]:
            attached = {start: attached[start] | {end}, end: attached[end] | {start}}
        touched = [each for device in attached for each in ((device,) if device in self.passing else attached[device])]
        added = self._standing(each for each in touched if self._passes[each])
        fresh = {device: self.passing[device] for device in added} | attached
        touched += [each for near in fresh.values() for each in near]
        left: _Near = {}
        for part in {self._part[each] for each in touched if each in self._part}:
            left.update(self._core[part])
        for device in fresh:
            left.setdefault(device, _NOBODY)
        more: dict[int, set[int]] = {}
        for device, near in fresh.items():
            for each in near:
                if each in left:
                    more.setdefault(device, set()).add(each)
                    more.setdefault(each, set()).add(device)
        for device, beside in more.items():
            left[device] = left[device].union(beside)
        return left, [device for device in fresh if device not in attached]

    def _standing(self, devices: Iterable[int]) -> dict[int, None]:
        """Return what of these devices is no part of the core, and what else must stand for their sake."""
        found: dict[int, None] = {}
        stack = list(devices)
        while stack:
            device = stack.pop()
            if device not in found and device not in self._part:
                found[device] = None
                stack += self._above[device]
        return found


class _Step(NamedTuple):
    """Devices that are taken away together, and the linked ones they hang on."""

    devices: frozenset[int]
    ends: frozenset[int]


def _parts(near: _Near) -> Iterator[list[int]]:
    """Give the devices of each connected part."""
    seen: set[int] = set()
    for root in near:
        if root in seen:
            continue
        seen.add(root)
        found = [root]
        for device in found:
            fresh = near[device] - seen
            seen |= fresh
            found += sorted(fresh)
        yield found


def _taken_away(near: _Near, waiting: list[int], kept: Set[int]) -> Iterator[_Step]:
    """Take from a graph, by device its neighbours, what no smallest path between `kept` devices runs through.

    `waiting` are those that may have to go; what goes may make others go.
    """
    while waiting:
        device = waiting.pop()
        if device not in near or device in kept:
            continue
        step = _hanging(near, kept, device)
        if step is None:
            continue
        for each in step.devices:
            del near[each]
        for each in step.ends:
            near[each] = near[each] - step.devices
        waiting += step.ends
        yield step


def _hanging(near: _Near, kept: Set[int], device: int) -> _Step | None:
    """Return a device, or the chain it stands in, if it hangs on devices that are all linked with each other."""
    around = near[device]
    most = len(around) - 1
    if all(len(near[each]) > most and len(near[each] & around) == most for each in around):
        return _Step(frozenset((device,)), around)
    if most != 1:
        return None
    chain = {device}
    ends: list[int] = []
    for each in around:
        before, here = device, each
        while here not in kept and len(near[here]) == 2 and here not in chain:
            chain.add(here)
            (following,) = near[here] - {before}
            before, here = here, following
        ends.append(here)
    one, other = ends
    if one in chain or other in chain:  # a ring with nothing beside it
        return None
    return _Step(frozenset(chain), frozenset(ends)) if one == other or other in near[one] else None
