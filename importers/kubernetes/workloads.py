"""A workload into a Gatherer: itself, its pods where it has several, and where they run.

In comes a workload and the estate; out go an item, a pool of its replicas and the nodes of running pods. A disruption
budget is the need that somebody stated; without one it is left to be n - 1.
"""

from __future__ import annotations

import re
from typing import Any, Final

from importers.gathering import Gatherer
from importers.kubernetes.objects import Estate, KubernetesObject, is_alive, object_id, owners_of

__all__ = ["MAX_REPLICAS", "take_pod", "take_workload"]

MAX_REPLICAS: Final = 5_000
_PERCENT: Final = re.compile(r"(\d{1,3})%")
_ALIKE: Final = frozenset(["Deployment", "StatefulSet", "ReplicationController"])


def take_workload(gathered: Gatherer, estate: Estate, workload: KubernetesObject) -> None:
    """Take one workload of the present file."""
    id_, row = workload.id, workload.row
    replicas = _replicas(gathered, estate, workload)
    images = [each.get("image") for each in workload.pod_spec.get("containers") or [] if isinstance(each, dict)]
    attributes: dict[str, Any] = {
        "kind": workload.kind,
        "namespace": workload.namespace,
        "labels": workload.metadata.get("labels"),
        "images": [image for image in images if isinstance(image, str)],
        "replicas": replicas,
    }
    told = {key: value for key, value in attributes.items() if value not in (None, [], {})}
    if not gathered.item(row, id_, "KubernetesWorkload", workload.name, {"attributes": told}):
        return
    _in_namespace(gathered, estate, workload)
    pods = estate.pods_of(workload)
    if workload.kind in _ALIKE and (replicas or 1) > 1:
        _take_pods(gathered, estate, workload, replicas or 1, pods)
    elif workload.kind in _ALIKE and pods:
        _runs_on(gathered, row, id_, pods[0])
    elif workload.kind == "DaemonSet" and pods:
        gathered.note(
            f"{id_} runs on each of {len(pods)} nodes, and its pods do not stand in for each other: not placed"
        )


def take_pod(gathered: Gatherer, estate: Estate, pod: KubernetesObject) -> None:
    """Take a pod of the present file that belongs to no workload; those of workloads are taken with them."""
    if not is_alive(pod) or estate.has_owner(pod):
        return
    if any(kind != "Node" for kind, _ in owners_of(pod)):
        gathered.skip("pods whose workload is in no file")
        return
    attributes = {"namespace": pod.namespace, "labels": pod.metadata.get("labels")}
    if gathered.item(pod.row, pod.id, "KubernetesPod", pod.name, {"attributes": attributes}):
        _in_namespace(gathered, estate, pod)
        _runs_on(gathered, pod.row, pod.id, pod)


def _in_namespace(gathered: Gatherer, estate: Estate, each: KubernetesObject) -> None:
    if (space := object_id("Namespace", "", each.namespace)) in estate.objects:
        gathered.link(each.row, space, "contains", each.id)


def _take_pods(
    gathered: Gatherer, estate: Estate, workload: KubernetesObject, replicas: int, pods: list[KubernetesObject]
) -> None:
    row = workload.row
    need, budget = _stated_need(gathered, estate, workload, replicas)
    evidence = f"{workload.kind} {workload.name} has {replicas} replicas{budget}"
    gathered.pool(row, workload.id, "replicas", evidence, need)
    for number in range(1, replicas + 1):
        id_ = f"{object_id('Pod', workload.namespace, workload.name)}/{number}"
        pod = pods[number - 1] if number <= len(pods) else None
        gathered.item(row, id_, "KubernetesPod", f"{workload.name} {number}", {"attributes": _pod_attributes(pod)})
        gathered.link(row, workload.id, "contains", id_, "replicas")
        if pod is not None:
            _runs_on(gathered, row, id_, pod)
    if pods and len(pods) != replicas:
        gathered.builder.warn(
            row, workload.id, f"{workload.id} is to have {replicas} pods and {len(pods)} were running"
        )


def _pod_attributes(pod: KubernetesObject | None) -> dict[str, Any]:
    return {} if pod is None else {"pod": pod.name}


def _runs_on(gathered: Gatherer, row: int, id_: str, pod: KubernetesObject) -> None:
    node = pod.spec.get("nodeName")
    if isinstance(node, str) and node:
        gathered.link(row, id_, "runs_on", object_id("Node", "", node))


def _replicas(gathered: Gatherer, estate: Estate, workload: KubernetesObject) -> int | None:
    given = workload.spec.get("replicas") if workload.kind in _ALIKE else None
    if given is None and workload.kind in _ALIKE:
        for scaler in estate.of("HorizontalPodAutoscaler", namespace=workload.namespace):
            target = scaler.spec.get("scaleTargetRef") or {}
            if (target.get("kind"), target.get("name")) == (workload.kind, workload.name):
                given = scaler.spec.get("minReplicas")
    if given is None:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= MAX_REPLICAS:
        gathered.builder.warn(
            workload.row,
            workload.id,
            f"replicas is {str(given)[:60]!r}: no whole number up to {MAX_REPLICAS:,}; left out",
        )
        return None
    return given


def _stated_need(
    gathered: Gatherer, estate: Estate, workload: KubernetesObject, replicas: int
) -> tuple[int | None, str]:
    """Return how many pods a disruption budget wants up, and the words for it; None where no budget says."""
    for budget in estate.of("PodDisruptionBudget", namespace=workload.namespace):
        labels = (budget.spec.get("selector") or {}).get("matchLabels") or {}
        if not labels or not labels.items() <= workload.pod_labels.items():
            continue
        for field in ("minAvailable", "maxUnavailable"):
            given = budget.spec.get(field)
            if given is None:
                continue
            count = _count(given, replicas)
            if count is None:
                gathered.builder.warn(
                    workload.row,
                    workload.id,
                    f"{field} of {budget.id} is {str(given)[:60]!r}: no count and no percentage",
                )
                continue
            need = count if field == "minAvailable" else replicas - count
            if need < 1:
                return None, f"; {budget.id} states no need of any ({field} {given})"
            return need, f"; {budget.id} states {field} {given}"
    return None, ""


def _count(given: Any, replicas: int) -> int | None:
    """Return a count of pods; Kubernetes rounds a percentage up, of those available and of those not."""
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    if isinstance(given, str):
        if (found := _PERCENT.fullmatch(given.strip())) is not None:
            return -(-replicas * int(found[1]) // 100)
        if given.strip().isdigit():
            return int(given)
    return None
