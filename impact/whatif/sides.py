"""Both estates side by side: what is recorded and what is supposed, with the states of every item in each.

Takes two snapshots and what was supposed, gives the services that are reached, each with its figures today and then.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.snapshot import Snapshot
from impact.breaks import rows_of
from impact.caveats import listed, number_of
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.states import STATES, States, evaluate
from impact.whatif.applying import Supposed
from impact.whatif.downtime import Downtime, Estate, Progress
from impact.whatif.finding import SinglePointDifference
from impact.whatif.reach import above, counterparts
from impact.whatif.single_points import SinglePoints, single_point_differences

__all__ = ["Sides"]


class Sides:
    """Both estates, side by side."""

    def __init__(
        self,
        today: Snapshot,
        then: Snapshot,
        supposed: Supposed,
        minutes: float | None,
        seconds: float | None,
        progress: Progress | None,
        services: Sequence[str] = (),
    ) -> None:
        self.today, self.then, self.supposed = today, then, supposed
        self.states_before, self.states = _states(today, minutes), _states(then, minutes)
        self.reached_before, self.reached = above(today, supposed.touched), above(then, supposed.touched)
        self.today_of, self.then_of = counterparts(then, today), counterparts(today, then)
        self._asked = rows_of(then, services)
        self.minutes, self._seconds, self._progress = minutes, seconds, progress

    def services(self) -> list[dict[str, Any]]:
        """Return every service that is reached, as rows of the finding."""
        counts_before, counts = self.points_before.count(), self.points.count()
        columns = zip(self.rows.tolist(), self.rows_before.tolist(), *self._downtimes, strict=True)
        return [
            self._service(row, was, figure_before, figure)
            | {"single_points_before": int(counts_before[was]) if was >= 0 else 0, "single_points": int(counts[row])}
            for row, was, figure_before, figure in columns
        ]

    def single_points(self) -> list[SinglePointDifference]:
        """Return which items become single points of failure of these services, and which cease to be."""
        return single_point_differences(self.points_before, self.points, self.today_of, self.then_of, self.newly_unmet)

    @cached_property
    def _downtimes(self) -> tuple[list[Downtime], list[Downtime]]:
        live = np.where(self.then.in_service[self.rows], self.rows, -1)
        each = None if self._seconds is None else self._seconds / 2
        today = Estate(self.today, each)
        then = Estate(self.then, each, today)
        both = 2 * len(self.rows)
        tell = self._progress
        first = None if tell is None else lambda done, _: tell(done, both)
        second = None if tell is None else lambda done, _: tell(both // 2 + done, both)
        return today.downtimes(self.rows_before, first), then.downtimes(live, second)

    @cached_property
    def rows(self) -> Rows:
        """Rows in what is supposed of the services asked about, else of those reached that are in service in either."""
        then, was = self.then, self.today_of
        if len(self._asked):
            return np.unique(self._asked)
        both = was >= 0
        reached, live = self.reached.copy(), then.in_service.copy()
        reached[both] |= self.reached_before[was[both]]
        live[both] |= self.today.in_service[was[both]]
        return np.flatnonzero(then.is_service & reached & live)

    @cached_property
    def rows_before(self) -> Rows:
        """Their rows in today's estate, -1 for those not in service there."""
        was = self.today_of[self.rows]
        known: Rows = np.where((was >= 0) & self.today.in_service[was], was, -1)
        return known

    @cached_property
    def points_before(self) -> SinglePoints:
        """The single points of failure of these services today."""
        rows = self.rows_before
        return SinglePoints.of(self.today, rows[rows >= 0], self.minutes)

    @cached_property
    def points(self) -> SinglePoints:
        """Their single points of failure in what is supposed."""
        return SinglePoints.of(self.then, self.rows[self.then.in_service[self.rows]], self.minutes)

    def _service(self, row: int, was: int, before: Downtime, now: Downtime) -> dict[str, Any]:
        then, live, lost = self.then, bool(self.then.in_service[row]), bool(self.newly_unmet[row])
        saved = None
        if before.minutes_per_month is not None and now.minutes_per_month is not None:
            saved = before.minutes_per_month - now.minutes_per_month
        return {
            "id": then.id_at(row),
            "name": then.name_at(row),
            "class": then.class_at(row),
            "criticality": then.criticality_at(row),
            "users": then.users_at(row),
            "state_before": STATES[self.states_before.state[was]] if was >= 0 else None,
            "state": STATES[self.states.state[row]] if live else None,
            "availability_before": before.availability,
            "availability": now.availability,
            "method_before": before.method if was >= 0 else None,
            "method": now.method if live else None,
            "downtime_minutes_per_month_before": before.minutes_per_month,
            "downtime_minutes_per_month": now.minutes_per_month,
            "saved_minutes_per_month": None if lost and saved is not None and saved > 0 else saved,
            "at_most_before": before.at_most,
            "at_most": now.at_most,
            "data_lost": lost,
        }

    @cached_property
    def _unmet_consumers(self) -> tuple[str, ...]:
        return tuple(sorted({consumer for consumer, *_ in _unmet(self.then) - _unmet(self.today)}))

    @cached_property
    def newly_unmet(self) -> NDArray[np.bool_]:
        """By row of what is supposed: it stands on a requirement that is met by nobody, and was met today."""
        return above(self.then, self._unmet_consumers)

    def warnings(self) -> list[str]:
        """Return in words what a reader must know before trusting the answer."""
        warnings = self._of_networks()
        if not self._unmet_consumers:
            return warnings
        names = [self.then.name_at(self.then.row_of(id_)) for id_ in self._unmet_consumers]
        return [
            *warnings,
            f"{number_of(len(names), 'item requires', 'items require')} what nobody in service gives then, which "
            f"brings nothing down but is no gain, only data lost: {listed(names)}",
        ]

    def _of_networks(self) -> list[str]:
        """Return in words where a network has too many paths to list them all, today or then."""
        found = []
        for points, when in ((self.points_before, "today"), (self.points, "then")):
            if len(points.shortened):
                from impact.network.shortened import shortened_warning

                told = f"{when} they are at least as available as is told, and some of their single points may be none"
                found.append(shortened_warning(points.snapshot, points.shortened, f"{told}; so may be differences"))
        return found


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
