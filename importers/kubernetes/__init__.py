"""Kubernetes: manifests, and what `kubectl get -o json` or `-o yaml` gives.

    read ── objects (of all files) ──┬── workloads (pods and their nodes) ───────┐
                                     ├── services, ingresses ── addresses (env) ─┼── Gatherer
                                     └── budgets (stated needs), config, nodes ──┘

Pods come and go under new names, so a workload's pods are recorded by number, 1 to its replicas, and a running pod
takes one of the numbers: what the record holds is "the second pod of web runs on node 3".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.kubernetes.addresses import take_addresses
from importers.kubernetes.config import take_config, take_config_of
from importers.kubernetes.nodes import take_namespace, take_node
from importers.kubernetes.objects import WORKLOADS, Estate, read_objects
from importers.kubernetes.services import take_ingress, take_service
from importers.kubernetes.workloads import take_pod, take_workload
from importers.reading import SourceFile
from importers.registry import ReadOptions

__all__ = ["KubernetesImporter", "importer"]

_API: Final = re.compile(r"""["']?apiVersion["']?\s*:\s*["']?([\w.-]+/)?v\d+(?:(?:alpha|beta)\d+)?\b""")
_KIND: Final = re.compile(r"""["']?kind["']?\s*:\s*["']?[A-Z]\w+""")
_OTHERS: Final = re.compile(r"backstage\.io/")
_QUIET: Final = frozenset(["ReplicaSet", "PodDisruptionBudget", "HorizontalPodAutoscaler"])


class KubernetesImporter:
    """Reads the objects of one cluster; all files together are one batch."""

    name = "kubernetes"
    description = "Kubernetes manifests and kubectl JSON: workloads, services, ingresses, nodes, config"
    example = "cmdb import --format kubernetes cluster.json --scope cluster1"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: an apiVersion of the Kubernetes form, and a kind."""
        sample = first_words(source)
        found = _API.search(sample) and _KIND.search(sample) and not _OTHERS.search(sample)
        return 0.9 if found else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file that cannot be read."""
        gathered = Gatherer(options, source="kubernetes")
        estate = Estate()
        read = [(source, read_objects(source, estate)) for source in sources]
        for done, (source, objects) in enumerate(read, 1):
            gathered.begin(source)
            for row, message in estate.complaints.get(source.name, ()):
                gathered.builder.refuse_unidentified(row, message)
            for each in objects:
                if each.kind == "Namespace":
                    take_namespace(gathered, each)
                elif each.kind == "Node":
                    take_node(gathered, each)
                elif each.kind in WORKLOADS:
                    take_workload(gathered, estate, each)
                    take_addresses(gathered, estate, each)
                    take_config_of(gathered, each)
                elif each.kind == "Pod":
                    take_pod(gathered, estate, each)
                elif each.kind == "Service":
                    take_service(gathered, estate, each)
                elif each.kind == "Ingress":
                    take_ingress(gathered, estate, each)
                elif not take_config(gathered, each) and each.kind not in _QUIET:
                    gathered.skip(f"objects of kind {each.kind}")
            gathered.progress(done, len(sources))
        for note in estate.notes():
            gathered.note(note)
        gathered.builder.cut = estate.cut
        return [gathered.batch()]


importer = KubernetesImporter()
