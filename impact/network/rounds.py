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


def lost_paths(reach: Reach, down_at: Rows) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return by pair the round since which a stretch of it has fewer paths than when everything is up, and whether one
    that had several has. See `Routes.stretches`; paths are such that share no device."""
    routes, devices = reach.routes, down_at[reach.network.rows]
    since = np.full(len(routes.start), NEVER, np.int64)
    several = np.zeros(len(routes.start), np.bool_)
    fallen = np.flatnonzero(devices < NEVER)
    if not len(fallen):
        return since, several
    times = np.unique(devices[fallen]).tolist()
    parts = reach.network.parts(np.zeros(len(reach.network), np.bool_))
    for pair, (start, end) in enumerate(zip(routes.start.tolist(), routes.end.tolist(), strict=True)):
        near = {int(parts[each]) for each in reach.network.attachments(start)}
        mine = [each for each in fallen.tolist() if parts[each] in near or each in (start, end)]
        lost = [(every, left) for every, left, _ in routes.left(pair, frozenset(mine)) if left < every] if mine else []
        if not lost:
            continue
        several[pair] = any(every > 1 for every, _ in lost)
        since[pair] = next(
            time
            for time in times
            if any(
                left < every
                for every, left, _ in routes.left(pair, frozenset(each for each in mine if devices[each] <= time))
            )
        )
    return since, several


def fewer_paths(reach: Reach, several: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which requirements have a pair that lost one of several paths."""
    found: NDArray[np.bool_] = reach.over_pairs(np.where(several, 0, NEVER), NEVER) < NEVER
    return found
