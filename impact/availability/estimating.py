"""From what was counted to what may be entered: mean times with the ranges that the data bear. Numbers only.

Three failures in 10,000 hours of operation are not "MTBF 3,333 h": the true mean may well be 1,300 or 12,000. What is
given here goes into `mtbf_hours`, `mtbf_low_hours` and `mtbf_high_hours`, all in hours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import gammaincinv

from cmdb.errors import UsageError

__all__ = ["FailureRate", "MeanTime", "jeffreys_rate", "mean_up_time", "rate_range"]


@dataclass(frozen=True, slots=True)
class FailureRate:
    """Failures per hour: a middle value and the range that holds the true rate with the confidence asked for."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class MeanTime:
    """A mean time in hours and its range; infinite where no failure was seen, so that nothing bounds it above."""

    low_hours: float
    hours: float
    high_hours: float


def rate_range(failures: int, hours: float, confidence: float = 0.9) -> FailureRate:
    """Return the classical range of a failure rate from a count of failures in hours of operation (time-censored).

    Chi-square: the ends are `chi2(alpha/2, 2r) / 2T` and `chi2(1 - alpha/2, 2r + 2) / 2T` (IEC 60605-4). Without a
    failure the low end and the middle are 0 and the high end is one-sided at 1 - alpha/2. Raises UsageError.

    >>> found = rate_range(3, 10_000)
    >>> f"{found.low:.5e} {found.high:.5e}"
    '8.17691e-05 7.75366e-04'
    """
    _check(failures, hours, confidence)
    tail = (1 - confidence) / 2
    # chi2(p, 2k) / 2 is the inverse of the regularised gamma function at k.
    low = float(gammaincinv(failures, tail)) / hours if failures else 0.0
    return FailureRate(low, failures / hours, float(gammaincinv(failures + 1, 1 - tail)) / hours)


def jeffreys_rate(failures: int, hours: float, confidence: float = 0.9) -> FailureRate:
    """Return the Bayesian range of a failure rate under Jeffreys' prior: Gamma(r + 1/2, T), its median in the middle.

    It says something even where no failure was seen. Raises UsageError. Source: NUREG/CR-6823, section 6.2.2.5.

    >>> found = jeffreys_rate(3, 10_000)
    >>> f"{found.low:.5e} {found.middle:.5e} {found.high:.5e}"
    '1.08367e-04 3.17291e-04 7.03357e-04'
    """
    _check(failures, hours, confidence)
    tail = (1 - confidence) / 2
    low, middle, high = (float(gammaincinv(failures + 0.5, each)) / hours for each in (tail, 0.5, 1 - tail))
    return FailureRate(low, middle, high)


def mean_up_time(failures: int, hours: float, confidence: float = 0.9) -> MeanTime:
    """Return the mean up time that a count of failures bears, with its classical range.

    >>> found = mean_up_time(3, 10_000)
    >>> round(found.low_hours, 2), round(found.hours, 2), round(found.high_hours, 2)
    (1289.71, 3333.33, 12229.55)
    """
    rate = rate_range(failures, hours, confidence)
    return MeanTime(1 / rate.high, _inverse(rate.middle), _inverse(rate.low))


def _inverse(rate: float) -> float:
    return 1 / rate if rate > 0 else math.inf


def _check(failures: int, hours: float, confidence: float) -> None:
    if failures < 0 or failures != int(failures):
        raise UsageError(f"{failures} failures: give a whole count of 0 or more")
    if not 0 < hours < math.inf:
        raise UsageError(f"{hours} hours of operation: give a time above 0")
    if not 0 < confidence < 1:
        raise UsageError(f"a confidence of {confidence}: give a fraction between 0 and 1, like 0.9")
