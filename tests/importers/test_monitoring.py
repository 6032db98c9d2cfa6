"""Nagios and Icinga objects: hosts, parents, services, dependencies, templates; what is broken or made by rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmdb.errors import FileProblem

NAGIOS = """\
# templates first
define host {
  name      base
  register  0
  hostgroups all-hosts
}
define host{
  use        base
  host_name  sw1
  address    192.0.2.1 ; the first
  hostgroups +switches
}
define host {
  use base
  host_name sw2
}
define host {
  host_name web1
  alias     The shop
  address   web1.example.com
  parents   sw1,sw2
}
define hostgroup {
  hostgroup_name switches
  alias Switches
  members web1
}
define service {
  hostgroup_name       switches
  host_name            !sw2,db1
  service_description  PING
  check_command        check_ping!100
}
define hostdependency {
  host_name            sw1
  dependent_host_name  sw2
}
define servicedependency {
  host_name                      sw1
  service_description            PING
  dependent_host_name            web1
  dependent_service_description  PING
}
define command { command_name x }
define gizmo { a b }
define host { use nowhere
  host_name lost
}
define service { service_description nobody }
"""


def test_nagios_objects_with_their_templates(read_files: Callable[..., Any]) -> None:
    """Any one parent is enough to reach a host: that is how Nagios tells down from unreachable."""
    batch = read_files("nagios", {"objects.cfg": NAGIOS})
    assert batch.items == {
        "sw1": ("Computer", "sw1", {"ip": "192.0.2.1"}),
        "sw2": ("Computer", "sw2", {}),
        "web1": ("Computer", "web1", {"fqdn": "web1.example.com", "description": "The shop"}),
        "hostgroup/switches": ("Group", "Switches", {}),
        "db1/PING": ("Application", "PING", {"attributes": {"check": "check_ping"}}),
        "web1/PING": ("Application", "PING", {"attributes": {"check": "check_ping"}}),
        "sw1/PING": ("Application", "PING", {"attributes": {"check": "check_ping"}}),
    }
    assert batch.links == {
        ("sw1", "member_of", "hostgroup/switches"),
        ("sw1", "member_of", "hostgroup/all-hosts"),
        ("sw2", "member_of", "hostgroup/all-hosts"),
        ("web1", "member_of", "hostgroup/switches"),
        ("web1", "uplinks_to", "sw1", "parents"),
        ("web1", "uplinks_to", "sw2", "parents"),
        *((f"{host}/PING", "runs_on", host) for host in ("db1", "web1", "sw1")),
        ("sw2", "depends_on", "sw1"),
        ("web1/PING", "depends_on", "sw1/PING"),
    }
    assert batch.pools == {("web1", "parents"): {
        "need": 1, "evidence": "web1 is reached through any of its parents sw1, sw2"}}  # fmt: skip
    assert batch.refused == [
        (46, "this host uses the template 'nowhere', which no file defines: name that file too"),
        (49, "this service has no host_name or hostgroup_name with hosts: whose is it?"),
    ]
    assert "1 objects of kind gizmo: skipped" in batch.notes


@pytest.mark.parametrize("text", ["define host {\n host_name a\n", "define host {\ndefine service {\n}\n"])
def test_a_definition_that_never_closes_refuses_the_file(read_files: Callable[..., Any], text: str) -> None:
    """What follows it would be read as a part of it."""
    with pytest.raises(FileProblem, match="closed"):
        read_files("nagios", {"objects.cfg": text})


def test_a_template_that_uses_itself_is_refused(read_files: Callable[..., Any]) -> None:
    """Nagios refuses it too."""
    text = "define host {\n name a\n use b\n register 0\n}\ndefine host {\n name b\n use a\n host_name h\n}\n"
    [(row, message)] = read_files("nagios", {"objects.cfg": text}).refused
    assert (row, "uses itself" in message) == (6, True)


ICINGA = """\
/* Icinga 2 */
template Host "generic" { check_interval = 5m; address = "192.0.2.200" }
object Host "web1" {
  import "generic"
  display_name = "Web \\"1\\""
  address = "192.0.2.10"   // here
  vars.disks["disk /"] = { size = 3 }
  groups = [ "web" ]
  groups += [ "linux" ]
}
object Host "sw1" { import "generic" }
object HostGroup "web" { display_name = "Web servers" }
object Service "http" {
  host_name = "web1"
  check_command = "http"
}
object Dependency "up-a" {
  parent_host_name = "sw1"
  child_host_name = "web1"
  redundancy_group = "uplinks"
}
object Dependency "up-b" {
  parent_host_name = "sw2"
  child_host_name = "web1"
  redundancy_group = "uplinks"
}
object Dependency "plain" {
  parent_host_name = "sw1"
  parent_service_name = "ping"
  child_host_name = "web1"
  child_service_name = "http"
}
apply Service "ssh" { assign where host.vars.os == "Linux" }
apply Dependency "x" to Host { parent_host_name = host.vars.p; assign where true }
object Zone "master" { endpoints = [ "m" ] }
object Host name { }
object Dependency "bad" { parent_host_name = host.vars.x }
"""


def test_icinga_objects_and_redundancy_groups(read_files: Callable[..., Any]) -> None:
    """Parents of one redundancy group stand in for each other; what rules make is told to be missing."""
    batch = read_files("icinga", {"hosts.conf": ICINGA})
    assert batch.items == {
        "web1": ("Computer", 'Web "1"', {"ip": "192.0.2.10"}),
        "sw1": ("Computer", "sw1", {"ip": "192.0.2.200"}),
        "hostgroup/web": ("Group", "Web servers", {}),
        "web1/http": ("Application", "http", {}),
    }
    assert batch.links == {
        ("web1", "member_of", "hostgroup/web"),
        ("web1", "member_of", "hostgroup/linux"),
        ("web1/http", "runs_on", "web1"),
        ("web1", "depends_on", "sw1", "uplinks"),
        ("web1", "depends_on", "sw2", "uplinks"),
        ("web1/http", "depends_on", "sw1/ping"),
    }
    assert batch.pools == {("web1", "uplinks"): {
        "need": 1, "evidence": "redundancy group uplinks of web1: sw1, sw2"}}  # fmt: skip
    assert [row for row, _ in batch.refused] == [36, 37]
    notes = "\n".join(batch.notes)
    assert "apply rules were not run (1 of Dependency, 1 of Service)" in notes
    assert "1 objects of kind Zone: skipped" in notes
    with pytest.raises(FileProblem, match="never closed"):
        read_files("icinga", {"hosts.conf": 'object Host "a" {\n'})


@pytest.mark.parametrize(("name", "text"), [("nagios", NAGIOS), ("icinga", ICINGA)])
def test_the_same_objects_twice_change_nothing(
    read_files: Callable[..., Any], imports_once: Callable[..., Any], name: str, text: str
) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    assert imports_once([read_files(name, {"o.cfg": text}).batch])["counts"]["created"] >= 4
