"""Paths between two devices that share no device: how many there are, and which.

Takes by device its neighbours. By Menger's theorem their largest number is the smallest number of devices whose loss
parts the two; found by augmenting paths (Ford and Fulkerson) over devices split into an entry and an exit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from typing import TypeAlias

__all__ = ["Near", "disjoint_count", "disjoint_paths"]

Near: TypeAlias = Mapping[int, Collection[int]]
"""By device its neighbours."""


def disjoint_paths(near: Near, start: int, end: int) -> list[list[int]]:
    """Return a largest set of paths without a common device, each by its inner devices; no direct link among them."""
    before, after = _flow(near, start, end, frozenset())
    found = []
    for device, previous in before.items():
        if previous == start:
            path = [device]
            while (device := after[device]) != end:
                path.append(device)
            found.append(path)
    return found


def disjoint_count(near: Near, start: int, end: int, gone: Set[int]) -> int:
    """Return how many paths without a common device are left without the devices in `gone`; a direct link is one."""
    if start in gone or end in gone:
        return 0
    before, _ = _flow(near, start, end, gone)
    return int(end in near[start]) + sum(previous == start for previous in before.values())


def _flow(near: Near, start: int, end: int, gone: Set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Return, by inner device of as many paths as there can be, the one before it and the one after it."""
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    while (trail := _augment(near, start, end, gone, before, after)) is not None:
        removed, added = trail
        for one, other in removed:
            after.pop(one, None)
            before.pop(other, None)
        for one, other in added:
            if one != start:
                after[one] = other
            if other != end:
                before[other] = one
    return before, after


def _augment(
    near: Near, start: int, end: int, gone: Set[int], before: dict[int, int], after: dict[int, int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]] | None:
    """Return the steps to take out of the paths found so far and those to add, for one path more; None for none."""
    first = (start, True)  # (device, at its exit)
    came: dict[tuple[int, bool], tuple[tuple[int, bool], tuple[int, int] | None, bool]] = {}
    queue = [first]
    for state in queue:
        device, leaving = state
        steps: list[tuple[tuple[int, bool], tuple[int, int] | None, bool]] = []
        if leaving:
            for each in near[device]:
                if each == end and device != start and after.get(device) != end:
                    steps.append(((end, False), (device, end), True))
                elif each not in (start, end) and each not in gone:
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
