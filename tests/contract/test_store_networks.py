"""A network is the same in every store: equal snapshots, and equal answers about what is reached over it."""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import Any

import numpy as np

from cmdb.catalogue import load_catalogue
from cmdb.model import RecordIdentity, Revision
from cmdb.snapshot import ImpactGraph, Snapshot
from cmdb.snapshot.build import build_snapshot
from cmdb.store import Store
from impact.breaks import impact_of
from impact.network.answer import network_of, routes_of

IDENTITY = RecordIdentity("2c9a7a31-0b0e-4a45-9f63-000000000000", 1, "2100-01-01T00:00:00.000000+00:00")


def _snapshot(store: Store, revision: Revision) -> Snapshot:
    """Build the snapshot, told to be of one record at one revision, so that all else is what is compared."""
    with store.view() as view:
        return build_snapshot(view.columns(), identity=IDENTITY, revision=revision, catalogue=load_catalogue(None))


def _columns(of: Any, where: str = "") -> dict[str, Any]:
    """Return the columns of a snapshot by name, those of its impact graph among them."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(of):
        value, name = getattr(of, field.name), f"{where}{field.name}"
        found.update(_columns(value, f"{name}.") if isinstance(value, ImpactGraph) else {name: value})
    return found


def test_reaching_over_cables_is_the_same_in_every_store(store: Store, reference: Store, estates: ModuleType) -> None:
    """Parallel cables keep their keys, a pool is reached over the network, and a lost switch does the same."""
    entities = [
        estates.item("shop", class_="BusinessService"),
        *(estates.item(name) for name in ("web", "db1", "db2")),
        *(estates.item(name, class_="Switch") for name in ("sw1", "sw2", "access")),
        estates.relationship("shop", "runs_on", "web"),
        *(estates.relationship("shop", "reaches", name, pools=["databases"]) for name in ("db1", "db2")),
        estates.pool("shop", "databases", need=1),
        estates.relationship("web", "connects_to", "access"),
        *(estates.relationship("access", "connects_to", "sw1", key) for key in ("port 1", "port 2")),
        estates.relationship("access", "connects_to", "sw2", "øst"),
        *(estates.relationship(switch, "connects_to", db) for switch in ("sw1", "sw2") for db in ("db1", "db2")),
    ]
    revision = estates.commit(store, estates.created(*entities))
    estates.commit(reference, estates.created(*entities))

    one, other = _snapshot(store, revision), _snapshot(reference, revision)

    theirs = _columns(other)
    for name, column in _columns(one).items():
        if isinstance(column, np.ndarray):
            assert column.dtype == theirs[name].dtype, name
            assert np.array_equal(column, theirs[name], equal_nan=column.dtype.kind == "f"), name
        elif isinstance(column, (int, float, str, tuple)):
            assert column == theirs[name], name
    assert network_of(one).to_json() == network_of(other).to_json()
    ends = [estates.id_of(name) for name in ("web", "db1")]
    assert routes_of(one, *ends).to_json() == routes_of(other, *ends).to_json()
    for lost, state in (("sw1", "at_risk"), ("access", "down")):
        found = impact_of(one, [estates.id_of(lost)])
        assert found.to_json() == impact_of(other, [estates.id_of(lost)]).to_json()
        assert [each.state for each in found.affected if each.name == "shop"] == [state]
