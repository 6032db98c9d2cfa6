"""Clusters, virtual machines, services, and first-hop redundancy groups.

In comes the Inventory, out go items and what they run on. Two hosts or more of a cluster are a pool: how many must
be up NetBox does not say. The routers of a redundancy group (VRRP and its like) are a pool of which one is enough,
for that is what the protocol promises.
"""

from __future__ import annotations

from collections.abc import Mapping

from importers.netbox.describing import Describer
from importers.netbox.devices import Device, addresses
from importers.netbox.inventory import Inventory, Point, Row, external_id
from importers.netbox.places import place_text
from importers.netbox.statements import Statements, listed

__all__ = ["read_virtual"]


def read_virtual(inventory: Inventory, devices: Mapping[int, Device], describer: Describer, said: Statements) -> None:
    """Say everything that runs on devices rather than being one."""
    _read_clusters(inventory, devices, describer, said)
    for row in inventory.rows("virtualization.virtualmachine"):
        _say_machine(row, inventory, describer, said)
    for row in inventory.rows("ipam.service"):
        _say_service(row, inventory, describer, said)
    _read_redundancy_groups(inventory, describer, said)


def _read_clusters(inventory: Inventory, devices: Mapping[int, Device], describer: Describer, said: Statements) -> None:
    hosts: dict[int, list[Device]] = {}
    for device in devices.values():
        if (cluster := device.row.ref("cluster")) is not None:
            hosts.setdefault(cluster, []).append(device)
    for row in inventory.rows("virtualization.cluster"):
        kind = inventory.name("virtualization.clustertype", row.ref("type"))
        kubernetes = "kubernetes" in kind.lower() or "openshift" in kind.lower()
        values = describer.values(row, ("site", "scope_type", "scope_id", "scope"))
        said.item(row, "KubernetesCluster" if kubernetes else "Cluster", row.text("name") or row.id, values)
        if (place := _scope(inventory, row)) is not None:
            said.relationship(row, row.id, "located_in", external_id(*place))
        if len(hosts.get(row.key, ())) > 1:
            names = listed(each.name for each in hosts[row.key])
            said.pool(row, row.id, "hosts", evidence=f"devices whose cluster this is in NetBox: {names}")
    for key, those in hosts.items():
        pooled = {"pool": "hosts"} if len(those) > 1 and inventory.find("virtualization.cluster", key) else None
        for device in those:
            said.relationship(
                device.row, device.row.id, "member_of", external_id("virtualization.cluster", key), pooled
            )


def _scope(inventory: Inventory, row: Row) -> Point | None:
    """Return the place of a cluster: its scope, or its site before NetBox 4.2."""
    scope = inventory.point(row.fields.get("scope_type"), row.fields.get("scope_id"))
    site = row.ref("site")
    return scope or (("dcim.site", site) if site is not None else None)


def _say_machine(row: Row, inventory: Inventory, describer: Describer, said: Statements) -> None:
    values = describer.values(row, ("site", "cluster", "device", "role", "primary_ip4", "primary_ip6", "serial"))
    values |= addresses(inventory, row)
    if role := inventory.name("dcim.devicerole", row.ref("role")):
        values.setdefault("attributes", {})["role"] = role
    if text := place_text(inventory, row):
        values["location"] = text
    if row.text("serial"):
        values["serial_number"] = row.text("serial")
    said.item(row, "VirtualMachine", row.text("name") or row.id, values)
    cluster, device, site = row.ref("cluster"), row.ref("device"), row.ref("site")
    if cluster is not None:
        said.relationship(row, row.id, "runs_on", external_id("virtualization.cluster", cluster))
    if device is not None:
        # NetBox: "the host device to which the machine is pinned". It does not move when the host is lost.
        said.relationship(row, row.id, "runs_on", external_id("dcim.device", device))
    if cluster is None and device is None and site is not None:
        said.relationship(row, row.id, "located_in", external_id("dcim.site", site))


def _say_service(row: Row, inventory: Inventory, describer: Describer, said: Statements) -> None:
    values = describer.values(row, ("device", "virtual_machine", "parent_object_type", "parent_object_id", "parent"))
    ports = row.fields.get("ports")
    text = ports if isinstance(ports, str) else ", ".join(map(str, ports)) if isinstance(ports, list) else ""
    if text.strip("[] "):
        values.setdefault("attributes", {})["ports"] = text.strip("[] ")
    said.item(row, "Application", row.text("name") or row.id, values)
    parent = inventory.point(row.fields.get("parent_object_type"), row.fields.get("parent_object_id"))
    for model, field in (("dcim.device", "device"), ("virtualization.virtualmachine", "virtual_machine")):
        if parent is None and (key := row.ref(field)) is not None:
            parent = (model, key)
    if parent is not None and parent[0] == "ipam.fhrpgroup":
        said.relationship(row, row.id, "depends_on", external_id(*parent))
    elif parent is not None:
        said.relationship(row, row.id, "runs_on", external_id(*parent))


def _read_redundancy_groups(inventory: Inventory, describer: Describer, said: Statements) -> None:
    owners = {"dcim.interface": ("device", "dcim.device")}
    owners["virtualization.vminterface"] = ("virtual_machine", "virtualization.virtualmachine")
    members: dict[int, list[tuple[Row, str]]] = {}
    for row in inventory.rows("ipam.fhrpgroupassignment"):
        group, interface = (
            row.ref("group"),
            inventory.point(row.fields.get("interface_type"), row.fields.get("interface_id")),
        )
        field, model = owners.get(interface[0], ("", "")) if interface is not None else ("", "")
        owner = inventory.fields(*interface).get(field) if interface is not None else None
        if group is not None and isinstance(owner, int):
            members.setdefault(group, []).append((row, external_id(model, owner)))
        else:
            said.warn(row, "whose interface this is stands in no file: it says nothing about the group's members")
    for row in inventory.rows("ipam.fhrpgroup"):
        number = row.fields.get("group_id")
        name = (
            row.text("name") or f"{row.text('protocol').upper() or 'FHRP'} {number if number is not None else row.key}"
        )
        said.item(row, "ClusterVIP", name, describer.values(row, ("auth_key", "auth_type", "ip_addresses")))
        those = sorted({member for _, member in members.get(row.key, ())})
        if len(those) > 1:
            said.pool(row, row.id, "members", need=1, evidence=f"{name} is held by any one of {listed(those)}")
    for group, those_rows in members.items():
        several = len({member for _, member in those_rows}) > 1 and inventory.find("ipam.fhrpgroup", group) is not None
        for row, member in those_rows:
            pooled = {"pool": "members"} if several else None
            said.relationship(row, member, "member_of", external_id("ipam.fhrpgroup", group), pooled)
