"""Nodes and namespaces.

In comes a node or a namespace; out go an item, and the zone that a node stands in.
"""

from __future__ import annotations

from typing import Any

from importers.gathering import Gatherer
from importers.kubernetes.objects import KubernetesObject

__all__ = ["take_namespace", "take_node"]

_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")


def take_namespace(gathered: Gatherer, namespace: KubernetesObject) -> None:
    """Take one namespace of the present file."""
    gathered.item(namespace.row, namespace.id, "KubernetesNamespace", namespace.name)


def take_node(gathered: Gatherer, node: KubernetesObject) -> None:
    """Take one node of the present file. One that is not ready is down now: `maintenance` is the word for it."""
    status = node.whole.get("status") if isinstance(node.whole.get("status"), dict) else {}
    assert isinstance(status, dict)
    values: dict[str, Any] = {}
    for address in status.get("addresses") or []:
        if isinstance(address, dict) and address.get("type") == "InternalIP":
            values.setdefault("ip", address.get("address"))
    for condition in status.get("conditions") or []:
        if isinstance(condition, dict) and condition.get("type") == "Ready":
            values["status"] = "operational" if condition.get("status") == "True" else "maintenance"
    if isinstance(provider := node.spec.get("providerID"), str) and provider:
        values["cloud_id"] = provider.rpartition("/")[2]
    if node.spec.get("unschedulable") is True:
        values["attributes"] = {"cordoned": True}
    if not gathered.item(node.row, node.id, "KubernetesNode", node.name, values):
        return
    labels = node.metadata.get("labels") or {}
    zone = next((labels[key] for key in _ZONES if isinstance(labels.get(key), str) and labels[key]), None)
    if zone is not None:
        gathered.item(node.row, f"zone/{zone}", "AvailabilityZone", zone)
        gathered.link(node.row, node.id, "located_in", f"zone/{zone}")
