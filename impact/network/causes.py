"""Why a requirement over the network fails, is weak or lost a path: the items at fault.

Takes `Reach` and states, gives rows of items. Part two devices: those that are gone next to what the start still
reaches. A path less: those that are down on any path between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from impact.network.reach import Reach
from impact.network.routes import NEVER

if TYPE_CHECKING:
    from impact.states import Reached, States

__all__ = ["Causes"]


class Causes:
    """Answers for the requirements of one evaluation; `state_of` is by requirement the state it brings."""

    def __init__(self, reach: Reach, states: States, routes: Reached) -> None:
        self.reach = reach
        self.states = states
        self.device_state = states.state[reach.network.rows]
        self.device_time = states.distance[reach.network.rows]
        self.state_of = np.zeros(len(reach), np.int8)
        self.since = np.full(len(reach), NEVER, np.int64)
        for code, since in ((1, routes.shaky), (2, routes.weak), (3, routes.parted)):
            self.state_of[since < NEVER] = code
            self.since[since < NEVER] = since[since < NEVER]
        self._gone: dict[tuple[int, int], frozenset[int]] = {}

    def of(self, index: int) -> list[int]:
        """Return the rows of the items at fault for a requirement, its consumer's own devices left out."""
        reach, code, since = self.reach, int(self.state_of[index]), int(self.since[index])
        found: set[int] = set()
        down = self.gone(3, since)
        if code == 1:
            for pair in self.reach.pairs_of(index):
                for every, left, inner in reach.routes.left(pair, down):
                    found |= down & inner if left < every else set()
                found |= set(reach.routes.cut(pair, down | self.gone(1, since)))
        elif code:
            gone = down | self.gone(2, since) if code == 2 else down
            for pair in self.reach.pairs_of(index):
                found |= set(reach.routes.cut(pair, gone))
        rows = {int(reach.network.rows[device]) for device in found}
        if self.states.state[reach.provider[index]] >= max(code, 1):
            rows.add(int(reach.provider[index]))
        mine = {int(reach.network.rows[device]) for device in reach.starts_of(int(reach.consumer[index]))}
        return sorted(rows - mine - {int(reach.consumer[index])})

    def gone(self, code: int, since: int) -> frozenset[int]:
        """Return the devices that were in this state by a round: what came later is no cause."""
        key = (code, since)
        if key not in self._gone:
            chosen = (self.device_state == code) & (self.device_time <= since)
            self._gone[key] = frozenset(np.flatnonzero(chosen).tolist())
        return self._gone[key]

    def paths(self, index: int) -> tuple[int, int]:
        """Return how many paths without a common device there are when everything is up, and how many are left.

        Of several pairs and stretches that with the fewest left.
        """
        routes, down = self.reach.routes, self.gone(3, NEVER)
        counted = [
            (every, left) for pair in self.reach.pairs_of(index) for every, left, _ in routes.left(pair, down)
        ] or [(1, int(self.state_of[index] < 3))]
        # A stretch that lost a path tells more than one that never had several.
        return min(counted, key=lambda each: (each[1] > 0, each[1] == each[0], each[1], each[0]))
