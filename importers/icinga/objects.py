"""Icinga 2 objects into a Gatherer.

In come the statements of all files; out go hosts, services and groups, and dependencies. Parents that share a
redundancy group stand in for each other (Icinga 2.14): a pool of which one must be up. Others are each required.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from importers.gathering import Gatherer, listed
from importers.icinga.parser import Statement
from importers.reading import SourceFile

__all__ = ["take_objects"]


def take_objects(gathered: Gatherer, read: Sequence[tuple[SourceFile, list[Statement]]]) -> None:
    """Take the objects of all files, in the order of the files."""
    templates = {
        (each.kind, each.name): each for _, statements in read for each in statements if each.how == "template"
    }
    applied: dict[str, int] = defaultdict(int)
    for done, (source, statements) in enumerate(read, 1):
        gathered.begin(source)
        dependencies: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for each in statements:
            if each.how == "apply":
                applied[each.kind] += 1
            elif each.how == "object":
                _take(gathered, each, _inherited(each, templates), dependencies)
        for (child, group), parents in dependencies.items():
            row, names = parents[0][0], [parent for _, parent in parents]
            if group:
                evidence = f"redundancy group {group} of {child}: {listed(names)}"
                gathered.any_of(row, child, "depends_on", names, group, evidence, 1)
            else:
                for row, parent in parents:
                    gathered.link(row, child, "depends_on", parent)
        gathered.progress(done, len(read))
    if applied:
        told = ", ".join(f"{count} of {kind}" for kind, count in sorted(applied.items()))
        gathered.note(
            f"apply rules were not run ({told}): what they make is missing here; export the objects that Icinga made"
        )


def _inherited(each: Statement, templates: Mapping[tuple[str, str], Statement]) -> dict[str, Any]:
    """Return an object's values with those of the templates it imports; an import that is not there adds nothing."""
    values: dict[str, Any] = {}
    stack, seen = [each], list[Statement]()
    while stack:
        current = stack.pop()
        if any(current is one for one in seen):
            continue
        seen.append(current)
        stack.extend(found for name in current.imports if (found := templates.get((each.kind, name))) is not None)
    for one in reversed(seen):
        values.update(one.values)
    return values


def _take(
    gathered: Gatherer,
    each: Statement,
    told: dict[str, Any],
    dependencies: dict[tuple[str, str], list[tuple[int, str]]],
) -> None:
    row = each.row
    if not each.name:
        gathered.builder.refuse_unidentified(row, f"this {each.kind} has no name in quotes: an expression is not read")
    elif each.kind == "Host":
        address = told.get("address") or told.get("address6") or ""
        values: dict[str, Any] = {"attributes": {}}
        if isinstance(address, str) and address:
            values["ip" if address.replace(".", "").isdigit() or ":" in address else "fqdn"] = address
        gathered.item(row, each.name, "Computer", told.get("display_name") or each.name, values)
        for group in told.get("groups") or [] if isinstance(told.get("groups"), list) else []:
            gathered.link(row, each.name, "member_of", f"hostgroup/{group}")
    elif each.kind == "HostGroup":
        gathered.item(row, f"hostgroup/{each.name}", "Group", told.get("display_name") or each.name)
    elif each.kind == "Service":
        host = told.get("host_name")
        if not isinstance(host, str) or not host:
            gathered.builder.refuse_unidentified(row, f"service {each.name} has no host_name in quotes: whose is it?")
            return
        gathered.item(row, f"{host}/{each.name}", "Application", told.get("display_name") or each.name)
        gathered.link(row, f"{host}/{each.name}", "runs_on", host)
    elif each.kind == "Dependency":
        child = _end(told, "child_host_name", "child_service_name")
        parent = _end(told, "parent_host_name", "parent_service_name")
        if child is None or parent is None:
            gathered.builder.refuse_unidentified(
                row, f"dependency {each.name} does not name both hosts in quotes: who depends on whom?"
            )
            return
        group = told.get("redundancy_group")
        dependencies[child, group if isinstance(group, str) else ""].append((row, parent))
    else:
        gathered.skip(f"objects of kind {each.kind}")


def _end(told: dict[str, Any], host_key: str, service_key: str) -> str | None:
    host, service = told.get(host_key), told.get(service_key)
    if not isinstance(host, str) or not host:
        return None
    return f"{host}/{service}" if isinstance(service, str) and service else host
