"""Words for snapshots: built from documents in memory, and compared column by column."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from estate_strategies import Held

from cmdb.catalogue import Catalogue
from cmdb.history.asof import patched_columns
from cmdb.importing import EmptyView
from cmdb.model import Actor, Change, Delta, RecordIdentity, Revision
from cmdb.snapshot import ImpactGraph, Snapshot
from cmdb.snapshot.build import build_snapshot

KARI = Actor("Kari Nordmann", "kari", "--by")
IDENTITY = RecordIdentity("2c9a7a31-0b0e-4a45-9f63-000000000000", 1, "2026-01-01T00:00:00.000000+00:00")


def revision(number: int = 1, rows: int = 0) -> Revision:
    """Return a revision."""
    at = f"2026-01-01T00:00:{number:02}.000000+00:00"
    return Revision(number, at, f"digest {number}", KARI, "acme", rows=rows)


def between(before: Held, after: Held) -> Delta:
    """Return the Delta from one estate to another."""
    return Delta.of(
        [
            Change(kind, key, before[kind].get(key), after[kind].get(key))
            for kind in before
            for key in {*before[kind], *after[kind]}
        ]
    )


def build(held: Held, catalogue: Catalogue, number: int = 1) -> Snapshot:
    """Return the snapshot of an estate, built from scratch."""
    nothing: Held = {"item": {}, "relationship": {}, "pool": {}}
    columns = patched_columns(EmptyView().columns(), between(nothing, held))
    return build_snapshot(columns, identity=IDENTITY, revision=revision(number), catalogue=catalogue)


def assert_equal(one: Snapshot, other: Snapshot, *, but: tuple[str, ...] = ()) -> None:
    """Assert that two snapshots are equal, column by column, in what they hold and in their types."""
    for field in dataclasses.fields(Snapshot):
        if field.name not in but:
            _assert_same(field.name, getattr(one, field.name), getattr(other, field.name))


def _assert_same(name: str, one: Any, other: Any) -> None:
    if isinstance(one, ImpactGraph):
        for field in dataclasses.fields(ImpactGraph):
            _assert_same(f"graph.{field.name}", getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, name
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), name
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            _assert_same(f"{name}.{key}", one[key], other[key])
    else:
        assert one == other, name
