"""What one phase of the states brings to the next, by round: lost members, soft links, pools below `full`, and what
is no longer reached over the network.

Takes an engine and columns of what happened, gives `Arrivals` for `impact.frontier`. Knows of no phase but by what it
is told; `impact.states` puts them in order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.engine import ImpactEngine
from impact.frontier import Arrivals, Members, Rows, spread
from impact.network.reach import Reach
from impact.network.routes import NEVER

__all__ = ["Losses", "lost_members", "merged", "unreached", "what_degrades"]


@dataclass(frozen=True, slots=True)
class Losses:
    """Each time a pool loses a member, by time; `counted` unless the member was idle."""

    pools: Rows
    times: NDArray[np.int32]
    counted: NDArray[np.bool_]
    plain: NDArray[np.bool_]
    """Not reached over the network. The others may be lost to degraded devices earlier, so the next phase counts them
    by itself."""


def lost_members(
    engine: ImpactEngine, members: Members, fallen: Rows, distance: NDArray[np.int32], failed: Rows
) -> Losses:
    """Return every member that a pool lost: the member is down, or (`failed`, by requirement) no longer reached."""
    found, of = spread(members.bounds, fallen)
    times = distance[fallen[of]]
    plain = np.ones(len(found), np.bool_)
    reach = engine.reach
    if reach is not None and len(reach):
        plain = ~np.isin(found, reach.members)
        found, times = found[plain], times[plain]
        at = np.flatnonzero((reach.member >= 0) & (failed < NEVER))
        found = np.concatenate([found, reach.member[at]])
        times = np.concatenate([times, failed[at].astype(np.int32)])
        order = np.argsort(times, kind="stable")
        plain = order < len(found) - len(at)
        found, times = found[order], times[order]
    counted = np.ones(len(found), np.bool_) if members.idle is None else ~members.idle[found]
    return Losses(engine.member_pool[found], times, counted, plain)


def what_degrades(
    engine: ImpactEngine,
    is_open: NDArray[np.bool_],
    distance: NDArray[np.int32],
    fallen: Rows,
    losses: Losses,
    idle_count: Rows,
) -> Arrivals:
    """Return what items that are down bring to those that are not (`is_open`): soft links, pools weaker or not full."""
    link, of = spread(engine.soft.bounds, fallen)
    consumers, times = engine.soft.consumers[link], distance[fallen[of]]
    open_ = is_open[consumers]
    consumers, times = np.compress(open_, consumers), np.compress(open_, times)
    open_ = losses.counted & is_open[engine.pool_consumer[losses.pools]]
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
    plain = losses.plain[open_]
    return Arrivals(consumers, times, pools[plain], pool_times[plain])


def unreached(
    reach: Reach, member_pool: Rows, idle: NDArray[np.bool_] | None, failed: Rows, *, only_hard: bool = False
) -> Arrivals:
    """Return what requirements over the network bring that fail since these rounds."""
    at = np.argsort(failed, kind="stable")
    at = at[failed[at] < NEVER]
    direct = at[(reach.member[at] < 0) & (reach.hard[at] | (not only_hard))]
    member = at[reach.member[at] >= 0]
    if idle is not None:
        member = member[~idle[reach.member[member]]]
    return Arrivals(
        reach.consumer[direct],
        failed[direct].astype(np.int32),
        member_pool[reach.member[member]],
        failed[member].astype(np.int32),
    )


def merged(one: Arrivals, other: Arrivals) -> Arrivals:
    """Return what both bring, each column by time."""
    if not len(other.consumers) and not len(other.pools):
        return one
    consumer_times = np.concatenate([one.consumer_times, other.consumer_times])
    pool_times = np.concatenate([one.pool_times, other.pool_times])
    consumers, pools = np.argsort(consumer_times, kind="stable"), np.argsort(pool_times, kind="stable")
    return Arrivals(
        np.concatenate([one.consumers, other.consumers])[consumers],
        consumer_times[consumers],
        np.concatenate([one.pools, other.pools])[pools],
        pool_times[pools],
    )
