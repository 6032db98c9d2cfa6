"""The files of one command as one project, merged as Compose merges them.

In come files, the first the base and the others laid over it; out go services with what they are told to rest on, and
the file and row that first named each. Scalars of a later file win, lists are joined, mappings are merged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from importers.reading import SourceFile, read_json, read_yaml_all, sniff

__all__ = ["Project", "ServiceTold", "merge"]

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9_-]+")


@dataclass
class ServiceTold:
    """One service, merged; `file` and `row` are where it is first named."""

    name: str
    file: str
    row: int
    said: dict[str, Any]


@dataclass
class Project:
    """All services, networks and volumes of one project."""

    name: str
    services: dict[str, ServiceTold] = field(default_factory=dict)
    shared: dict[str, dict[str, tuple[str, int, dict[str, Any]]]] = field(
        default_factory=lambda: {"networks": {}, "volumes": {}}
    )
    complaints: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    dependencies: int = 0

    def id_of(self, kind: str, name: str) -> str:
        """Return the id of a service, network or volume: its name within the project."""
        return f"{self.name}/{name}" if kind == "services" else f"{self.name}/{kind}/{name}"


def merge(sources: Sequence[SourceFile], scope: str | None) -> Project:
    """Return the project that the files make together; raises FileProblem for a file that is no Compose file."""
    files = [(source, _document(source)) for source in sources]
    given = next((str(file["name"]) for _, file in reversed(files) if isinstance(file.get("name"), str)), None)
    project = Project(scope or given or _folder_name(sources[0]))
    for source, file in files:
        for included in _as_list(file.get("include")):
            project.unread.add(str(included.get("path") if isinstance(included, dict) else included))
        for name, told in _mapping(source, file, "services").items():
            row = getattr(told, "line", 1)
            if not isinstance(told, dict):
                said = project.complaints.setdefault(source.name, [])
                said.append((name, f"service {name} is {str(told)[:60]!r}: it must be a mapping", row))
                continue
            before = project.services.get(name)
            if before is None:
                project.services[name] = ServiceTold(name, source.name, row, _overlaid({}, told))
            else:
                before.said = _overlaid(before.said, told)
        for kind, shared in project.shared.items():
            for name, told in _mapping(source, file, kind).items():
                row = getattr(told, "line", 1)
                shared.setdefault(name, (source.name, row, told if isinstance(told, dict) else {}))
    for service in project.services.values():
        _extend(project, service)
    return project


def _document(source: SourceFile) -> dict[str, Any]:
    if sniff(source) == "json":
        value = read_json(source)
    else:
        documents = read_yaml_all(source, may_be_empty=True)
        value = documents[0].value if documents else {}
        if len(documents) > 1:
            raise source.problem("a Compose file is one document: put the others in files", documents[1].line)
    if not isinstance(value, dict):
        raise source.problem("this is no Compose file: it must be a mapping with services")
    return value


def _mapping(source: SourceFile, file: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = file.get(key) or {}
    if not isinstance(value, dict):
        raise source.problem(f"{key} is {str(value)[:60]!r}: it must be a mapping of names")
    return value


def _overlaid(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay what a later file says of a service over what the earlier ones said."""
    merged = dict(under)
    for key, value in over.items():
        before = merged.get(key)
        if key in ("depends_on", "networks"):
            merged[key] = {**_as_mapping(before), **_as_mapping(value)}
        elif isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _overlaid(before, value)
        elif isinstance(before, list) and isinstance(value, list) and key not in ("command", "entrypoint"):
            merged[key] = [*before, *(each for each in value if each not in before)]
        else:
            merged[key] = value
    return merged


def _as_mapping(value: Any) -> dict[str, Any]:
    """Return the map form of what may be written as a list of names."""
    if isinstance(value, dict):
        return dict(value)
    return {str(getattr(name, "raw", name)): {} for name in _as_list(value)}


def _as_list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _extend(project: Project, service: ServiceTold) -> None:
    """Take what a service has from the one it extends, where that is in the files."""
    seen = {service.name}
    extends = service.said.pop("extends", None)
    while extends is not None:
        base = extends.get("service") if isinstance(extends, dict) else extends
        if isinstance(extends, dict) and extends.get("file"):
            project.unread.add(str(extends["file"]))
            return
        if not isinstance(base, str) or base in seen or base not in project.services:
            said = project.complaints.setdefault(service.file, [])
            said.append((service.name, f"{service.name} extends {base!r}, which is no other service here", service.row))
            return
        seen.add(base)
        under = dict(project.services[base].said)
        extends = under.pop("extends", None)
        # Compose does not inherit these: they would tie the copy to the original's neighbours.
        for key in ("depends_on", "links", "volumes_from", "network_mode", "container_name"):
            under.pop(key, None)
        service.said = _overlaid(under, service.said)


def _folder_name(source: SourceFile) -> str:
    """Return the name Compose gives a project that has none: that of the folder."""
    name = _NOT_IN_NAMES.sub("", source.path.absolute().parent.name.lower()).lstrip("_-")
    if not name:
        raise source.problem("neither the file nor its folder names the project: give --scope NAME")
    return name
