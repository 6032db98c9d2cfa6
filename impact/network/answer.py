"""Answers about networks: takes a Snapshot and perhaps two items, gives a finding. See `impact.network.finding`."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import UsageError
from cmdb.snapshot import Snapshot
from impact.availability.inputs import DEFAULT, NO_DATA, own_inputs
from impact.breaks import rows_of
from impact.caveats import named, number_of
from impact.engine import ImpactEngine
from impact.network.finding import Device, LinkRow, NetworkFinding, Part, Probability, Route, RoutesFinding
from impact.network.graph import Network
from impact.network.reach import devices_of
from impact.network.reliability import all_terminal, two_terminal
from impact.network.routes import Routes, simple_part
from impact.network.singles import single_devices, single_links

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["RELIABILITY_SECONDS", "network_of", "routes_of"]

RELIABILITY_SECONDS: Final = 10.0
"""Time for the probabilities of one answer, unless another is given."""
_LEAST_SECONDS: Final = 0.01

Method = Literal["exact", "interval"]

_OWN: Final = (
    "availability counts the own failures of devices; links do not fail, and what devices stand on (power, rooms) is "
    "left out: cmdb availability counts it"
)


def network_of(
    snapshot: Snapshot,
    *,
    reliability: bool = False,
    seconds: float | None = RELIABILITY_SECONDS,
    down: NDArray[np.bool_] | None = None,
) -> NetworkFinding:
    """Return the network of the estate; with `reliability` also how likely each part hangs together.

    `seconds` limits the time for that (None: no limit), after which intervals stand in. Devices that are `down` (by
    item row) are not in it. Raises UsageError for a time that is not above 0.
    """
    clock = _Clock(seconds)
    network, teller = Network.of(snapshot, down), _Teller(snapshot)
    labels = network.parts(np.zeros(len(network), np.bool_))
    parts, warnings = [], []
    for label in np.unique(labels[labels >= 0]).tolist():
        inside = np.flatnonzero(labels == label).tolist()
        hanging = {each for device in inside for each in network.neighbours[device] if not network.through[each]}
        links = int(np.count_nonzero((labels[network.link_from] == label) | (labels[network.link_to] == label)))
        chance = None
        if reliability:
            graph = teller.graph(network).subgraph(inside)
            found = all_terminal(graph, up=teller.up(network, inside), seconds=clock.left())
            chance = teller.probability(network, inside, found.low, found.high, found.method)
        example = teller.device(network, inside[0])
        parts.append(Part(devices=len(inside), ends=len(hanging), links=links, example=example, all_terminal=chance))
    parts.sort(key=lambda each: (-each.devices - each.ends, each.example.name))
    points, bridges = single_devices(network), single_links(network)
    if not len(network):
        warnings.append("no links are recorded: relate devices with connects_to, or import their cables")
    elif not network.through.any():
        warnings.append("no device passes traffic on: record the switches and routers as such (cmdb catalogue)")
    if reliability:
        warnings += [_OWN, *_rough([each.all_terminal for each in parts])]
        warnings += teller.warnings(network, np.flatnonzero(network.through).tolist())
    return NetworkFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        headline=_headline(network, len(parts), len(points), len(bridges)),
        devices=len(network),
        links=len(network.link_from),
        parts=parts,
        single_devices=sorted((teller.device(network, each) for each in points), key=lambda each: (each.name, each.id)),
        single_links=[teller.link(network, each) for each in bridges],
        warnings=warnings,
    )


def _headline(network: Network, parts: int, points: int, bridges: int) -> str:
    if not len(network):
        return "no network is recorded"
    told = f"{number_of(len(network), 'device')} and {number_of(len(network.link_from), 'link')} in "
    told += f"{number_of(parts, 'part')} that traffic runs through"
    return (
        f"{told}; {number_of(points, 'device')} and {number_of(bridges, 'link')} are single points"
        if points or bridges
        else f"{told}; no device and no link is a single point"
    )


def routes_of(
    snapshot: Snapshot,
    start: str,
    end: str,
    *,
    seconds: float | None = RELIABILITY_SECONDS,
    down: NDArray[np.bool_] | None = None,
) -> RoutesFinding:
    """Return how the item `start` reaches the item `end` (record ids) when everything in service is up, but what is
    `down` (by item row).

    An item that is no device starts and ends at the nearest devices it stands on. Raises ItemNotFound for an id the
    snapshot does not hold, UsageError for an item and itself or one that is down. `seconds` is as for `network_of`.
    """
    clock = _Clock(seconds)
    ends = rows_of(snapshot, [start, end])
    if len(ends) < 2:
        raise UsageError("both items are the same; name two")
    if down is not None and down[ends].any():
        raise UsageError(f"{named(snapshot, ends[down[ends]])} is down now, and reaches nothing")
    engine, network, teller = ImpactEngine.of(snapshot), Network.of(snapshot, down), _Teller(snapshot)
    ones, others = (devices_of(engine, network, int(row)) for row in ends)
    warnings = [
        f"no link of {snapshot.name_at(int(row))}, or of what it requires by itself, is recorded: where it is in the "
        "network is not known"
        for row, found in zip(ends, (ones, others), strict=True)
        if not found
    ]
    routes = [_route(network, teller, one, other, clock) for one in ones for other in others if one != other]
    together = sorted(set(ones) & set(others))
    if together:
        warnings.append(f"both are at {named(snapshot, network.rows[together])}, which needs no network")
    used = {each for one in ones for other in others if one != other for each in simple_part(network, one, other)}
    if any(each.availability is not None for each in routes):
        warnings += [_OWN, *_rough([each.availability for each in routes]), *teller.warnings(network, sorted(used))]
    joined = bool(ones and others) and all(each.connected for each in routes)
    names = [snapshot.name_at(int(row)) for row in ends]
    return RoutesFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        headline=_told(names, joined, bool(ones and others), routes),
        start=start,
        start_name=names[0],
        end=end,
        end_name=names[1],
        connected=joined,
        routes=routes,
        warnings=warnings,
    )


def _told(names: list[str], joined: bool, known: bool, routes: list[Route]) -> str:
    if not known:
        return f"whether {names[0]} reaches {names[1]} is not known"
    if not joined:
        return f"no path from {names[0]} to {names[1]} is recorded"
    if not routes:
        return f"{names[0]} reaches {names[1]} without the network"
    fewest = min(each.paths for each in routes)
    singles = {device.id for each in routes for device in each.single_devices}
    if singles:
        # However many paths there are, no two of them are without a common device.
        return f"{names[0]} reaches {names[1]}; {number_of(len(singles), 'device is', 'devices are')} on every path"
    by = "a direct link" if fewest == 1 else f"{fewest} paths that share no device"
    return f"{names[0]} reaches {names[1]} by {by}"


def _route(network: Network, teller: _Teller, start: int, end: int, clock: _Clock) -> Route:
    import networkx as nx

    routes = Routes(network, np.array([start]), np.array([end]))
    graph = simple_part(network, start, end)
    ends = {"start": teller.device(network, start), "end": teller.device(network, end)}
    if not nx.has_path(graph, start, end):
        return Route(
            **ends, connected=False, paths=0, link_paths=0, path=[], single_devices=[], single_links=[],
            availability=None,
        )  # fmt: skip
    cuts = routes.cuts(start, end)[1:-1]
    at: dict[frozenset[int], list[int]] = {}
    for link, pair in enumerate(zip(network.link_from.tolist(), network.link_to.tolist(), strict=True)):
        at.setdefault(frozenset(pair), []).append(link)
    capacity: nx.Graph[int] = nx.Graph()
    for one, other in list(graph.edges()):
        capacity.add_edge(one, other, capacity=len(at[frozenset((one, other))]))
    bridges: list[tuple[int, int]] = list(nx.bridges(graph))  # type: ignore[arg-type]
    path = nx.shortest_path(graph, start, end)
    # A bridge parts the two when every path uses it, and then this one does.
    steps = {frozenset(pair) for pair in pairwise(path)}
    single = [at[each][0] for each in map(frozenset, bridges) if len(at[each]) == 1 and each in steps]
    # Whether a path is left rests on those devices alone that smallest paths run through.
    smaller = nx.Graph((device, each) for device, around in routes.near(start, end).items() for each in around)
    found = two_terminal(smaller, start, end, up=teller.up(network, list(smaller)), seconds=clock.left())
    return Route(
        **ends,
        connected=True,
        paths=routes.disjoint(0, frozenset()),
        link_paths=int(nx.maximum_flow_value(capacity, start, end)),
        path=[teller.device(network, each) for each in path],
        single_devices=[teller.device(network, each) for each in cuts],
        single_links=[teller.link(network, each) for each in single],
        availability=teller.probability(network, list(smaller), found.low, found.high, found.method),
    )


def _rough(found: list[Probability | None]) -> list[str]:
    """Return in words that some probabilities are only known to lie between two bounds."""
    count = sum(each is not None and each.method == "interval" for each in found)
    if not count:
        return []
    return [
        f"{number_of(count, 'probability is', 'probabilities are')} not exact; give more time with --budget SECONDS"
    ]


class _Clock:
    """What is left of the time for probabilities; a little is always given, enough for wide bounds."""

    def __init__(self, seconds: float | None) -> None:
        if seconds is not None and not seconds > 0:
            raise UsageError(f"seconds is {seconds}: give a time above 0")
        self.until = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        return None if self.until is None else max(self.until - time.monotonic(), _LEAST_SECONDS)


class _Teller:
    """Devices and links in the words of the answer, and what is known of their failures."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.own = own_inputs(snapshot)

    def device(self, network: Network, device: int) -> Device:
        row = int(network.rows[device])
        return Device.model_validate(
            {"id": self.snapshot.id_at(row), "name": self.snapshot.name_at(row), "class": self.snapshot.class_at(row)}
        )

    def link(self, network: Network, link: int) -> LinkRow:
        row = int(network.link_relationship[link])
        key = self.snapshot.relationship_keys.bytes_at(row)
        return LinkRow(
            start=self.device(network, int(network.link_from[link])),
            end=self.device(network, int(network.link_to[link])),
            type=self.snapshot.type_names[int(self.snapshot.relationship_types[row])],
            key=key.decode() if key else "",
        )

    def graph(self, network: Network) -> nx.MultiGraph[int]:
        import networkx as nx

        graph: nx.MultiGraph[int] = nx.MultiGraph()
        graph.add_nodes_from(range(len(network)))
        graph.add_edges_from(zip(network.link_from.tolist(), network.link_to.tolist(), strict=True))
        return graph

    def up(self, network: Network, devices: list[int]) -> dict[int, float]:
        return {each: 1.0 - float(self.own.unavailability[network.rows[each]]) for each in devices}

    def probability(self, network: Network, devices: list[int], low: float, high: float, method: Method) -> Probability:
        basis = self.own.basis[network.rows[devices]]
        return Probability(
            low=low,
            high=high,
            method=method,
            defaults_used=int(np.count_nonzero(basis == DEFAULT)),
            no_data=int(np.count_nonzero(basis == NO_DATA)),
        )

    def warnings(self, network: Network, devices: list[int]) -> list[str]:
        rows = network.rows[devices]
        unknown, filled = (rows[self.own.basis[rows] == code] for code in (NO_DATA, DEFAULT))
        told = []
        if len(unknown):
            names = named(self.snapshot, unknown)
            told.append(f"nothing is known of how often these fail, so they count as never failing: {names}")
        if len(filled):
            counted = number_of(len(filled), "device counts", "devices count")
            told.append(f"{counted} with the figures of the class: {named(self.snapshot, filled)}")
        return told
