"""The YAML form of an inventory, and the JSON that `ansible-inventory --list` or a dynamic script prints.

In come mappings of groups; out go hosts and groups. Nothing here recurses.
"""

from __future__ import annotations

from typing import Any

from importers.ansible.inventory import Inventory
from importers.reading import SourceFile

__all__ = ["read_listing", "read_nested"]


def read_nested(source: SourceFile, groups: dict[str, Any], inventory: Inventory) -> None:
    """Put groups with hosts, children and vars, one inside the other, into the inventory."""
    stack: list[tuple[str, Any, str | None, int]] = [
        (name, told, None, getattr(told, "line", 1)) for name, told in reversed(groups.items())
    ]
    found = False
    while stack:
        name, told, parent, row = stack.pop()
        if told is not None and not isinstance(told, dict):
            inventory.complain(source.name, row, f"group {name} is {str(told)[:60]!r}: it has hosts, children or vars")
            continue
        told = told or {}
        found = found or bool({"hosts", "children"} & set(told))
        inventory.group(source.name, row, name, parent)
        hosts = told.get("hosts") or {}
        if not isinstance(hosts, dict):
            inventory.complain(source.name, row, f"hosts of group {name} must be a mapping: HOST:")
            hosts = {}
        for host, variables in hosts.items():
            line = getattr(variables, "line", row)
            try:
                inventory.host(source.name, line, host, name, variables if isinstance(variables, dict) else {})
            except ValueError as error:
                inventory.complain(source.name, line, str(error))
        children = told.get("children") or {}
        for child, inside in reversed(children.items()) if isinstance(children, dict) else ():
            stack.append((str(child), inside, name, getattr(inside, "line", row)))
    if not found:
        raise source.problem("this is no inventory: no group in it has hosts or children")


def read_listing(source: SourceFile, groups: dict[str, Any], inventory: Inventory) -> None:
    """Put the groups of `--list`, which name their children, into the inventory; a row is a group's place."""
    meta = groups.get("_meta")
    variables = meta.get("hostvars") if isinstance(meta, dict) else None
    of_host = variables if isinstance(variables, dict) else {}
    for row, (name, told) in enumerate(groups.items(), 1):
        if name == "_meta":
            continue
        if not isinstance(told, (dict, list)):
            inventory.complain(source.name, row, f"group {name} is {str(told)[:60]!r}: it has hosts or children")
            continue
        inventory.group(source.name, row, name)
        hosts = told if isinstance(told, list) else told.get("hosts") or []
        for host in hosts if isinstance(hosts, list) else []:
            if not isinstance(host, str):
                inventory.complain(source.name, row, f"group {name} has the host {str(host)[:60]!r}: a host is text")
                continue
            told_of = of_host.get(host)
            inventory.host(source.name, row, host, name, told_of if isinstance(told_of, dict) else {})
        children = told.get("children") if isinstance(told, dict) else None
        for child in children if isinstance(children, list) else []:
            if isinstance(child, str):
                inventory.group(source.name, row, child, parent=name)
