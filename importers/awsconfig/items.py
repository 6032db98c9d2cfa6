"""Configuration items into a Gatherer: resources, the zones they stand in, and who relies on whom.

In come all items, so that a relation told from both ends is taken once; out go items, links, and pools where a group
of machines or a load balancer names its members.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from importers.gathering import Gatherer, listed

__all__ = ["Account"]

_CLASSES: Final = {
    "AWS::EC2::Instance": "VirtualMachine",
    "AWS::EC2::Volume": "StorageVolume",
    "AWS::EC2::VPC": "Network",
    "AWS::EC2::Subnet": "Subnet",
    "AWS::EC2::NetworkInterface": "NetworkInterface",
    "AWS::EC2::EIP": "IPAddress",
    "AWS::EC2::InternetGateway": "CloudGateway",
    "AWS::EC2::NatGateway": "CloudGateway",
    "AWS::EC2::VPNGateway": "CloudGateway",
    "AWS::ElasticLoadBalancing::LoadBalancer": "CloudLoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "CloudLoadBalancer",
    "AWS::AutoScaling::AutoScalingGroup": "Cluster",
    "AWS::RDS::DBInstance": "CloudDatabase",
    "AWS::RDS::DBCluster": "DatabaseCluster",
    "AWS::DynamoDB::Table": "CloudDatabase",
    "AWS::Lambda::Function": "CloudFunction",
    "AWS::S3::Bucket": "StorageVolume",
    "AWS::EFS::FileSystem": "StorageVolume",
    "AWS::EKS::Cluster": "KubernetesCluster",
    "AWS::ACM::Certificate": "Certificate",
    "AWS::ApiGateway::RestApi": "CloudGateway",
    "AWS::CloudFormation::Stack": "ResourceGroup",
}
_GONE: Final = frozenset(["ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded"])
_NO_ZONE: Final = frozenset(["", "not applicable", "multiple availability zones", "regional"])
_MACHINE: Final = "AWS::EC2::Instance"
_GROUP: Final = "AWS::AutoScaling::AutoScalingGroup"
_HOLDERS: Final = frozenset([_GROUP, "AWS::ElasticLoadBalancing::LoadBalancer"])
# Attachments: the first needs the second, whichever of them tells it.
_ATTACHED: Final = {
    ("AWS::EC2::Instance", "AWS::EC2::Volume"): "stores_on",
    ("AWS::EC2::Instance", "AWS::EC2::NetworkInterface"): "depends_on",
    ("AWS::EC2::EIP", "AWS::EC2::Instance"): "depends_on",
    ("AWS::EC2::EIP", "AWS::EC2::NetworkInterface"): "depends_on",
    ("AWS::EC2::VPC", "AWS::EC2::InternetGateway"): "depends_on",
    ("AWS::RDS::DBInstance", "AWS::RDS::DBSubnetGroup"): "depends_on",
}
_GROUPINGS: Final = frozenset(["AWS::CloudFormation::Stack"])


class Account:
    """The items of all files, by id."""

    def __init__(self, gathered: Gatherer, items: list[Any]) -> None:
        self._gathered = gathered
        self._ids = {_id(item) for item in items if isinstance(item, dict)}

    def take(self, row: int, item: Any) -> None:
        """Take one item of the present file."""
        id_ = _id(item) if isinstance(item, dict) else None
        if id_ is None:
            said = f"item {row} has no resourceType and resourceId: both are text"
            self._gathered.builder.refuse_unidentified(row, said)
            return
        if item.get("configurationItemStatus") in _GONE:
            self._gathered.skip("resources that are deleted or not recorded")
            return
        type_ = item["resourceType"]
        told = item.get("configuration") if isinstance(item.get("configuration"), dict) else {}
        assert isinstance(told, dict)
        tags = item.get("tags") if isinstance(item.get("tags"), dict) else {}
        assert isinstance(tags, dict)
        given = tags.get("Name") or item.get("resourceName")
        name = given.strip() if isinstance(given, str) and given.strip() else item["resourceId"]
        attributes = {
            "type": type_,
            "account": item.get("awsAccountId"),
            "arn": item.get("ARN") or item.get("arn"),
            "tags": tags,
        }
        values = {
            "cloud_id": item["resourceId"],
            "ip": told.get("privateIpAddress") if isinstance(told.get("privateIpAddress"), str) else None,
            "attributes": {key: value for key, value in attributes.items() if value},
        }
        if self._gathered.item(row, id_, _CLASSES.get(type_, "CloudResource"), name, values):
            self._place(row, id_, item)
            members = self._members(row, id_, type_, item)
            for other_type, other, words in _relations(item):
                if other not in members:
                    self._relation(row, id_, type_, other_type, other, words)

    def _place(self, row: int, id_: str, item: dict[str, Any]) -> None:
        region, zone = item.get("awsRegion"), item.get("availabilityZone")
        region = region if isinstance(region, str) and region not in ("", "global") else None
        if region:
            self._gathered.item(row, f"region/{region}", "CloudRegion", region)
        if isinstance(zone, str) and zone.strip().lower() not in _NO_ZONE:
            self._gathered.item(row, f"zone/{zone}", "AvailabilityZone", zone)
            self._gathered.link(row, id_, "located_in", f"zone/{zone}")
            if region:
                self._gathered.link(row, f"zone/{zone}", "located_in", f"region/{region}")
        elif region:
            self._gathered.link(row, id_, "located_in", f"region/{region}")

    def _members(self, row: int, id_: str, type_: str, item: dict[str, Any]) -> set[str]:
        """Take the machines behind a group or a load balancer as a pool; return their ids."""
        if type_ not in _HOLDERS:
            return set()
        told = item.get("configuration") if isinstance(item.get("configuration"), dict) else {}
        assert isinstance(told, dict)
        machines = [f"{_MACHINE}/{each}" for each in _instances(told)]
        machines += [other for kind, other, _ in _relations(item) if kind == _MACHINE and other not in machines]
        least = told.get("minSize") if type_ == _GROUP else None
        need = least if isinstance(least, int) and not isinstance(least, bool) and least >= 1 else None
        what = "is a group of" if type_ == _GROUP else "spreads its work over"
        stated = f"; minSize is {least}" if need is not None else ""
        evidence = f"{id_} {what} {listed(machines)}{stated}"
        self._gathered.any_of(row, id_, "depends_on", machines, "instances", evidence, need)
        return set(machines)

    def _relation(self, row: int, id_: str, type_: str, other_type: str, other: str, words: str) -> None:
        word = words.strip().lower()
        if type_ == _MACHINE and other_type in _HOLDERS:
            if other not in self._ids:
                self._gathered.skip("machines whose group or load balancer is in no file")
        elif type_ in _GROUPINGS or other_type in _GROUPINGS:
            holder, held = (id_, other) if type_ in _GROUPINGS else (other, id_)
            self._gathered.link(row, holder, "contains", held)
        elif (type_name := _ATTACHED.get((type_, other_type))) is not None:
            self._gathered.link(row, id_, type_name, other)
        elif (type_name := _ATTACHED.get((other_type, type_))) is not None:
            self._gathered.link(row, other, type_name, id_)
        elif word.startswith("is contained in"):
            self._gathered.link(row, id_, "located_in", other)
        elif word.startswith("contains"):
            self._gathered.link(row, other, "located_in", id_)
        else:
            # Both ends tell it, in words of their own; the record sorts the ends of what has no direction.
            first, second = sorted((id_, other))
            self._gathered.link(row, first, "associated_with", second)


def _relations(item: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give the class, the id and the words of each thing that an item is related to."""
    told = item.get("relationships")
    for relation in told if isinstance(told, list) else []:
        if isinstance(relation, dict):
            kind, number = relation.get("resourceType"), relation.get("resourceId") or relation.get("resourceName")
            if isinstance(kind, str) and isinstance(number, str) and kind and number:
                yield kind, f"{kind}/{number}", str(relation.get("relationshipName") or relation.get("name") or "")


def _id(item: dict[str, Any]) -> str | None:
    """Return the id of an item: resource ids are unique only within their type."""
    type_, number = item.get("resourceType"), item.get("resourceId")
    return f"{type_}/{number}" if isinstance(type_, str) and isinstance(number, str) and type_ and number else None


def _instances(told: dict[str, Any]) -> Iterator[str]:
    instances = told.get("instances")
    for each in instances if isinstance(instances, list) else []:
        number = each.get("instanceId") if isinstance(each, dict) else each
        if isinstance(number, str) and number:
            yield number
