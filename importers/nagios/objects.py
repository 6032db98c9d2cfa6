"""Nagios objects into a Gatherer.

In come definitions with their templates applied; out go hosts, services and groups, and what each rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from importers.gathering import Gatherer, listed
from importers.nagios.definitions import Definition

__all__ = ["Objects"]

_QUIET: Final = frozenset(["command", "timeperiod", "contact", "contactgroup", "hostextinfo", "serviceextinfo"])


class Objects:
    """The objects of all files; hosts and groups are known before the first is taken."""

    def __init__(self, gathered: Gatherer, objects: Mapping[int, Definition]) -> None:
        self._gathered = gathered
        self._groups: dict[str, list[str]] = {}
        for each in objects.values():
            if each.kind == "hostgroup" and (name := each.told.get("hostgroup_name")):
                self._groups.setdefault(name, []).extend(_names(each.told.get("members")))
        for each in objects.values():
            if each.kind == "host" and (name := each.told.get("host_name")):
                for group in _names(each.told.get("hostgroups")):
                    self._groups.setdefault(group, []).append(name)

    def take(self, each: Definition) -> None:
        """Take one object of the present file."""
        taker = {
            "host": self._host,
            "service": self._service,
            "hostgroup": self._group,
            "hostdependency": self._host_dependency,
            "servicedependency": self._service_dependency,
        }.get(each.kind)
        if taker is not None:
            taker(each)
        elif each.kind not in _QUIET:
            self._gathered.skip(f"objects of kind {each.kind}")

    def _host(self, each: Definition) -> None:
        name = each.told.get("host_name")
        if not name:
            self._gathered.builder.refuse_unidentified(each.row, "this host has no host_name: nothing identifies it")
            return
        address = each.told.get("address", "")
        values: dict[str, Any] = {"attributes": {}}
        if address:
            values["ip" if address.replace(".", "").isdigit() or ":" in address else "fqdn"] = address
        if alias := each.told.get("alias"):
            values["description"] = alias
        self._gathered.item(each.row, name, "Computer", each.told.get("display_name") or name, values)
        parents = _names(each.told.get("parents"))
        evidence = f"{name} is reached through any of its parents {listed(parents)}"
        self._gathered.any_of(each.row, name, "uplinks_to", parents, "parents", evidence, 1)
        for group in _names(each.told.get("hostgroups")):
            self._gathered.link(each.row, name, "member_of", f"hostgroup/{group}")

    def _group(self, each: Definition) -> None:
        name = each.told.get("hostgroup_name")
        if not name:
            self._gathered.builder.refuse_unidentified(each.row, "this hostgroup has no hostgroup_name")
            return
        self._gathered.item(each.row, f"hostgroup/{name}", "Group", each.told.get("alias") or name)
        for member in _names(each.told.get("members")):
            if member != "*":
                self._gathered.link(each.row, member, "member_of", f"hostgroup/{name}")
        for inner in _names(each.told.get("hostgroup_members")):
            self._gathered.link(each.row, f"hostgroup/{inner}", "member_of", f"hostgroup/{name}")

    def _service(self, each: Definition) -> None:
        name = each.told.get("service_description")
        hosts = list(self._hosts(each, "host_name", "hostgroup_name"))
        if not name or not hosts:
            missing = "service_description" if not name else "host_name or hostgroup_name with hosts"
            self._gathered.builder.refuse_unidentified(each.row, f"this service has no {missing}: whose is it?")
            return
        attributes = {"check": each.told["check_command"].partition("!")[0]} if each.told.get("check_command") else {}
        for host in hosts:
            self._gathered.item(each.row, f"{host}/{name}", "Application", name, {"attributes": attributes})
            self._gathered.link(each.row, f"{host}/{name}", "runs_on", host)

    def _host_dependency(self, each: Definition) -> None:
        providers = list(self._hosts(each, "host_name", "hostgroup_name"))
        consumers = list(self._hosts(each, "dependent_host_name", "dependent_hostgroup_name"))
        if not providers or not consumers:
            self._gathered.builder.refuse_unidentified(each.row, "this hostdependency names no two hosts")
        for consumer in consumers:
            for provider in providers:
                self._gathered.link(each.row, consumer, "depends_on", provider)

    def _service_dependency(self, each: Definition) -> None:
        providers = list(self._hosts(each, "host_name", "hostgroup_name"))
        consumers = list(self._hosts(each, "dependent_host_name", "dependent_hostgroup_name")) or providers
        services = _names(each.told.get("service_description"))
        dependents = _names(each.told.get("dependent_service_description"))
        if not (providers and services and dependents):
            self._gathered.builder.refuse_unidentified(each.row, "this servicedependency names no two services")
        same_host = not each.told.get("dependent_host_name") and not each.told.get("dependent_hostgroup_name")
        for consumer in consumers:
            for provider in [consumer] if same_host else providers:
                for dependent in dependents:
                    for service in services:
                        self._gathered.link(each.row, f"{consumer}/{dependent}", "depends_on", f"{provider}/{service}")

    def _hosts(self, each: Definition, host_key: str, group_key: str) -> Iterator[str]:
        """Give the hosts that a directive names, by themselves and by their groups; "!" leaves one out."""
        named = _names(each.told.get(host_key))
        for group in _names(each.told.get(group_key)):
            named += self._groups.get(group, [])
        without = {name[1:] for name in named if name.startswith("!")}
        for name in dict.fromkeys(named):
            if name == "*":
                said = f"{host_key} is '*', every host: name them, or their groups; left out"
                self._gathered.builder.warn(each.row, None, said)
            elif not name.startswith("!") and name not in without:
                yield name


def _names(value: str | None) -> list[str]:
    return [name.strip() for name in (value or "").split(",") if name.strip()]
