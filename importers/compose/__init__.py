"""Docker Compose files: the files of one command merged as Compose merges them, each service an item.

    read ── merging (the services of all files) ──┬── services (what each rests on) ── Gatherer
                                                  └── volumes and networks

A project's name is the scope, and goes before each id: services are unique only within it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from cmdb.model import ImportBatch
from importers.compose.merging import Project, merge
from importers.compose.services import take_service
from importers.gathering import Gatherer, first_words, listed
from importers.reading import SourceFile
from importers.registry import ReadOptions

__all__ = ["ComposeImporter", "importer"]

_SERVICES: Final = re.compile(r"^services:[ \t\r]*(?:#.*)?$", re.MULTILINE)
_SERVICE: Final = re.compile(
    r"^[ \t]+(?:image|build|depends_on|container_name|deploy|entrypoint|command|extends):", re.MULTILINE
)
_NAMED: Final = re.compile(r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml", re.IGNORECASE)


class ComposeImporter:
    """Reads the files of one `docker compose` command; all together are one project and one batch."""

    name = "compose"
    description = "Docker Compose: services, what they depend on, replicas, networks and volumes"
    example = "cmdb import --format compose compose.yaml compose.override.yaml --scope shop"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: services with an image, a build or dependencies; or its name."""
        sample = first_words(source)
        if _SERVICES.search(sample) and _SERVICE.search(sample):
            return 0.9
        return 0.4 if _NAMED.fullmatch(source.path.name) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file that is no mapping or names no project."""
        project = merge(sources, options.scope)
        gathered = Gatherer(options, source="compose", scope=project.name)
        for done, source in enumerate(sources, 1):
            gathered.begin(source)
            for name, complaint, row in project.complaints.get(source.name, ()):
                gathered.builder.refuse(row, f"{project.name}/{name}", complaint)
            for service in project.services.values():
                if service.file == source.name:
                    take_service(gathered, project, service)
            _take_shared(gathered, project, source.name)
            gathered.progress(done, len(sources))
        _notes(gathered, project)
        return [gathered.batch()]


def _take_shared(gathered: Gatherer, project: Project, file: str) -> None:
    for kind, class_name in (("networks", "Network"), ("volumes", "StorageVolume")):
        for name, (where, row, told) in project.shared[kind].items():
            if where == file:
                attributes: dict[str, Any] = {key: told[key] for key in ("driver", "external") if key in told}
                given = told.get("name")
                gathered.item(
                    row, project.id_of(kind, name), class_name, name,
                    {"attributes": {**attributes, "name": given} if isinstance(given, str) else attributes},
                )  # fmt: skip


def _notes(gathered: Gatherer, project: Project) -> None:
    if project.unread:
        gathered.note(f"other Compose files are named and were not read: {listed(project.unread)}; name them too")
    if project.elsewhere:
        gathered.note(
            f"services of no file that was read are depended on: {listed(project.elsewhere)}; "
            "they are placeholders until the files that describe them are read along"
        )
    if project.services and not project.dependencies:
        gathered.note("no service says what it depends on: the file shows services, and nothing of what breaks what")


importer = ComposeImporter()
