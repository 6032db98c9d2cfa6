"""Common causes: what takes all members of a pool down at once, one event a set of members however many rely on it.

Takes an engine, its structure and what each item does by itself, gives the `FailureData` that is evaluated. Beta is the
part of the members' unavailability that strikes them together (NUREG/CR-5485; IEC 61508-6): with equal members of
unavailability q the event has beta q and each member keeps (1 - beta) q to itself. Where members differ, a cause that
strikes all cannot strike more often than the best of them is down: the event has beta times the least q, and each
member keeps the rest of its own, so that no member becomes better or worse than it is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.availability.events import CommonCause, FailureData
from impact.availability.inputs import COMPOSED, NO_DATA, OwnInputs
from impact.engine import ImpactEngine
from impact.structure import Structure

__all__ = ["PoolCauses", "failure_data", "pool_causes", "split"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PoolCauses:
    """The common causes of an estate: member sets (rows, ascending) with the beta that is taken for each."""

    members: tuple[tuple[int, ...], ...]
    beta: tuple[float, ...]
    pools: tuple[tuple[int, ...], ...]
    """By cause: the pools of the impact graph that state it."""
    conflicting: tuple[int, ...]
    """Causes whose pools state different betas; the largest was taken."""


def pool_causes(engine: ImpactEngine, structure: Structure) -> PoolCauses:
    """Return one cause for each set of at least two members that some pool states a beta for."""
    beta = engine.graph.pool_beta
    stated: dict[tuple[int, ...], list[int]] = {}
    for pool in np.flatnonzero(structure.pool_source >= 0).tolist():
        source = int(structure.pool_source[pool])
        if np.isnan(beta[source]):
            continue
        rows = structure.members[structure.member_ptr[pool] : structure.member_ptr[pool + 1]]
        members = tuple(sorted({structure.item_of(row) for row in rows.tolist()}))
        if len(members) > 1:
            stated.setdefault(members, []).append(source)
    found = {members: pools for members, pools in stated.items() if beta[pools].max() > 0}
    return PoolCauses(
        members=tuple(found),
        beta=tuple(float(beta[pools].max()) for pools in found.values()),
        pools=tuple(tuple(pools) for pools in found.values()),
        conflicting=tuple(number for number, pools in enumerate(found.values()) if len(np.unique(beta[pools])) > 1),
    )


def failure_data(structure: Structure, own: OwnInputs, causes: PoolCauses, unavailability: Floats) -> FailureData:
    """Return what is evaluated: what members keep to themselves, and the causes.

    `unavailability` is by item row, and is `own.unavailability` but where a question changes it.
    """
    alone, strikes = split(own, causes, unavailability)
    return FailureData(
        np.concatenate([alone, np.zeros(structure.size - structure.count)]),
        tuple(CommonCause(members, float(each)) for members, each in zip(causes.members, strikes, strict=True)),
    )


def split(own: OwnInputs, causes: PoolCauses, unavailability: Floats) -> tuple[Floats, Floats]:
    """Return what items keep to themselves, and what the causes have; by item and by cause.

    `unavailability` has an item a row, and may have a column a case; so have the results.
    """
    alone = unavailability.copy()
    strikes = np.zeros((len(causes.members), *unavailability.shape[1:]))
    for number, (members, beta) in enumerate(zip(causes.members, causes.beta, strict=True)):
        rows = np.array(members, np.int64)
        # A member of which nothing is known by itself does not say how often the cause strikes.
        known = rows[~np.isin(own.basis[rows], (NO_DATA, COMPOSED))]
        if len(known):
            strikes[number] = beta * unavailability[known].min(axis=0)
            alone[rows] -= strikes[number]
    return np.maximum(alone, 0.0), strikes
