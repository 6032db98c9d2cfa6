"""Which item alone brings which service down, and how: through a pool only, or as the service's own software.

Takes engine, structure and services, gives pairs by columns.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impact.downsets import DownSets, down_sets
from impact.frontier import Rows
from impact.structure import Structure

__all__ = ["SOFTWARE_TIER", "SpofPairs", "spof_pairs"]

SOFTWARE_TIER: Final = 70
"""The tier of software in the shipped catalogue: classes from it on are applications and services."""


@dataclass(frozen=True, slots=True)
class SpofPairs:
    """Columns, one row a (service, single point) pair; both are rows of the snapshot."""

    service: Rows
    point: Rows
    hidden: NDArray[np.bool_]
    """The service reaches the point by no chain of direct requirements."""
    obvious: NDArray[np.bool_]
    """The point is the service's own software: a chain of direct requirements leads to it over software alone."""

    def __len__(self) -> int:
        return len(self.service)

    def only(self, kept: NDArray[np.bool_]) -> SpofPairs:
        """Return the pairs that are kept."""
        return SpofPairs(self.service[kept], self.point[kept], self.hidden[kept], self.obvious[kept])


def spof_pairs(sets: DownSets, services: Rows, tiers: NDArray[np.integer]) -> SpofPairs:
    """Return the pairs of these services; `tiers` are by row, -1 where a class has none."""
    structure, rows = sets.structure, services.tolist()
    service, point = sets.pairs(rows)
    key = service * structure.size + point

    def among(part: Structure) -> NDArray[np.bool_]:
        found = down_sets(part, down=sets.down, rows=services).pairs(rows)
        return np.isin(key, found[0] * structure.size + found[1])

    none = np.zeros(0, np.int64)
    direct = dataclasses.replace(
        structure,
        pool_ptr=np.zeros(structure.size + 1, np.int64),
        member_ptr=np.zeros(1, np.int64),
        members=none,
        bears=none,
        pool_source=none,
    )
    is_software = np.zeros(structure.size, np.bool_)
    is_software[: structure.count] = tiers >= SOFTWARE_TIER
    own = is_software[direct.providers]
    before = np.zeros(len(own) + 1, np.int64)
    np.cumsum(own, out=before[1:])
    software = dataclasses.replace(direct, provider_ptr=before[direct.provider_ptr], providers=direct.providers[own])
    return SpofPairs(service, point, ~among(direct), among(software))
