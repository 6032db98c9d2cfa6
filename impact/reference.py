"""The three fixed points in their plainest form, on the NetworkX graph: sets, and one rule applied until nothing moves.

Takes the graph of `impact.graph`, gives what `impact.states` gives. It is hundreds of times slower and reads like the
definition, so it is what the fast form is tested against, and where to look what a state means.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise
from typing import Any

import networkx as nx

__all__ = ["reference_states"]

Pairs = tuple[tuple[str, str], ...]


def reference_states(
    estate: nx.MultiDiGraph[str],
    down: Collection[str],
    *,
    minutes: float | None = None,
    degraded: Collection[str] = (),
) -> dict[str, tuple[str, int]]:
    """Return (state, distance) of every item of `estate` that is not unaffected.

    `down` are the ids of all items that are down for outside reasons: what is in maintenance is not added.
    """
    items = [item for item, values in estate.nodes.items() if values["in_service"]]
    network = _Network(estate.graph.get("network"))
    providers: dict[str, list[tuple[str, bool, Pairs]]] = {item: [] for item in items}
    pools: dict[str, dict[str, list[tuple[str, bool, Pairs]]]] = {item: {} for item in items}
    for consumer, provider, edge in estate.edges(data=True):
        pairs = edge.get("reached", ())
        if edge["pool"] is None:
            providers[consumer].append((provider, edge["hard"], pairs))
        else:
            lasts = edge["lasts_minutes"]
            counts = lasts == float("inf") or (minutes is not None and lasts >= minutes)
            pools[consumer].setdefault(edge["pool"], []).append((provider, counts, pairs))

    def fails(provider: str, pairs: Pairs, *gone: dict[str, int]) -> bool:
        """Is a provider in one of these sets, or no longer reached without the devices in them?"""
        return any(provider in each for each in gone) or not all(network.path(*pair, *gone) for pair in pairs)

    def poorer(pairs: Pairs, fallen: dict[str, int]) -> bool:
        """Has a stretch of one of these pairs fewer paths that share no device than when everything is up?"""
        return any(
            network.paths(*pair, *stretch, fallen) < network.paths(*pair, *stretch, {})
            for pair in pairs
            for stretch in network.stretches(*pair)
        )

    def up_without(item: str, *gone: dict[str, int], poor: bool = True) -> list[tuple[dict[str, Any], int]]:
        """Return each pool of an item with the number of its members that count and stand without what is gone.

        Where `poor` is False, members that lost a path to what is gone first do not count either.
        """
        known = estate.nodes[item]["pools"]
        return [
            (
                known[name],
                sum(
                    counts and not fails(member, pairs, *gone) and (poor or not poorer(pairs, gone[0]))
                    for member, counts, pairs in members
                ),
            )
            for name, members in pools[item].items()
        ]

    def is_down(item: str, fallen: dict[str, int], _: dict[str, int]) -> bool:
        return any(hard and fails(provider, pairs, fallen) for provider, hard, pairs in providers[item]) or any(
            pool["hard"] and up < pool["need"] for pool, up in up_without(item, fallen)
        )

    def is_degraded(item: str, weak: dict[str, int], fallen: dict[str, int]) -> bool:
        return (
            any(
                provider in weak
                or (not hard and provider in fallen)
                or (pairs and fails(provider, pairs, fallen, weak))
                for provider, hard, pairs in providers[item]
            )
            or any(up < pool["need"] for pool, up in up_without(item, fallen, weak))
            or any(up < (pool["full"] or 0) for pool, up in up_without(item, fallen))
        )

    def is_at_risk(item: str, shaky: dict[str, int], fallen: dict[str, int]) -> bool:
        return (
            any(fails(member, pairs, fallen) for members in pools[item].values() for member, _, pairs in members)
            or any(
                hard
                and (provider in shaky or poorer(pairs, fallen) or (pairs and fails(provider, pairs, fallen, shaky)))
                for provider, hard, pairs in providers[item]
            )
            or any(up < pool["need"] for pool, up in up_without(item, fallen, shaky, poor=False))
        )

    live = set(items)
    fallen = _least(items, {item: 0 for item in down if item in live}, {}, is_down)
    rest = [item for item in items if item not in fallen]
    weak = _least(rest, {item: 0 for item in degraded if item in live and item not in fallen}, fallen, is_degraded)
    rest = [item for item in rest if item not in weak]
    shaky = _least(rest, {}, fallen, is_at_risk)
    affected = {**fallen, **weak, **shaky}
    new_points = _new_points(items, is_down, set(fallen))

    def next_to(item: str, provider: str, pairs: Pairs, now: dict[str, int]) -> bool:
        """Is a provider in no good state, or a device on any path on which it may be reached?"""
        return provider in now or any(
            device in now and device != item for pair in pairs for device in network.between(*pair)
        )

    def is_exposed(item: str, exposed: dict[str, int], present: dict[str, int]) -> bool:
        """At risk by the third rule next to an item in no good state, or for what is at risk by it."""
        now = {**present, **exposed}
        shaken = {each: when for each, when in now.items() if each in exposed or each in shaky}
        near = any(hard and next_to(item, provider, pairs, now) for provider, hard, pairs in providers[item]) or any(
            counts and next_to(item, member, pairs, now)
            for name, members in pools[item].items()
            for member, counts, pairs in members
            if estate.nodes[item]["pools"][name]["hard"]
        )
        return (item in new_points and near) or is_at_risk(item, shaken, {})

    rest = [item for item in rest if item not in shaky] if new_points else []
    exposed = _least(rest, {}, affected, is_exposed)
    return {
        **{item: ("down", time) for item, time in fallen.items()},
        **{item: ("degraded", time) for item, time in weak.items()},
        **{item: ("at_risk", time) for item, time in {**shaky, **exposed}.items()},
    }


def _new_points(
    items: list[str], is_down: Callable[[str, dict[str, int], dict[str, int]], bool], fallen: set[str]
) -> dict[str, set[str]]:
    """Return per item, where there are any, the items whose loss alone brings it down now, and would not by design."""

    def falls(lost: set[str]) -> set[str]:
        return set(_least([item for item in items if item not in lost], dict.fromkeys(lost, 0), {}, is_down))

    found: dict[str, set[str]] = {}
    for point in items:
        if point not in fallen:
            for item in falls(fallen | {point}) - falls({point}) - fallen - {point}:
                found.setdefault(item, set()).add(point)
    return found


class _Network:
    """Paths in their plainest form."""

    def __init__(self, network: nx.MultiGraph[str] | None) -> None:
        self.network = network

    def part(self, start: str, end: str, *gone: dict[str, int]) -> nx.Graph[str]:
        """Return the devices that a path may use when these are gone, each link once."""
        assert self.network is not None
        return nx.Graph(
            self.network.subgraph(
                device
                for device, values in self.network.nodes.items()
                if not any(device in each for each in gone) and (values["through"] or device in (start, end))
            )
        )

    def path(self, start: str, end: str, *gone: dict[str, int]) -> bool:
        """Is there a path?"""
        part = self.part(start, end, *gone)
        return start in part and end in part and nx.has_path(part, start, end)

    def between(self, start: str, end: str) -> set[str]:
        """Return the devices on any path that visits none twice: those that a circle through both ends would visit."""
        part = self.part(start, end)
        part.add_edge(start, end)
        blocks: Any = nx.biconnected_components(part)
        return next(set(block) for block in blocks if start in block and end in block)

    def stretches(self, start: str, end: str) -> list[tuple[str, str]]:
        """Return the stretches between devices that every path uses, without those that have a direct link."""
        part = self.part(start, end)
        path = nx.shortest_path(part, start, end)
        used = [start, *(each for each in path[1:-1] if not self.path(start, end, {each: 0})), end]
        return [pair for pair in pairwise(used) if not part.has_edge(*pair)]

    def paths(self, start: str, end: str, one: str, other: str, gone: dict[str, int]) -> int:
        """Return how many paths between one and other, of those from start to end, there are that share no device."""
        part = self.part(start, end, gone)
        if one not in part or other not in part or not nx.has_path(part, one, other):
            return 0
        return len(list(nx.node_disjoint_paths(part, one, other)))


def _least(
    candidates: list[str],
    seeds: dict[str, int],
    fallen: dict[str, int],
    holds: Callable[[str, dict[str, int], dict[str, int]], bool],
) -> dict[str, int]:
    """Return the least set closed under `holds`, each item with its round; items of `fallen` enter at their own."""
    members = dict(seeds)
    last = max(fallen.values(), default=0)
    time = 0
    while True:
        present = {item: when for item, when in fallen.items() if when <= time}
        found = [item for item in candidates if item not in members and holds(item, members, present)]
        if not found and time > last:
            return members
        time += 1
        members.update((item, time) for item in found)
