"""When requirements over the network come to fail, become weak or lose a path, in rounds of propagation.

Takes `Reach` and the round in which each item went, gives the rounds by requirement. `impact.states` goes to and fro
between this and the propagation until nothing moves: each answer of one can only bring the other's forward, and a
requirement that fails in a round reaches its consumer in the next, so what is left is the synchronous propagation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Rows
from impact.network.reach import Reach
from impact.network.routes import NEVER

__all__ = ["fewer_paths", "lost_paths", "parted", "went"]


def went(chosen: NDArray[np.bool_], distance: NDArray[np.int32]) -> Rows:
    """Return by item the round in which it went, NEVER for all but the chosen."""
    return np.where(chosen, distance, NEVER).astype(np.int64)


def parted(reach: Reach, gone_at: Rows) -> Rows:
    """Return the round since which each requirement fails: its provider is gone, or a pair has no path left."""
    by_pair = reach.routes.parted(gone_at[reach.network.rows])
    return np.minimum(reach.over_pairs(by_pair, NEVER), gone_at[reach.provider])


def lost_paths(reach: Reach, down_at: Rows) -> NDArray[np.int64]:
    """Return by pair the round since which it has fewer paths that share no device than when everything is up.

    A device that is down can only take a path away where it was gone in or before that round.
    """
    routes, devices = reach.routes, down_at[reach.network.rows]
    since = np.full(len(routes.start), NEVER, np.int64)
    fallen = np.flatnonzero(devices < NEVER)
    if not len(fallen):
        return since
    times = np.unique(devices[fallen]).tolist()
    nobody = np.zeros(len(reach.network), np.bool_)
    parts = reach.network.parts(nobody)
    for pair, (start, end) in enumerate(zip(routes.start.tolist(), routes.end.tolist(), strict=True)):
        near = {int(parts[each]) for each in reach.network.attachments(start)}
        mine = [each for each in fallen.tolist() if parts[each] in near or each in (start, end)]
        if not mine:
            continue
        all_up = routes.disjoint(pair, frozenset())
        if routes.disjoint(pair, frozenset(mine)) == all_up:
            continue
        since[pair] = next(
            time
            for time in times
            if routes.disjoint(pair, frozenset(each for each in mine if devices[each] <= time)) < all_up
        )
    return since


def fewer_paths(reach: Reach, lost: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which requirements had a pair with several paths and have fewer of them now."""
    several = lost.copy()
    for pair in np.flatnonzero(lost < NEVER).tolist():
        if reach.routes.disjoint(pair, frozenset()) < 2:
            several[pair] = NEVER
    found: NDArray[np.bool_] = reach.over_pairs(several, NEVER) < NEVER
    return found
