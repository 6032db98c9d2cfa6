"""What this importer knows of NetBox's models: their REST paths, their references, and what becomes of each.

Tables only. `REFERENCES` says which fields point where, so that both formats end as bare keys; what stands in none
of these tables is counted and named as not imported.
"""

from __future__ import annotations

from typing import Final

__all__ = ["EVIDENCE", "ITEMS", "REFERENCES", "REST_MODELS", "SHAPES", "plural"]

ITEMS: Final[dict[str, str]] = {
    "dcim.region": "regions",
    "dcim.sitegroup": "site groups",
    "dcim.site": "sites",
    "dcim.location": "locations",
    "dcim.rack": "racks",
    "dcim.device": "devices",
    "dcim.virtualchassis": "virtual chassis",
    "dcim.powerpanel": "power panels",
    "dcim.powerfeed": "power feeds",
    "virtualization.cluster": "clusters",
    "virtualization.virtualmachine": "virtual machines",
    "circuits.provider": "providers",
    "circuits.providernetwork": "provider networks",
    "circuits.circuit": "circuits",
    "ipam.service": "services",
    "ipam.fhrpgroup": "first-hop redundancy groups",
}
"""Models whose rows become items."""

EVIDENCE: Final[dict[str, str]] = {
    "dcim.cable": "cables",
    "dcim.cabletermination": "cable terminations",
    "dcim.interface": "interfaces",
    "dcim.frontport": "front ports",
    "dcim.rearport": "rear ports",
    "dcim.portmapping": "port mappings",
    "dcim.consoleport": "console ports",
    "dcim.consoleserverport": "console server ports",
    "dcim.powerport": "power ports",
    "dcim.poweroutlet": "power outlets",
    "dcim.devicebay": "device bays",
    "dcim.devicerole": "device roles",
    "dcim.devicetype": "device types",
    "dcim.manufacturer": "manufacturers",
    "dcim.platform": "platforms",
    "dcim.rackrole": "rack roles",
    "dcim.racktype": "rack types",
    "circuits.circuittermination": "circuit terminations",
    "circuits.circuittype": "circuit types",
    "virtualization.clustertype": "cluster types",
    "virtualization.clustergroup": "cluster groups",
    "virtualization.vminterface": "virtual interfaces",
    "wireless.wirelesslink": "wireless links",
    "ipam.ipaddress": "IP addresses",
    "ipam.fhrpgroupassignment": "first-hop redundancy assignments",
    "tenancy.tenant": "tenants",
    "extras.tag": "tags",
    "extras.taggeditem": "tagged objects",
    "contenttypes.contenttype": "content types",
}
"""Models that are read for what they say about items."""

_REST_NAMES: Final[dict[str, str]] = {
    "dcim": "region site-group site location rack device power-panel power-feed cable cable-termination interface "
    "front-port rear-port console-port console-server-port power-port power-outlet device-bay device-role device-type "
    "manufacturer platform rack-role rack-type",
    "virtualization": "cluster virtual-machine cluster-type cluster-group",
    "circuits": "provider provider-network circuit circuit-termination circuit-type",
    "ipam": "service fhrp-group fhrp-group-assignment",
    "wireless": "wireless-link",
    "tenancy": "tenant",
    "extras": "tag",
}
REST_MODELS: Final[dict[str, str]] = {
    f"{app}/{name}s": f"{app}.{name.replace('-', '')}" for app, names in _REST_NAMES.items() for name in names.split()
} | {
    "dcim/virtual-chassis": "dcim.virtualchassis",
    "virtualization/interfaces": "virtualization.vminterface",
    "ipam/ip-addresses": "ipam.ipaddress",
}
"""The model behind each path of the REST API that is read."""

REFERENCES: Final[dict[str, dict[str, str]]] = {
    "dcim.region": {"parent": "dcim.region"},
    "dcim.sitegroup": {"parent": "dcim.sitegroup"},
    "dcim.site": {"region": "dcim.region", "group": "dcim.sitegroup"},
    "dcim.location": {"site": "dcim.site", "parent": "dcim.location"},
    "dcim.rack": {
        "site": "dcim.site",
        "location": "dcim.location",
        "role": "dcim.rackrole",
        "rack_type": "dcim.racktype",
    },
    "dcim.device": {
        "device_type": "dcim.devicetype",
        "role": "dcim.devicerole",
        "device_role": "dcim.devicerole",
        "platform": "dcim.platform",
        "site": "dcim.site",
        "location": "dcim.location",
        "rack": "dcim.rack",
        "parent_device": "dcim.device",
        "cluster": "virtualization.cluster",
        "virtual_chassis": "dcim.virtualchassis",
        "primary_ip4": "ipam.ipaddress",
        "primary_ip6": "ipam.ipaddress",
        "oob_ip": "ipam.ipaddress",
    },
    "dcim.devicetype": {"manufacturer": "dcim.manufacturer"},
    "dcim.racktype": {"manufacturer": "dcim.manufacturer"},
    "dcim.virtualchassis": {"master": "dcim.device"},
    "dcim.devicebay": {"device": "dcim.device", "installed_device": "dcim.device"},
    "dcim.interface": {"device": "dcim.device", "lag": "dcim.interface", "parent": "dcim.interface"},
    "dcim.frontport": {"device": "dcim.device", "rear_port": "dcim.rearport"},
    "dcim.portmapping": {"device": "dcim.device", "front_port": "dcim.frontport", "rear_port": "dcim.rearport"},
    "dcim.rearport": {"device": "dcim.device"},
    "dcim.consoleport": {"device": "dcim.device"},
    "dcim.consoleserverport": {"device": "dcim.device"},
    "dcim.powerport": {"device": "dcim.device"},
    "dcim.poweroutlet": {"device": "dcim.device", "power_port": "dcim.powerport"},
    "dcim.powerpanel": {"site": "dcim.site", "location": "dcim.location"},
    "dcim.powerfeed": {"power_panel": "dcim.powerpanel", "rack": "dcim.rack"},
    "dcim.cabletermination": {"cable": "dcim.cable"},
    "circuits.circuit": {
        "provider": "circuits.provider",
        "type": "circuits.circuittype",
        "termination_a": "circuits.circuittermination",
        "termination_z": "circuits.circuittermination",
    },
    "circuits.providernetwork": {"provider": "circuits.provider"},
    "circuits.circuittermination": {
        "circuit": "circuits.circuit",
        "site": "dcim.site",
        "provider_network": "circuits.providernetwork",
    },
    "virtualization.cluster": {
        "type": "virtualization.clustertype",
        "group": "virtualization.clustergroup",
        "site": "dcim.site",
    },
    "virtualization.virtualmachine": {
        "cluster": "virtualization.cluster",
        "device": "dcim.device",
        "site": "dcim.site",
        "role": "dcim.devicerole",
        "platform": "dcim.platform",
        "primary_ip4": "ipam.ipaddress",
        "primary_ip6": "ipam.ipaddress",
    },
    "virtualization.vminterface": {"virtual_machine": "virtualization.virtualmachine"},
    "ipam.service": {"device": "dcim.device", "virtual_machine": "virtualization.virtualmachine"},
    "ipam.fhrpgroupassignment": {"group": "ipam.fhrpgroup"},
    "wireless.wirelesslink": {"interface_a": "dcim.interface", "interface_b": "dcim.interface"},
}
for _model in ITEMS:
    REFERENCES.setdefault(_model, {})["tenant"] = "tenancy.tenant"

SHAPES: Final[tuple[tuple[str, frozenset[str]], ...]] = tuple(
    (model, frozenset(keys.split()))
    for model, keys in (
        ("dcim.device", "device_type site"),
        ("dcim.devicetype", "manufacturer model u_height"),
        ("dcim.cable", "a_terminations b_terminations"),
        ("dcim.powerfeed", "power_panel supply"),
        ("dcim.poweroutlet", "device power_port"),
        ("dcim.powerport", "device maximum_draw"),
        ("dcim.frontport", "device rear_port"),
        ("dcim.rearport", "device positions"),
        ("dcim.interface", "device mgmt_only"),
        ("dcim.devicebay", "device installed_device"),
        ("dcim.rack", "site u_height"),
        ("dcim.location", "site parent slug"),
        ("dcim.site", "region slug facility"),
        ("virtualization.virtualmachine", "cluster vcpus"),
        ("circuits.circuit", "cid provider"),
        ("circuits.circuittermination", "circuit term_side"),
    )
)
"""Fields that give a REST object away where it has no `url`; the first that fits decides."""


def plural(model: str) -> str:
    """Return what a person calls the objects of a model."""
    return ITEMS.get(model) or EVIDENCE.get(model) or model
