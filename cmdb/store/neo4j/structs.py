"""How revisions, runs and baselines lie in their nodes. Takes structs, gives properties, and back.

What people look up is a property of its own; the rest is JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from cmdb.model import Actor, Baseline, Revision, Run, RunDraft
from cmdb.model.values import encode
from cmdb.store.neo4j.names import index_key

__all__ = [
    "baseline_of",
    "baseline_properties",
    "revision_of",
    "revision_properties",
    "run_of",
    "run_properties",
]


def _actor_properties(actor: Actor) -> dict[str, str]:
    return {"actor": actor.name, "account": actor.account, "established": actor.established}


def _actor_of(node: Mapping[str, Any]) -> Actor:
    return Actor(node["actor"], node["account"], node["established"])


def revision_properties(revision: Revision) -> dict[str, Any]:
    """Return the properties of a revision's node."""
    return {
        "cmdb_id": str(revision.number),
        "number": revision.number,
        "at": revision.at,
        "digest": revision.digest,
        **_actor_properties(revision.actor),
        "source": revision.source,
        "scope": revision.scope,
        "message": revision.message,
        "counts": encode(revision.counts).decode(),
        "rows": revision.rows,
    }


def revision_of(node: Mapping[str, Any]) -> Revision:
    """Return the revision of a node."""
    return Revision(
        node["number"],
        node["at"],
        node["digest"],
        _actor_of(node),
        node["source"],
        node["scope"],
        node["message"],
        msgspec.json.decode(node["counts"], type=dict[str, Any]),
        node["rows"],
    )


def run_properties(run: Run) -> dict[str, Any]:
    """Return the properties of a run's node."""
    draft = run.draft
    return {
        "cmdb_id": str(run.number),
        "number": run.number,
        "revision": run.revision,
        "source": draft.source,
        "scope": draft.scope,
        "actor": draft.actor.name,
        "finished_at": draft.finished_at,
        "complete": draft.complete,
        "seen": draft.seen,
        "draft": encode(msgspec.structs.replace(draft, seen=b"")).decode(),
    }


def run_of(node: Mapping[str, Any]) -> Run:
    """Return the run of a node."""
    draft = msgspec.json.decode(node["draft"], type=RunDraft)
    return Run(node["number"], node["revision"], msgspec.structs.replace(draft, seen=bytes(node["seen"])))


def baseline_properties(baseline: Baseline) -> dict[str, Any]:
    """Return the properties of a baseline's node."""
    return {
        "cmdb_id": index_key(baseline.name),
        "name": baseline.name,
        "revision": baseline.revision,
        "at": baseline.at,
        **_actor_properties(baseline.actor),
        "note": baseline.note,
    }


def baseline_of(node: Mapping[str, Any]) -> Baseline:
    """Return the baseline of a node."""
    return Baseline(node["name"], node["revision"], node["at"], _actor_of(node), node["note"])
