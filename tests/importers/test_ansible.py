"""Ansible: inventories in three forms, ranges, groups of groups, facts; Kubespray's inventories."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import FileProblem
from importers.ansible import importer
from importers.reading import open_source
from importers.registry import ReadOptions

INI = """\
# an office
bastion ansible_host=192.0.2.1 ansible_password='a b'

[web]
web[01:02].example.com   # two of them
[db]
db-a ansible_connection=local

[site:children]
web
db

[site:vars]
password = secret
"""
YAML = """\
all:
  hosts:
    bastion: {ansible_host: 192.0.2.1, ansible_password: a b}
  children:
    site:
      children:
        web:
          hosts: {"web[01:02].example.com": }
        db:
          hosts:
            db-a: {ansible_connection: local}
      vars: {password: secret}
"""
LISTING = {
    "_meta": {"hostvars": {"bastion": {"ansible_host": "192.0.2.1"}, "db-a": {"ansible_connection": "local"}}},
    "all": {"children": ["ungrouped", "site"]},
    "ungrouped": {"hosts": ["bastion"]},
    "site": {"children": ["web", "db"]},
    "web": {"hosts": ["web01.example.com", "web02.example.com"]},
    "db": ["db-a"],
}


@pytest.mark.parametrize(
    ("name", "text"), [("hosts.ini", INI), ("hosts", INI), ("hosts.yml", YAML), ("list.json", json.dumps(LISTING))]
)
def test_three_forms_tell_the_same(read_files: Callable[..., Any], tmp_path: Path, name: str, text: str) -> None:
    """Groups of groups, ranges and addresses; passwords and other variables are not read."""
    batch = read_files("ansible", {name: text})
    assert importer.recognises(open_source(tmp_path / name)) >= 0.8
    assert batch.items == {
        "group/web": ("Group", "web", {}),
        "group/db": ("Group", "db", {}),
        "group/site": ("Group", "site", {}),
        "bastion": ("Server", "bastion", {"ip": "192.0.2.1"}),
        "web01.example.com": ("Server", "web01.example.com", {"fqdn": "web01.example.com"}),
        "web02.example.com": ("Server", "web02.example.com", {"fqdn": "web02.example.com"}),
        "db-a": ("Server", "db-a", {"attributes": {"connection": "local"}}),
    }
    assert batch.links == {
        ("group/web", "member_of", "group/site"),
        ("group/db", "member_of", "group/site"),
        ("web01.example.com", "member_of", "group/web"),
        ("web02.example.com", "member_of", "group/web"),
        ("db-a", "member_of", "group/db"),
    }
    assert (batch.refused, batch.pools) == ([], {})
    assert any("may or may not be redundant" in note for note in batch.notes)


FACTS = {
    "ansible_hostname": "web01", "ansible_fqdn": "web01.example.com", "ansible_distribution": "Debian",
    "ansible_default_ipv4": {"address": "192.0.2.5", "macaddress": "00:11:22:33:44:55"},
    "ansible_system_vendor": "QEMU", "ansible_product_name": "Standard PC", "ansible_product_serial": "NA",
    "ansible_virtualization_role": "guest", "ansible_virtualization_type": "kvm", "ansible_memtotal_mb": 2048,
}  # fmt: skip


@pytest.mark.parametrize("form", ["cache", "setup", "collected"])
def test_facts_tell_more_of_a_host_than_the_inventory(read_files: Callable[..., Any], form: str) -> None:
    """A machine says that it is a guest, and junk is no serial number; the inventory then adds its groups."""
    facts: dict[str, Any] = dict(FACTS)
    if form == "setup":
        facts = {"ansible_facts": FACTS, "changed": False}
    elif form == "collected":
        facts = {"ansible_facts": {name.removeprefix("ansible_"): value for name, value in FACTS.items()}}
    batch = read_files("ansible", {"web01.json": json.dumps(facts), "hosts.ini": "[web]\nweb01.example.com\n"})
    assert batch.items["web01.example.com"] == ("VirtualMachine", "web01", {
        "fqdn": "web01.example.com", "ip": "192.0.2.5", "mac": "00:11:22:33:44:55",
        "manufacturer": "QEMU", "model": "Standard PC",
        "attributes": {"distribution": "Debian", "memtotal_mb": 2048, "virtualization_type": "kvm"}})  # fmt: skip
    assert ("web01.example.com", "member_of", "group/web") in batch.links
    assert batch.refused == []


@pytest.mark.parametrize(
    ("name", "text", "row", "message"),
    [
        ("h.ini", "[web]\nweb[9:1]\nok\n", 2, "runs backwards"),
        ("h.ini", "[web]\nweb[1:a]\nok\n", 2, "is none"),
        ("h.ini", "[web]\na b\nok\n", 2, "KEY=VALUE"),
        ("h.ini", "[web]\na b='\nok\n", 2, "KEY=VALUE"),
        ("h.ini", "[web]\nok\n[w x]\nignored\n", 3, "is no section"),
        ("h.yml", "web:\n  hosts: {ok: }\ndb: 7\n", 1, "it has hosts, children or vars"),
        ("h.yml", "web:\n  hosts: [a]\ndb:\n  hosts: {ok: }\n", 2, "must be a mapping"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row(
    read_files: Callable[..., Any], name: str, text: str, row: int, message: str
) -> None:
    """The hosts around it are taken."""
    batch = read_files("ansible", {name: text})
    assert "ok" in batch.items
    [(found, said)] = batch.refused
    assert (found, message in said) == (row, True)


def test_what_is_no_inventory_is_refused_whole(read_files: Callable[..., Any]) -> None:
    """Variables of groups look like groups at first."""
    with pytest.raises(FileProblem, match="no group in it has hosts"):
        read_files("ansible", {"all.yml": "etcd:\n  version: 3\n"})


def test_the_same_inventory_twice_changes_nothing(
    read_files: Callable[..., Any], imports_once: Callable[..., Any]
) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    assert imports_once([read_files("ansible", {"hosts.ini": INI}).batch])["counts"]["created"] == 7


@pytest.mark.shared
def test_kubespray(shared_data: Path, told: Callable[..., Any]) -> None:
    """A host that is only a comment is none; its groups are there."""
    folder = shared_data / "ansible" / "kubespray-inventory"
    [batch] = importer.read([open_source(folder / "local" / "hosts.ini")], ReadOptions())
    assert told(batch).links == {
        ("node1", "member_of", f"group/{group}") for group in ("kube_control_plane", "etcd", "kube_node")
    }
    [batch] = importer.read([open_source(folder / "sample" / "inventory.ini")], ReadOptions())
    assert told(batch).items.keys() == {"group/kube_control_plane", "group/etcd", "group/kube_node"}
    assert told(batch).links == {("group/kube_control_plane", "member_of", "group/etcd")}
