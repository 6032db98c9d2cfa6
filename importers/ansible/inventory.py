"""Hosts and groups of groups, whichever form told them, into a Gatherer.

In come hosts and groups with the file and row that first named each; out go items and memberships. Knows no syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from importers.gathering import Gatherer

__all__ = ["EVERYBODY", "Inventory", "expanded", "take_inventory"]

EVERYBODY: Final = frozenset(["all", "ungrouped"])
"""Groups that every inventory has: they say nothing."""

MAX_HOSTS: Final = 100_000
_RANGE: Final = re.compile(r"\[(\d+|[a-zA-Z]):(\d+|[a-zA-Z])(?::(\d+))?\]")
_IPV4: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_HERE: Final = frozenset(["local"])


@dataclass
class Named:
    """A host or group: where it is first named, its variables, and the groups it is in."""

    file: str
    row: int
    variables: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)


@dataclass
class Inventory:
    """The hosts and groups of all files."""

    hosts: dict[str, Named] = field(default_factory=dict)
    groups: dict[str, Named] = field(default_factory=dict)
    complaints: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def host(self, file: str, row: int, name: str, group: str | None, variables: dict[str, Any]) -> None:
        """Take a host as one place names it; a name with ranges is many hosts."""
        for each in expanded(name):
            host = self.hosts.setdefault(each, Named(file, row))
            host.variables.update(variables)
            if group is not None and group not in EVERYBODY:
                host.groups[group] = None

    def group(self, file: str, row: int, name: str, parent: str | None = None) -> None:
        """Take a group, in another or in none."""
        if name not in EVERYBODY:
            group = self.groups.setdefault(name, Named(file, row))
            if parent is not None and parent not in EVERYBODY:
                group.groups[parent] = None

    def complain(self, file: str, row: int, message: str) -> None:
        """Record a row that cannot be read."""
        self.complaints.setdefault(file, []).append((row, message))


def expanded(name: str) -> Iterator[str]:
    """Give the hosts that a name with ranges stands for; raises ValueError for a range that is none.

    >>> list(expanded("web[08:10].example.com"))
    ['web08.example.com', 'web09.example.com', 'web10.example.com']
    >>> list(expanded("db-[a:c]"))
    ['db-a', 'db-b', 'db-c']
    """
    found = _RANGE.search(name)
    if found is None:
        yield name
        return
    low, high, step = found[1], found[2], int(found[3] or 1)
    if low.isdigit() != high.isdigit() or step < 1:
        raise ValueError(f"the range {found[0]} in {name!r} is none: write [1:10] or [a:f]")
    first, last = (int(low), int(high)) if low.isdigit() else (ord(low), ord(high))
    if not first <= last < first + MAX_HOSTS:
        raise ValueError(f"the range {found[0]} in {name!r} runs backwards or is above {MAX_HOSTS:,}")
    for number in range(first, last + 1, step):
        text = str(number).zfill(len(low)) if low.isdigit() else chr(number)
        yield from expanded(name[: found.start()] + text + name[found.end() :])


def take_inventory(gathered: Gatherer, inventory: Inventory, file: str) -> None:
    """Take the groups and hosts that a file is the first to name."""
    for name, group in inventory.groups.items():
        if group.file == file:
            gathered.item(group.row, f"group/{name}", "Group", name)
            for parent in group.groups:
                gathered.link(group.row, f"group/{name}", "member_of", f"group/{parent}")
    for name, host in inventory.hosts.items():
        if host.file == file:
            if not gathered.has(name):  # facts tell more of it
                gathered.item(host.row, name, "Server", name, _values(name, host.variables))
            for group_name in host.groups:
                gathered.link(host.row, name, "member_of", f"group/{group_name}")


def _values(name: str, variables: dict[str, Any]) -> dict[str, Any]:
    address = variables.get("ansible_host", variables.get("ansible_ssh_host"))
    address = str(address).strip() if isinstance(address, (str, int)) else ""
    connection = variables.get("ansible_connection")
    values: dict[str, Any] = {}
    for text in (address, name):
        if _IPV4.fullmatch(text) or ":" in text:
            values.setdefault("ip", text)
        elif "." in text and "{{" not in text:
            values.setdefault("fqdn", text)
    if connection in _HERE:
        values["attributes"] = {"connection": connection}
    return values
