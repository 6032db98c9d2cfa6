"""Which other changes overlap one in time and share a service that both affect.

Takes an engine, a change's occupations and affected services, and the other changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cmdb.model.change import IN_THE_WAY, ChangeStanding
from cmdb.model.occupation import Occupation, occupations
from impact.engine import ImpactEngine
from impact.states import states_before_and_after

__all__ = ["overlapping", "services_worsened"]


def overlapping(
    engine: ImpactEngine,
    number: str,
    occupied: Sequence[Occupation],
    services: Iterable[int],
    others: Iterable[ChangeStanding],
) -> list[str]:
    """Return the numbers of the changes, submitted to implementing, that overlap and share an affected service."""
    if not occupied:
        return []
    start, end = min(each.start for each in occupied), max(each.until for each in occupied)
    mine = set(services)
    found = []
    for other in others:
        if other.number == number or other.state not in IN_THE_WAY:
            continue
        theirs = [each for each in occupations(other.request) if each.start < end and each.until > start]
        if theirs and not mine.isdisjoint(services_worsened(engine, theirs)):
            found.append(other.number)
    return found


def services_worsened(engine: ImpactEngine, occupied: Iterable[Occupation]) -> set[int]:
    """Return the rows of the services that get worse while all of these items are down."""
    snapshot = engine.snapshot
    rows = [row for each in occupied if (row := snapshot.row_of(each.item)) >= 0]
    before, after = states_before_and_after(engine, np.unique(np.array(rows, np.int64)))
    reached = after.reached[after.state[after.reached] > before.state[after.reached]]
    return set(reached[snapshot.is_service[reached]].tolist())
