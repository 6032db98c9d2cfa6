"""Power: panels, feeds, PDUs, and who gets power from whom over which cable.

In come cables between power ports, outlets and feeds; out go panels and feeds as items, `fed_by` and `powered_by`
with a pool where a device has two or more different supplies. An outlet says which input of its PDU is behind it: a
PDU whose halves hang on different inputs makes nothing redundant, so each such input becomes an item of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from importers.netbox.cables import Cable, Cabling
from importers.netbox.describing import Describer
from importers.netbox.devices import Device
from importers.netbox.inventory import Inventory, Point, Row, external_id
from importers.netbox.roles import is_transfer_switch
from importers.netbox.statements import Statements, listed

__all__ = ["read_power"]

_FEED, _PORT, _OUTLET = "dcim.powerfeed", "dcim.powerport", "dcim.poweroutlet"


class _Supply(NamedTuple):
    """One power port that is cabled: the cable, and what it gets its power from."""

    port: Row
    cable: Cable
    source: Point


@dataclass(slots=True)
class _Consumer:
    """Whatever gets power: a device, or one input of a PDU with several."""

    row: Row
    id: str
    passes_on: bool
    supplies: list[tuple[_Supply, str]] = field(default_factory=list)


def read_power(
    inventory: Inventory,
    cabling: Cabling,
    devices: Mapping[int, Device],
    describer: Describer,
    said: Statements,
) -> frozenset[str]:
    """Say everything about power; return the keys of the cables that were told by it."""
    _read_panels_and_feeds(inventory, describer, said)
    supplies = _supplies(inventory, cabling)
    inputs = _split_inputs(inventory, cabling, devices, supplies)
    consumers: dict[str, _Consumer] = {}
    told: set[str] = set()
    for supply in supplies:
        consumer = _consumer(supply, devices, inputs, consumers)
        source = _source(supply.source, inventory, inputs)
        if consumer is not None and source is not None and consumer.id != source:
            consumer.supplies.append((supply, source))
            told.add(supply.cable.key)
    split = {port for those in inputs.values() for port in those}
    for key, port in sorted({each.port.key: each.port for each in supplies}.items()):
        if key in split:
            _say_input(port, devices, said)
    for consumer in consumers.values():
        _say_supplies(consumer, cabling, said)
    _read_rack_feeds(inventory, cabling, said)
    return frozenset(told)


def _read_panels_and_feeds(inventory: Inventory, describer: Describer, said: Statements) -> None:
    for row in inventory.rows("dcim.powerpanel"):
        said.item(row, "PowerPanel", row.text("name") or row.id, describer.values(row, ("site", "location")))
        for model, name in (("dcim.location", "location"), ("dcim.site", "site")):
            if (key := row.ref(name)) is not None:
                said.relationship(row, row.id, "located_in", external_id(model, key))
                break
    for row in inventory.rows(_FEED):
        values = describer.values(row, ("power_panel", "rack"))
        if rack := inventory.name("dcim.rack", row.ref("rack")):
            values.setdefault("attributes", {})["rack"] = rack
        said.item(row, "PowerFeed", row.text("name") or row.id, values)
        if (panel := row.ref("power_panel")) is not None:
            said.relationship(row, row.id, "fed_by", external_id("dcim.powerpanel", panel))


def _supplies(inventory: Inventory, cabling: Cabling) -> list[_Supply]:
    found = []
    for cable in cabling.cables:
        for near in (*cable.a, *cable.b):
            port = inventory.find(*near) if near[0] == _PORT else None
            if near[0] == _PORT and port is None:
                # Known only from the cable (REST without pages of ports): enough to tell whose it is.
                port = Row(cable.row.file, cable.row.row, _PORT, near[1], inventory.fields(*near))
            if port is not None:
                far = [each for each in cable.opposite(near) if each[0] in (_OUTLET, _FEED)]
                found += [_Supply(port, cable, each) for each in far]
    return found


def _split_inputs(
    inventory: Inventory, cabling: Cabling, devices: Mapping[int, Device], supplies: list[_Supply]
) -> dict[int, frozenset[int]]:
    """Return the inputs, by device, of those PDUs whose cabled outlets say that they hang on one input each."""
    behind: dict[int, set[int | None]] = {}
    for row in inventory.rows(_OUTLET):
        device = row.ref("device")
        if device is not None and (_OUTLET, row.key) in cabling.at:
            behind.setdefault(device, set()).add(row.ref("power_port"))
    supplied: dict[int, set[int]] = {}
    for supply in supplies:
        if (device := supply.port.ref("device")) is not None:
            supplied.setdefault(device, set()).add(supply.port.key)
    found: dict[int, frozenset[int]] = {}
    for device, ports in behind.items():
        known = {port for port in ports if port is not None}
        changes_over = device in devices and is_transfer_switch(devices[device].words)
        if None not in ports and not changes_over and len(supplied.get(device, set())) > 1:
            found[device] = frozenset(known & supplied[device])
    return {device: ports for device, ports in found.items() if ports}


def _consumer(
    supply: _Supply,
    devices: Mapping[int, Device],
    inputs: Mapping[int, frozenset[int]],
    consumers: dict[str, _Consumer],
) -> _Consumer | None:
    key = supply.port.ref("device")
    if key is None or (key in inputs and supply.port.key not in inputs[key]):
        return None
    identity = supply.port.id if key in inputs else external_id("dcim.device", key)
    passes_on = key in inputs or (key in devices and devices[key].class_name in ("PDU", "UPS"))
    row = devices[key].row if key in devices and key not in inputs else supply.port
    return consumers.setdefault(identity, _Consumer(row, identity, passes_on))


def _source(point: Point, inventory: Inventory, inputs: Mapping[int, frozenset[int]]) -> str | None:
    if point[0] == _FEED:
        return external_id(*point)
    outlet = inventory.fields(*point)
    device, port = outlet.get("device"), outlet.get("power_port")
    if not isinstance(device, int):
        return None
    if isinstance(port, int) and port in inputs.get(device, ()):
        return external_id(_PORT, port)
    return external_id("dcim.device", device)


def _say_input(row: Row, devices: Mapping[int, Device], said: Statements) -> None:
    """Say one input of a PDU: it needs the PDU, and the PDU's other half does not need it."""
    device = row.ref("device")
    if device is not None:
        of = devices[device].name if device in devices else external_id("dcim.device", device)
        said.item(
            row, "PDU", f"{of} {row.text('name')}".strip(), {"description": f"One input of {of}, with its outlets."}
        )
        said.relationship(row, row.id, "depends_on", external_id("dcim.device", device))


def _say_supplies(consumer: _Consumer, cabling: Cabling, said: Statements) -> None:
    """Say what one consumer gets its power from; two different sources or more are a pool."""
    sources = {source for _, source in consumer.supplies}
    type_name, pool = ("fed_by", "feeds") if consumer.passes_on else ("powered_by", "power")
    pooled = {"pool": pool} if len(sources) > 1 else {}
    for supply, source in consumer.supplies:
        values = {"attributes": cabling.describe(supply.cable)} | pooled
        said.relationship(supply.cable.row, consumer.id, type_name, source, values, supply.cable.key)
    if not pooled:
        return
    said_of = [
        f"{cabling.port_name((_PORT, supply.port.key))} to {cabling.port_name(supply.source)}"
        f"{_feed_type(supply.source, cabling.inventory)} of {source} ({supply.cable.key})"
        for supply, source in consumer.supplies
    ]
    said.pool(consumer.row, consumer.id, pool, evidence=f"{len(sources)} different supplies: {listed(said_of)}")


def _feed_type(point: Point, inventory: Inventory) -> str:
    kind = inventory.fields(*point).get("type") if point[0] == _FEED else None
    return f", {kind}" if isinstance(kind, str) and kind else ""


def _read_rack_feeds(inventory: Inventory, cabling: Cabling, said: Statements) -> None:
    """Say what feeds a rack where no cable says what in the rack hangs on the feed.

    A primary and a redundant feed of one rack stand in for each other. Feeds of one kind do not prove that: each is
    required then, for the opposite would reassure without ground.
    """
    racks: dict[int, list[Row]] = {}
    for row in inventory.rows(_FEED):
        if (rack := row.ref("rack")) is not None:
            racks.setdefault(rack, []).append(row)
    for rack, feeds in racks.items():
        loose = [row for row in feeds if (_FEED, row.key) not in cabling.at]
        identity = external_id("dcim.rack", rack)
        redundant = len(feeds) > 1 and {"primary", "redundant"} <= {row.text("type") for row in feeds}
        if not loose:
            continue
        if not redundant:
            for row in loose:
                said.relationship(row, identity, "depends_on" if len(loose) > 1 else "fed_by", row.id)
            continue
        names = listed(f"{row.text('name')} ({row.text('type')})" for row in feeds)
        said.pool(
            inventory.find("dcim.rack", rack) or feeds[0],
            identity,
            "feeds",
            evidence=f"power feeds of this rack by their type, without cables: {names}",
        )
        for row in feeds:
            said.relationship(row, identity, "fed_by", row.id, {"pool": "feeds"})
