"""One scanned host into a Gatherer: the host, and the software on its open ports.

In comes a host element; out go items and `runs_on` links. Names of services are Nmap's table of port numbers unless
it probed them, and only what was probed gives a class.
"""

from __future__ import annotations

from typing import Any, Final

from importers.gathering import Gatherer
from importers.reading import XmlElement

__all__ = ["take_host"]

_PROBED: Final = {
    "http": "WebServer",
    "https": "WebServer",
    "mysql": "DatabaseInstance",
    "postgresql": "DatabaseInstance",
    "ms-sql-s": "DatabaseInstance",
    "oracle-tns": "DatabaseInstance",
    "mongodb": "DatabaseInstance",
    "redis": "DatabaseInstance",
    "amqp": "MessageQueue",
}
_DEVICES: Final = {
    "router": "Router",
    "switch": "Switch",
    "firewall": "Firewall",
    "WAP": "AccessPoint",
    "load balancer": "LoadBalancer",
    "printer": "Printer",
    "storage-misc": "NAS",
    "power-device": "PowerEquipment",
    "VoIP phone": "Phone",
}
_CERTAIN: Final = "100"


def take_host(gathered: Gatherer, host: XmlElement) -> None:
    """Take one host; one that did not answer is counted and left out, one without address is refused."""
    status = host.child("status")
    if status is not None and status.attributes.get("state") != "up":
        gathered.skip("hosts that did not answer")
        return
    addresses = {each.attributes.get("addrtype"): each.attributes for each in host if each.name == "address"}
    main = next((addresses[kind] for kind in ("ipv4", "ipv6", "mac") if kind in addresses), None)
    address = (main or {}).get("addr", "").strip()
    if not address:
        gathered.builder.refuse_unidentified(host.line, "this host has no address: nothing tells it from others")
        return
    names = _names(host)
    values: dict[str, Any] = {"ip": address if main is not addresses.get("mac") else None}
    if mac := addresses.get("mac"):
        values |= {"mac": mac.get("addr"), "manufacturer": mac.get("vendor")}
    if names and "." in names[0]:
        values["fqdn"] = names[0]
    system, accuracy, kind = _system(host)
    values["attributes"] = {"os": system, "os_accuracy": accuracy}
    values["attributes"] = {key: value for key, value in values["attributes"].items() if value}
    class_name = _DEVICES.get(kind, "Computer") if accuracy == _CERTAIN else "Computer"
    if gathered.item(host.line, address, class_name, names[0] if names else address, values):
        _take_ports(gathered, host, address)


def _names(host: XmlElement) -> list[str]:
    """Return the names of a host, what the name service says before what the person typed."""
    listed = host.child("hostnames")
    told = [each.attributes for each in listed or () if each.name == "hostname" and each.attributes.get("name")]
    return [each["name"] for each in sorted(told, key=lambda each: each.get("type") != "PTR")]


def _system(host: XmlElement) -> tuple[str, str, str]:
    """Return the best match of an operating system, how sure Nmap is of it in percent, and the kind of device."""
    found = host.child("os")
    matches = [each for each in found or () if each.name == "osmatch"]
    if not matches:
        return "", "", ""
    best = matches[0]
    kinds = {each.attributes.get("type", "") for each in [*best, *(found or ())] if each.name == "osclass"}
    return (
        best.attributes.get("name", ""),
        best.attributes.get("accuracy", ""),
        kinds.pop() if len(kinds) == 1 else "",
    )


def _take_ports(gathered: Gatherer, host: XmlElement, address: str) -> None:
    ports = host.child("ports")
    for port in ports or ():
        state = port.child("state") if port.name == "port" else None
        if state is None or state.attributes.get("state") != "open":
            continue
        protocol, number = port.attributes.get("protocol", "tcp"), port.attributes.get("portid", "")
        service = port.child("service")
        told = service.attributes if service is not None else {}
        name = told.get("name") or f"{protocol} {number}"
        probed = told.get("method") == "probed"
        attributes = {key: told[key] for key in ("product", "version", "extrainfo", "tunnel") if told.get(key)}
        attributes |= {"port": number, "protocol": protocol, "name_from": "probe" if probed else "port number"}
        id_ = f"{address}/{protocol}/{number}"
        class_name = _PROBED.get(name, "Application") if probed else "Application"
        if gathered.item(port.line, id_, class_name, f"{name} on {address}", {"attributes": attributes}):
            gathered.link(port.line, id_, "runs_on", address)
