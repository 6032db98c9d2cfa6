"""The third way to be at risk: redundancy that still looks whole is spent somewhere below.

Takes the states by the other rules, marks the items that an item outside their down set by design would now, alone,
bring down, and what is at risk because these are. Each is reached one round after the nearest item it stands on that
is in no good state: some always is.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Members, Rows, distinct, positions

if TYPE_CHECKING:
    from impact.engine import ImpactEngine

__all__ = ["expose"]


def expose(
    engine: ImpactEngine,
    code: int,
    down_code: int,
    state: NDArray[np.int8],
    distance: NDArray[np.int32],
    members: Members,
    reached: Rows,
    minutes: float | None,
) -> tuple[Rows, Rows]:
    """Mark what is `code`, at risk, by the third rule, in place; `reached` is what the other rules have reached.

    Returns the items marked, by distance, and which of them are exposed themselves.
    """
    near = _near(engine, state, members, reached)
    none = near[:0]
    if not len(near):
        return none, none
    # Only here, for most questions end before this and need no sets.
    from impact.closures import consumers_of
    from impact.exposure import Exposure, design_of

    exposure = Exposure(design_of(engine, minutes), state == down_code)
    near_touched = [row for row in near.tolist() if row in exposure.touched]
    exposure.make(near_touched)
    first = [row for row in near_touched if exposure.gained(row)]
    if not first:
        return none, none
    turned, consumer_of = consumers_of(exposure.structure), exposure.structure.pool_consumer
    above, open_ = dict.fromkeys(first), list(first)
    while open_:
        row = open_.pop()
        for each in (*turned.of(row), *(int(consumer_of[pool]) for pool in turned.pools_of(row))):
            if each not in above and each in exposure.touched and (each >= len(state) or state[each] == 0):
                above[each] = None
                open_.append(each)
    exposure.make(above)
    exposed = {row for row in above if row < len(state) and exposure.gained(row)}
    marked = _Settling(engine, code, state, distance, members, exposed).run(first)
    return np.array(marked, np.int64), np.array([row for row in marked if row in exposed], np.int64)


def _near(engine: ImpactEngine, state: NDArray[np.int8], members: Members, reached: Rows) -> Rows:
    """Return the unaffected consumers of hard pools with a member that is affected and counts."""
    member = positions(members.bounds, reached)
    if members.idle is not None:
        member = np.compress(~members.idle[member], member)
    pools = members.pools[member]
    consumers = members.consumers[np.compress(engine.graph.pool_hard[pools], pools)]
    return distinct(np.compress(state[consumers] == 0, consumers), len(state))


class _Settling:
    """Spreads "at risk" from exposed items, in the order of rounds; few are reached, so it takes one at a time."""

    def __init__(
        self,
        engine: ImpactEngine,
        code: int,
        state: NDArray[np.int8],
        distance: NDArray[np.int32],
        members: Members,
        exposed: set[int],
    ) -> None:
        self.engine, self.code, self.state, self.distance = engine, code, state, distance
        self.members, self.exposed = members, exposed
        self.coming: list[tuple[int, int]] = []

    def run(self, first: Iterable[int]) -> list[int]:
        """Mark all that is reached from exposed items next to affected ones; return it by distance."""
        for row in first:
            heappush(self.coming, (self._nearest(row) + 1, row))
        links, marked = self.engine.hard, []
        while self.coming:
            time, row = heappop(self.coming)
            if self.state[row]:
                continue
            self.state[row] = self.code
            self.distance[row] = time
            marked.append(row)
            for consumer in links.consumers[links.bounds[row] : links.bounds[row + 1]].tolist():
                self._come(consumer, time + 1)
            for at in range(int(self.members.bounds[row]), int(self.members.bounds[row + 1])):
                if self.members.idle is None or not self.members.idle[at]:
                    self._weaken(int(self.members.pools[at]), time)
        return marked

    def _come(self, row: int, time: int) -> None:
        if not self.state[row]:
            heappush(self.coming, (time, row))

    def _weaken(self, pool: int, time: int) -> None:
        """Take a member of a pool as at risk from this round on."""
        consumer = int(self.members.consumers[pool])
        if consumer in self.exposed and self.engine.graph.pool_hard[pool]:
            self._come(consumer, time + 1)
            return
        providers, idle = self._providers(pool)
        at_risk = np.sort(self.distance[providers[self.state[providers] == self.code]])
        bears = int(self.engine.bears[pool]) - idle
        if len(at_risk) > bears:
            self._come(consumer, int(at_risk[max(bears, 0)]) + 1)

    def _providers(self, pool: int) -> tuple[Rows, int]:
        """Return the members of a pool that count, and how many do not."""
        graph, idle = self.engine.graph, self.members.idle
        member = graph.member_by_pool[graph.member_pool_ptr[pool] : graph.member_pool_ptr[pool + 1]]
        kept = member if idle is None else member[~idle[member]]
        return graph.member_provider[kept].astype(np.int64), len(member) - len(kept)

    def _nearest(self, row: int) -> int:
        """Return the distance of the nearest affected member of the hard pools of an item."""
        graph = self.engine.graph
        pools = graph.pool_by_consumer[graph.pool_consumer_ptr[row] : graph.pool_consumer_ptr[row + 1]]
        found = [self._providers(pool)[0] for pool in pools[graph.pool_hard[pools]].tolist()]
        providers = np.concatenate(found)
        return int(self.distance[providers[self.state[providers] > 0]].min())
