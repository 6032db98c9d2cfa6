"""Settings and volumes: config maps, secrets and claims, and the workloads that cannot start without them.

In comes an object; out go items and relationships. Of a secret nothing but its name is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from importers.gathering import Gatherer
from importers.kubernetes.objects import KubernetesObject, object_id

__all__ = ["take_config", "take_config_of"]

_KINDS = {
    "ConfigMap": "Configuration",
    "Secret": "Configuration",
    "PersistentVolumeClaim": "StorageVolume",
    "PersistentVolume": "StorageVolume",
}


def take_config(gathered: Gatherer, each: KubernetesObject) -> bool:
    """Take a config map, secret, claim or volume; return False for any other object."""
    class_name = _KINDS.get(each.kind)
    if class_name is None:
        return False
    attributes: dict[str, Any] = {"kind": each.kind, "namespace": each.namespace}
    if each.kind in ("PersistentVolumeClaim", "PersistentVolume"):
        attributes["storage_class"] = each.spec.get("storageClassName")
    gathered.item(
        each.row, each.id, class_name, each.name,
        {"attributes": {key: value for key, value in attributes.items() if value}},
    )  # fmt: skip
    volume = each.spec.get("volumeName")
    if each.kind == "PersistentVolumeClaim" and isinstance(volume, str) and volume:
        gathered.link(each.row, each.id, "stores_on", object_id("PersistentVolume", "", volume))
    return True


def take_config_of(gathered: Gatherer, workload: KubernetesObject) -> None:
    """Take what a workload reads and writes; what it may do without (`optional`) is no requirement."""
    for kind, name in dict.fromkeys(_named(workload.pod_spec)):
        type_name = "stores_on" if kind == "PersistentVolumeClaim" else "depends_on"
        gathered.link(workload.row, workload.id, type_name, object_id(kind, workload.namespace, name))


def _named(pod: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for volume in pod.get("volumes") or []:
        if not isinstance(volume, dict):
            continue
        projected = (volume.get("projected") or {}).get("sources") or []
        for source in [volume, *projected]:
            yield from _one(source, "configMap", "ConfigMap", "name")
            yield from _one(source, "secret", "Secret", "secretName" if source is volume else "name")
            yield from _one(source, "persistentVolumeClaim", "PersistentVolumeClaim", "claimName")
    for container in [*(pod.get("containers") or []), *(pod.get("initContainers") or [])]:
        if not isinstance(container, dict):
            continue
        for source in container.get("envFrom") or []:
            yield from _one(source, "configMapRef", "ConfigMap", "name")
            yield from _one(source, "secretRef", "Secret", "name")
        for variable in container.get("env") or []:
            source = variable.get("valueFrom") if isinstance(variable, dict) else None
            yield from _one(source, "configMapKeyRef", "ConfigMap", "name")
            yield from _one(source, "secretKeyRef", "Secret", "name")


def _one(source: Any, field: str, kind: str, name_field: str) -> Iterator[tuple[str, str]]:
    told = source.get(field) if isinstance(source, dict) else None
    if isinstance(told, dict) and isinstance(told.get(name_field), str) and told.get("optional") is not True:
        yield kind, told[name_field]
