"""Single points of a network, against trying each device and each link."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import numpy as np
from hypothesis import given, settings

from impact.network.answer import network_of, routes_of
from impact.network.graph import Network
from impact.network.routes import Routes
from impact.network.singles import single_devices, single_links


def joined(network, gone=()):
    """Which pairs of devices have a path."""
    pairs = list(combinations(range(len(network)), 2))
    routes = Routes(network, np.array([p[0] for p in pairs], np.int64), np.array([p[1] for p in pairs], np.int64))
    lost = np.zeros(len(network), np.bool_)
    lost[list(gone)] = True
    return {pair for pair, met in zip(pairs, routes.connected(lost).tolist(), strict=True) if met} if pairs else set()


def test_single_devices_and_links_are_those_that_part_two_others(compiled, networks):
    """By definition: something is parted without it that hangs together with it."""

    @settings(max_examples=100, deadline=None)
    @given(networks())
    def check(question):
        network = Network.of(compiled(question[0]).snapshot)
        whole = joined(network)

        parting = [d for d in range(len(network)) if {p for p in whole if d not in p} - joined(network, [d])]
        assert single_devices(network) == parting

        cut = []
        for link in range(len(network.link_from)):
            rest = np.arange(len(network.link_from)) != link
            fewer = dataclasses.replace(
                network,
                link_from=network.link_from[rest],
                link_to=network.link_to[rest],
                link_relationship=network.link_relationship[rest],
            )
            if whole - joined(fewer):
                cut.append(link)
        assert single_links(network) == cut

    check()


def test_how_two_items_reach_each_other(estate):
    """Paths that share no device or no link, what is on all of them, and how likely one is up."""
    switches = {name: {"class": "Switch", "availability": 0.9} for name in ("s1", "s2", "s3")}
    known = estate(
        "shop == s1\nshop == s2\ns1 == s3\ns2 == s3\ns3 == db\ns3 == db",
        {**switches, "shop": {"availability": 1.0}, "db": {"availability": 1.0}},
    )

    found = routes_of(known.snapshot, *known.ids("shop", "db"))

    (route,) = found.routes
    assert (route.connected, route.paths, route.link_paths) == (True, 1, 2)
    assert [each.name for each in route.single_devices] == ["s3"]
    assert route.single_links == []
    assert route.availability is not None
    assert route.availability.low == route.availability.high
    assert abs(route.availability.low - 0.9 * (1 - 0.1**2)) < 1e-12
    assert found.headline == "shop reaches db; 1 device is on every path"


def test_an_empty_network_and_an_item_without_links_say_so(estate):
    """Nothing recorded is never told as fine."""
    known = estate("shop -> db")

    assert network_of(known.snapshot).headline == "no network is recorded"
    found = routes_of(known.snapshot, *known.ids("shop", "db"))
    assert found.headline == "whether shop reaches db is not known"
    assert not found.connected
    assert len(found.warnings) == 2


def test_the_whole_network(estate):
    """Parts, single points and bridges, with the chance that all hang together."""
    switches = {name: {"class": "Switch", "availability": 0.9} for name in ("s1", "s2", "s3", "t1")}
    known = estate("s1 == s2\ns2 == s3\ns3 == s1\ns3 == db\nt1 == x", switches)

    found = network_of(known.snapshot, reliability=True)

    assert [(part.devices, part.ends, part.links) for part in found.parts] == [(3, 1, 4), (1, 1, 1)]
    assert [each.name for each in found.single_devices] == ["s3"]
    assert {(link.start.name, link.end.name) for link in found.single_links} == {("s3", "db"), ("t1", "x")}
    first = found.parts[0].all_terminal
    assert first is not None
    assert abs(first.low - 0.9**3) < 1e-12
