"""Every cable as a relationship: an uplink where roles prove a direction, else undirected.

In come cables and what power has told of them already; out go uplinks, `connects_to` for each other cable between two
items, and one more for two devices that reach each other through panels and circuits.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from importers.netbox.cables import Cable, Cabling
from importers.netbox.devices import Device
from importers.netbox.inventory import Inventory, external_id
from importers.netbox.statements import Statements, counted
from importers.netbox.tracing import trace_links
from importers.netbox.uplinks import find_uplinks, say_uplinks

__all__ = ["read_network"]


def read_network(
    inventory: Inventory,
    cabling: Cabling,
    devices: Mapping[int, Device],
    told_by_power: frozenset[str],
    said: Statements,
) -> None:
    """Say every cable that power has not told, and what the cables add up to."""
    uplinks, others = find_uplinks(trace_links(cabling), cabling, devices)
    say_uplinks(uplinks, cabling, devices, said)
    directed = {
        (link.cables[0].key, frozenset((external_id("dcim.device", low), external_id("dcim.device", high))))
        for low, by_high in uplinks.items()
        for high, links in by_high.items()
        for link in links
        if len(link.cables) == 1
    }
    for cable in cabling.cables:
        if cable.key not in told_by_power:
            _say_cable(cable, cabling, directed, said)
    unordered = 0
    for link in others:
        ends = [cabling.owner(point) for point in (link.near, link.far)]
        unordered += 1
        if len(link.cables) > 1 and ends[0] is not None and ends[1] is not None:
            about = {"attributes": {"through": list(link.through), "cables": [each.key for each in link.cables]}}
            said.relationship(link.cables[0].row, ends[0], "connects_to", ends[1], about, link.key)
    if unordered:
        said.note(
            f"{counted(unordered, 'link')} left undirected, and nothing concluded: the roles of the two devices do not "
            "say which of them is nearer the rest of the network"
        )
    _say_wireless(inventory, cabling, said)
    _hint_at_circuits(cabling, said)


def _say_cable(cable: Cable, cabling: Cabling, directed: set[tuple[str, frozenset[str]]], said: Statements) -> None:
    pairs = {
        (start, end)
        for start, end in product(*({cabling.owner(point) for point in side} for side in (cable.a, cable.b)))
        if start is not None and end is not None
    }
    values = {"attributes": cabling.describe(cable)}
    for start, end in sorted(pairs):
        if start != end and (cable.key, frozenset((start, end))) not in directed:
            low, high = sorted((start, end))
            said.relationship(cable.row, low, "connects_to", high, values, cable.key)
    if all(start == end for start, end in pairs):
        said.warn(cable.row, f"both its ends are at {next(iter(pairs))[0]}: it connects the item with itself")


def _say_wireless(inventory: Inventory, cabling: Cabling, said: Statements) -> None:
    for row in inventory.rows("wireless.wirelesslink"):
        points = [("dcim.interface", row.ref(name)) for name in ("interface_a", "interface_b")]
        ends = [cabling.owner((model, key)) for model, key in points if key is not None]
        if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[0] == ends[1]:
            said.warn(row, "the files do not say which two devices this wireless link joins: it connects nothing")
        else:
            said.relationship(row, ends[0], "connects_to", ends[1], {"attributes": {"wireless": True}}, row.id)


def _hint_at_circuits(cabling: Cabling, said: Statements) -> None:
    """Name how many devices end two circuits or more: a likely pool that NetBox does not prove."""
    circuits: dict[str, set[str]] = {}
    for cable in cabling.cables:
        owners = {owner for point in (*cable.a, *cable.b) if (owner := cabling.owner(point)) is not None}
        lines = {owner for owner in owners if owner.startswith("circuits.circuit:")}
        for device in owners - lines:
            circuits.setdefault(device, set()).update(lines)
    several = sorted(device for device, lines in circuits.items() if len(lines) > 1)
    if several:
        said.note(
            f"{counted(len(several), 'device')} with two circuits or more (such as {several[0]}), nothing concluded: "
            "NetBox does not say what a device needs of its circuits; say it with a pool of your own"
        )
