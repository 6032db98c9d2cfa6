"""Single points of a network: devices and links whose loss parts two devices that reach each other when all is up.

Takes a Network. Among devices that pass traffic on they are the articulation points and bridges (NetworkX); parallel
links are no bridge. A device that passes nothing on may hang on a single device, or by a single link, beside these.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np

from impact.network.graph import Network

__all__ = ["single_devices", "single_links"]


def single_devices(network: Network) -> list[int]:
    """Return the devices whose loss parts two others."""
    import networkx as nx

    inner: nx.Graph[int] = nx.Graph()
    inner.add_edges_from(zip(*(column.tolist() for column in network.inner_links), strict=True))
    found: set[int] = set(nx.articulation_points(inner))
    parts: list[int] = network.parts(np.zeros(len(network), np.bool_)).tolist()
    size = Counter(parts)
    for device in np.flatnonzero(network.through).tolist():
        if device in found:
            continue
        hanging = [each for each in network.neighbours[device] if not network.through[each]]
        only = [each for each in hanging if _by(network, parts, each).count(parts[device]) == 1]
        # One that hangs on this device alone loses whatever else is in the part; where nothing else is, others like it.
        if only and (size[parts[device]] > 1 or _parted(network, parts, hanging, parts[device])):
            found.add(device)
    return sorted(found)


def _by(network: Network, parts: list[int], device: int) -> list[int]:
    return [parts[each] for each in network.attachments(device)]


def _parted(network: Network, parts: list[int], hanging: list[int], part: int) -> bool:
    """Do two of these reach each other by no other part and no link of their own?"""
    others = {each: set(_by(network, parts, each)) - {part} for each in hanging}
    return any(
        not (others[one] & others[other]) and other not in network.neighbours[one]
        for one, other in combinations(hanging, 2)
    )


def single_links(network: Network) -> list[int]:
    """Return the links whose loss parts two devices, by their place among the links."""
    import networkx as nx

    ends = list(zip(network.link_from.tolist(), network.link_to.tolist(), strict=True))
    doubled = Counter(frozenset(each) for each in ends)
    inner: nx.Graph[int] = nx.Graph()
    inner.add_edges_from(zip(*(column.tolist() for column in network.inner_links), strict=True))
    found_bridges: list[tuple[int, int]] = list(nx.bridges(inner))  # type: ignore[arg-type]
    bridges = {frozenset(each) for each in found_bridges}
    parts = network.parts(np.zeros(len(network), np.bool_)).tolist()
    by_part = {device: Counter(_by(network, parts, device)) for device in np.flatnonzero(~network.through).tolist()}
    found = []
    for link, (start, end) in enumerate(ends):
        if doubled[frozenset((start, end))] > 1:
            continue
        if start in by_part and end in by_part:
            single = not set(by_part[start]) & set(by_part[end])
        elif start in by_part or end in by_part:
            hanging, device = (start, end) if start in by_part else (end, start)
            single = by_part[hanging][parts[device]] == 1
        else:
            single = frozenset((start, end)) in bridges
        if single:
            found.append(link)
    return found
