"""What a hypothesis changes: states, pools, single points of failure and availability, then less today.

Takes today's Snapshot and what is supposed, gives a `WhatIfFinding`. Each part is found by the analysis that answers
for it on any snapshot; here they are only subtracted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from cmdb.snapshot import Snapshot
from impact.availability.wording import duration
from impact.caveats import listed, number_of
from impact.frontier import Rows
from impact.lazy import LazyRows
from impact.states import DOWN, STATES
from impact.whatif.applying import Supposed
from impact.whatif.downtime import Progress
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

__all__ = ["difference"]

_WORSE_FIRST: Final[dict[str | None, int]] = {None: 0, **{name: code for code, name in enumerate(STATES)}}


def difference(
    today: Snapshot,
    supposed: Supposed,
    *,
    minutes: float | None = None,
    seconds: float | None = None,
    progress: Progress | None = None,
    services: Sequence[str] = (),
) -> WhatIfFinding:
    """Return what differs from `today` in the estate that is supposed.

    `minutes` is how long losses last (None: without an end) for states and single points of failure; availability
    looks at all losses. `seconds` bounds the time for exact figures, after which intervals and estimates stand in.
    `progress` is told how many figures are done, of how many. `services` (record ids; none: all that are reached) are
    those whose single points and figures are worked out. Raises UsageError when `minutes` is no duration.
    """
    then = supposed.snapshot
    sides = Sides(today, then, supposed, minutes, seconds, progress, services)
    found = sorted(map(ServiceDifference.model_validate, sides.services()), key=_order)
    saved = _saved(found)
    items = _items(sides)
    pools = _pools(sides)
    points = sides.single_points()
    changed = [row for row in found if _differs(row)]
    return WhatIfFinding(
        revision=today.revision,
        revision_at=today.revision_at,
        title=supposed.title,
        steps=list(supposed.steps),
        notes=list(supposed.notes),
        minutes=minutes,
        headline=_headline(changed, found, points, pools, asked=bool(services)),
        added=[_supposed_item(then, id_) for id_ in supposed.added],
        services=LazyRows.of(ServiceDifference, changed),
        services_reached=len(found),
        items=LazyRows.of(ItemDifference, items),
        single_points=LazyRows.of(SinglePointDifference, points),
        pools=LazyRows.of(PoolDifference, pools),
        saved_minutes_per_month=saved,
        warnings=[*sides.warnings(), *_of_figures(found)],
    )


def _saved(services: list[ServiceDifference]) -> float | None:
    """Return the minutes saved over all services that stay up; what is supposed to be down expects nothing."""
    saved = [row.saved_minutes_per_month for row in services if STATES[DOWN] not in (row.state, row.state_before)]
    known = [minutes for minutes in saved if minutes is not None]
    return math.fsum(known) if known else None


def _of_figures(services: list[ServiceDifference]) -> list[str]:
    """Return in words what the figures rest on."""
    warnings = []
    if rough := [row.name for row in services if {row.method, row.method_before} & {"interval", "estimate"}]:
        warnings.append(
            f"{number_of(len(rough), 'figure is', 'figures are')} not exact, and neither is the difference: "
            f"{listed(rough)}; give more time with --budget SECONDS"
        )
    if bounds := [row.name for row in services if row.at_most or row.at_most_before]:
        warnings.append(
            f"{number_of(len(bounds), 'service stands', 'services stand')} on items of which nothing is known, so more "
            f"downtime is to be expected than is told: {listed(bounds)}; see: cmdb availability"
        )
    if hollow := [row.name for row in services if row.method == "not_modelled"]:
        warnings.append(
            f"{number_of(len(hollow), 'service is', 'services are')} not modelled, and no minutes are told of "
            f"{'it' if len(hollow) == 1 else 'them'}: {listed(hollow)}"
        )
    return warnings


def _minutes_differ(row: ServiceDifference) -> bool:
    """Tell whether the figures differ by more than the last digits of the arithmetic."""
    before, now = row.downtime_minutes_per_month_before, row.downtime_minutes_per_month
    if before is None or now is None:
        return before is not now
    return not math.isclose(before, now, rel_tol=1e-9, abs_tol=1e-12)


def _differs(row: ServiceDifference) -> bool:
    return (
        row.state_before != row.state
        or _minutes_differ(row)
        or row.single_points_before != row.single_points
        or row.data_lost
    )


def _order(row: ServiceDifference) -> tuple[int, int, int, float, str]:
    worse = _WORSE_FIRST[row.state_before] - _WORSE_FIRST[row.state]
    weight = {"vital": -4, "high": -3, "medium": -2, "low": -1, None: 0}[row.criticality]
    return min(worse, 0), weight, -(row.users or 0), -abs(row.saved_minutes_per_month or 0.0), row.name


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
    changed: list[ServiceDifference],
    reached: list[ServiceDifference],
    points: list[SinglePointDifference],
    pools: list[PoolDifference],
    *,
    asked: bool,
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
    saved = _saved(reached)
    if saved is not None and any(map(_minutes_differ, changed)):
        up = [row for row in changed if row.saved_minutes_per_month is not None and row.state != STATES[DOWN]]
        before = sum(row.downtime_minutes_per_month_before or 0.0 for row in up)
        if abs(saved) > 1e-9 * before:
            said.append(
                f"{duration(abs(saved))} {'less' if saved > 0 else 'more'} downtime a month expected, of "
                f"{duration(before)} today over the services that differ"
            )
    reach = f"{number_of(len(reached), 'service')} {'looked at' if asked else 'reached in all'}"
    return f"{'; '.join(said)}; {reach}" if said else f"nothing known differs; {reach}"
