"""The objects of all files, and what one must know of them together: who is in which namespace, whose pods run where.

In come files; out go objects with the row each begins at. Knows no item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from cmdb.model.scalars import plain
from importers.gathering import listed
from importers.reading import SourceFile, iter_json_lines, read_json, read_yaml_all, sniff

__all__ = ["WORKLOADS", "Estate", "KubernetesObject", "is_alive", "object_id", "owners_of", "read_objects"]

WORKLOADS: Final = frozenset(["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController"])
_CLUSTER_WIDE: Final = frozenset(["Namespace", "Node", "PersistentVolume", "StorageClass"])
_DEFAULT: Final = "default"


class KubernetesObject(NamedTuple):
    """One object; `namespace` is empty for those of the whole cluster."""

    row: int
    kind: str
    namespace: str
    name: str
    metadata: dict[str, Any]
    spec: dict[str, Any]
    whole: dict[str, Any]

    @property
    def id(self) -> str:
        """The name that is unique in the cluster: deployment/default/web, node/n1."""
        return object_id(self.kind, self.namespace, self.name)

    @property
    def template(self) -> dict[str, Any]:
        """The pod template of a workload."""
        spec = self.spec
        if self.kind == "CronJob":
            spec = _mapping(_mapping(spec.get("jobTemplate")).get("spec"))
        return _mapping(spec.get("template"))

    @property
    def pod_spec(self) -> dict[str, Any]:
        """What a workload's pods are made of."""
        return _mapping(self.template.get("spec"))

    @property
    def pod_labels(self) -> dict[str, Any]:
        """The labels of a workload's pods, by which services and budgets choose them."""
        return _mapping(_mapping(self.template.get("metadata")).get("labels"))


def object_id(kind: str, namespace: str, name: str) -> str:
    """Return the id of an object, which others name it by."""
    return "/".join(each for each in (kind.lower(), namespace, name) if each)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass
class Estate:
    """All objects of all files."""

    objects: dict[str, KubernetesObject] = field(default_factory=dict)
    complaints: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    cut: str | None = None
    addressed: set[str] = field(default_factory=set)
    unknown_hosts: set[str] = field(default_factory=set)
    _by_place: dict[tuple[str, str], list[KubernetesObject]] = field(default_factory=lambda: defaultdict(list))
    _owned: dict[tuple[str, str, str], list[KubernetesObject]] = field(default_factory=lambda: defaultdict(list))

    def add(self, each: KubernetesObject) -> None:
        """Take an object, unless one of its id was taken."""
        if each.id not in self.objects:
            self.objects[each.id] = each
            self._by_place[each.kind, each.namespace].append(each)
            self._by_place[each.kind, ""].extend([each] if each.namespace else [])
            for kind, name in owners_of(each):
                self._owned[each.namespace, kind, name].append(each)

    def of(self, *kinds: str, namespace: str | None = None) -> Iterator[KubernetesObject]:
        """Give the objects of some kinds, in one namespace or in all."""
        for kind in kinds:
            yield from self._by_place.get((kind, namespace or ""), ())

    def chosen(self, selector: dict[str, Any], namespace: str) -> list[KubernetesObject]:
        """Return the workloads of a namespace whose pods have all the labels of a selector; none for an empty one."""
        if not selector:
            return []
        workloads = self.of(*WORKLOADS, namespace=namespace)
        return [each for each in workloads if selector.items() <= each.pod_labels.items()]

    def pods_of(self, workload: KubernetesObject) -> list[KubernetesObject]:
        """Return the running pods of a workload, by their owners or the owners of those; oldest name first."""
        owned = list(self._owned.get((workload.namespace, workload.kind, workload.name), ()))
        for middle in [each for each in owned if each.kind != "Pod"]:
            owned += self._owned.get((middle.namespace, middle.kind, middle.name), ())
        pods = [each for each in owned if each.kind == "Pod" and is_alive(each)]
        return sorted(pods, key=lambda pod: (str(pod.metadata.get("creationTimestamp") or ""), pod.name))

    def has_owner(self, each: KubernetesObject) -> bool:
        """Tell whether an owner of an object is in the files."""
        return any(object_id(kind, each.namespace, name) in self.objects for kind, name in owners_of(each))

    def notes(self) -> Iterator[str]:
        """Give what the person should know of the whole."""
        workloads = sum(1 for _ in self.of(*WORKLOADS))
        if workloads:
            yield (
                f"{len(self.addressed) or 'none'} of {workloads} workloads name other services in their settings; "
                "what the others need, no manifest says"
            )
        if self.unknown_hosts:
            yield f"settings name hosts that no file holds as services: {listed(self.unknown_hosts)}; not linked"


def owners_of(each: KubernetesObject) -> list[tuple[str, str]]:
    """Return kind and name of what an object says it is owned by."""
    references = each.metadata.get("ownerReferences")
    told = [_mapping(owner) for owner in references] if isinstance(references, list) else []
    return [(str(owner.get("kind")), str(owner.get("name"))) for owner in told]


def is_alive(pod: KubernetesObject) -> bool:
    """Tell whether a pod has not run to its end."""
    return _mapping(pod.whole.get("status")).get("phase") not in ("Succeeded", "Failed")


def read_objects(source: SourceFile, estate: Estate) -> list[KubernetesObject]:
    """Return the objects of one file and put them into `estate`; raises FileProblem where it cannot be read."""
    found = []
    for row, document in _documents(source, estate):
        each = _object(row, document)
        if isinstance(each, str):
            estate.complaints.setdefault(source.name, []).append((row, each))
        elif each is not None:
            found.append(each)
            estate.add(each)
    return found


def _documents(source: SourceFile, estate: Estate) -> Iterator[tuple[int, Any]]:
    syntax = sniff(source)
    if syntax == "json":
        whole: list[tuple[int, Any]] = [(1, read_json(source))]
    elif syntax == "jsonl":
        whole = list(iter_json_lines(source))
    else:
        whole = [(document.line, document.value) for document in read_yaml_all(source, may_be_empty=True)]
    for row, document in whole:
        if not (isinstance(document, dict) and str(document.get("kind", "")).endswith("List")):
            yield row, document
            continue
        if _mapping(document.get("metadata")).get("continue"):
            estate.cut = f"{source.name} is one page of several: its list goes on"
        for number, member in enumerate(document.get("items") or [], 1):
            yield getattr(member, "line", number), member


def _object(row: int, document: Any) -> KubernetesObject | str | None:
    """Return the object, what is wrong with it, or None for YAML that is none."""
    if not (isinstance(document, dict) and "kind" in document and "apiVersion" in document):
        return None
    kind, metadata = document.get("kind"), _mapping(document.get("metadata"))
    name = getattr(metadata.get("name"), "raw", metadata.get("name"))
    if not isinstance(kind, str) or not kind.strip():
        return f"kind is {kind!r}: an object says its kind, such as Deployment"
    if not isinstance(name, str) or not name.strip():
        return f"metadata.name of this {kind} is {name!r}: an object has a name"
    space = metadata.get("namespace") or _DEFAULT
    whole = plain(document)
    return KubernetesObject(
        row, kind, "" if kind in _CLUSTER_WIDE else str(getattr(space, "raw", space)), name,
        _mapping(whole.get("metadata")), _mapping(whole.get("spec")), whole,
    )  # fmt: skip
