"""Needs that follow the load: how many members of a pool carry what their consumer has to do.

Takes columns of loads and capacities, gives the need of each pool and whether it rests on what nobody said.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cmdb.model.need import enough_for_load

__all__ = ["need_by_load"]


def need_by_load(load: float, capacities: NDArray[np.float64]) -> tuple[int, bool]:
    """Return how many members a load needs, and whether that is an assumption for want of data.

    One above the members there are where not even all of them carry it. A member whose capacity nobody said carries
    nothing; where the load is not known, all members are needed.
    """
    count = len(capacities)
    if np.isnan(load):
        return max(count, 1), True
    unknown = bool(np.isnan(capacities).any())
    enough = enough_for_load(load, np.nan_to_num(capacities).tolist())
    # What is not known cannot prove that the members are too few.
    return (min(enough, max(count, 1)) if unknown else enough), unknown
