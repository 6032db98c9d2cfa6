"""AWS Config: directions made one, zones, groups of machines; what is deleted or broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cmdb.errors import FileProblem


def _item(type_: str, id_: str, *related: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    relations = [
        {"relationshipName": words, "resourceType": kind, "resourceId": number} for words, kind, number in related
    ]
    return {"resourceType": type_, "resourceId": id_, "awsRegion": "eu-1", "relationships": relations,
            "configurationItemStatus": "OK", **more}  # fmt: skip


VM, VOLUME, SUBNET = "AWS::EC2::Instance", "AWS::EC2::Volume", "AWS::EC2::Subnet"
GROUP, BALANCER, RULES = (
    "AWS::AutoScaling::AutoScalingGroup", "AWS::ElasticLoadBalancing::LoadBalancer", "AWS::EC2::SecurityGroup",
)  # fmt: skip
ITEMS = [
    _item(VM, "i-1", ("Is attached to Volume", VOLUME, "vol-1"), ("Is contained in Subnet", SUBNET, "s-1"),
          ("Is associated with SecurityGroup", RULES, "sg-1"), ("Is contained in", GROUP, "asg"),
          availabilityZone="eu-1a", tags={"Name": "web"}, configuration={"privateIpAddress": "10.0.0.1"}),
    _item(VM, "i-2", availabilityZone="Not Applicable"),
    _item(VOLUME, "vol-1", ("Is attached to Instance", VM, "i-1")),
    _item(SUBNET, "s-1", ("Contains Instance", VM, "i-1")),
    _item(RULES, "sg-1", ("Is associated with Instance", VM, "i-1")),
    _item(GROUP, "asg", ("Contains Instance", VM, "i-1"), ("Contains Instance", VM, "i-2"), configuration={
        "minSize": 1, "instances": [{"instanceId": "i-1"}]}),
    _item(BALANCER, "lb", configuration={"instances": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}),
    _item(VM, "i-9", configurationItemStatus="ResourceDeleted"),
    _item("AWS::CloudFormation::Stack", "st", ("Contains Instance", VM, "i-2")),
]  # fmt: skip


def test_each_relation_is_told_once_and_in_one_direction(read_files: Callable[..., Any]) -> None:
    """AWS tells it from both ends; a machine group's least size is a stated need, a balancer states none."""
    batch = read_files("awsconfig", {"snapshot.json": json.dumps({"fileVersion": "1.0", "configurationItems": ITEMS})})
    assert batch.items[f"{VM}/i-1"] == ("VirtualMachine", "web", {
        "cloud_id": "i-1", "ip": "10.0.0.1", "attributes": {"type": VM, "tags": {"Name": "web"}}})  # fmt: skip
    assert {id_: class_name for id_, (class_name, _, _) in batch.items.items()} == {
        f"{VM}/i-1": "VirtualMachine", f"{VM}/i-2": "VirtualMachine", f"{VOLUME}/vol-1": "StorageVolume",
        f"{SUBNET}/s-1": "Subnet", f"{RULES}/sg-1": "CloudResource", f"{GROUP}/asg": "Cluster",
        f"{BALANCER}/lb": "CloudLoadBalancer", "AWS::CloudFormation::Stack/st": "ResourceGroup",
        "region/eu-1": "CloudRegion", "zone/eu-1a": "AvailabilityZone",
    }  # fmt: skip
    one, two = f"{VM}/i-1", f"{VM}/i-2"
    assert batch.links == {
        (one, "located_in", "zone/eu-1a"),
        ("zone/eu-1a", "located_in", "region/eu-1"),
        *((each, "located_in", "region/eu-1") for each in (two, f"{VOLUME}/vol-1", f"{SUBNET}/s-1", f"{RULES}/sg-1",
          f"{GROUP}/asg", f"{BALANCER}/lb", "AWS::CloudFormation::Stack/st")),
        (one, "stores_on", f"{VOLUME}/vol-1"),
        (one, "located_in", f"{SUBNET}/s-1"),
        (one, "associated_with", f"{RULES}/sg-1"),
        *((holder, "depends_on", each, "instances") for holder in (f"{GROUP}/asg", f"{BALANCER}/lb")
          for each in (one, two)),
        ("AWS::CloudFormation::Stack/st", "contains", two),
    }  # fmt: skip
    assert batch.pools == {
        (f"{GROUP}/asg", "instances"): {
            "need": 1, "evidence": f"{GROUP}/asg is a group of {one}, {two}; minSize is 1"},
        (f"{BALANCER}/lb", "instances"): {"evidence": f"{BALANCER}/lb spreads its work over {one}, {two}"},
    }  # fmt: skip
    assert "1 resources that are deleted or not recorded: skipped" in batch.notes


def test_what_is_wrong_is_refused_with_its_row(read_files: Callable[..., Any]) -> None:
    """A row is the place in the list; a file without the list is refused whole."""
    items = [{"resourceType": VM}, "x", _item(VM, "i-1")]
    batch = read_files("awsconfig", {"s.json": json.dumps({"configurationItems": items})})
    assert ([row for row, _ in batch.refused], f"{VM}/i-1" in batch.items) == ([1, 2], True)
    with pytest.raises(FileProblem, match="no AWS Config snapshot"):
        read_files("awsconfig", {"s.json": "{}"})


def test_the_same_snapshot_twice_changes_nothing(
    read_files: Callable[..., Any], imports_once: Callable[..., Any]
) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    batch = read_files("awsconfig", {"s.json": json.dumps({"configurationItems": ITEMS})}).batch
    assert imports_once([batch])["counts"]["created"] == 10
