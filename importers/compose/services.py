"""One service into a Gatherer: the service, its replicas, and what it rests on.

In comes a merged service; out go an item, a pool of replicas where it has several, and its relationships. A started or
healthy provider is required; one that only has to have finished is not needed afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from importers.compose.merging import Project, ServiceTold
from importers.gathering import Gatherer

__all__ = ["take_service"]

MAX_REPLICAS: Final = 1_000
_KEPT: Final = ("image", "container_name", "hostname", "profiles", "restart")
_FINISHED: Final = "service_completed_successfully"


def take_service(gathered: Gatherer, project: Project, service: ServiceTold) -> None:
    """Take one service of the present file."""
    said, row, id_ = service.said, service.row, project.id_of("services", service.name)
    attributes = {key: said[key] for key in _KEPT if said.get(key)}
    if not said.get("image") and not said.get("build"):
        attributes["described_elsewhere"] = True
    replicas = _replicas(gathered, said, row, id_)
    if replicas is not None:
        attributes["replicas"] = replicas
    if not gathered.item(row, id_, "Application", service.name, {"attributes": attributes}):
        return
    if replicas is not None and replicas > 1:
        gathered.pool(row, id_, "replicas", f"{service.name} is deployed with {replicas} replicas")
        for number in range(1, replicas + 1):
            gathered.item(row, f"{id_}/{number}", "Container", f"{service.name}-{number}")
            gathered.link(row, id_, "depends_on", f"{id_}/{number}", "replicas")
    for provider, how in _providers(said):
        project.dependencies += 1
        if provider not in project.services:
            project.elsewhere.add(provider)
        target = project.id_of("services", provider)
        if how.get("condition") == _FINISHED:
            gathered.link(row, id_, "starts_after", target)
        elif how.get("required") is False:
            gathered.link(row, id_, "calls", target)
        else:
            gathered.link(row, id_, "depends_on", target)
    for network in _as_names(said.get("networks")):
        if network in project.shared["networks"]:
            gathered.link(row, project.id_of("networks", network), "contains", id_)
    for volume in _volumes(said):
        if volume in project.shared["volumes"]:
            gathered.link(row, id_, "stores_on", project.id_of("volumes", volume))


def _replicas(gathered: Gatherer, said: dict[str, Any], row: int, id_: str) -> int | None:
    deploy = said.get("deploy")
    given = deploy.get("replicas") if isinstance(deploy, dict) else None
    given = said.get("scale") if given is None else given
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= MAX_REPLICAS:
        gathered.builder.warn(row, id_, f"replicas is {str(given)[:60]!r}: not 0 to {MAX_REPLICAS:,}; left out")
        return None
    return int(given)


def _providers(said: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the services that one names, and on what terms."""
    depends_on = said.get("depends_on")
    for name, how in depends_on.items() if isinstance(depends_on, dict) else ():
        yield name, how if isinstance(how, dict) else {}
    for key in ("links", "volumes_from"):
        for name in _as_names(said.get(key)):
            if not name.startswith("container:"):
                yield name.partition(":")[0], {}
    for key in ("network_mode", "pid", "ipc"):
        kind, _, name = str(said.get(key) or "").partition(":")
        if kind == "service" and name:
            yield name, {}


def _as_names(value: Any) -> list[str]:
    names = list(value) if isinstance(value, (dict, list)) else []
    return [name for name in names if isinstance(name, str) and name]


def _volumes(said: dict[str, Any]) -> Iterator[str]:
    volumes = said.get("volumes")
    for volume in volumes if isinstance(volumes, list) else ():
        if isinstance(volume, dict):
            source = volume.get("source")
            if volume.get("type", "volume") == "volume" and isinstance(source, str):
                yield source
        elif isinstance(volume, str) and ":" in volume:
            yield volume.partition(":")[0]
