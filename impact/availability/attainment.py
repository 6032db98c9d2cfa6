"""How likely a promise is kept over a month or a year, and which promise is safe. Numbers in, numbers out.

A service that is up 99.9 % of the time on average misses "99.9 % every month" in about every third month: downtime
comes in outages, and one long one spends a year's budget. Two models answer for a period; both take mean up time and
mean outage in hours, and neither knows what the service stands on:

- `renewal_attainment`: up and down times in turn, each exponential, seen from a moment picked at random. Exact for one
  item with such times; for a service an approximation, a few points off where its outages are of mixed length.
- `incident_attainment`: outages come at random and their lengths add up, as if none could begin during another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import gammainc, gammaln

from cmdb.errors import UsageError

__all__ = [
    "burn_rate",
    "downtime_budget_minutes",
    "incident_attainment",
    "renewal_attainment",
    "safe_promise",
]

_TAIL: Final = 12.0
"""Standard deviations of a Poisson count that are summed on either side of its mean; beyond lies less than 1e-30."""


def renewal_attainment(up_hours: float, down_hours: float, period_hours: float, target: float) -> float:
    """Return the probability that a share of at least `target` of a period is up time.

    Up times are exponential with mean `up_hours`, outages exponential with mean `down_hours`, in turn, and the period
    begins at a moment that knows nothing of them. Source: Tijms, A First Course in Stochastic Models (2003),
    corollary 8.3.2, after Takacs (1957). Raises UsageError for a duration or a target that is none.

    >>> round(renewal_attainment(1000, 1, 730.5, 0.999), 9)
    0.686568539
    """
    _check(up_hours, down_hours, period_hours, target)
    if target == 0 or down_hours == 0 or math.isinf(up_hours):
        return 1.0
    if up_hours == 0 or math.isinf(down_hours):
        return 0.0
    fails, mends = 1 / up_hours, 1 / down_hours
    if target == 1:
        return mends / (fails + mends) * math.exp(-fails * period_hours)
    up = target * period_hours
    counts, chances = _poisson(mends * (period_hours - up))
    more_than = gammainc(counts + 1, fails * up)
    at_least = np.where(counts == 0, 1.0, gammainc(np.maximum(counts, 1), fails * up))
    missed = (mends * (chances @ more_than) + fails * (chances @ at_least)) / (fails + mends)
    return min(1.0, max(0.0, 1 - float(missed)))


def incident_attainment(up_hours: float, down_hours: float, period_hours: float, target: float) -> float:
    """Return the probability that the outages of a period add up to at most a share of 1 - `target` of it.

    A Poisson number of outages, one an `up_hours` on average, each of exponential length with mean `down_hours`.
    Raises UsageError for a duration or a target that is none.

    >>> round(incident_attainment(2000, 4, 720, 0.999), 4)
    0.7397
    """
    _check(up_hours, down_hours, period_hours, target)
    if down_hours == 0 or math.isinf(up_hours) or target == 0:
        return 1.0
    if up_hours == 0 or math.isinf(down_hours):
        return 0.0
    counts, chances = _poisson(period_hours / up_hours)
    within = np.where(counts == 0, 1.0, gammainc(np.maximum(counts, 1), (1 - target) * period_hours / down_hours))
    return min(1.0, float(chances @ within))


def safe_promise(attained: Callable[[float], float], confidence: float = 0.95) -> float:
    """Return the highest target that is kept with at least `confidence`; `attained` gives the probability of a target.

    0.0 where no target above it is that safe.

    >>> month = safe_promise(lambda target: incident_attainment(2000, 4, 720, target))
    >>> round(100 * month, 3)
    98.809
    """
    if attained(1.0) >= confidence:
        return 1.0
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        if attained(middle) >= confidence:
            low = middle
        else:
            high = middle
    return low


def downtime_budget_minutes(target: float, period_minutes: float) -> float:
    """Return how many minutes a period may be down under a target: the error budget.

    >>> round(downtime_budget_minutes(0.999, 30 * 1440), 9)
    43.2
    """
    return (1 - target) * period_minutes


def burn_rate(used_minutes: float, budget_minutes: float, elapsed_share: float) -> float:
    """Return how fast a budget is used up: 1 spends it exactly at the period's end, 2 in half the period.

    `elapsed_share` is how much of the period has passed, above 0 and at most 1; a budget of 0 that was used at all
    burns infinitely fast.

    >>> round(burn_rate(20, 43.2, 10 / 30), 3)
    1.389
    """
    if not 0 < elapsed_share <= 1:
        raise UsageError(f"the elapsed share of a period is {elapsed_share}: give a fraction above 0 and at most 1")
    if budget_minutes == 0:
        return math.inf if used_minutes > 0 else 0.0
    return used_minutes / (budget_minutes * elapsed_share)


def _poisson(mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the counts around a Poisson mean that matter, and their probabilities."""
    width = _TAIL * math.sqrt(mean) + 40
    counts = np.arange(max(0, math.floor(mean - width)), math.ceil(mean + width) + 1, dtype=np.float64)
    if mean == 0:
        return counts, (counts == 0).astype(np.float64)
    return counts, np.exp(counts * math.log(mean) - mean - gammaln(counts + 1))


def _check(up_hours: float, down_hours: float, period_hours: float, target: float) -> None:
    if not (up_hours >= 0 and down_hours >= 0):
        raise UsageError(f"mean times of {up_hours} and {down_hours} hours: give durations of 0 or more")
    if not 0 < period_hours < math.inf:
        raise UsageError(f"a period of {period_hours} hours: give one above 0")
    if not 0 <= target <= 1:
        raise UsageError(f"a target of {target}: give a fraction from 0 to 1, like 0.999")
