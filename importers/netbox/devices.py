"""Devices and virtual chassis.

In comes the Inventory, out go items, where each device stands, which chassis it is a member of, and for the other
modules what each device is (`Device`: class, name, the words of its role).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from importers.netbox.describing import Describer
from importers.netbox.inventory import Inventory, Row, external_id
from importers.netbox.places import place_text
from importers.netbox.roles import UNDECIDED, Standing, class_of_words, plain_words, standing
from importers.netbox.statements import Statements, listed

__all__ = ["Device", "addresses", "read_devices"]

_SAID_ELSEWHERE = [
    "device_type",
    "role",
    "device_role",
    "site",
    "location",
    "rack",
    "serial",
    "asset_tag",
    "cluster",
    "virtual_chassis",
    "primary_ip4",
    "primary_ip6",
    "parent_device",
    "device_bay",
]


class Device(NamedTuple):
    """What the other modules need of a device."""

    row: Row
    name: str
    class_name: str
    words: str
    standing: Standing | None


def read_devices(inventory: Inventory, describer: Describer, said: Statements) -> dict[int, Device]:
    """Say every device and virtual chassis; return the devices by key."""
    parents = {
        child: parent
        for row in inventory.rows("dcim.devicebay")
        if (child := row.ref("installed_device")) is not None and (parent := row.ref("device")) is not None
    }
    ports = _ports(inventory)
    devices: dict[int, Device] = {}
    undecided: Counter[str] = Counter()
    for row in inventory.rows("dcim.device"):
        device = _device(row, inventory, ports)
        devices[row.key] = device
        if device.class_name == UNDECIDED:
            undecided[inventory.name("dcim.devicerole", _role(row)) or "no role"] += 1
        _say_device(device, parents.get(row.key) or row.ref("parent_device"), inventory, describer, said)
    if undecided:
        roles = listed(f"{role} ({count:,})" for role, count in sorted(undecided.items()))
        said.note(f"these device roles name no class, their devices are {UNDECIDED}: {roles}")
    _read_chassis(inventory, devices, describer, said)
    return devices


def addresses(inventory: Inventory, row: Row) -> dict[str, Any]:
    """Return ip and fqdn of a device or machine from its primary addresses."""
    four, six = (inventory.fields("ipam.ipaddress", row.ref(name)) for name in ("primary_ip4", "primary_ip6"))
    given = {
        "ip": _text(four, "address").partition("/")[0] or _text(six, "address").partition("/")[0],
        "fqdn": _text(four, "dns_name") or _text(six, "dns_name"),
    }
    return {name: text for name, text in given.items() if text}


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _role(row: Row) -> int | None:
    role = row.ref("role")
    return row.ref("device_role") if role is None else role


def _ports(inventory: Inventory) -> dict[int, set[str]]:
    """Return the models of ports that each device has, to tell what a device is when its role does not."""
    found: dict[int, set[str]] = {}
    for model in ("dcim.poweroutlet", "dcim.frontport", "dcim.rearport", "dcim.interface"):
        for row in inventory.rows(model):
            if (device := row.ref("device")) is not None:
                found.setdefault(device, set()).add(model)
    return found


def _device(row: Row, inventory: Inventory, ports: Mapping[int, set[str]]) -> Device:
    role = inventory.fields("dcim.devicerole", _role(row))
    kind = inventory.fields("dcim.devicetype", row.ref("device_type"))
    role_words = plain_words(_text(role, "slug"), _text(role, "name"))
    type_words = plain_words(_text(kind, "slug"), _text(kind, "model"))
    class_name = class_of_words(role_words) or class_of_words(type_words)
    if class_name is None:
        has = ports.get(row.key, set())
        panel = bool(has & {"dcim.frontport", "dcim.rearport"}) and "dcim.interface" not in has
        class_name = "PDU" if "dcim.poweroutlet" in has else "NetworkDevice" if panel else UNDECIDED
    if _text(kind, "subdevice_role") == "parent" and class_name in ("Server", UNDECIDED):
        class_name = "Enclosure"
    words = role_words or type_words
    return Device(row, _name(row, inventory), class_name, f"{words} {type_words}".strip(), standing(class_name, words))


def _name(row: Row, inventory: Inventory) -> str:
    """Return a device's name; NetBox lets it be null, then its place in a chassis or its type stands in."""
    if row.text("name"):
        return row.text("name")
    chassis = inventory.name("dcim.virtualchassis", row.ref("virtual_chassis"))
    if chassis and row.fields.get("vc_position") is not None:
        return f"{chassis}:{row.fields['vc_position']}"
    kind = inventory.name("dcim.devicetype", row.ref("device_type")) or "device"
    position = str(row.fields.get("position") or "").removesuffix(".0")
    return f"{kind} U{position} ({row.id})" if position else f"{kind} ({row.id})"


def _say_device(
    device: Device, parent: int | None, inventory: Inventory, describer: Describer, said: Statements
) -> None:
    row = device.row
    if not row.text("name"):
        said.warn(row, f"this device has no name in NetBox; it is called {device.name!r} here")
    values = describer.values(row, _SAID_ELSEWHERE) | addresses(inventory, row)
    attributes = values.setdefault("attributes", {})
    kind = inventory.fields("dcim.devicetype", row.ref("device_type"))
    manufacturer = kind.get("manufacturer")
    texts = {
        "serial_number": row.text("serial"),
        "asset_tag": row.text("asset_tag"),
        "model": _text(kind, "model"),
        "manufacturer": inventory.name("dcim.manufacturer", manufacturer if isinstance(manufacturer, int) else None),
        "location": place_text(inventory, row),
    }
    values |= {name: text for name, text in texts.items() if text}
    if role := inventory.name("dcim.devicerole", _role(row)):
        attributes["role"] = role
    said.item(row, device.class_name, device.name, values)
    for type_name, model, key in (
        ("mounted_in", "dcim.device", parent),
        ("mounted_in", "dcim.rack", row.ref("rack")),
        ("located_in", "dcim.location", row.ref("location")),
        ("located_in", "dcim.site", row.ref("site")),
    ):
        if key is not None:
            said.relationship(row, row.id, type_name, external_id(model, key))
            break


def _read_chassis(inventory: Inventory, devices: Mapping[int, Device], describer: Describer, said: Statements) -> None:
    """Say every virtual chassis; two members or more are a pool, for a stack outlives one of them."""
    members: dict[int, list[Device]] = {}
    for device in devices.values():
        if (chassis := device.row.ref("virtual_chassis")) is not None:
            members.setdefault(chassis, []).append(device)
    for row in inventory.rows("dcim.virtualchassis"):
        values = describer.values(row, ("master",))
        if master := inventory.name("dcim.device", row.ref("master")):
            values.setdefault("attributes", {})["master"] = master
        said.item(row, "VirtualChassis", row.text("name") or row.id, values)
        if len(members.get(row.key, ())) > 1:
            names = listed(f"{each.name} (position {each.row.fields.get('vc_position')})" for each in members[row.key])
            said.pool(row, row.id, "members", evidence=f"members of the virtual chassis in NetBox: {names}")
    for key, those in members.items():
        pooled = {"pool": "members"} if len(those) > 1 and inventory.find("dcim.virtualchassis", key) else None
        for device in those:
            said.relationship(device.row, device.row.id, "member_of", external_id("dcim.virtualchassis", key), pooled)
