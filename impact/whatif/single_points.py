"""Single points of failure that a hypothesis makes or takes away. Takes both estates, gives rows of the finding.

A service that is down on one side is left aside, for what is down has no single points, and that is no gain. Nor is
it one where a requirement is met by nobody: of such a service nothing counts as gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import Snapshot
from impact.downsets import down_sets
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.spof import service_weights
from impact.structure import Structure
from impact.whatif.finding import SinglePointDifference

__all__ = ["SinglePoints", "single_point_differences"]


@dataclass(frozen=True)
class SinglePoints:
    """The single points of some services of one estate: pairs of service and point, rows of its snapshot."""

    snapshot: Snapshot
    service: Rows
    point: Rows
    down: NDArray[np.bool_]
    """By row: it is down with nothing lost, so nothing is a single point of it."""
    shortened: Rows
    """Services that stand on a network of which some paths were left out."""

    @classmethod
    def of(cls, snapshot: Snapshot, services: Rows, minutes: float | None) -> SinglePoints:
        """Return the single points of these services for losses of `minutes` (None: without an end)."""
        structure = Structure.of(ImpactEngine.of(snapshot), minutes=minutes)
        shortened = services[:0]
        if len(structure.approximate):
            from impact.network.shortened import resting

            shortened = resting(structure, services)
        sets = down_sets(structure, rows=services)
        service, point = sets.pairs(services.tolist())
        return cls(snapshot, service, point, sets.down[: structure.count], shortened)

    def count(self) -> Rows:
        """Return by row how many single points a service has."""
        counts: Rows = np.bincount(self.service, minlength=len(self.snapshot)).astype(np.int64)
        return counts


def single_point_differences(
    before: SinglePoints, after: SinglePoints, today_of: Rows, then_of: Rows, data_lost: NDArray[np.bool_]
) -> list[SinglePointDifference]:
    """Return the items that become single points of services or cease to be, those of most weight first.

    `today_of` and `then_of` give for each row of one estate the row of the same item in the other, -1 for none.
    `data_lost` marks the rows of what is supposed that newly stand on a requirement met by nobody.
    """
    # In one numbering: the rows of what is supposed, and behind them those that only today's estate has.
    count = len(after.snapshot)
    number = np.where(then_of >= 0, then_of, count + np.arange(len(then_of)))
    width = count + len(then_of)
    comparable = _comparable(before, after, today_of)
    old = number[before.service] * width + number[before.point]
    new = after.service * width + after.point
    old = old[comparable[number[before.service]]]
    new = new[comparable[after.service]]
    fresh, gone = np.setdiff1d(new, old), np.setdiff1d(old, new)
    known = np.ones(width, np.bool_)
    known[:count] = ~data_lost
    gone = gone[known[gone // width]]
    found = [*_rows(after.snapshot, fresh, width, "new"), *_gone(before, gone, width, number)]
    return sorted(found, key=lambda row: (row.change != "new", -row.weight, row.name, row.id))


def _comparable(before: SinglePoints, after: SinglePoints, today_of: Rows) -> NDArray[np.bool_]:
    """Return by number: is it a service that is up on both sides, or that is only supposed and up?"""
    size = len(after.snapshot) + len(before.snapshot)
    found = np.zeros(size, np.bool_)
    was = today_of >= 0
    there = np.flatnonzero(was)
    found[: len(after.snapshot)] = after.snapshot.in_service & ~after.down
    found[there] &= before.snapshot.in_service[today_of[there]] & ~before.down[today_of[there]]
    return found


def _gone(before: SinglePoints, keys: NDArray[np.int64], width: int, number: Rows) -> list[SinglePointDifference]:
    back = np.full(width, -1, np.int64)
    back[number] = np.arange(len(number))
    service, point = np.divmod(keys, width)
    return _rows(before.snapshot, back[service] * width + back[point], width, "gone")


def _rows(
    snapshot: Snapshot, keys: NDArray[np.int64], width: int, change: Literal["new", "gone"]
) -> list[SinglePointDifference]:
    """Return a row for each point; `keys` are service times `width` plus point, rows of the snapshot."""
    service, point = np.divmod(keys, width)
    weight = service_weights(snapshot, service)
    order = np.lexsort((service, -weight, point))
    service, point, weight = service[order], point[order], weight[order]
    points, starts = np.unique(point, return_index=True)
    ends = np.append(starts, len(point))[1:]
    return [
        SinglePointDifference.model_validate(
            {
                "change": change,
                "id": snapshot.id_at(row),
                "name": snapshot.name_at(row),
                "class": snapshot.class_at(row),
                "services": [snapshot.id_at(each) for each in service[start:end].tolist()],
                "weight": int(weight[start:end].sum()),
            }
        )
        for row, start, end in zip(points.tolist(), starts.tolist(), ends.tolist(), strict=True)
    ]
