"""Which requirements of an estate hold only while a path over the network is left.

Takes an engine, gives `Reach`: requirements by column, each with the pairs of devices that must all be connected.

A consumer that reaches a provider over the network starts at itself when it is a device, else at the nearest devices
that it stands on through hard requirements outside pools (a guest starts at its host); the provider ends in the same
way. Every start must reach every end: an item needs all that it stands on. A requirement that cannot be judged, for
want of devices or because the record knows no path even when everything is up, is only a requirement of its provider,
and stands in `unjudged`: it is named in every answer that touches it and never passed over as fine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import IMPACTS, NETWORK_TYPES
from impact.frontier import Rows, positions
from impact.network.graph import Network
from impact.network.routes import Routes

if TYPE_CHECKING:
    from impact.engine import ImpactEngine

__all__ = ["WHY_UNJUDGED", "Reach", "devices_of"]

WHY_UNJUDGED: Final = ("no_device_of_consumer", "no_device_of_provider", "no_path_recorded")
NO_START, NO_END, NO_PATH = range(3)

_MOST_LOOKED_AT: Final = 2_000
"""Pairs whose paths are looked at to tell what serves them: all that rests on each of their devices is looked at."""

_SOFT, _HARD = IMPACTS.index("soft"), IMPACTS.index("hard")


@dataclass(frozen=True)
class Reach:
    """Requirements that hold only while a path is left, and the pairs of devices behind them.

    Requirement r needs the pairs `pair_of[pair_ptr[r] : pair_ptr[r + 1]]` of `routes`. It is a direct requirement
    where `member[r]` is -1, else the membership of that row of the impact graph.
    """

    routes: Routes
    consumer: Rows
    provider: Rows
    hard: NDArray[np.bool_]
    relationship: Rows
    member: Rows
    pair_ptr: Rows
    pair_of: Rows
    unjudged_consumer: Rows
    unjudged_provider: Rows
    unjudged_relationship: Rows
    unjudged_why: Rows
    """Index into `WHY_UNJUDGED`."""
    devices: Mapping[int, list[int]]
    """By item that reaches or is reached: where it is in the network."""

    def starts_of(self, item: int) -> list[int]:
        """Return the devices at which an item that reaches another over the network starts."""
        return self.devices.get(item, [])

    @classmethod
    def of(cls, engine: ImpactEngine) -> Reach:
        """Return what the estate says of reaching over the network."""
        network = Network.of(engine.snapshot)
        maker = _Maker(engine, network)
        requirements = _requirements(engine)
        maker.only_reached = _only_reached(engine, {(each[1], each[2]) for each in requirements})
        for relationship, consumer, provider, hard, member in requirements:
            maker.add(relationship, consumer, provider, hard, member)
        return maker.reach()

    def __len__(self) -> int:
        return len(self.consumer)

    @property
    def network(self) -> Network:
        """The network under the requirements."""
        return self.routes.network

    @cached_property
    def members(self) -> Rows:
        """Memberships of the impact graph that count as up only while a path is left."""
        return np.unique(self.member[self.member >= 0])

    def unjudged_at(self, visited: NDArray[np.bool_]) -> Rows:
        """Return which of the requirements that cannot be judged an answer about these items has to name.

        All of them when a device of the network is among the items, for any of them may rest on it; else those of the
        items themselves.
        """
        if visited[self.network.rows].any():
            return np.arange(len(self.unjudged_consumer))
        return np.flatnonzero(visited[self.unjudged_consumer] | visited[self.unjudged_provider])

    @cached_property
    def by_member(self) -> dict[int, int]:
        """The requirement behind each of those memberships."""
        return {member: index for index, member in enumerate(self.member.tolist()) if member >= 0}

    @cached_property
    def used(self) -> list[frozenset[int]]:
        """By pair: the devices on any path between its two, these included.

        Where there are more pairs than can be looked at, only the two: what is on paths is then not known to be.
        """
        ends = zip(self.routes.start.tolist(), self.routes.end.tolist(), strict=True)
        return [
            (self.routes.between(pair) if self.looked_at else frozenset()) | {start, end}
            for pair, (start, end) in enumerate(ends)
        ]

    @property
    def looked_at(self) -> bool:
        """Whether the pairs are few enough to look at their paths: then `used` is whole."""
        return len(self.routes.start) <= _MOST_LOOKED_AT

    @cached_property
    def followed(self) -> Rows:
        """Rows of the relationships that are links on paths of such pairs: evaluated, though nobody is consumer."""
        network, kept = self.network, np.zeros(len(self.network.link_from), np.bool_)
        inside = np.zeros(len(network), np.bool_)
        for devices in set(self.used):
            inside[:] = False
            inside[list(devices)] = True
            kept |= inside[network.link_from] & inside[network.link_to]
        return network.link_relationship[kept]

    def serving(self, consumers: NDArray[np.bool_]) -> Rows:
        """Return the items on paths that these consumers need."""
        needed = {pair for index in np.flatnonzero(consumers[self.consumer]).tolist() for pair in self.pairs_of(index)}
        devices = sorted({device for pair in needed for device in self.used[pair]})
        return self.network.rows[devices]

    def pairs_of(self, index: int) -> list[int]:
        """Return the pairs behind a requirement."""
        found: list[int] = self.pair_of[self.pair_ptr[index] : self.pair_ptr[index + 1]].tolist()
        return found

    def over_pairs(self, by_pair: NDArray[np.int64], empty: int) -> Rows:
        """Return by requirement the least value of its pairs."""
        least = np.full(len(self), empty, np.int64)
        owner = np.repeat(np.arange(len(self)), np.diff(self.pair_ptr))
        np.minimum.at(least, owner, by_pair[self.pair_of])
        return least


def devices_of(engine: ImpactEngine, network: Network, item: int) -> list[int]:
    """Return the device that an item (by row) is, else the nearest that it stands on; empty where none is known."""
    maker = _Maker(engine, network)
    maker.only_reached = _only_reached(engine, {(each[1], each[2]) for each in _requirements(engine)})
    return maker.devices_of(item)


def _requirements(engine: ImpactEngine) -> list[tuple[int, int, int, bool, int]]:
    """Return (relationship, consumer, provider, hard, membership or -1) of what says it reaches its provider.

    Parallel links of one pair that say the same are one; a member that is also named otherwise still has to be
    reached.
    """
    snapshot, graph = engine.snapshot, engine.graph
    says = snapshot.type_network[snapshot.relationship_types] == NETWORK_TYPES.index("reach")
    followed = np.isin(snapshot.relationship_impact, (_SOFT, _HARD))
    found: dict[tuple[int, int, bool, int], int] = {}
    by_rule = set(graph.member_relationship.tolist()) if (says & followed).any() else set()
    for row in np.flatnonzero(says & followed).tolist():
        ends = int(snapshot.relationship_from[row]), int(snapshot.relationship_to[row])
        consumer, provider = ends if snapshot.relationship_consumer_is_from[row] else ends[::-1]
        text = snapshot.relationship_shown.bytes_at(row)
        shown: dict[str, Any] = msgspec.json.decode(text) if text else {}
        stated = set(shown.get("pools") or ())
        hard = bool(snapshot.relationship_impact[row] == _HARD)
        direct = shown.get("required") or not stated
        if not stated:
            edges = graph.edge_by_consumer[graph.edge_consumer_ptr[consumer] : graph.edge_consumer_ptr[consumer + 1]]
            same = (graph.edge_provider[edges] == provider) & (graph.edge_hard[edges] == hard)
            direct = row not in by_rule and bool(same.any())
        if direct:
            found.setdefault((consumer, provider, hard, -1), row)
        if stated or not direct:
            for member in range(int(graph.member_ptr[provider]), int(graph.member_ptr[provider + 1])):
                pool = int(graph.member_pool[member])
                named = not stated or graph.pool_names[pool] in stated
                if named and graph.pool_consumer[pool] == consumer:
                    found.setdefault((consumer, provider, bool(graph.pool_hard[pool]), member), row)
    return [(row, *key) for key, row in sorted(found.items())]


def _only_reached(engine: ImpactEngine, pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return which of these (consumer, provider) pairs nothing but reaching ties: nobody stands on what it reaches."""
    snapshot = engine.snapshot
    other = snapshot.type_network[snapshot.relationship_types] != NETWORK_TYPES.index("reach")
    ends = np.isin(snapshot.relationship_from, np.array(sorted({each for pair in pairs for each in pair}), np.int64))
    left = set(pairs)
    for row in np.flatnonzero(other & ends & (snapshot.relationship_impact == _HARD)).tolist():
        pair = int(snapshot.relationship_from[row]), int(snapshot.relationship_to[row])
        pair = pair if snapshot.relationship_consumer_is_from[row] else pair[::-1]
        if pair in left:
            text = snapshot.relationship_shown.bytes_at(row)
            shown: dict[str, Any] = msgspec.json.decode(text) if text else {}
            if shown.get("required") or not shown.get("pools"):
                left.discard(pair)
    return left


class _Maker:
    """Collects requirements and the pairs behind them, each pair once."""

    def __init__(self, engine: ImpactEngine, network: Network) -> None:
        self.engine, self.network = engine, network
        self.only_reached: set[tuple[int, int]] = set()
        self.devices: dict[int, list[int]] = {}
        self.pairs: dict[tuple[int, int], int] = {}
        self.rows: list[tuple[int, int, bool, int, int]] = []
        self.needs: list[list[int]] = []
        self.unjudged: dict[tuple[int, int, int], int] = {}

    def add(self, relationship: int, consumer: int, provider: int, hard: bool, member: int) -> None:
        """Take a requirement, among those that cannot be judged where an end is in no network."""
        starts, ends = self.devices_of(consumer), self.devices_of(provider)
        if not starts or not ends:
            self.unjudged.setdefault((consumer, provider, NO_START if not starts else NO_END), relationship)
            return
        self.rows.append((consumer, provider, hard, relationship, member))
        self.needs.append(
            [
                self.pairs.setdefault((min(start, end), max(start, end)), len(self.pairs))
                for start in starts
                for end in ends
                if start != end
            ]
        )

    def devices_of(self, item: int) -> list[int]:
        """Return the device an item is, else the nearest ones that it stands on."""
        found = self.devices.get(item)
        if found is None:
            found = self.devices[item] = self._nearest(item)
        return found

    def _nearest(self, item: int) -> list[int]:
        graph, place = self.engine.graph, self.network.place
        seen, level = {item}, np.array([item], np.int64)
        while len(level):
            here = place[level]
            if (here >= 0).any():
                return sorted(set(here[here >= 0].tolist()))
            edges = graph.edge_by_consumer[positions(graph.edge_consumer_ptr, level)]
            edges = edges[graph.edge_hard[edges]]
            pairs = zip(graph.edge_consumer[edges].tolist(), graph.edge_provider[edges].tolist(), strict=True)
            below = {pair[1] for pair in pairs if pair not in self.only_reached} - seen
            seen |= below
            level = np.array(sorted(below), np.int64)
        return []

    def reach(self) -> Reach:
        """Return all that was taken; pairs that no path joins with everything up cannot be judged."""
        keys = list(self.pairs)
        everything = Routes(self.network, _column([key[0] for key in keys]), _column([key[1] for key in keys]))
        joined = everything.connected(np.zeros(len(self.network), np.bool_)) if keys else np.zeros(0, np.bool_)
        number = np.cumsum(joined) - 1
        kept, needs = [], []
        for row, pairs in zip(self.rows, self.needs, strict=True):
            if not all(joined[pairs]):
                self.unjudged.setdefault((row[0], row[1], NO_PATH), row[3])
            judged = [int(number[pair]) for pair in pairs if joined[pair]]
            if judged:
                kept.append(row)
                needs.append(sorted(set(judged)))
        return Reach(
            routes=Routes(self.network, everything.start[joined], everything.end[joined]),
            consumer=_column([row[0] for row in kept]),
            provider=_column([row[1] for row in kept]),
            hard=np.array([row[2] for row in kept], np.bool_),
            relationship=_column([row[3] for row in kept]),
            member=_column([row[4] for row in kept]),
            pair_ptr=np.cumsum(np.array([0, *map(len, needs)], np.int64)),
            pair_of=_column([pair for each in needs for pair in each]),
            unjudged_consumer=_column([key[0] for key in self.unjudged]),
            unjudged_provider=_column([key[1] for key in self.unjudged]),
            unjudged_relationship=_column(list(self.unjudged.values())),
            unjudged_why=_column([key[2] for key in self.unjudged]),
            devices=self.devices,
        )


def _column(values: list[int]) -> Rows:
    return np.array(values, np.int64)
