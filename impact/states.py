"""The state of every item when some are down: three least fixed points, in order (design, section 6).

Takes an engine and the rows of the items down, gives a state and a distance for each item. Knows no names, reasons
or findings. The meanings, for an item outside those taken down:

- **down**: an unpooled hard provider is down, or a hard pool has fewer than `need` members up.
- **degraded**: its status says so, an unpooled soft provider is down or degraded, an unpooled hard one is degraded, or
  a pool meets `need` only by counting degraded members, or has fewer than `full` up.
- **at risk**: a pool has a member that is down, an unpooled hard provider is at risk, or a pool meets `need` only by
  counting members at risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import UsageError
from impact.engine import ImpactEngine
from impact.frontier import Arrivals, Members, Rows, propagate, spread

__all__ = [
    *("AT_RISK", "DEGRADED", "DOWN", "STATES", "UNAFFECTED", "States"),
    *("counted_members", "evaluate", "states_before_and_after"),
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
    """Rows of all items that are not unaffected: down, degraded, at risk, each group by distance."""
    idle: NDArray[np.bool_] | None
    """By membership: it lasts too short to count as up. None where all count."""


def evaluate(
    engine: ImpactEngine,
    down: Rows | Sequence[int],
    *,
    minutes: float | None = None,
    degraded: Rows | Sequence[int] = (),
    at_risk: Rows | Sequence[int] = (),
) -> States:
    """Return the states when exactly `down` are down for outside reasons, and these are degraded or at risk.

    `minutes` is how long: members that last shorter do not count as up; None is without limit. Items out of service
    bring nothing. Raises UsageError when `minutes` is negative or no number.
    """
    count = len(engine.snapshot)
    state, distance = np.zeros(count, np.int8), np.full(count, -1, np.int32)
    idle, idle_count = counted_members(engine, minutes)
    members = Members(engine.graph.member_ptr, engine.member_pool, engine.pool_consumer, idle)
    # Zeros come free of charge from the system, a copy of them does not.
    start = idle_count.copy if idle is not None else lambda: np.zeros(len(idle_count), np.int64)
    fallen = propagate(
        DOWN,
        state,
        distance,
        links=engine.hard,
        members=members,
        count=start(),
        bears=engine.bears_hard,
        seeds=_given(engine, down, state),
        late=_NOBODY if idle is None else _failing(engine, idle_count > engine.bears_hard),
        arrivals=Arrivals.nothing(),
    )
    losses = _losses(engine, members, fallen, distance)
    weakened = propagate(
        DEGRADED,
        state,
        distance,
        links=engine.links,
        members=members,
        count=start(),
        bears=engine.bears,
        seeds=_given(engine, degraded, state),
        late=engine.never_full
        if idle is None
        else _failing(engine, (idle_count > engine.bears) | (idle_count > engine.bears_full)),
        arrivals=_what_degrades(engine, state, distance, fallen, losses, idle_count),
    )
    consumers = engine.pool_consumer[losses.pools]
    redundancy_lost = np.zeros(count, np.bool_)
    redundancy_lost[consumers] = True
    open_ = state[consumers] == UNAFFECTED
    shaken = propagate(
        AT_RISK,
        state,
        distance,
        links=engine.hard,
        members=members,
        count=start(),
        bears=engine.bears,
        seeds=_given(engine, at_risk, state),
        late=_NOBODY,
        # One member down is enough, so its fall need not be counted as well.
        arrivals=Arrivals(consumers[open_], losses.times[open_], _NOBODY, losses.times[:0]),
    )
    return States(state, distance, redundancy_lost, np.concatenate([fallen, weakened, shaken]), idle)


@dataclass(frozen=True, slots=True)
class _Losses:
    """Each time a pool loses a member that is down, by time; `counted` unless the member was idle."""

    pools: Rows
    times: NDArray[np.int32]
    counted: NDArray[np.bool_]


def _losses(engine: ImpactEngine, members: Members, fallen: Rows, distance: NDArray[np.int32]) -> _Losses:
    member, of = spread(members.bounds, fallen)
    counted = np.ones(len(member), np.bool_) if members.idle is None else ~members.idle[member]
    return _Losses(engine.member_pool[member], distance[fallen[of]], counted)


def _what_degrades(
    engine: ImpactEngine,
    state: NDArray[np.int8],
    distance: NDArray[np.int32],
    fallen: Rows,
    losses: _Losses,
    idle_count: Rows,
) -> Arrivals:
    """Return what items that are down bring to those that are not: soft links, pools weaker, pools below `full`."""
    link, of = spread(engine.soft.bounds, fallen)
    consumers, times = engine.soft.consumers[link], distance[fallen[of]]
    open_ = state[consumers] == UNAFFECTED
    consumers, times = np.compress(open_, consumers), np.compress(open_, times)
    open_ = losses.counted & (state[engine.pool_consumer[losses.pools]] == UNAFFECTED)
    pools, pool_times = np.compress(open_, losses.pools), np.compress(open_, losses.times)
    with_full = np.flatnonzero(engine.graph.pool_full[pools] > 0)
    if len(with_full):
        # The loss that takes a pool below `full` is the one whose number in its pool is one above what it bears.
        by_pool = with_full[np.argsort(pools[with_full], kind="stable")]
        first = np.searchsorted(pools[by_pool], pools[by_pool])
        number = np.arange(len(by_pool)) - first + 1 + idle_count[pools[by_pool]]
        deciding = by_pool[number == engine.bears_full[pools[by_pool]] + 1]
        consumers = np.concatenate([consumers, engine.pool_consumer[pools[deciding]]])
        times = np.concatenate([times, pool_times[deciding]])
        order = np.argsort(times, kind="stable")
        consumers, times = consumers[order], times[order]
    return Arrivals(consumers, times, pools, pool_times)


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
    key = (minutes, already.tobytes(), weak.tobytes())
    before = engine.state_before(key)
    if before is None:
        before = evaluate(engine, already, minutes=minutes, degraded=weak)
        engine.remember(key, before)
    return before, evaluate(engine, np.union1d(already, asked), minutes=minutes, degraded=weak)


def _given(engine: ImpactEngine, rows: Rows | Sequence[int], state: NDArray[np.int8]) -> Rows:
    """Return the distinct items among `rows` that are in service and in no worse state yet."""
    distinct = np.unique(np.asarray(rows, np.int64))
    return np.compress(engine.snapshot.in_service[distinct] & (state[distinct] == UNAFFECTED), distinct)


def _failing(engine: ImpactEngine, pools: NDArray[np.bool_]) -> Rows:
    """Return the consumers of pools that fail though none of their members does."""
    return np.unique(engine.pool_consumer[pools])


def counted_members(engine: ImpactEngine, minutes: float | None) -> tuple[NDArray[np.bool_] | None, Rows]:
    """Return which memberships do not count as up for so long, and how many each pool has of them.

    The first is None where all count. Raises UsageError when `minutes` is negative or no number.
    """
    if minutes is not None and not minutes >= 0:
        raise UsageError(f"minutes is {minutes}: give how long it lasts as a number of minutes, 0 or more")
    graph, lasting = engine.graph, engine.lasting
    if minutes is not None:
        lasting = lasting[graph.member_lasts[lasting] < minutes]
    if not len(lasting):
        return None, np.zeros(len(graph.pool_consumer), np.int64)
    idle = np.zeros(len(graph.member_pool), np.bool_)
    idle[lasting] = True
    return idle, np.bincount(graph.member_pool[lasting], minlength=len(graph.pool_consumer))
