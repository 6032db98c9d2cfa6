"""What a hypothesis changes: states, pools, single points of failure and availability, then less today.

Takes today's Snapshot and what is supposed, gives a `WhatIfFinding`. Each part is found by the analysis that answers
for it on any snapshot; here they are only subtracted.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cmdb.snapshot import Snapshot
from impact.caveats import number_of
from impact.frontier import Rows
from impact.lazy import LazyRows
from impact.states import DOWN, STATES
from impact.whatif.applying import Supposed
from impact.whatif.finding import (
    ItemDifference,
    PoolDifference,
    ServiceDifference,
    SinglePointDifference,
    SupposedItem,
    WhatIfFinding,
)
from impact.whatif.pools import pool_differences, strengths
from impact.whatif.sides import Sides
from impact.whatif.single_points import single_point_differences

__all__ = ["difference"]

_WORSE_FIRST: Final[dict[str | None, int]] = {None: 0, **{name: code for code, name in enumerate(STATES)}}


def difference(today: Snapshot, supposed: Supposed, *, minutes: float | None = None) -> WhatIfFinding:
    """Return what differs from `today` in the estate that is supposed, for losses of `minutes` (None: without an end).

    Raises UsageError when `minutes` is no duration.
    """
    then = supposed.snapshot
    sides = Sides(today, then, supposed, minutes)
    services = sorted(sides.services(), key=_order)
    items = _items(sides)
    pools = _pools(sides)
    points = single_point_differences(sides.points_before, sides.points, sides.today_of, sides.then_of)
    changed = [row for row in services if _differs(row)]
    return WhatIfFinding(
        revision=today.revision,
        revision_at=today.revision_at,
        title=supposed.title,
        steps=list(supposed.steps),
        notes=list(supposed.notes),
        minutes=minutes,
        headline=_headline(changed, len(services), points, pools),
        added=[_supposed_item(then, id_) for id_ in supposed.added],
        services=LazyRows.of(ServiceDifference, changed),
        services_reached=len(services),
        items=LazyRows.of(ItemDifference, items),
        single_points=LazyRows.of(SinglePointDifference, points),
        pools=LazyRows.of(PoolDifference, pools),
        saved_minutes_per_month=None,
        warnings=sides.warnings(),
    )


def _differs(row: ServiceDifference) -> bool:
    return (
        row.state_before != row.state
        or row.availability_before != row.availability
        or row.single_points_before != row.single_points
        or row.data_lost
    )


def _order(row: ServiceDifference) -> tuple[int, float, int, int, str]:
    worse = _WORSE_FIRST[row.state_before] - _WORSE_FIRST[row.state]
    weight = {"vital": -4, "high": -3, "medium": -2, "low": -1, None: 0}[row.criticality]
    return min(worse, 0), -abs(row.saved_minutes_per_month or 0.0), weight, -(row.users or 0), row.name


def _items(sides: Sides) -> list[ItemDifference]:
    """Return the items of another state that are no services, the worst first."""
    then, before = sides.then, sides.today_of
    both = before >= 0
    state = sides.states.state
    other: Rows = np.flatnonzero(both & ~then.is_service & (state != sides.states_before.state[before]))
    found = [
        ItemDifference.model_validate(
            {
                "id": then.id_at(row),
                "name": then.name_at(row),
                "class": then.class_at(row),
                "state_before": STATES[sides.states_before.state[before[row]]],
                "state": STATES[state[row]],
            }
        )
        for row in other.tolist()
    ]
    return sorted(found, key=lambda row: (-_WORSE_FIRST[row.state], row.name, row.id))


def _pools(sides: Sides) -> list[PoolDifference]:
    then, today = sides.then, sides.today
    before, after = strengths(today, sides.states_before), strengths(then, sides.states)
    names = {key[0]: _name(then, today, key[0]) for key, _ in {*before.items()} ^ {*after.items()}}
    return pool_differences(before, after, names)


def _name(then: Snapshot, today: Snapshot, id_: str) -> str:
    row = then.row_of(id_)
    return then.name_at(row) if row >= 0 else today.name_at(today.row_of(id_))


def _supposed_item(snapshot: Snapshot, id_: str) -> SupposedItem:
    row = snapshot.row_of(id_)
    return SupposedItem.model_validate({"id": id_, "name": snapshot.name_at(row), "class": snapshot.class_at(row)})


def _headline(
    changed: list[ServiceDifference], reached: int, points: list[SinglePointDifference], pools: list[PoolDifference]
) -> str:
    """Say the difference in one sentence, what is worse first."""
    steps = [
        _WORSE_FIRST[row.state] - _WORSE_FIRST[row.state_before] for row in changed if row.state_before and row.state
    ]
    fallen = sum(row.state == STATES[DOWN] != row.state_before for row in changed)
    counts = (
        (fallen, "service is down", "services are down"),
        (sum(step > 0 for step in steps) - fallen, "service is worse off", "services are worse off"),
        (sum(step < 0 for step in steps), "service is better off", "services are better off"),
        (
            sum(row.data_lost for row in changed),
            "service requires what nobody gives",
            "services require what nobody gives",
        ),
        (sum(row.change == "new" for row in points), "new single point of failure", "new single points of failure"),
        (sum(row.change == "gone" for row in points), "single point of failure gone", "single points of failure gone"),
        (sum(row.change == "lost" for row in pools), "pool loses redundancy", "pools lose redundancy"),
        (sum(row.change == "gained" for row in pools), "pool gains redundancy", "pools gain redundancy"),
    )
    said = [number_of(count, one, many) for count, one, many in counts if count]
    reach = f"{number_of(reached, 'service')} reached in all"
    return f"{'; '.join(said)}; {reach}" if said else f"nothing known differs; {reach}"
