"""Kubernetes: workloads and their pods, services, addresses in settings, budgets, nodes; two real applications."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from importers.kubernetes import importer
from importers.reading import open_source
from importers.registry import ReadOptions

SHOP = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      containers:
        - name: web
          image: example/web:1
          envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: maybe, optional: true}}]
          env:
            - {name: DB_ADDR, value: "db:5432"}
            - {name: MODE, value: db}
            - {name: CACHE_URL, value: "redis://cache.other.svc.cluster.local:6379/0"}
            - {name: GONE_ADDR, value: "gone:80"}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  replicas: 1
  template:
    metadata: {labels: {app: db}}
    spec: {volumes: [{name: d, persistentVolumeClaim: {claimName: data}}], containers: [{name: db}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, clusterIP: 10.0.0.7}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {key: secret}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, namespace: shop}
spec:
  rules:
    - host: shop.example.com
      http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 50%, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
"""


def test_an_application_is_workloads_services_and_what_they_name(read_files: Callable[..., Any]) -> None:
    """Ids are qualified by kind and namespace; a word that only looks like a service's name is none."""
    batch = read_files("kubernetes", {"shop.yaml": SHOP})
    web, db = "deployment/shop/web", "statefulset/shop/db"
    pods = {f"pod/shop/web/{number}": ("KubernetesPod", f"web {number}", {}) for number in (1, 2, 3)}
    assert {id_: told for id_, told in batch.items.items() if id_ not in pods} == {
        "namespace/shop": ("KubernetesNamespace", "shop", {}),
        web: ("KubernetesWorkload", "web", {"attributes": {
            "kind": "Deployment", "namespace": "shop", "images": ["example/web:1"], "replicas": 3}}),
        db: ("KubernetesWorkload", "db", {"attributes": {"kind": "StatefulSet", "namespace": "shop", "replicas": 1}}),
        "service/shop/web": ("KubernetesService", "web", {"attributes": {
            "namespace": "shop", "selector": {"app": "web"}}}),
        "service/shop/db": ("KubernetesService", "db", {
            "ip": "10.0.0.7", "attributes": {"namespace": "shop", "selector": {"app": "db"}}}),
        "configmap/shop/settings": ("Configuration", "settings", {"attributes": {
            "kind": "ConfigMap", "namespace": "shop"}}),
        "ingress/shop/front": ("KubernetesIngress", "front", {"attributes": {
            "namespace": "shop", "hosts": ["shop.example.com"]}}),
    }  # fmt: skip
    assert pods.keys() <= batch.items.keys()
    assert batch.links == {
        *((web, "contains", pod, "replicas") for pod in pods),
        *(("namespace/shop", "contains", each) for each in (web, db, "service/shop/web", "service/shop/db")),
        ("service/shop/web", "depends_on", web),
        ("service/shop/db", "depends_on", db),
        (web, "depends_on", "service/shop/db"),
        (web, "depends_on", "configmap/shop/settings"),
        (db, "stores_on", "persistentvolumeclaim/shop/data"),
        ("ingress/shop/front", "depends_on", "service/shop/web"),
    }
    assert batch.pools == {(web, "replicas"): {
        "need": 2,
        "evidence": "Deployment web has 3 replicas; poddisruptionbudget/shop/web states minAvailable 50%",
    }}  # fmt: skip
    assert (batch.refused, batch.warned) == ([], [])
    notes = "\n".join(batch.notes)
    assert "1 of 2 workloads name other services" in notes
    assert "cache (CACHE_URL of deployment/shop/web), gone (GONE_ADDR of deployment/shop/web); not linked" in notes
    assert "1 objects of kind ServiceAccount: skipped" in notes


def _deployment(replicas: int, name: str = "web") -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": []}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": replicas, "template": template}}  # fmt: skip


def _budget(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
            "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec}}  # fmt: skip


@pytest.mark.parametrize(
    ("replicas", "spec", "need"),
    [
        (5, {"minAvailable": 2}, 2),
        (5, {"minAvailable": "30%"}, 2),
        (5, {"maxUnavailable": 1}, 4),
        (5, {"maxUnavailable": "30%"}, 3),
        (5, {"maxUnavailable": 0}, 5),
        (5, {"minAvailable": 0}, None),
        (5, {"maxUnavailable": "100%"}, None),
        (5, {"minAvailable": "many"}, None),
        (5, None, None),
    ],
)
def test_a_disruption_budget_is_the_stated_need(
    read_files: Callable[..., Any], replicas: int, spec: dict[str, Any] | None, need: int | None
) -> None:
    """Kubernetes rounds both percentages up, so fewer may be missing than one would think; no budget states nothing."""
    objects = [_deployment(replicas), *([_budget(**spec)] if spec is not None else [])]
    batch = read_files("kubernetes", {"a.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})})
    assert batch.pools["deployment/default/web", "replicas"].get("need") == need
    assert len(batch.warned) == (spec == {"minAvailable": "many"})


def test_running_pods_take_the_numbers_of_their_workload(read_files: Callable[..., Any]) -> None:
    """A pod's own name changes with each rollout; its number stays, and says on which node it runs."""

    def pod(name: str, node: str, phase: str = "Running") -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Pod", "spec": {"nodeName": node}, "status": {"phase": phase},
                "metadata": {"name": name, "ownerReferences": [{"kind": "ReplicaSet", "name": "web-1"}]}}  # fmt: skip

    owner = {"kind": "Deployment", "name": "web"}
    replica_set = {"apiVersion": "apps/v1", "kind": "ReplicaSet",
                   "metadata": {"name": "web-1", "ownerReferences": [owner]}}  # fmt: skip
    node = {"apiVersion": "v1", "kind": "Node", "spec": {"providerID": "aws:///eu-1a/i-0abc"},
            "metadata": {"name": "n1", "labels": {"topology.kubernetes.io/zone": "eu-1a"}},
            "status": {"addresses": [{"type": "InternalIP", "address": "10.1.1.1"}],
                       "conditions": [{"type": "Ready", "status": "False"}]}}  # fmt: skip
    objects = [_deployment(2), replica_set, pod("web-1-x", "n1"), pod("web-1-a", "n2"),
               pod("web-1-o", "n3", "Succeeded"), node]  # fmt: skip
    batch = read_files("kubernetes", {"all.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})})
    assert batch.items["pod/default/web/1"] == ("KubernetesPod", "web 1", {"attributes": {"pod": "web-1-a"}})
    assert batch.items["node/n1"] == ("KubernetesNode", "n1", {
        "ip": "10.1.1.1", "status": "maintenance", "cloud_id": "i-0abc"})  # fmt: skip
    assert batch.links == {
        ("deployment/default/web", "contains", "pod/default/web/1", "replicas"),
        ("deployment/default/web", "contains", "pod/default/web/2", "replicas"),
        ("pod/default/web/1", "runs_on", "node/n2"),
        ("pod/default/web/2", "runs_on", "node/n1"),
        ("node/n1", "located_in", "zone/eu-1a"),
    }
    assert batch.warned == []


def test_a_pod_of_no_workload_is_an_item_by_itself(read_files: Callable[..., Any]) -> None:
    """Static pods of a node too; a pod whose workload is in no file is told, for its name says nothing."""

    def pod(name: str, **metadata: Any) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Pod", "spec": {"nodeName": "n1"}, "metadata": {"name": name, **metadata}}

    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}
    pods = [
        pod("alone"),
        pod("apiserver", ownerReferences=[{"kind": "Node", "name": "n1"}]),
        pod("lost", ownerReferences=[{"kind": "ReplicaSet", "name": "gone"}]),
    ]
    batch = read_files(
        "kubernetes", {"a.json": json.dumps({"apiVersion": "v1", "kind": "List", "items": [*pods, node]})}
    )
    assert batch.items.keys() == {"pod/default/alone", "pod/default/apiserver", "node/n1"}
    assert batch.links == {(f"pod/default/{name}", "runs_on", "node/n1") for name in ("alone", "apiserver")}
    assert "1 pods whose workload is in no file: skipped" in batch.notes


def test_workloads_behind_one_selector_stand_in_for_each_other(read_files: Callable[..., Any]) -> None:
    """A service answers while any pod it selects does; what nothing stands behind is said."""
    blue, green = _deployment(1, "blue"), _deployment(1, "green")
    for each in (blue, green):
        each["spec"]["template"]["metadata"]["labels"] = {"app": "web"}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}}
    empty = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "e"}, "spec": {"selector": {"app": "x"}}}
    batch = read_files("kubernetes", {"a.yaml": yaml.safe_dump_all([blue, green, service, empty])})
    evidence = "the selector app=web chooses the pods of deployment/default/blue, deployment/default/green"
    assert batch.pools == {("service/default/web", "endpoints"): {"evidence": evidence}}
    assert {link for link in batch.links if link[0] == "service/default/web"} == {
        ("service/default/web", "depends_on", "deployment/default/blue", "endpoints"),
        ("service/default/web", "depends_on", "deployment/default/green", "endpoints"),
    }
    [(_, warning)] = batch.warned
    assert "app=x: nothing is behind it" in warning


def test_what_is_wrong_is_refused_with_its_row(read_files: Callable[..., Any]) -> None:
    """The objects around it are taken, YAML that is no object is left alone, and a page of a list is partial."""
    text = (
        "apiVersion: v1\nkind: Service\nmetadata: {}\n---\na: 1\n---\napiVersion: v1\nkind: [x]\nmetadata: {name: a}\n"
    )
    page = {"apiVersion": "v1", "kind": "ServiceList", "metadata": {"continue": "abc"}, "items": []}
    batch = read_files("kubernetes", {"a.yaml": text, "b.json": json.dumps(page)})
    assert [row for row, _ in batch.refused] == [1, 7]
    assert "metadata.name of this Service is None" in batch.refused[0][1]
    assert "b.json is one page of several" in (batch.batch.cut or "")


def test_the_same_objects_twice_change_nothing(
    read_files: Callable[..., Any], imports_once: Callable[..., Any]
) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    first = imports_once([read_files("kubernetes", {"shop.yaml": SHOP}).batch])
    assert (first["counts"]["created"], first["counts"]["placeholders"], first["problems"]) == (10, 1, [])


@pytest.mark.shared
@pytest.mark.parametrize(("name", "workloads", "edges"), [("online-boutique", 12, 16), ("sock-shop", 14, 1)])
def test_real_applications(shared_data: Path, told: Callable[..., Any], name: str, workloads: int, edges: int) -> None:
    """Workloads and the addresses in their settings agree with a reading by PyYAML alone."""
    path = shared_data / "kubernetes" / f"{name}.yaml"
    [batch] = importer.read([open_source(path)], ReadOptions())
    read = told(batch)
    objects = [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]
    services = {each["metadata"]["name"] for each in objects if each["kind"] == "Service"}
    named = {
        (each["metadata"]["name"], str(variable["value"]).split(":")[0])
        for each in objects if each["kind"] == "Deployment"
        for container in [*each["spec"]["template"]["spec"]["containers"],
                          *each["spec"]["template"]["spec"].get("initContainers", [])]
        for variable in container.get("env", [])
        if ":" in str(variable.get("value", "")) and str(variable["value"]).split(":")[0] in services
    }  # fmt: skip
    found = {
        (start.rpartition("/")[2], end.rpartition("/")[2])
        for start, type_name, end, *_ in read.links
        if type_name == "depends_on" and start.startswith("deployment/")
    }
    assert found == named
    assert len(found) == edges
    assert sum(class_name == "KubernetesWorkload" for class_name, _, _ in read.items.values()) == workloads
    assert any(f"of {workloads} workloads name other services in their settings" in note for note in read.notes)
    behind = {link for link in read.links if link[0].startswith("service/")}
    assert len(behind) == len(services)


def test_a_scaled_down_workload_loses_its_last_pods(read_files: Callable[..., Any], scratch_record: Any) -> None:
    """Complete exports: the pod that is gone is missing and no longer counts; the others are unchanged."""

    def export(replicas: int) -> Any:
        return read_files("kubernetes", {"w.json": json.dumps(_deployment(replicas))}, complete=True).batch

    scratch_record.import_batches([export(3)])
    said = scratch_record.import_batches([export(2)]).as_contract()
    assert (said["counts"]["missing"], said["counts"]["updated"], said["relationships"]["removed"]) == (1, 1, 1)
    assert said["guard"] == []
