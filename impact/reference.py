"""The three fixed points in their plainest form, on the NetworkX graph: sets, and one rule applied until nothing moves.

Takes the graph of `impact.graph`, gives what `impact.states` gives. It is hundreds of times slower and reads like the
definition, so it is what the fast form is tested against, and where to look what a state means.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import networkx as nx

__all__ = ["reference_states"]


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
    providers: dict[str, list[tuple[str, bool]]] = {item: [] for item in items}
    pools: dict[str, dict[str, list[tuple[str, bool]]]] = {item: {} for item in items}
    for consumer, provider, edge in estate.edges(data=True):
        if edge["pool"] is None:
            providers[consumer].append((provider, edge["hard"]))
        else:
            lasts = edge["lasts_minutes"]
            counts = lasts == float("inf") or (minutes is not None and lasts >= minutes)
            pools[consumer].setdefault(edge["pool"], []).append((provider, counts))

    def up_without(item: str, *without: dict[str, int]) -> list[tuple[dict[str, Any], int]]:
        """Return each pool of an item with the number of its members that count and are in none of these sets."""
        known = estate.nodes[item]["pools"]
        return [
            (known[name], sum(counts and not any(member in each for each in without) for member, counts in members))
            for name, members in pools[item].items()
        ]

    def is_down(item: str, fallen: dict[str, int], _: dict[str, int]) -> bool:
        return any(hard and provider in fallen for provider, hard in providers[item]) or any(
            pool["hard"] and up < pool["need"] for pool, up in up_without(item, fallen)
        )

    def is_degraded(item: str, weak: dict[str, int], fallen: dict[str, int]) -> bool:
        return (
            any(provider in weak or (not hard and provider in fallen) for provider, hard in providers[item])
            or any(up < pool["need"] for pool, up in up_without(item, fallen, weak))
            or any(up < (pool["full"] or 0) for pool, up in up_without(item, fallen))
        )

    def is_at_risk(item: str, shaky: dict[str, int], fallen: dict[str, int]) -> bool:
        return (
            any(member in fallen for members in pools[item].values() for member, _ in members)
            or any(hard and provider in shaky for provider, hard in providers[item])
            or any(up < pool["need"] for pool, up in up_without(item, fallen, shaky))
        )

    live = set(items)
    fallen = _least(items, {item: 0 for item in down if item in live}, {}, is_down)
    rest = [item for item in items if item not in fallen]
    weak = _least(rest, {item: 0 for item in degraded if item in live and item not in fallen}, fallen, is_degraded)
    rest = [item for item in rest if item not in weak]
    shaky = _least(rest, {}, fallen, is_at_risk)
    return {
        **{item: ("down", time) for item, time in fallen.items()},
        **{item: ("degraded", time) for item, time in weak.items()},
        **{item: ("at_risk", time) for item, time in shaky.items()},
    }


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
