"""What this importer knows of iTop's data model: classes, keys and links, and what they are labelled. Tables only."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = [
    "CLASSES",
    "END_TARGETS",
    "KEYS",
    "LABELS",
    "LINKS",
    "LINK_SETS",
    "NOT_ITEMS",
    "Key",
    "Link",
    "class_of_name",
]


class Key(NamedTuple):
    """An external key: the relationship that it states, and the classes it can point to (none: any item)."""

    type_name: str
    targets: tuple[str, ...]


class Link(NamedTuple):
    """A link class: the codes of its two keys, `start` relying on `end` or belonging to it, and the type."""

    start: str
    type_name: str
    end: str


CLASSES: Final[dict[str, frozenset[str]]] = {
    name: frozenset(columns.split())
    for name, columns in {
        "ApplicationSolution": "", "BusinessProcess": "", "DBServer": "", "DatabaseSchema": "dbserver_id",
        "WebServer": "",
        "WebApplication": "webserver_id", "Middleware": "", "MiddlewareInstance": "middleware_id", "PCSoftware": "",
        "OtherSoftware": "", "Server": "", "VirtualMachine": "virtualhost_id", "Hypervisor": "farm_id", "Farm": "",
        "NetworkDevice": "networkdevicetype_id", "StorageSystem": "", "SANSwitch": "", "TapeLibrary": "", "NAS": "",
        "NASFileSystem": "nas_id", "Tape": "tapelibrary_id", "LogicalVolume": "storagesystem_id", "Rack": "",
        "Enclosure": "", "PDU": "powerstart_id", "PowerSource": "", "PC": "", "Printer": "", "Phone": "",
        "IPPhone": "",
        "MobilePhone": "", "Tablet": "", "Peripheral": "", "Location": "", "Group": "", "Person": "", "Team": "",
        "PhysicalInterface": "connectableci_id macaddress", "LogicalInterface": "virtualmachine_id macaddress",
        "Subnet": "", "VLAN": "",
    }.items()
}  # fmt: skip
"""The classes that become items, each with a column that no other class has, where there is one."""

NOT_ITEMS: Final = frozenset(
    ["Organization", "Brand", "Model", "OSFamily", "OSVersion", "Software", "NetworkDeviceType",
    "lnkFunctionalCIToTicket",
     "Contract", "CustomerContract", "DocumentFile", "DocumentNote", "DocumentWeb", "DeliveryModel"]
)  # fmt: skip
"""Classes that describe items, or are none: read over, and said so."""

KEYS: Final[dict[str, Key]] = {
    "enclosure_id": Key("mounted_in", ("Enclosure",)),
    "rack_id": Key("mounted_in", ("Rack",)),
    "location_id": Key("located_in", ("Location",)),
    "powerA_id": Key("powered_by", ("PDU", "PowerSource")),
    "powerB_id": Key("powered_by", ("PDU", "PowerSource")),
    "powerstart_id": Key("fed_by", ("PowerSource", "PDU")),
    "farm_id": Key("member_of", ("Farm",)),
    "server_id": Key("runs_on", ("Server",)),
    "virtualhost_id": Key("runs_on", ("Hypervisor", "Farm")),
    "system_id": Key("runs_on", ()),
    "dbserver_id": Key("hosted_on", ("DBServer",)),
    "webserver_id": Key("hosted_on", ("WebServer",)),
    "middleware_id": Key("hosted_on", ("Middleware",)),
    "nas_id": Key("hosted_on", ("NAS",)),
    "tapelibrary_id": Key("hosted_on", ("TapeLibrary",)),
    "storagesystem_id": Key("stores_on", ("StorageSystem",)),
}
"""The keys of items. Of enclosure, rack and location only the nearest is stated: each stands in the next."""

LINKS: Final[dict[str, Link]] = {
    "lnkApplicationSolutionToFunctionalCI": Link("applicationsolution_id", "depends_on", "functionalci_id"),
    "lnkApplicationSolutionToBusinessProcess": Link("businessprocess_id", "depends_on", "applicationsolution_id"),
    "lnkConnectableCIToNetworkDevice": Link("connectableci_id", "uplinks_to", "networkdevice_id"),
    "lnkServerToVolume": Link("server_id", "stores_on", "volume_id"),
    "lnkVirtualDeviceToVolume": Link("virtualdevice_id", "stores_on", "volume_id"),
    "lnkSanToDatacenterDevice": Link("datacenterdevice_id", "uplinks_to", "san_id"),
    "lnkGroupToCI": Link("ci_id", "member_of", "group_id"),
    "lnkContactToFunctionalCI": Link("functionalci_id", "has_contact", "contact_id"),
}
END_TARGETS: Final[dict[str, tuple[str, ...]]] = {
    "applicationsolution_id": ("ApplicationSolution",),
    "businessprocess_id": ("BusinessProcess",),
    "networkdevice_id": ("NetworkDevice",),
    "server_id": ("Server",),
    "volume_id": ("LogicalVolume",),
    "san_id": ("SANSwitch",),
    "group_id": ("Group",),
    "contact_id": ("Person", "Team"),
    "virtualdevice_id": ("VirtualMachine", "Hypervisor", "Farm"),
}
"""The classes that the ends of links can be of; any item where it does not say."""

LINK_SETS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "functionalcis_list": (("lnkApplicationSolutionToFunctionalCI", "applicationsolution_id", "functionalci_id"),),
    "applicationsolution_list": (
        ("lnkApplicationSolutionToFunctionalCI", "functionalci_id", "applicationsolution_id"),
    ),
    "businessprocess_list": (
        ("lnkApplicationSolutionToBusinessProcess", "applicationsolution_id", "businessprocess_id"),
    ),
    "applicationsolutions_list": (
        ("lnkApplicationSolutionToBusinessProcess", "businessprocess_id", "applicationsolution_id"),
    ),
    "networkdevice_list": (("lnkConnectableCIToNetworkDevice", "connectableci_id", "networkdevice_id"),),
    "connectablecis_list": (("lnkConnectableCIToNetworkDevice", "networkdevice_id", "connectableci_id"),),
    "logicalvolumes_list": (
        ("lnkServerToVolume", "server_id", "volume_id"),
        ("lnkVirtualDeviceToVolume", "virtualdevice_id", "volume_id"),
    ),
    "servers_list": (("lnkServerToVolume", "volume_id", "server_id"),),
    "virtualdevices_list": (("lnkVirtualDeviceToVolume", "volume_id", "virtualdevice_id"),),
    "san_list": (("lnkSanToDatacenterDevice", "datacenterdevice_id", "san_id"),),
    "datacenterdevices_list": (("lnkSanToDatacenterDevice", "san_id", "datacenterdevice_id"),),
    "cis_list": (("lnkGroupToCI", "group_id", "ci_id"),),
    "groups_list": (("lnkGroupToCI", "ci_id", "group_id"),),
    "contacts_list": (("lnkContactToFunctionalCI", "functionalci_id", "contact_id"),),
}
"""Link sets by name: the link class, the code of the item that holds the set, and the code of the other end."""

LABELS: Final[dict[str, str]] = {
    "id (primary key)": "id", "primary key": "id", "final class": "finalclass", "ci sub-class": "finalclass",
    "ci type": "finalclass", "sub-class": "finalclass", "organization": "org_id",
    "business criticality": "business_criticity",
    "move to production date": "move2production", "serial number": "serialnumber", "location": "location_id",
    "brand": "brand_id", "model": "model_id", "asset number": "asset_number", "end of warranty": "end_of_warranty",
    "purchase date": "purchase_date", "rack": "rack_id", "enclosure": "enclosure_id", "rack units": "nb_u",
    "management ip": "managementip", "powera source": "powerA_id", "powerb source": "powerB_id",
    "power a": "powerA_id",
    "power b": "powerB_id", "virtual host": "virtualhost_id", "farm": "farm_id", "vcluster": "farm_id",
    "server": "server_id",
    "system": "system_id", "software": "software_id", "db server": "dbserver_id", "dbserver": "dbserver_id",
    "web server": "webserver_id", "webserver": "webserver_id", "middleware": "middleware_id", "nas": "nas_id",
    "tape library": "tapelibrary_id", "storage system": "storagesystem_id", "power start": "powerstart_id",
    "os family": "osfamily_id", "os version": "osversion_id", "network type": "networkdevicetype_id",
    "application solution": "applicationsolution_id", "functional ci": "functionalci_id",
    "functionalci": "functionalci_id",
    "business process": "businessprocess_id", "network device": "networkdevice_id",
    "connected device": "connectableci_id",
    "connectable ci": "connectableci_id", "connection type": "connection_type", "network port": "network_port",
    "device port": "device_port", "volume": "volume_id", "virtual device": "virtualdevice_id", "san switch": "san_id",
    "device": "datacenterdevice_id", "group": "group_id", "ci": "ci_id", "contact": "contact_id",
}  # fmt: skip
"""What iTop labels its attributes in English, in lower case; every other label is its code with blanks in it."""


def class_of_name(file_stem: str) -> str | None:
    """Return the class that a file is named after, None where its name tells none or several.

    >>> class_of_name("Server"), class_of_name("export-VirtualMachine 2026"), class_of_name("servers")
    ('Server', 'VirtualMachine', None)
    """
    words = [word.casefold() for word in re.split(r"[^A-Za-z]+", file_stem) if word]
    found = {name for name in (*CLASSES, *LINKS, *NOT_ITEMS) if name.casefold() in words}
    return found.pop() if len(found) == 1 else None
