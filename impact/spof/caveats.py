"""What an answer about single points rests on: services nobody has modelled, and the general caveats of all answers.

Takes down sets and services, gives columns and the warnings in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmdb.model import STATUSES
from impact.caveats import Caveats, caveats_under, named, number_of, warnings_of
from impact.closures import stands_on
from impact.downsets import DownSets
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.spof.pairs import SpofPairs
from impact.states import evaluate

__all__ = ["SpofCaveats", "spof_caveats_of", "spof_warnings"]


@dataclass(frozen=True, slots=True)
class SpofCaveats:
    """Columns of what the answer rests on."""

    general: Caveats
    not_modelled: Rows
    """Services that require nothing: nothing is known to bring them down."""
    down_already: Rows
    """Services that are down with nothing lost."""
    no_criticality: Rows
    no_users: Rows
    out_of_service: Rows
    """Services asked about that are out of service."""
    doubtful_services: Rows
    doubtful_points: Rows
    """Pairs told as single points of which it is not certain, for some paths of a network were left out."""


def spof_caveats_of(
    engine: ImpactEngine, sets: DownSets, asked: Rows, services: Rows, minutes: float | None, doubtful: SpofPairs
) -> SpofCaveats:
    """Return what the answer about these services rests on; `asked` are those named, in service or not.

    `doubtful` are the pairs that are not certain.
    """
    snapshot, structure = engine.snapshot, sets.structure
    below = np.flatnonzero(stands_on(structure, services)[: structure.count])
    states = evaluate(engine, services[:0], minutes=minutes)
    return SpofCaveats(
        general=caveats_under(engine, states, below),
        not_modelled=services[~structure.modelled[services]],
        down_already=services[sets.down[services]],
        no_criticality=services[snapshot.criticality[services] < 0],
        no_users=services[snapshot.users[services] < 0],
        out_of_service=asked[~snapshot.in_service[asked]],
        doubtful_services=np.unique(doubtful.service),
        doubtful_points=np.unique(doubtful.point),
    )


def spof_warnings(engine: ImpactEngine, caveats: SpofCaveats, minutes: float | None) -> list[str]:
    """Return in words what a reader must know before trusting the answer."""
    snapshot = engine.snapshot
    warnings = [
        f"{snapshot.name_at(row)} is {STATUSES[snapshot.statuses[row]]}, so it is out of service and was not judged"
        for row in caveats.out_of_service.tolist()
    ]
    if len(caveats.not_modelled):
        warnings.append(
            f"{number_of(len(caveats.not_modelled), 'service is', 'services are')} not modelled: what they require is "
            f"not recorded, so nothing is known to bring them down: {named(snapshot, caveats.not_modelled)}"
        )
    if len(caveats.down_already):
        warnings.append(f"down with nothing lost, so not judged: {named(snapshot, caveats.down_already)}")
    for rows, what, counted in (
        (caveats.no_criticality, "criticality", "it counts as low"),
        (caveats.no_users, "number of users", "it counts as one"),
    ):
        if len(rows):
            warnings.append(
                f"{number_of(len(rows), 'service has', 'services have')} no {what}: {counted} in the weights, so these "
                f"rank too low rather than too high: {named(snapshot, rows)}"
            )
    if len(caveats.doubtful_services):
        # Only here, for few estates have such a network.
        from impact.network.shortened import shortened_warning

        count = len(caveats.doubtful_points)
        told = f"no single point is left out, but {count:,} of those told may be none"
        points = named(snapshot, caveats.doubtful_points)
        warnings.append(shortened_warning(snapshot, caveats.doubtful_services, f"{told}: {points}"))
    general = caveats.general
    return warnings + warnings_of(engine, general, evaluate(engine, general.missing[:0]), general.missing[:0], minutes)
