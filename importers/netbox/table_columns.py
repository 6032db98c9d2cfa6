"""Which table of NetBox a CSV file is, and which field a column is. Tables and look-ups only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from importers.netbox.models import EVIDENCE, ITEMS, REST_MODELS

__all__ = ["DERIVED", "TELLING", "field_name", "model_of"]

_COMMON: Final = {
    "serial_number": "serial",
    "parent_device": "parent_device",
    "ipv4_address": "primary_ip4",
    "ipv6_address": "primary_ip6",
    "height": "u_height",
    "panel": "power_panel",
    "circuit_id": "cid",
    "term_side": "term_side",
}
_BY_MODEL: Final = {
    "dcim.device": {"type": "device_type", "parent": "parent_device", "device_bay": "device_bay_name"},
    "dcim.cable": {
        f"{label}_{side}": f"side_{side}_{field}"
        for side in "ab"
        for label, field in (("termination", "name"), ("device", "device"), ("site", "site"), ("rack", "rack"))
    },
    "circuits.circuit": {"circuit": "cid"},
    "dcim.powerport": {"parent": "parent_port"},
}
DERIVED: Final = frozenset(
    [
        "side",
        "region",
        "site_group",
        "tenant_group",
        "contacts",
        "created",
        "last_updated",
        "ip_address",
        "owner",
        "console_ports",
        "console_server_ports",
        "power_ports",
        "power_outlets",
        "interfaces",
        "front_ports",
        "rear_ports",
        "device_bays",
        "module_bays",
        "inventory_items",
        "devices",
        "racks",
        "sites",
        "prefixes",
        "vlans",
        "circuits",
        "virtual_machines",
        "virtual_device_contexts",
        "space",
        "power",
        "utilization",
        "power_utilization",
        "available_power",
        "position_(device_bay)",
        "asns",
        "asn_count",
    ]
)
"""Columns that a list shows of other objects: they change with those, and say nothing of their own."""
_SHAPES: Final[tuple[tuple[str, frozenset[str], frozenset[str]], ...]] = tuple(
    (model, frozenset(all_of.split()), frozenset(any_of.split()))
    for model, all_of, any_of in (
        ("dcim.cable", "side_a_name side_b_name", ""),
        ("dcim.powerfeed", "power_panel name", "supply phase voltage amperage"),
        ("dcim.poweroutlet", "device name", "feed_leg power_port"),
        ("dcim.powerport", "device name", "maximum_draw allocated_draw"),
        ("dcim.device", "role site device_type", "name"),
        ("virtualization.virtualmachine", "name cluster", "vcpus memory memory_(mb) disk_size"),
        ("circuits.circuit", "cid provider", ""),
        ("circuits.circuittermination", "circuit term_side", ""),
        ("dcim.rack", "site name", "u_height form_factor facility_id rack_type outer_width"),
        ("dcim.location", "site name parent", "slug status facility"),
        ("dcim.site", "name", "time_zone facility physical_address"),
        ("dcim.interface", "device name", "mgmt_only lag enabled management_only"),
    )
)


TELLING: Final = frozenset(
    [
        "dcim.cable",
        "dcim.device",
        "dcim.powerfeed",
        "dcim.poweroutlet",
        "dcim.powerport",
        "virtualization.virtualmachine",
        "circuits.circuit",
        "circuits.circuittermination",
    ]
)
"""Models whose columns no other inventory has."""


def field_name(model: str, header: str) -> str:
    """Return the field that a column is, by its name or its label.

    >>> field_name("dcim.device", "Serial number"), field_name("dcim.cable", "Device A")
    ('serial', 'side_a_device')
    """
    spelt = re.sub(r"[\s-]+", "_", header.strip().lower())
    return _BY_MODEL.get(model, {}).get(spelt) or _COMMON.get(spelt, spelt)


def model_of(header: Iterable[str], stem: str) -> str | None:
    """Return the model of a table: by the name that NetBox gives the file, else by its columns.

    >>> model_of(["name"], "netbox_power panels")
    'dcim.powerpanel'
    """
    columns = list(header)
    if stem.lower().startswith("netbox_"):
        spelt = re.sub(r"[^a-z]", "", stem.lower().removeprefix("netbox_"))
        for path, model in REST_MODELS.items():
            if re.sub(r"[^a-z]", "", path.partition("/")[2]) == spelt and (model in ITEMS or model in EVIDENCE):
                return model
    for model, all_of, any_of in _SHAPES:
        fields = {field_name(model, name) for name in columns}
        if all_of <= fields and (not any_of or fields & any_of):
            return model
    return None
