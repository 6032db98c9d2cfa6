"""What of a network smallest paths can run through; all else stands aside.

Takes the block-cut tree of a network, gives for two ends a small graph with the same smallest paths between them, so
the same smallest cuts, the same devices on every path, and as many paths that share no device, whatever is down.

What parts from the rest by devices that are all linked with each other (a clique separator; Tarjan, Decomposition by
clique separators, 1985) lies on no smallest path between ends outside it: a path into it and out again has a short cut.
Two shapes of it are common enough, and quick to find: a device whose neighbours are all linked with each other, such as
an access switch on two distribution switches, and a chain of devices with two links each (a ring of access switches)
between two that are linked, or between one and itself. They are taken away until none is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final, NamedTuple, TypeAlias

from impact.network.blocks import BlockTree, Way

__all__ = ["Skeleton"]

_Near: TypeAlias = dict[int, frozenset[int]]
_NOBODY: Final[frozenset[int]] = frozenset()


class Skeleton:
    """Which devices of a network matter between two ends, block by block; each is looked at when it is first met."""

    def __init__(self, tree: BlockTree) -> None:
        self._tree = tree
        self._known: dict[int, _Reduced] = {}

    def near(self, start: int, end: int, ways: Sequence[Way]) -> dict[int, frozenset[int]]:
        """Return, by device of the graph between two, its neighbours; the two stand in it though no path joins them.

        `ways` are those from where the one is attached to where the other is, through the block-cut tree. A direct
        link of the two is no part of the graph.
        """
        met = {device for way in ways for device in way.devices}
        left: _Near = dict.fromkeys((start, end, *sorted(met)), _NOBODY)
        added: list[int] = []
        for number in sorted({number for way in ways for number in way.blocks}):
            block = self._reduced(number)
            standing = block.standing(met)
            for device, near in block.core.items():
                left[device] = left.get(device, _NOBODY) | near
            for device in standing:
                near = frozenset(each for each in block.near(device) if each in block.core or each in standing)
                left[device] = left.get(device, _NOBODY) | near
                for each in near:
                    left[each] = left.get(each, _NOBODY) | {device}
            added += standing
        for way in ways:
            for end_, attached in ((start, way.devices[0]), (end, way.devices[-1])):
                if end_ != attached:
                    left[end_] |= {attached}
                    left[attached] |= {end_}
        for _ in _taken_away(left, added, frozenset((start, end))):
            pass
        return left

    def _reduced(self, number: int) -> _Reduced:
        if number not in self._known:
            self._known[number] = _Reduced(self._tree.near, self._tree.blocks[number])
        return self._known[number]


class _Reduced:
    """One block without what lies on no smallest path between ends outside it."""

    def __init__(self, near: Mapping[int, frozenset[int]], devices: frozenset[int]) -> None:
        self._near = near
        self._devices = devices
        self.core: _Near = {device: near[device] & devices for device in sorted(devices)}
        """What is left, by device its neighbours. Every question shares it."""
        self._above: dict[int, frozenset[int]] = {}
        """By device that was taken away: those that stand when it does, for two ends at it or beyond it."""
        for step in _taken_away(self.core, list(self.core), _NOBODY):
            for device in step.devices:
                self._above[device] = step.ends.union(step.devices) - {device}

    def near(self, device: int) -> frozenset[int]:
        """Return the neighbours of a device within the block."""
        return self._near[device] & self._devices

    def standing(self, devices: Set[int]) -> dict[int, None]:
        """Return what of these devices was taken away, and what else of that must stand for their sake."""
        found: dict[int, None] = {}
        stack = sorted(self._above.keys() & devices)
        while stack:
            device = stack.pop()
            if device not in found:
                found[device] = None
                stack += [each for each in self._above[device] if each in self._above]
        return found


class _Step(NamedTuple):
    """Devices that are taken away together, and the linked ones they hang on."""

    devices: frozenset[int]
    ends: frozenset[int]


def _taken_away(near: _Near, waiting: list[int], kept: Set[int]) -> Iterator[_Step]:
    """Take from a graph, by device its neighbours, what no smallest path between `kept` devices runs through.

    `waiting` are those that may have to go; what goes may make others go.
    """
    stays: set[int] = set()
    while waiting:
        device = waiting.pop()
        if device not in near or device in kept or device in stays:
            continue
        step = _hanging(near, kept, device, stays)
        if step is None:
            continue
        for each in step.devices:
            del near[each]
        for each in step.ends:
            near[each] = near[each] - step.devices
        waiting += step.ends
        stays -= step.ends
        yield step


def _hanging(near: _Near, kept: Set[int], device: int, stays: set[int]) -> _Step | None:
    """Return a device, or the chain it stands in, if it hangs on devices that are all linked with each other.

    A chain that does not is added to `stays`, for its other devices need not be asked: until an end of it changes.
    """
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
    ring = one in chain or other in chain  # with nothing beside it
    if not ring and (one == other or other in near[one]):
        return _Step(frozenset(chain), frozenset(ends))
    stays |= chain
    return None
