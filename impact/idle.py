"""Members of pools that last too short to count as up, such as batteries in a long outage.

Takes an engine and minutes, gives a mask by membership.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import UsageError
from impact.engine import ImpactEngine
from impact.frontier import Rows

__all__ = ["counted_members"]


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
