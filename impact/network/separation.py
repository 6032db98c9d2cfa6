"""The smallest ways through a network and the smallest ways to cut it, between two devices.

Takes a simple graph of one biconnected block and its two ends, gives sets of inner devices. A path that has a short
cut is left out, for whenever all its devices are up those of the shorter path are; what is left are the chordless
paths. A minimal separator is a set of devices that parts the ends, none of which is superfluous.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["SearchWork", "chordless_paths", "minimal_separators"]


class SearchWork:
    """Links that a search for paths may still look at; `spent` once it has looked at more."""

    def __init__(self, links: int) -> None:
        self.links = links

    @property
    def spent(self) -> bool:
        """There is nothing left."""
        return self.links < 0


def chordless_paths(
    graph: nx.Graph[int], start: int, end: int, work: SearchWork | None = None
) -> Iterator[frozenset[int]]:
    """Yield the inner devices of every chordless path, in no order. Every step of the search leads to a path.

    With `work` it ends early when that is spent, and says so there.
    """
    work = work or SearchWork(2**62)
    if graph.has_edge(start, end):
        yield frozenset()
        return
    # (path so far, devices that may not be used: on the path or next to it before its last device)
    waiting: list[tuple[tuple[int, ...], frozenset[int]]] = [((start,), frozenset((start,)))]
    while waiting and not work.spent:
        path, closed = waiting.pop()
        last = path[-1]
        near = set(graph[last])
        if end in near:
            yield frozenset(path[1:])
            continue
        shut = closed | near | {last}
        waiting += [((*path, each), shut) for each in near - closed if _joined(graph, each, end, shut, work)]


def _joined(graph: nx.Graph[int], start: int, end: int, shut: frozenset[int], work: SearchWork) -> bool:
    """Is there a path from start to end that uses none of the devices in `shut` but start?"""
    seen, queue = {start}, [start]
    while queue:
        near = graph[queue.pop()]
        work.links -= len(near)
        for each in near:
            if each == end:
                return True
            if each not in seen and each not in shut:
                seen.add(each)
                queue.append(each)
    return False


def minimal_separators(
    graph: nx.Graph[int], start: int, end: int, work: SearchWork | None = None
) -> Iterator[frozenset[int]]:
    """Yield every minimal set of devices that parts two ends without a direct link.

    From the separator nearest to the start on, by moving one of its devices to the start's side at a time (Shen and
    Liang, Efficient enumeration of all minimal separators in a graph, 1997). With `work` it ends early when that is
    spent, and says so there.
    """
    work = work or SearchWork(2**62)
    if graph.has_edge(start, end):
        return
    first = _separator(graph, frozenset((start,)), end, work)
    seen, waiting = {first}, [first]
    while waiting:
        separator = waiting.pop()
        yield separator
        side = _side(graph, start, separator, work)
        for device in separator:
            if work.spent:
                return
            if not graph.has_edge(device, end):
                found = _separator(graph, side | {device}, end, work)
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)


def _side(graph: nx.Graph[int], start: int, without: frozenset[int], work: SearchWork) -> frozenset[int]:
    """Return the devices that are joined to `start` without those of a set."""
    seen, queue = {start}, [start]
    while queue:
        near = graph[queue.pop()]
        work.links -= len(near)
        for each in near:
            if each not in seen and each not in without:
                seen.add(each)
                queue.append(each)
    return frozenset(seen)


def _separator(graph: nx.Graph[int], side: frozenset[int], end: int, work: SearchWork) -> frozenset[int]:
    """Return the minimal separator next to a side: those of its neighbours that the end's part touches."""
    border = frozenset(each for device in side for each in graph[device]) - side
    work.links -= sum(len(graph[device]) for device in side)
    far = _side(graph, end, border, work)
    return frozenset(each for each in border if any(other in far for other in graph[each]))
