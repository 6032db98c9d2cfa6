"""Native inventories, as the agents send them: one device a file, its guests, its databases, its neighbours.

In come the decoded files; out go items and relationships. Neighbours are known by name or MAC only: they are linked
when exactly one of the devices read answers to it, else counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from cmdb.model import BatchBuilder

__all__ = ["InventoryTaker", "is_inventory"]

_ON: Final = frozenset(["running", "idle", "blocked", "on"])
_OFF: Final = frozenset(["off", "shutdown", "paused", "crashed", "dying", "stopped"])
_CONTAINERS: Final = frozenset(["docker", "lxc", "podman", "jails", "systemd-nspawn"])
_PHYSICAL: Final = frozenset(["", "physical"])


class _Device(NamedTuple):
    file: int
    id: str
    name: str
    content: Mapping[str, Any]
    item_type: str


def is_inventory(value: Any) -> bool:
    """Tell whether a decoded file is an inventory of an agent."""
    return isinstance(value, dict) and isinstance(value.get("content"), dict) and "deviceid" in value


class InventoryTaker:
    """Takes the inventories of one batch; `say` gives those of one file once all were taken."""

    def __init__(self) -> None:
        self._devices: list[_Device] = []
        self._by_name: dict[str, set[str]] = {}
        self._by_mac: dict[str, set[str]] = {}
        self._by_uuid: dict[str, str] = {}
        self._guests: dict[str, str] = {}
        self._links: set[tuple[str, str, str]] = set()
        self._unknown: dict[str, set[str]] = {}

    def take(self, file: int, value: dict[str, Any]) -> None:
        """Take the inventory of a file."""
        content = value["content"]
        hardware, network = _dict(content, "hardware"), _dict(content, "network_device")
        shown = {"Printer": "Printer", "Phone": "Phone"}.get(_text(network, "type"), "NetworkEquipment")
        item_type = str(value.get("itemtype") or (shown if network else "Computer"))
        name = _text(network, "name") or _text(hardware, "name") or str(value["deviceid"])
        device = _Device(file, f"{item_type}:{value['deviceid']}", name, content, item_type)
        self._devices.append(device)
        self._by_name.setdefault(name.casefold(), set()).add(device.id)
        for mac in _macs(content):
            self._by_mac.setdefault(mac, set()).add(device.id)
        if uuid := _text(hardware, "uuid").casefold():
            self._by_uuid.setdefault(uuid, device.id)

    def say(self, file: int, builder: BatchBuilder) -> None:
        """Say everything that the inventory of one file says."""
        for device in self._devices:
            if device.file == file:
                self._say_device(device, builder)

    def notes(self) -> list[str]:
        """Return how many neighbours are none of the devices read."""
        return [
            f"{len(who):,} neighbours of {device} are known by name or MAC only and are none of the devices read: "
            "not linked"
            for device, who in sorted(self._unknown.items())
        ]

    def _say_device(self, device: _Device, builder: BatchBuilder) -> None:
        content = device.content
        hardware, network, bios = (_dict(content, name) for name in ("hardware", "network_device", "bios"))
        system = _dict(content, "operatingsystem")
        given = {
            "serial_number": _text(network, "serial") or _text(bios, "ssn"),
            "manufacturer": _text(network, "manufacturer") or _text(bios, "smanufacturer"),
            "model": _text(network, "model") or _text(bios, "smodel"),
            "asset_tag": _text(bios, "assettag"),
            "mac": _text(network, "mac"),
            "ip": _first_address(network, content),
            "fqdn": _text(system, "fqdn") if "." in _text(system, "fqdn") else "",
            "location": _text(network, "location"),
        }
        values: dict[str, Any] = {field: text for field, text in given.items() if text}
        kept = {
            "uuid": _text(hardware, "uuid"),
            "chassis_type": _text(hardware, "chassis_type"),
            "os": _text(system, "full_name"),
            "firmware": _text(network, "firmware"),
        }
        stack = [
            _text(each, "serial") for each in _list(content, "network_components") if each.get("type") == "chassis"
        ]
        attributes: dict[str, Any] = {name: text for name, text in kept.items() if text}
        if len(stack) > 1:
            attributes["stack_members"] = [serial for serial in stack if serial]
        if attributes:
            values["attributes"] = attributes
        guest = _text(hardware, "vmsystem").casefold() not in _PHYSICAL
        class_name = "VirtualMachine" if guest and device.item_type == "Computer" else device.item_type
        if builder.item(1, device.id, class_name, device.name, values):
            self._say_guests(device, builder)
            self._say_databases(device, builder)
            self._say_neighbours(device, builder)

    def _say_guests(self, device: _Device, builder: BatchBuilder) -> None:
        for row, guest in enumerate(_list(device.content, "virtualmachines"), 1):
            name, uuid = _text(guest, "name"), _text(guest, "uuid").casefold()
            if not name and not uuid:
                builder.refuse_unidentified(row, f"guest {row} of {device.name} has neither name nor uuid")
                continue
            identity = self._by_uuid.get(uuid) if uuid else None
            if identity is None:
                identity = f"ComputerVirtualMachine:{uuid or f'{device.id}/{name}'}"
                if identity in self._guests:
                    other = self._guests[identity]
                    builder.warn(
                        row, identity, f"{other} shows this guest too: it is said to run there, not on {device.name}"
                    )
                    continue
                self._guests[identity] = device.name
                status = _text(guest, "status").casefold()
                values: dict[str, Any] = {}
                if status in _ON | _OFF:
                    values["status"] = "operational" if status in _ON else "maintenance"
                kept = {
                    name: guest[name] for name in ("image", "vmtype", "subsystem", "vcpu", "memory") if guest.get(name)
                }
                if kept:
                    values["attributes"] = kept
                container = _text(guest, "vmtype").casefold() in _CONTAINERS or bool(guest.get("image"))
                class_name = "Container" if container else "VirtualMachine"
                if not builder.item(row, identity, class_name, name or uuid, values):
                    continue
            if identity != device.id:
                builder.relationship(row, identity, "runs_on", device.id, {})

    def _say_databases(self, device: _Device, builder: BatchBuilder) -> None:
        for row, service in enumerate(_list(device.content, "databases_services"), 1):
            name = _text(service, "name") or _text(service, "type")
            if not name:
                builder.refuse_unidentified(row, f"database service {row} of {device.name} has neither name nor type")
                continue
            identity = f"DatabaseInstance:{device.id}/{name}:{service.get('port') or ''}".rstrip(":")
            kept = {key: service[key] for key in ("type", "version", "port", "manufacturer") if service.get(key)}
            if not builder.item(row, identity, "DatabaseInstance", name, {"attributes": kept} if kept else {}):
                continue
            builder.relationship(row, identity, "runs_on", device.id, {})
            for database in _list(service, "databases"):
                if called := _text(database, "name"):
                    held = f"Database:{identity.partition(':')[2]}/{called}"
                    if builder.item(row, held, "Database", called, {}):
                        builder.relationship(row, held, "hosted_on", identity, {})

    def _say_neighbours(self, device: _Device, builder: BatchBuilder) -> None:
        for row, port in enumerate(_list(device.content, "network_ports"), 1):
            own = _text(port, "ifdescr") or _text(port, "ifname")
            for connection in _list(port, "connections"):
                name, mac = _text(connection, "sysname"), connection.get("mac", connection.get("sysmac"))
                # A port behind which several addresses were seen leads on to others: it shows no neighbour.
                macs = [mac] if isinstance(mac, str) else mac if isinstance(mac, list) and len(mac) == 1 else []
                found = set(self._by_name.get(name.casefold(), ())) if name else set()
                found = found or {each for one in macs for each in self._by_mac.get(str(one).casefold(), ())}
                found.discard(device.id)
                if len(found) != 1:
                    who = {name} if name else {str(each) for each in (mac if isinstance(mac, list) else [mac]) if each}
                    self._unknown.setdefault(device.name, set()).update(who)
                    continue
                other = found.pop()
                ends = sorted([f"{device.id} {own}", f"{other} {_text(connection, 'ifdescr')}"])
                key = " - ".join(end.strip() for end in ends)
                link = (*sorted([device.id, other]), key)
                if link not in self._links:
                    self._links.add(link)  # type: ignore[arg-type]
                    builder.relationship(row, device.id, "connects_to", other, {}, key)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return value.strip() if isinstance(value, str) else ""


def _dict(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def _list(given: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    value = given.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _macs(content: Mapping[str, Any]) -> Iterator[str]:
    given = [_dict(content, "network_device"), *_list(content, "network_ports"), *_list(content, "networks")]
    for each in given:
        mac = _text(each, "mac").casefold()
        if mac and mac != "00:00:00:00:00:00":
            yield mac


def _first_address(network: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Return the address that a device is known by: none of its own loop."""
    ips = network.get("ips")
    given = list(ips) if isinstance(ips, list) else []
    given += [each.get("ipaddress") for each in _list(content, "networks") if each.get("status") != "down"]
    return next((ip for ip in given if isinstance(ip, str) and ip and not ip.startswith("127.")), "")
