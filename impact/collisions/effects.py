"""What sets of rows do to services, each set evaluated once.

Takes an engine and what is down already, gives service rows by state. The seam between time and the impact engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from pyroaring import BitMap

from impact.engine import ImpactEngine
from impact.further import Further
from impact.states import DOWN, States, evaluate

__all__ = ["Effects"]


class Effects:
    """Effects under open outages: `down` and `degraded` rows count throughout, with what is in maintenance."""

    def __init__(self, engine: ImpactEngine, down: Sequence[int] = (), degraded: Sequence[int] = ()) -> None:
        self.engine = engine
        self._already = np.union1d(engine.in_maintenance, np.asarray(down, np.int64))
        self._weak = np.union1d(engine.degraded_by_status, np.asarray(degraded, np.int64))
        self._services = engine.snapshot.is_service
        self._worse: dict[tuple[int, ...], tuple[BitMap, BitMap]] = {}
        self.evaluated = 0

    @cached_property
    def before(self) -> States:
        """The states under what is down already."""
        return evaluate(self.engine, self._already, degraded=self._weak, exposing=False)

    @cached_property
    def troubled(self) -> bool:
        """Whether anything is down already."""
        return bool(len(self._already))

    def fallen(self, rows: tuple[int, ...]) -> BitMap:
        """Return the services that these rows newly bring down."""
        return self._of(rows)[0]

    def worse(self, rows: tuple[int, ...]) -> BitMap:
        """Return the services that these rows make worse, down ones included."""
        return self._of(rows)[1]

    def failures_left(self, rows: tuple[int, ...], services: Sequence[int], below: int) -> dict[int, int]:
        """Return by service how many further failures bring it down, where that is fewer than `below` and newly so."""
        further = Further(self.engine, self.before, self.states(rows), None)
        further.make(services)
        found = {}
        untouched = Further(self.engine, self.before, self.before, None)
        untouched.make(services)
        for row in services:
            exact, _ = further.failures(row)
            if exact is not None and 0 < exact < below:
                was, at_least = untouched.failures(row)
                if (at_least if was is None else was) > exact:
                    found[row] = exact
        return found

    def states(self, rows: tuple[int, ...]) -> States:
        """Return all states when these rows are down beside what is down already."""
        self.evaluated += 1
        down = np.union1d(self._already, np.array(rows, np.int64))
        return evaluate(self.engine, down, degraded=self._weak, exposing=False)

    def _of(self, rows: tuple[int, ...]) -> tuple[BitMap, BitMap]:
        found = self._worse.get(rows)
        if found is None:
            states, before = self.states(rows), self.before
            reached = states.reached[self._services[states.reached]]
            worse = reached[states.state[reached] > before.state[reached]]
            down = worse[states.state[worse] == DOWN]
            found = self._worse[rows] = BitMap(down.astype(np.uint32)), BitMap(worse.astype(np.uint32))
        return found
