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

__all__ = ["chordless_paths", "minimal_separators"]


def chordless_paths(graph: nx.Graph[int], start: int, end: int) -> Iterator[frozenset[int]]:
    """Yield the inner devices of every chordless path, in no order. Every step of the search leads to a path."""
    if graph.has_edge(start, end):
        yield frozenset()
        return
    # (path so far, devices that may not be used: on the path or next to it before its last device)
    waiting: list[tuple[tuple[int, ...], frozenset[int]]] = [((start,), frozenset((start,)))]
    while waiting:
        path, closed = waiting.pop()
        last = path[-1]
        near = set(graph[last])
        if end in near:
            yield frozenset(path[1:])
            continue
        shut = closed | near | {last}
        waiting += [((*path, each), shut) for each in near - closed if _joined(graph, each, end, shut)]


def _joined(graph: nx.Graph[int], start: int, end: int, shut: frozenset[int]) -> bool:
    """Is there a path from start to end that uses none of the devices in `shut` but start?"""
    seen, queue = {start}, [start]
    while queue:
        for each in graph[queue.pop()]:
            if each == end:
                return True
            if each not in seen and each not in shut:
                seen.add(each)
                queue.append(each)
    return False


def minimal_separators(graph: nx.Graph[int], start: int, end: int) -> Iterator[frozenset[int]]:
    """Yield every minimal set of devices that parts two ends without a direct link.

    From the separator nearest to the start on, by moving one of its devices to the start's side at a time (Shen and
    Liang, Efficient enumeration of all minimal separators in a graph, 1997).
    """
    if graph.has_edge(start, end):
        return
    first = _separator(graph, frozenset((start,)), end)
    seen, waiting = {first}, [first]
    while waiting:
        separator = waiting.pop()
        yield separator
        side = _side(graph, start, separator)
        for device in separator:
            if not graph.has_edge(device, end):
                found = _separator(graph, side | {device}, end)
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)


def _side(graph: nx.Graph[int], start: int, without: frozenset[int]) -> frozenset[int]:
    """Return the devices that are joined to `start` without those of a set."""
    seen, queue = {start}, [start]
    while queue:
        for each in graph[queue.pop()]:
            if each not in seen and each not in without:
                seen.add(each)
                queue.append(each)
    return frozenset(seen)


def _separator(graph: nx.Graph[int], side: frozenset[int], end: int) -> frozenset[int]:
    """Return the minimal separator next to a side: those of its neighbours that the end's part touches."""
    border = frozenset(each for device in side for each in graph[device]) - side
    far = _side(graph, end, border)
    return frozenset(each for each in border if any(other in far for other in graph[each]))
