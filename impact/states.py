"""The state of every item when some are down: three least fixed points, in order (design, section 6).

Takes an engine and the rows of the items down, gives a state and a distance for each item. Knows no names, reasons
or findings. The meanings, for an item outside those taken down:

- **down**: an unpooled hard provider is down, or a hard pool has fewer than `need` members up.
- **degraded**: its status says so, an unpooled soft provider is down or degraded, an unpooled hard one is degraded, or
  a pool meets `need` only by counting degraded members, or has fewer than `full` up.
- **at risk**: a pool has a member that is down, an unpooled hard provider is at risk, or a pool meets `need` only by
  counting members at risk. Beyond these: an item outside its down set by design would alone bring it down now
  (`impact.exposed`, and `impact.exposed_networks` where items reach each other over a network).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impact.arrivals import Losses, lost_members, merged, unreached, what_degrades
from impact.engine import ImpactEngine
from impact.exposed import expose
from impact.exposed_networks import expose_over_networks
from impact.frontier import Arrivals, Members, Rows, propagate
from impact.idle import counted_members
from impact.network.reach import Reach
from impact.network.rounds import fewer_paths, lost_paths, parted, went
from impact.network.routes import NEVER

__all__ = [
    *("AT_RISK", "DEGRADED", "DOWN", "STATES", "UNAFFECTED", "Reached", "States"),
    *("evaluate", "states_before_and_after"),
]

UNAFFECTED, AT_RISK, DEGRADED, DOWN = range(4)
STATES: Final = ("unaffected", "at_risk", "degraded", "down")
"""States by code; a higher code is a worse state."""

_NOBODY: Final = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class States:
    """What became of every item; columns by item row."""

    state: NDArray[np.int8]
    """Index into `STATES`."""
    distance: NDArray[np.int32]
    """The round of synchronous propagation in which the state was reached; 0 for what was given, -1 unaffected."""
    redundancy_lost: NDArray[np.bool_]
    """A pool of the item's own has a member down, whatever the item's state."""
    reached: NDArray[np.int64]
    """Rows of all items that are not unaffected: down, degraded, at risk, at risk by exposure, each by distance."""
    idle: NDArray[np.bool_] | None
    """By membership: it lasts too short to count as up. None where all count."""
    routes: Reached | None = None
    """What became of requirements over the network; None in an estate without any."""
    exposed: NDArray[np.int64] = field(default_factory=lambda: _NOBODY)
    """Rows at risk only because an item that did not matter alone by design now does (see `impact.exposed`)."""


@dataclass(frozen=True, slots=True)
class Reached:
    """By requirement of `engine.reach`: the round since which it fails, is met only by what is degraded, or has lost a
    path or is met only by what is at risk; NEVER for what did not happen."""

    parted: Rows
    weak: Rows
    shaky: Rows


def evaluate(
    engine: ImpactEngine,
    down: Rows | Sequence[int],
    *,
    minutes: float | None = None,
    degraded: Rows | Sequence[int] = (),
    at_risk: Rows | Sequence[int] = (),
    exposing: bool = True,
) -> States:
    """Return the states when exactly `down` are down for outside reasons, and these are degraded or at risk.

    `minutes` is how long: members that last shorter do not count as up; None is without limit. Items out of service
    bring nothing. Without `exposing` the last rule of "at risk" is left out, which takes the most time.
    Raises UsageError when `minutes` is negative or no number.
    """
    idle, idle_count = counted_members(engine, minutes)
    reach = None if engine.reach is None or not len(engine.reach) else engine.reach
    apart = idle
    if reach is not None and len(reach.members):
        # Members that are reached over the network are counted when the path is lost, not when they go down.
        apart = np.zeros(len(engine.member_pool), np.bool_) if idle is None else idle.copy()
        apart[reach.members] = True
    question = _Question(
        engine,
        Members(engine.graph.member_ptr, engine.member_pool, engine.pool_consumer, idle),
        Members(engine.graph.member_ptr, engine.member_pool, engine.pool_consumer, apart),
        idle_count,
        reach,
        exposing,
    )
    return question.states(down, degraded, at_risk, minutes)


@dataclass(slots=True)
class _Question:
    """One evaluation: what does not change while it runs."""

    engine: ImpactEngine
    members: Members
    apart: Members
    """`members` without those that are reached over the network."""
    idle_count: Rows
    reach: Reach | None
    exposing: bool

    def states(
        self,
        down: Rows | Sequence[int],
        degraded: Rows | Sequence[int],
        at_risk: Rows | Sequence[int],
        minutes: float | None,
    ) -> States:
        """Return the states, one fixed point after the other."""
        engine = self.engine
        count = len(engine.snapshot)
        state, distance, fallen, cut = self.fall(np.zeros(count, np.int8), np.full(count, -1, np.int32), down)
        losses = lost_members(engine, self.members, fallen, distance, cut)
        state, distance, weakened, weak = self.weaken(state, distance, degraded, fallen, losses)
        redundancy_lost = np.zeros(count, np.bool_)
        redundancy_lost[engine.pool_consumer[losses.pools]] = True
        lost = None
        if self.reach is not None:
            lost, several = lost_paths(self.reach, went(state == DOWN, distance))
            redundancy_lost[self.reach.consumer[fewer_paths(self.reach, several)]] = True
        state, distance, shaken, shaky = self.shake(state, distance, at_risk, losses, lost)
        routes = None if lost is None else Reached(cut, weak, shaky)
        reached, exposed = np.concatenate([fallen, weakened, shaken]), _NOBODY
        if self.exposing and self.reach is None and self.spends_redundancy(state, losses):
            marked, exposed = expose(engine, AT_RISK, DOWN, state, distance, self.members, reached, minutes)
            reached = np.concatenate([reached, marked])
        elif self.exposing and self.reach is not None and len(fallen):
            idle = self.members.idle
            spent = expose_over_networks(engine, self.reach, AT_RISK, DOWN, state, distance, idle, minutes, shaky)
            reached, exposed = np.concatenate([reached, spent.marked]), spent.exposed
            routes = Reached(cut, weak, spent.shaky)
        return States(state, distance, redundancy_lost, reached, self.members.idle, routes, exposed)

    def spends_redundancy(self, state: NDArray[np.int8], losses: Losses) -> bool:
        """Tell whether a hard pool of an item that is up lost a member; else all down sets are those of the design."""
        open_ = state[self.engine.pool_consumer[losses.pools]] != DOWN
        return bool((open_ & self.engine.graph.pool_hard[losses.pools] & losses.counted).any())

    def count(self) -> Rows:
        """Return how many members each pool has that never count."""
        # Zeros come free of charge from the system, a copy of them does not.
        return np.zeros(len(self.idle_count), np.int64) if self.members.idle is None else self.idle_count.copy()

    def fall(
        self, state: NDArray[np.int8], distance: NDArray[np.int32], down: Rows | Sequence[int]
    ) -> tuple[NDArray[np.int8], NDArray[np.int32], Rows, Rows]:
        """Find what is down; return state, distance, the rows, and when each requirement of `reach` came to fail."""
        engine = self.engine
        seeds = _given(engine, down, state)
        late = _NOBODY if self.members.idle is None else _failing(engine, self.idle_count > engine.bears_hard)

        def run(state: NDArray[np.int8], distance: NDArray[np.int32], failed: Rows) -> Rows:
            return propagate(
                DOWN,
                state,
                distance,
                links=engine.hard,
                members=self.apart,
                count=self.count(),
                bears=engine.bears_hard,
                seeds=seeds,
                late=late,
                arrivals=self.unreached(failed, only_hard=True),
            )

        return self.settle(state, distance, run, DOWN)

    def weaken(
        self,
        state: NDArray[np.int8],
        distance: NDArray[np.int32],
        degraded: Rows | Sequence[int],
        fallen: Rows,
        losses: Losses,
    ) -> tuple[NDArray[np.int8], NDArray[np.int32], Rows, Rows]:
        """Find what is degraded; return as `fall` does, a requirement that meets its need only by degraded devices."""
        engine = self.engine
        brought = what_degrades(engine, state == UNAFFECTED, distance, fallen, losses, self.idle_count)
        seeds = _given(engine, degraded, state)
        late = (
            engine.never_full
            if self.members.idle is None
            else _failing(engine, (self.idle_count > engine.bears) | (self.idle_count > engine.bears_full))
        )

        def run(state: NDArray[np.int8], distance: NDArray[np.int32], failed: Rows) -> Rows:
            return propagate(
                DEGRADED,
                state,
                distance,
                links=engine.links,
                members=self.apart,
                count=self.count(),
                bears=engine.bears,
                seeds=seeds,
                late=late,
                arrivals=merged(brought, self.unreached(failed)),
            )

        return self.settle(state, distance, run, DEGRADED)

    def shake(
        self,
        state: NDArray[np.int8],
        distance: NDArray[np.int32],
        at_risk: Rows | Sequence[int],
        losses: Losses,
        lost: Rows | None,
    ) -> tuple[NDArray[np.int8], NDArray[np.int32], Rows, Rows]:
        """Find what is at risk; return as `fall` does, a requirement that lost a path or rests on what is at risk."""
        engine = self.engine
        consumers = engine.pool_consumer[losses.pools]
        open_ = state[consumers] == UNAFFECTED
        # One member down is enough, so its fall need not be counted as well.
        brought = Arrivals(consumers[open_], losses.times[open_], _NOBODY, losses.times[:0])
        seeds = _given(engine, at_risk, state)

        def run(state: NDArray[np.int8], distance: NDArray[np.int32], failed: Rows) -> Rows:
            return propagate(
                AT_RISK,
                state,
                distance,
                links=engine.hard,
                members=self.apart,
                count=self.count(),
                bears=engine.bears,
                seeds=seeds,
                late=_NOBODY,
                arrivals=merged(brought, self.unreached(failed, only_hard=True)),
            )

        return self.settle(state, distance, run, AT_RISK, lost)

    def settle(
        self,
        state: NDArray[np.int8],
        distance: NDArray[np.int32],
        run: Callable[[NDArray[np.int8], NDArray[np.int32], Rows], Rows],
        code: int,
        lost: Rows | None = None,
    ) -> tuple[NDArray[np.int8], NDArray[np.int32], Rows, Rows]:
        """Propagate, see what is no longer reached, and so on until nothing moves; see `impact.network.rounds`."""
        reach = self.reach
        if reach is None:
            return state, distance, run(state, distance, _NOBODY), _NOBODY
        failed = np.full(len(reach), NEVER, np.int64)
        while True:
            now, times = state.copy(), distance.copy()
            reached = run(now, times, failed)
            found = parted(reach, went((now == DOWN) | (now == code), times))
            if lost is not None:
                found = np.minimum(found, reach.over_pairs(lost, NEVER))
            if np.array_equal(found, failed):
                return now, times, reached, failed
            failed = found

    def unreached(self, failed: Rows, *, only_hard: bool = False) -> Arrivals:
        """Return what requirements over the network bring that fail since these rounds."""
        if self.reach is None:
            return Arrivals.nothing()
        return unreached(self.reach, self.engine.member_pool, self.members.idle, failed, only_hard=only_hard)


def states_before_and_after(
    engine: ImpactEngine,
    asked: Rows,
    *,
    minutes: float | None = None,
    outages: Rows | Sequence[int] = (),
    degraded: Rows | Sequence[int] = (),
) -> tuple[States, States]:
    """Return the states under what is down already, and with `asked` down beside it.

    Down already are the items in maintenance and the open `outages`; degraded already those of that status and of
    open outages that say so (`degraded`).
    """
    already = np.union1d(engine.in_maintenance, np.asarray(outages, np.int64))
    weak = np.union1d(engine.degraded_by_status, np.asarray(degraded, np.int64))
    before = _remembered(engine, already, weak, minutes)
    return before, _remembered(engine, np.union1d(already, asked), weak, minutes)


def _remembered(engine: ImpactEngine, down: Rows, degraded: Rows, minutes: float | None) -> States:
    """Return the states when these are down; the last few are known, for one answer asks for the same ones twice."""
    key = (minutes, down.tobytes(), degraded.tobytes())
    found = engine.known_states(key)
    if found is None:
        found = evaluate(engine, down, minutes=minutes, degraded=degraded)
        engine.remember(key, found)
    return found


def _given(engine: ImpactEngine, rows: Rows | Sequence[int], state: NDArray[np.int8]) -> Rows:
    """Return the distinct items among `rows` that are in service and in no worse state yet."""
    distinct = np.unique(np.asarray(rows, np.int64))
    return np.compress(engine.snapshot.in_service[distinct] & (state[distinct] == UNAFFECTED), distinct)


def _failing(engine: ImpactEngine, pools: NDArray[np.bool_]) -> Rows:
    """Return the consumers of pools that fail though none of their members does."""
    return np.unique(engine.pool_consumer[pools])
