"""The instances of a state into a Gatherer.

In comes a state; out go items, what each depends on, and pools where a load balancer names several machines. Terraform
tells the order of creation, and mostly that is who needs whom; behind a load balancer it is the other way round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from importers.gathering import Gatherer, listed
from importers.terraform.classes import class_of
from importers.terraform.states import Instance, State

__all__ = ["take_state"]

_OWNED: Final = {("LBPoolMember", "LBPool"), ("LBPool", "LBService")}
_ADDRESSES: Final = ("private_ip", "access_ip_v4", "ip_address", "public_ip")


def take_state(gathered: Gatherer, state: State, prefix: str) -> None:
    """Take the instances of a state; ids are the addresses with `prefix` before them."""
    for row, name, complaint in state.complaints:
        gathered.builder.refuse(row, f"{prefix}/{name}" if name else None, complaint)
    taken = [each for each in state.instances if _item(gathered, each, prefix)]
    ids = {each.address: f"{prefix}/{each.address}" for each in taken}
    hanging: set[str] = set()
    several: set[str] = set()
    members: dict[str, list[Instance]] = defaultdict(list)
    for each in taken:
        balanced = set(_balanced(each))
        for named, found in state.providers(each):
            those = [other for other in found if other.address in ids and other.address != each.address]
            if not found and not named.startswith("data.") and ".data." not in named:
                hanging.add(named)
                gathered.link(each.row, ids[each.address], "depends_on", f"{prefix}/{named}")
            if len(those) > 1:
                several.add(named)
            for other in those:
                pair = class_of(each.type), class_of(other.type)
                if pair in _OWNED:
                    gathered.link(each.row, ids[each.address], "owned_by", ids[other.address])
                    if pair[1] == "LBPool":
                        members[other.address].append(each)
                elif str(other.attributes.get("id")) not in balanced:
                    gathered.link(each.row, ids[each.address], "depends_on", ids[other.address])
        _take_balanced(gathered, each, balanced, taken, ids)
    for pool, those in members.items():
        if len(those) > 1:
            names = listed(each.address for each in those)
            gathered.pool(those[0].row, ids[pool], "members", f"members of the load balancer's pool: {names}")
    _notes(gathered, state, hanging, several)


def _item(gathered: Gatherer, each: Instance, prefix: str) -> bool:
    if each.mode == "data":
        gathered.skip("data sources, which only read what is managed elsewhere")
        return False
    id_ = f"{prefix}/{each.address}"
    cloud_id = each.attributes.get("id")
    if not isinstance(cloud_id, str) or not cloud_id.strip():
        gathered.builder.refuse(each.row, id_, f"{each.address} has no id in the state: was it ever made?")
        return False
    attributes = {"type": each.type, "provider": each.provider, "module": each.module, "key": each.key}
    if kind := each.attributes.get("instance_type") or each.attributes.get("flavor_name"):
        attributes["size"] = str(kind)
    values: dict[str, Any] = {
        "cloud_id": cloud_id,
        "attributes": {name: value for name, value in attributes.items() if value},
    }
    ip = next((each.attributes[name] for name in _ADDRESSES if isinstance(each.attributes.get(name), str)), None)
    if ip:
        values["ip"] = ip
    if not gathered.item(each.row, id_, class_of(each.type), _name(each), values):
        return False
    zone = each.attributes.get("availability_zone")
    if isinstance(zone, str) and zone.strip():
        gathered.item(each.row, f"zone/{zone}", "AvailabilityZone", zone)
        gathered.link(each.row, id_, "located_in", f"zone/{zone}")
    return True


def _name(each: Instance) -> str:
    tags = each.attributes.get("tags")
    given = tags.get("Name") if isinstance(tags, dict) else each.attributes.get("tags.Name")
    given = given or each.attributes.get("name")
    return given.strip() if isinstance(given, str) and given.strip() else each.address


def _balanced(each: Instance) -> Iterator[str]:
    """Give the ids of the machines that a classic load balancer spreads the work over."""
    if class_of(each.type) == "CloudLoadBalancer":
        told = each.attributes.get("instances")
        yield from (str(id_) for id_ in told if isinstance(id_, str)) if isinstance(told, list) else ()
        for name, value in each.attributes.items():
            if name.startswith("instances.") and name != "instances.#" and isinstance(value, str):
                yield value


def _take_balanced(
    gathered: Gatherer, each: Instance, balanced: set[str], taken: list[Instance], ids: dict[str, str]
) -> None:
    if balanced:
        those = [ids[other.address] for other in taken if str(other.attributes.get("id")) in balanced]
        evidence = f"{each.address} spreads its work over {listed(balanced)}"
        gathered.any_of(each.row, ids[each.address], "depends_on", those, "instances", evidence)


def _notes(gathered: Gatherer, state: State, hanging: set[str], several: set[str]) -> None:
    if hanging:
        gathered.note(
            f"{len(hanging)} resources are depended on and not in the state, now placeholders: {listed(hanging)}"
        )
    if several:
        gathered.note(
            f"made with count or for_each, and each instance taken as required: {listed(several)}; "
            "where they stand in for each other, add a pool"
        )
    if state.deposed:
        gathered.skip("deposed instances, which were replaced", state.deposed)
    if not state.instances and not state.complaints:
        gathered.note("the state holds no resources")
