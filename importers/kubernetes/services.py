"""Services and ingresses: what stands behind an address.

In comes a service or an ingress and the estate; out go an item and what it leads to. Workloads that one selector
chooses answer for each other: a pool.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from importers.gathering import Gatherer, listed
from importers.kubernetes.objects import Estate, KubernetesObject, object_id

__all__ = ["take_ingress", "take_service"]


def take_service(gathered: Gatherer, estate: Estate, service: KubernetesObject) -> None:
    """Take one service of the present file."""
    spec, row = service.spec, service.row
    kept = {key: spec[key] for key in ("type", "externalName", "selector") if spec.get(key)}
    address = spec.get("clusterIP")
    values: dict[str, Any] = {"attributes": {"namespace": service.namespace, **kept}}
    if isinstance(address, str) and address not in ("", "None"):
        values["ip"] = address
    if not gathered.item(row, service.id, "KubernetesService", service.name, values):
        return
    if (space := object_id("Namespace", "", service.namespace)) in estate.objects:
        gathered.link(row, space, "contains", service.id)
    selector = spec.get("selector")
    if not isinstance(selector, dict) or not selector:
        if spec.get("type") != "ExternalName":
            gathered.note(f"{service.id} selects no pods: what answers there is not said")
        return
    chosen = [each.id for each in estate.chosen(selector, service.namespace)]
    told = ", ".join(f"{key}={value}" for key, value in sorted(selector.items()))
    if not chosen:
        gathered.builder.warn(row, service.id, f"no workload read has the labels {told}: nothing is behind it")
    gathered.any_of(
        row, service.id, "depends_on", chosen, "endpoints", f"the selector {told} chooses the pods of {listed(chosen)}"
    )


def take_ingress(gathered: Gatherer, estate: Estate, ingress: KubernetesObject) -> None:
    """Take one ingress of the present file; each service behind it is required, for each serves paths of its own."""
    rules = ingress.spec.get("rules")
    hosts = [rule.get("host") for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    attributes = {"namespace": ingress.namespace, "hosts": sorted({host for host in hosts if isinstance(host, str)})}
    if not gathered.item(ingress.row, ingress.id, "KubernetesIngress", ingress.name, {"attributes": attributes}):
        return
    for name in dict.fromkeys(_backends(ingress.spec)):
        target = object_id("Service", ingress.namespace, name)
        if target not in estate.objects:
            gathered.note(f"{ingress.id} leads to {target}, which no file holds: it is a placeholder")
        gathered.link(ingress.row, ingress.id, "depends_on", target)
    for entry in ingress.spec.get("tls") or []:
        if isinstance(entry, dict) and isinstance(entry.get("secretName"), str):
            secret = object_id("Secret", ingress.namespace, entry["secretName"])
            gathered.link(ingress.row, ingress.id, "depends_on", secret)


def _backends(spec: dict[str, Any]) -> Iterator[str]:
    """Give the names of services in an ingress, in the form of networking/v1 and of those before it."""
    backends = [spec.get("defaultBackend"), spec.get("backend")]
    for rule in spec.get("rules") or []:
        paths = (rule.get("http") or {}).get("paths") if isinstance(rule, dict) else None
        backends.extend(path.get("backend") for path in paths or [] if isinstance(path, dict))
    for backend in backends:
        if isinstance(backend, dict):
            service = backend.get("service")
            name = service.get("name") if isinstance(service, dict) else backend.get("serviceName")
            if isinstance(name, str) and name:
                yield name
