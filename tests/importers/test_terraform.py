"""Terraform state: versions 3 and 4, addresses and modules, count and for_each, load balancers; every real state."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import FileProblem
from importers.reading import open_source
from importers.registry import ReadOptions
from importers.terraform import importer


def _resource(type_: str, name: str, *instances: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": type_, "name": name, "provider": "p", "instances": list(instances), **more}


def _instance(id_: str | None, *needs: str, **attributes: Any) -> dict[str, Any]:
    key = attributes.pop("index_key", None)
    told: dict[str, Any] = {"attributes": {"id": id_, **attributes}, "dependencies": list(needs)}
    return told if key is None else {**told, "index_key": key}


def _state(*resources: dict[str, Any], version: Any = 4) -> str:
    return json.dumps(
        {"version": version, "terraform_version": "1.9.0", "serial": 1, "lineage": "l1", "resources": list(resources)}
    )


def test_a_state_is_its_resources_and_what_they_name(read_files: Callable[..., Any]) -> None:
    """Ids are addresses after the lineage; an address without a key means every instance of it; secrets stay out."""
    batch = read_files("terraform", {"s.tfstate": _state(
        _resource("aws_vpc", "main", _instance("vpc-1")),
        _resource("aws_instance", "web",
                  _instance("i-1", "aws_vpc.main", index_key=0, private_ip="10.0.0.1", availability_zone="eu-1a",
                            tags={"Name": "web 1"}, user_data="password"),
                  _instance("i-2", "aws_vpc.main", "aws_key_pair.gone", index_key=1)),
        _resource("aws_route53_record", "www", _instance("r-1", "aws_instance.web", "data.aws_ami.x", name="www")),
        {**_resource("aws_ami", "x", _instance("ami-1")), "mode": "data"},
    )})  # fmt: skip
    told = {"type": "aws_instance", "provider": "p"}
    assert (batch.batch.source, batch.batch.scope) == ("terraform", "l1")
    assert batch.items == {
        "l1/aws_vpc.main": ("Network", "aws_vpc.main", {
            "cloud_id": "vpc-1", "attributes": {"type": "aws_vpc", "provider": "p"}}),
        "l1/aws_instance.web[0]": ("VirtualMachine", "web 1", {
            "cloud_id": "i-1", "ip": "10.0.0.1", "attributes": {**told, "key": "0"}}),
        "zone/eu-1a": ("AvailabilityZone", "eu-1a", {}),
        "l1/aws_instance.web[1]": ("VirtualMachine", "aws_instance.web[1]", {
            "cloud_id": "i-2", "attributes": {**told, "key": "1"}}),
        "l1/aws_route53_record.www": ("DNSName", "www", {
            "cloud_id": "r-1", "attributes": {"type": "aws_route53_record", "provider": "p"}}),
    }  # fmt: skip
    assert batch.links == {
        ("l1/aws_instance.web[0]", "depends_on", "l1/aws_vpc.main"),
        ("l1/aws_instance.web[0]", "located_in", "zone/eu-1a"),
        ("l1/aws_instance.web[1]", "depends_on", "l1/aws_vpc.main"),
        ("l1/aws_instance.web[1]", "depends_on", "l1/aws_key_pair.gone"),
        ("l1/aws_route53_record.www", "depends_on", "l1/aws_instance.web[0]"),
        ("l1/aws_route53_record.www", "depends_on", "l1/aws_instance.web[1]"),
    }
    assert (batch.pools, batch.refused, batch.warned) == ({}, [], [])
    notes = "\n".join(batch.notes)
    assert "not in the state, now placeholders: aws_key_pair.gone" in notes
    assert "each instance taken as required: aws_instance.web; where they stand in for each other, add a pool" in notes
    assert "1 data sources" in notes


def test_within_a_module_instance_a_name_means_its_own_resource(read_files: Callable[..., Any]) -> None:
    """`depends_on` of older states is told from the module; `dependencies` from the root."""
    batch = read_files("terraform", {"s.tfstate": _state(
        *(_resource("aws_instance", "a", {"attributes": {"id": f"i-{n}"}, "depends_on": ["aws_vpc.v"]},
                    module=f"module.m[{n}]") for n in (0, 1)),
        *(_resource("aws_vpc", "v", _instance(f"v-{n}"), module=f"module.m[{n}]") for n in (0, 1)),
        _resource("aws_eip", "e", _instance("e", 'module.m.aws_instance.a')),
        _resource("aws_vpc", "v", _instance("other")),
        _resource("x_thing", "t", _instance("t", "x_thing.t", index_key="k")),
    )}, scope="prod")  # fmt: skip
    assert batch.batch.scope == "prod"
    assert batch.links == {
        ("prod/module.m[0].aws_instance.a", "depends_on", "prod/module.m[0].aws_vpc.v"),
        ("prod/module.m[1].aws_instance.a", "depends_on", "prod/module.m[1].aws_vpc.v"),
        ("prod/aws_eip.e", "depends_on", "prod/module.m[0].aws_instance.a"),
        ("prod/aws_eip.e", "depends_on", "prod/module.m[1].aws_instance.a"),
    }
    assert 'prod/x_thing.t["k"]' in batch.items


def test_behind_a_load_balancer_the_members_carry_the_pool(read_files: Callable[..., Any]) -> None:
    """Members were made after their pool, and yet the pool needs them; a classic balancer lists its machines."""
    batch = read_files("terraform", {"s.tfstate": _state(
        _resource("openstack_lb_pool_v2", "p", _instance("p", "openstack_lb_listener_v2.l")),
        _resource("openstack_lb_listener_v2", "l", _instance("l")),
        _resource("openstack_lb_member_v2", "m", _instance("m0", "openstack_lb_pool_v2.p", index_key=0),
                  _instance("m1", "openstack_lb_pool_v2.p", index_key=1)),
        _resource("aws_instance", "web", _instance("i-0", index_key=0), _instance("i-1", index_key=1)),
        _resource("aws_elb", "old", _instance("old", "aws_instance.web", instances=["i-0", "i-1"])),
    )})  # fmt: skip
    assert batch.links == {
        ("l1/openstack_lb_pool_v2.p", "owned_by", "l1/openstack_lb_listener_v2.l"),
        ("l1/openstack_lb_member_v2.m[0]", "owned_by", "l1/openstack_lb_pool_v2.p"),
        ("l1/openstack_lb_member_v2.m[1]", "owned_by", "l1/openstack_lb_pool_v2.p"),
        ("l1/aws_elb.old", "depends_on", "l1/aws_instance.web[0]", "instances"),
        ("l1/aws_elb.old", "depends_on", "l1/aws_instance.web[1]", "instances"),
    }
    members = "openstack_lb_member_v2.m[0], openstack_lb_member_v2.m[1]"
    assert batch.pools == {
        ("l1/aws_elb.old", "instances"): {"evidence": "aws_elb.old spreads its work over i-0, i-1"},
        ("l1/openstack_lb_pool_v2.p", "members"): {"evidence": f"members of the load balancer's pool: {members}"},
    }


def test_version_3_has_modules_of_resources(read_files: Callable[..., Any]) -> None:
    """Its resources are told by address, with a number for count, and depend within their module."""
    modules = [
        {"path": ["root"], "resources": {
            "aws_instance.a.0": {"type": "aws_instance", "depends_on": ["module.net", "aws_instance.b.*"],
                                 "primary": {"id": "i-0", "attributes": {"id": "i-0", "tags.Name": "A"}}},
            "aws_instance.b": {"type": "aws_instance", "depends_on": [], "primary": {"id": "i-b", "attributes": {}}},
            "aws_instance.c": {"type": "aws_instance", "depends_on": []},
            "data.aws_ami.x": {"type": "aws_ami", "depends_on": [], "primary": {"id": "ami"}}}},
        {"path": ["root", "net"], "resources": {
            "aws_vpc.v": {"type": "aws_vpc", "depends_on": ["aws_vpc.none"], "primary": {"id": "v"}}}},
    ]  # fmt: skip
    text = json.dumps({"version": 3, "terraform_version": "0.11", "serial": 1, "lineage": "l3", "modules": modules})
    batch = read_files("terraform", {"s.json": text})
    assert {id_: (class_name, name) for id_, (class_name, name, _) in batch.items.items()} == {
        "l3/aws_instance.a[0]": ("VirtualMachine", "A"),
        "l3/aws_instance.b": ("VirtualMachine", "aws_instance.b"),
        "l3/module.net.aws_vpc.v": ("Network", "module.net.aws_vpc.v"),
    }
    assert batch.links == {
        ("l3/aws_instance.a[0]", "depends_on", "l3/module.net.aws_vpc.v"),
        ("l3/aws_instance.a[0]", "depends_on", "l3/aws_instance.b"),
        ("l3/module.net.aws_vpc.v", "depends_on", "l3/module.net.aws_vpc.none"),
    }
    assert batch.refused == [(3, "aws_instance.c has no primary instance: was the state cut off?")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_state(version=2), "version 2, and 3 and 4 are read"),
        (_state(version="4"), "version 4, and 3 and 4 are read"),
        ('{"serial": 1}', "no version"),
        ("[]", "no Terraform state"),
        ('{"version": 4, ', "cut off"),
        ("not json", "not JSON"),
    ],
)
def test_what_is_no_state_is_refused_whole(read_files: Callable[..., Any], text: str, message: str) -> None:
    """Another version means something else by the same words."""
    with pytest.raises(FileProblem, match=message):
        read_files("terraform", {"s.tfstate": text})


def test_a_resource_without_id_is_refused(read_files: Callable[..., Any]) -> None:
    """It was never made, or the state is damaged; deposed instances were replaced."""
    broken = _resource("aws_instance", "b", _instance(None), {**_instance("i-9"), "deposed": "abc"})
    batch = read_files("terraform", {"s.tfstate": _state(broken, {"type": "x"})})
    assert [row for row, _ in batch.refused] == [2, 1]
    assert "has no type and name" in batch.refused[0][1]
    assert "aws_instance.b has no id" in batch.refused[1][1]
    assert any("1 deposed" in note for note in batch.notes)


def test_the_same_state_twice_changes_nothing(read_files: Callable[..., Any], imports_once: Callable[..., Any]) -> None:
    """Cycles and what hangs included: the record takes both."""
    text = _state(
        _resource("aws_instance", "a", _instance("i-1", "aws_instance.b", "aws_vpc.gone")),
        _resource("aws_instance", "b", _instance("i-2", "aws_instance.a")),
    )
    first = imports_once([read_files("terraform", {"s.tfstate": text}).batch])
    assert (first["counts"]["created"], first["counts"]["placeholders"]) == (2, 1)
    assert first["relationships"]["created"] == 3


@pytest.mark.shared
def test_every_real_state(shared_data: Path, told: Callable[..., Any], imports_once: Callable[..., Any]) -> None:
    """Instances agree with a plain reading of the JSON; versions 1 and 2 are refused, a resource without id too."""
    batches = []
    for path in sorted((shared_data / "terraform").iterdir()):
        whole = json.loads(path.read_text(encoding="utf-8"))
        if whole["version"] not in (3, 4):
            with pytest.raises(FileProblem, match="3 and 4 are read"):
                importer.read([open_source(path)], ReadOptions())
            continue
        [batch] = importer.read([open_source(path)], ReadOptions(scope=path.stem))
        read = told(batch)
        ids = [
            (instance.get("attributes") or instance.get("attributes_flat") or {}).get("id")
            for resource in whole.get("resources", []) if resource.get("mode") == "managed"
            for instance in resource["instances"]
        ] + [
            resource["primary"]["id"]
            for module in whole.get("modules", [])
            for name, resource in module["resources"].items() if not name.startswith("data.")
        ]  # fmt: skip
        found = [
            values["cloud_id"] for class_name, _, values in read.items.values() if class_name != "AvailabilityZone"
        ]
        assert sorted(found) == sorted(id_ for id_ in ids if id_)
        assert len(read.refused) == sum(id_ is None for id_ in ids)
        batches.append(batch)
    assert len(batches) == 16
    first = imports_once(batches)
    assert [problem["id"] for problem in first["problems"]] == ["error_missing_id/aws_db_instance.mydb"]
