"""How one state spreads from providers to consumers, round by round.

Takes the compiled links of the estate by columns and the items it starts from; marks what it reaches, each with the
round in which its condition first held. Knows nothing of what the state means: `impact.states` says that.

Wide frontiers run on whole arrays. Narrow ones run in a plain loop, because a chain of 100,000 items would otherwise
pay the price of a dozen array operations for every single item of it. All rows are int64: numpy indexes and counts
with them several times faster than with narrower ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Arrivals", "Links", "Members", "Rows", "distinct", "positions", "propagate", "spread"]

Rows = NDArray[np.int64]

NARROW: Final = 40
"""Up to this many items at once the plain loop is the faster way (measured)."""


@dataclass(frozen=True, slots=True)
class Links:
    """Direct requirements by provider: `consumers[bounds[p] : bounds[p + 1]]` rely on p."""

    bounds: Rows
    consumers: Rows


@dataclass(frozen=True, slots=True)
class Members:
    """Memberships by provider, in the same way; `idle` marks those that never count as up, None where all may."""

    bounds: Rows
    pools: Rows
    consumers: Rows
    """By pool: its consumer."""
    idle: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What an earlier phase brings, by round, each column sorted by its times.

    The condition of `consumers` holds from round `consumer_times` on (they are reached one round later); `pools` have
    a member less from round `pool_times` on.
    """

    consumers: Rows
    consumer_times: NDArray[np.int32]
    pools: Rows
    pool_times: NDArray[np.int32]

    @classmethod
    def nothing(cls) -> Arrivals:
        """Return no arrivals at all."""
        none, never = np.zeros(0, np.int64), np.zeros(0, np.int32)
        return cls(none, never, none, never)


def positions(bounds: Rows, rows: Rows) -> Rows:
    """Return the positions `bounds[r] : bounds[r + 1]` of all these rows, one after the other."""
    starts = bounds[rows]
    counts = bounds[rows + 1] - starts
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    if total == 0:
        return np.zeros(0, np.int64)
    return np.repeat(starts - ends + counts, counts) + np.arange(total)


def spread(bounds: Rows, rows: Rows) -> tuple[Rows, Rows]:
    """Return `positions` and, for each of them, which of the rows (by index) it belongs to."""
    owners = np.repeat(np.arange(len(rows)), bounds[rows + 1] - bounds[rows])
    return positions(bounds, rows), owners


def distinct(rows: Rows, count: int) -> Rows:
    """Return the different ones of `rows` below `count`, sorted; for long columns much faster than sorting them."""
    found = np.zeros(count, np.bool_)
    found[rows] = True
    return np.flatnonzero(found)


def propagate(
    code: int,
    state: NDArray[np.int8],
    distance: NDArray[np.int32],
    *,
    links: Links,
    members: Members,
    count: Rows,
    bears: Rows,
    seeds: Rows,
    late: Rows,
    arrivals: Arrivals,
) -> Rows:
    """Spread `code` to every item whose `state` is 0 and whose condition comes to hold; return those by distance.

    An item in the state passes it on along `links`, and takes one member from each of its pools: when `count` of a
    pool is above what it `bears`, its consumer is reached. `seeds` are in the state from round 0; `late` are those
    whose pools fail without any member failing (they come in round 1). Each is distinct; seeds are of state 0.
    Marks `state` and `distance` and counts up `count` in place.
    """
    state[seeds] = code
    distance[seeds] = 0
    late = late[state[late] == 0]
    state[late] = code
    distance[late] = 1
    return _Spread(code, state, distance, links, members, count, bears, arrivals).run(seeds, late)


@dataclass(slots=True)
class _Spread:
    code: int
    state: NDArray[np.int8]
    distance: NDArray[np.int32]
    links: Links
    members: Members
    count: Rows
    bears: Rows
    arrivals: Arrivals

    def run(self, seeds: Rows, late: Rows) -> Rows:
        """Propagate from the seeds, and from `late` a round later; return the rows reached, by round."""
        calendar = _Calendar(self.arrivals)
        stamp = np.empty(len(self.state), np.int64)
        reached, fresh, time = [seeds, late], seeds, 0
        if len(late):
            found = self.wide(seeds, *calendar.take(0), 0, stamp)
            reached.append(found)
            fresh, time = np.concatenate([found, late]), 1
        while True:
            if len(fresh) <= NARROW:
                narrow: list[int] = []
                few, time = self.narrow(fresh.tolist(), time, calendar, narrow)
                reached.append(np.asarray(narrow, np.int64))
                fresh = np.asarray(few, np.int64)
                if time < 0:
                    return np.concatenate(reached)
            fresh = self.wide(fresh, *calendar.take(time), time, stamp)
            reached.append(fresh)
            time += 1

    def wide(self, fresh: Rows, consumers: Rows, fallen: Rows, time: int, stamp: Rows) -> Rows:
        """Run one round on arrays; return the items it reached."""
        state, members = self.state, self.members
        found = [self.links.consumers[positions(self.links.bounds, fresh)], consumers]
        if len(members.pools):
            member = positions(members.bounds, fresh)
            if members.idle is not None:
                member = np.compress(~members.idle[member], member)
            pools = np.concatenate([members.pools[member], fallen])
            np.add.at(self.count, pools, 1)
            found.append(members.consumers[np.compress(self.count[pools] > self.bears[pools], pools)])
        candidates = np.concatenate(found)
        candidates = np.compress(state[candidates] == 0, candidates)
        # Of several mentions of one item the last write stays in its stamp: that one is kept.
        numbers = np.arange(len(candidates))
        stamp[candidates] = numbers
        reached = np.compress(stamp[candidates] == numbers, candidates)
        state[reached] = self.code
        self.distance[reached] = time + 1
        return reached

    def narrow(self, fresh: list[int], time: int, calendar: _Calendar, reached: list[int]) -> tuple[list[int], int]:
        """Run rounds in a plain loop until the frontier is wide; return it and its time, -1 when all is done."""
        members, code = self.members, self.code
        state, distance = memoryview(self.state.data), memoryview(self.distance.data)
        link_bounds, consumers = memoryview(self.links.bounds.data), memoryview(self.links.consumers.data)
        member_bounds, pools = memoryview(members.bounds.data), memoryview(members.pools.data)
        pool_consumers = memoryview(members.consumers.data)
        idle = None if members.idle is None else memoryview(members.idle.data)
        count, bears = memoryview(self.count.data), memoryview(self.bears.data)
        upcoming = calendar.upcoming
        while True:
            if not fresh and time < upcoming:
                if upcoming == _NEVER:
                    return fresh, -1
                time = upcoming
            met: list[int] = []
            fallen: list[int] = []
            if time == upcoming:
                if calendar.width() > NARROW:
                    return fresh, time
                met, fallen = (column.tolist() for column in calendar.take(time))
                upcoming = calendar.upcoming
            time += 1
            for row in fresh:
                first, last = link_bounds[row], link_bounds[row + 1]
                if first < last:
                    met += consumers[first:last]
                first, last = member_bounds[row], member_bounds[row + 1]
                if first < last:
                    if idle is None:
                        fallen += pools[first:last]
                    else:
                        fallen += [pools[at] for at in range(first, last) if not idle[at]]
            for pool in fallen:
                count[pool] += 1
                if count[pool] > bears[pool]:
                    met.append(pool_consumers[pool])
            fresh = []
            for consumer in met:
                if not state[consumer]:
                    state[consumer] = code
                    distance[consumer] = time
                    fresh.append(consumer)
            reached += fresh
            if len(fresh) > NARROW:
                return fresh, time


_NEVER: Final = 2**62


class _Calendar:
    """Arrivals, taken round by round."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.arrivals = arrivals
        times = np.union1d(arrivals.consumer_times, arrivals.pool_times)
        self.times: list[int] = [*times.tolist(), _NEVER]
        self.of_consumers: list[int] = [
            *np.searchsorted(arrivals.consumer_times, times).tolist(),
            len(arrivals.consumers),
        ]
        self.of_pools: list[int] = [*np.searchsorted(arrivals.pool_times, times).tolist(), len(arrivals.pools)]
        self.next = 0

    @property
    def upcoming(self) -> int:
        """The next round in which something arrives."""
        return self.times[self.next]

    def width(self) -> int:
        """Return how much arrives then."""
        at = self.next
        return self.of_consumers[at + 1] - self.of_consumers[at] + self.of_pools[at + 1] - self.of_pools[at]

    def take(self, time: int) -> tuple[Rows, Rows]:
        """Return what arrives in this round: consumers whose condition holds, pools with a member less."""
        at = self.next
        if self.times[at] != time:
            return self.arrivals.consumers[:0], self.arrivals.pools[:0]
        self.next += 1
        return (
            self.arrivals.consumers[self.of_consumers[at] : self.of_consumers[at + 1]],
            self.arrivals.pools[self.of_pools[at] : self.of_pools[at + 1]],
        )
