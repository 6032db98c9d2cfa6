"""Both estates side by side: what is recorded and what is supposed, with the states of every item in each.

Takes two snapshots and what was supposed, gives the services that are reached, each with its figures today and then.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import Snapshot
from impact.caveats import listed, number_of
from impact.engine import ImpactEngine
from impact.states import STATES, States, evaluate
from impact.whatif.applying import Supposed
from impact.whatif.finding import ServiceDifference
from impact.whatif.reach import above, counterparts

__all__ = ["Sides"]


class Sides:
    """Both estates, side by side."""

    def __init__(self, today: Snapshot, then: Snapshot, supposed: Supposed, minutes: float | None) -> None:
        self.today, self.then, self.supposed = today, then, supposed
        self.states_before, self.states = _states(today, minutes), _states(then, minutes)
        self.reached_before, self.reached = above(today, supposed.touched), above(then, supposed.touched)
        self.today_of = counterparts(then, today)

    def services(self) -> list[ServiceDifference]:
        """Return every service that is reached, in the order of the answer."""
        then, found = self.then, []
        live_before, live = self.today.is_service & self.today.in_service, then.is_service & then.in_service
        for row in np.flatnonzero(then.is_service).tolist():
            was = int(self.today_of[row])
            reached = self.reached[row] or (was >= 0 and self.reached_before[was])
            if not reached or not (live[row] or (was >= 0 and live_before[was])):
                continue
            found.append(self._service(row, was if was >= 0 and live_before[was] else -1, bool(live[row])))
        return found

    def _service(self, row: int, was: int, live: bool) -> ServiceDifference:
        then = self.then
        return ServiceDifference.model_validate(
            {
                "id": then.id_at(row),
                "name": then.name_at(row),
                "class": then.class_at(row),
                "criticality": then.criticality_at(row),
                "users": then.users_at(row),
                "state_before": STATES[self.states_before.state[was]] if was >= 0 else None,
                "state": STATES[self.states.state[row]] if live else None,
                "availability_before": None,
                "availability": None,
                "method_before": None,
                "method": None,
                "downtime_minutes_per_month_before": None,
                "downtime_minutes_per_month": None,
                "saved_minutes_per_month": None,
                "single_points_before": 0,
                "single_points": 0,
                "data_lost": bool(self.newly_unmet[row]),
            }
        )

    @cached_property
    def _unmet_consumers(self) -> tuple[str, ...]:
        return tuple(sorted({consumer for consumer, *_ in _unmet(self.then) - _unmet(self.today)}))

    @cached_property
    def newly_unmet(self) -> NDArray[np.bool_]:
        """By row of what is supposed: it stands on a requirement that is met by nobody, and was met today."""
        return above(self.then, self._unmet_consumers)

    def warnings(self) -> list[str]:
        """Return in words what a reader must know before trusting the answer."""
        if not self._unmet_consumers:
            return []
        names = [self.then.name_at(self.then.row_of(id_)) for id_ in self._unmet_consumers]
        return [
            f"{number_of(len(names), 'item requires', 'items require')} what nobody in service gives then, which "
            f"brings nothing down but is no gain, only data lost: {listed(names)}"
        ]


def _states(snapshot: Snapshot, minutes: float | None) -> States:
    engine = ImpactEngine.of(snapshot)
    return evaluate(engine, engine.in_maintenance, minutes=minutes, degraded=engine.degraded_by_status)


def _unmet(snapshot: Snapshot) -> set[tuple[str, str, str]]:
    """Return what nobody meets: consumer, provider or "", pool or ""."""
    graph = snapshot.graph
    columns = zip(
        graph.unmet_consumer.tolist(), graph.unmet_provider.tolist(), graph.unmet_pool_names.tolist(), strict=True
    )
    return {
        (snapshot.id_at(consumer), snapshot.id_at(provider) if provider >= 0 else "", pool)
        for consumer, provider, pool in columns
    }
