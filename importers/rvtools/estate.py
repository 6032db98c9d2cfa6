"""What the tabs say of the estate: hosts, clusters, datastores, machines, and how they rest on each other.

In come rows of tabs, each where it stands; out go items, relationships and the pool of each cluster. Nothing is
taken for granted that no row says: a name that two machines have is refused, and a host that only machines name is
said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from importers.rvtools.tabs import Tab, TabRow

__all__ = ["Estate", "Place"]

_DATASTORE: Final = re.compile(r"^\[([^\]]+)\]")
_POWER: Final = {"poweredon": "operational", "poweredoff": "maintenance", "suspended": "maintenance"}
_VM_KEPT: Final = {
    "powerstate": "powerstate", "cpus": "cpus", "memory": "memory_mb", "host": "host",
    "osaccordingtothevmwaretools": "os",
    "osaccordingtotheconfigurationfile": "os_configured", "folder": "folder", "resourcepool": "resource_pool",
    "hwversion": "hw_version", "firmware": "firmware", "hastartuptype": "ha_startup_type", "vmid": "vm_id",
    "smbiosuuid": "smbios_uuid", "disks": "disks", "nics": "nics",
}  # fmt: skip
_HOST_KEPT: Final = {
    "configstatus": "config_status", "cpumodel": "cpu_model", "#cpu": "cpus", "#cores": "cores", "#memory": "memory_mb",
    "esxversion": "esx_version", "#nics": "nics", "#hbas": "hbas", "uuid": "uuid",
}  # fmt: skip
_CLUSTER_KEPT: Final = {
    "haenabled": "ha_enabled", "drsenabled": "drs_enabled", "failoverlevel": "failover_level",
    "admissioncontrolenabled": "admission_control", "numhosts": "hosts", "configstatus": "config_status",
}  # fmt: skip
_STORE_KEPT: Final = {
    "type": "type", "capacitymib": "capacity_mb", "capacitymb": "capacity_mb", "address": "address", "url": "url",
    "#hosts": "hosts", "mha": "mha",
}  # fmt: skip


class Place(NamedTuple):
    """Where something is said: the number of the file, its tab, the row."""

    file: int
    tab: str
    row: int


@dataclass(slots=True)
class _Machine:
    place: Place
    id: str
    name: str
    values: dict[str, Any]
    host: str = ""
    cluster: str = ""
    datastores: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Thing:
    """A host, a cluster or a datastore; `described` where its own tab shows it."""

    place: Place
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    cluster: str = ""
    described: bool = False
    ha_enabled: bool | None = None


class Estate:
    """Collects what the tabs of all files say."""

    def __init__(self) -> None:
        self._machines: dict[str, _Machine] = {}
        self._by_name: dict[str, list[str]] = {}
        self._hosts: dict[str, _Thing] = {}
        self._clusters: dict[str, _Thing] = {}
        self._datastores: dict[str, _Thing] = {}
        self._members: dict[str, dict[str, Place]] = {}
        self.problems: list[tuple[Place, str | None, str]] = []
        """Refused rows; without an id where nobody can tell what the row was."""

    def take(self, file: int, tab: Tab) -> None:
        """Take one tab of a file."""
        readers = {"vHost": self._host, "vInfo": self._machine, "vCluster": self._cluster,
                   "vDatastore": self._datastore, "vDisk": self._disk, "vNetwork": self._network}  # fmt: skip
        for row in tab.rows:
            place = Place(file, tab.name, row.row)
            if row.problem is not None:
                self.problems.append((place, None, row.problem))
            else:
                readers[tab.name](place, row)

    def items(self) -> Iterator[tuple[Place, str, str, str, dict[str, Any]]]:
        """Give (place, id, class, name, values) of every item."""
        for things, kind, class_name in (
            (self._clusters, "cluster", "Cluster"), (self._hosts, "host", "Hypervisor"),
            (self._datastores, "datastore", "StorageVolume"),
        ):  # fmt: skip
            for key, thing in things.items():
                yield thing.place, f"{kind}:{key}", class_name, thing.name, thing.values
        for machine in self._machines.values():
            yield machine.place, machine.id, "VirtualMachine", machine.name, machine.values

    def relationships(self) -> Iterator[tuple[Place, str, str, str, dict[str, Any]]]:
        """Give (place, from, type, to, values) of every relationship."""
        for cluster, hosts in self._members.items():
            for host, place in hosts.items():
                yield place, f"host:{host}", "member_of", f"cluster:{cluster}", {"pool": "hosts"}
        for machine in self._machines.values():
            if machine.cluster:
                yield machine.place, machine.id, "runs_on", f"cluster:{machine.cluster}", {}
            # Where nothing restarts a machine elsewhere, it goes down with its host.
            if machine.host and (not machine.cluster or self._clusters[machine.cluster].ha_enabled is False):
                yield machine.place, machine.id, "runs_on", f"host:{machine.host}", {}
            for datastore in machine.datastores:
                yield machine.place, machine.id, "stores_on", f"datastore:{datastore}", {}

    def pools(self) -> Iterator[tuple[Place, str, str, dict[str, Any]]]:
        """Give (place, consumer, name, values) of the pool of hosts of every cluster."""
        for cluster, hosts in self._members.items():
            names = ", ".join(self._hosts[host].name for host in list(hosts)[:12])
            more = f" and {len(hosts) - 12} more" if len(hosts) > 12 else ""
            evidence = f"hosts of the cluster in RVTools: {names}{more}"
            yield self._clusters[cluster].place, f"cluster:{cluster}", "hosts", {"evidence": evidence}

    def notes(self) -> Iterator[str]:
        """Give what a person should know of the whole."""
        unseen = [host.name for host in self._hosts.values() if not host.described]
        described = len(self._hosts) - len(unseen)
        if unseen:
            shown = ", ".join(unseen[:5]) + (f" and {len(unseen) - 5} more" if len(unseen) > 5 else "")
            yield (
                f"{len(unseen)} hosts are only named by machines and {described} are shown in vHost; are they the same "
                f"under other names? Only named: {shown}"
            )
        without = sorted(cluster for cluster, thing in self._clusters.items() if thing.ha_enabled is False)
        if without:
            yield f"HA is off in {', '.join(without)}: its machines are said to run on their hosts too"

    def _machine(self, place: Place, row: TabRow) -> None:
        name, uuid = row.text("vm"), row.text("vmuuid", "vminstanceuuid", "instanceuuid")
        if not name:
            self.problems.append((place, None, "the row has no VM: a machine needs a name"))
            return
        identity = f"vm:{uuid or name}"
        if identity in self._machines:
            where = self._machines[identity].place
            self.problems.append(
                (place, identity, f"row {where.row} of {where.tab} is a machine of the same "
                 f"{'VM UUID' if uuid else 'name; export the column VM UUID too'}")
            )  # fmt: skip
            return
        values = _values(row, {"ip": ("primaryipaddress",), "fqdn": ("dnsname",), "description": ("annotation",),
                               "location": ("datacenter",)}, _VM_KEPT)  # fmt: skip
        attributes = values.setdefault("attributes", {})
        if row.is_true("template"):
            attributes["template"] = True  # it never runs, so its power says nothing
        elif (status := _POWER.get(row.text("powerstate").casefold())) is not None:
            values["status"] = status
        if row.is_true("srmplaceholder"):
            attributes["srm_placeholder"] = True
        cluster = self._cluster_key(place, row)
        host = self._named_host(place, row, cluster)
        machine = _Machine(place, identity, name, values, host, cluster)
        self._machines[identity] = machine
        self._by_name.setdefault(name, []).append(identity)
        self._stores(place, machine, row)

    def _named_host(self, place: Place, row: TabRow, cluster: str) -> str:
        name = row.text("host")
        if not name:
            return ""
        key = name.casefold()
        if key not in self._hosts:
            self._hosts[key] = _Thing(place, name, _values(row, {"location": ("datacenter",)}, {}), cluster)
        if cluster:
            self._members.setdefault(cluster, {}).setdefault(key, place)
        return key

    def _host(self, place: Place, row: TabRow) -> None:
        name = row.text("host")
        if not name:
            self.problems.append((place, None, "the row has no Host: a host needs a name"))
            return
        key, cluster = name.casefold(), self._cluster_key(place, row)
        known = self._hosts.get(key)
        if known is not None and known.described:
            self.problems.append((place, f"host:{key}", f"row {known.place.row} of {known.place.tab} is the same host"))
            return
        values = _values(row, {"manufacturer": ("vendor",), "model": ("model",), "location": ("datacenter",),
                               "serial_number": ("servicetag", "serialnumber")}, _HOST_KEPT)  # fmt: skip
        if row.is_true("inmaintenancemode"):
            values["status"] = "maintenance"
        self._hosts[key] = _Thing(place, name, values, cluster, described=True)
        if cluster:
            self._members.setdefault(cluster, {})[key] = place

    def _cluster_key(self, place: Place, row: TabRow) -> str:
        """Return the key of the cluster that a row names; its name is unique only within its datacenter."""
        name, datacenter = row.text("cluster"), row.text("datacenter")
        if not name:
            return ""
        key = f"{datacenter}/{name}".casefold()
        if not datacenter:
            known = [key for key, thing in self._clusters.items() if thing.name == name]
            if len(known) > 1:
                self.problems.append(
                    (place, name, f"{len(known)} datacenters have a cluster {name!r}: export the column Datacenter too")
                )
                return ""
            key = known[0] if known else name.casefold()
        if key not in self._clusters:
            values = {"location": datacenter} if datacenter else {}
            self._clusters[key] = _Thing(place, name, values)
        return key

    def _cluster(self, place: Place, row: TabRow) -> None:
        name = row.text("name", "cluster")
        if not name:
            self.problems.append((place, None, "the row has no Name: a cluster needs one"))
            return
        key = self._cluster_key(place, row._replace(cells={**row.cells, "cluster": name}))
        if not key:
            return
        thing = self._clusters[key]
        thing.values |= _values(row, {"location": ("datacenter",)}, _CLUSTER_KEPT)
        if row.text("haenabled"):
            thing.ha_enabled = row.is_true("haenabled")

    def _datastore(self, place: Place, row: TabRow) -> None:
        name = row.text("name")
        if not name:
            self.problems.append((place, None, "the row has no Name: a datastore needs one"))
            return
        self._datastores.setdefault(name.casefold(), _Thing(place, name)).values |= _values(row, {}, _STORE_KEPT)

    def _stores(self, place: Place, machine: _Machine, row: TabRow) -> None:
        found = _DATASTORE.match(row.text("path", "diskpath"))
        if found:
            self._datastores.setdefault(found[1].casefold(), _Thing(place, found[1]))
            machine.datastores[found[1].casefold()] = None

    def _disk(self, place: Place, row: TabRow) -> None:
        if (machine := self._machine_of(row)) is not None:
            self._stores(place, machine, row)

    def _network(self, place: Place, row: TabRow) -> None:
        machine = self._machine_of(row)
        if machine is None:
            return
        if mac := row.text("macaddress"):
            machine.values.setdefault("mac", mac)
        if address := row.text("ipv4address", "ipaddress"):
            machine.values.setdefault("ip", address.split(",")[0].strip())
        if network := row.text("network"):
            networks = machine.values.setdefault("attributes", {}).setdefault("networks", [])
            if network not in networks:
                networks.append(network)

    def _machine_of(self, row: TabRow) -> _Machine | None:
        """Return the machine that a row of another tab is of; None where a name alone does not tell."""
        uuid = row.text("vmuuid", "vminstanceuuid")
        if uuid and f"vm:{uuid}" in self._machines:
            return self._machines[f"vm:{uuid}"]
        named = self._by_name.get(row.text("vm"), [])
        return self._machines[named[0]] if len(named) == 1 else None


def _values(row: TabRow, fields: dict[str, tuple[str, ...]], kept: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: text for name, columns in fields.items() if (text := row.text(*columns))}
    attributes = {name: text for column, name in kept.items() if (text := row.text(column))}
    return values | {"attributes": attributes} if attributes else values
