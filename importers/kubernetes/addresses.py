"""What a workload's settings say of other services: addresses in environment variables.

In comes a workload and the estate; out go relationships to services that the files hold. A value counts when it is,
or as a URL begins with, the name of a service that is there; a name that is not there is told, not linked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from importers.gathering import Gatherer
from importers.kubernetes.objects import Estate, KubernetesObject, object_id

__all__ = ["take_addresses"]

_LABEL: Final = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_ADDRESS: Final = re.compile(
    rf"(?:[a-z][a-z0-9+.-]*://(?:[^@/\s]*@)?)?({_LABEL})(?:\.({_LABEL})(?:\.svc(?:\.[a-z0-9.-]+)?)?)?(?::(\d+))?(?:[/?].*)?"
)
_LONGEST: Final = 500
_TELLS: Final = re.compile(r"(?:_ADDR|_ADDRESS|_HOST|_HOSTNAME|_URL|_URI|_ENDPOINT|_SERVER)S?$", re.IGNORECASE)


def take_addresses(gathered: Gatherer, estate: Estate, workload: KubernetesObject) -> None:
    """Take the services that a workload of the present file is set to call."""
    for variable, value in _variables(workload):
        for part in value.split(","):
            found = _ADDRESS.fullmatch(part.strip()) if len(part) <= _LONGEST else None
            if found is None:
                continue
            name, namespace, port = found[1], found[2] or workload.namespace, found[3]
            target = object_id("Service", namespace, name)
            if target in estate.objects:
                # A bare word may be a mode or a user as well as a host; an address says so itself or by its variable.
                if port or found[2] or "://" in part or _TELLS.search(variable):
                    estate.addressed.add(workload.id)
                    gathered.link(
                        workload.row, workload.id, "depends_on", target,
                        attributes={"evidence": f"{variable}={part.strip().rpartition('@')[2]}"},
                    )  # fmt: skip
            elif ".svc" in part or (_TELLS.search(variable) and (port or "://" in part) and name != "localhost"):
                estate.unknown_hosts.add(f"{name} ({variable} of {workload.id})")


def _variables(workload: KubernetesObject) -> Iterator[tuple[str, str]]:
    for kind in ("containers", "initContainers"):
        for container in workload.pod_spec.get(kind) or []:
            for variable in (container.get("env") if isinstance(container, dict) else None) or []:
                if isinstance(variable, dict) and isinstance(variable.get("value"), str):
                    yield str(variable.get("name")), variable["value"]
