"""From counts to means and their ranges: golden U3, the edges, what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import UsageError
from impact.availability.estimating import FailureRate, jeffreys_rate, mean_up_time, rate_range


def _digits(rate: FailureRate) -> list[str]:
    return [f"{each:.5e}" for each in (rate.low, rate.middle, rate.high)]


def test_three_failures_in_ten_thousand_hours() -> None:
    """Golden U3 of the formulas page: chi-square and Jeffreys."""
    assert _digits(rate_range(3, 10_000))[::2] == ["8.17691e-05", "7.75366e-04"]
    found = mean_up_time(3, 10_000)
    assert (f"{found.low_hours:.2f}", f"{found.high_hours:.2f}") == ("1289.71", "12229.55")
    assert _digits(jeffreys_rate(3, 10_000)) == ["1.08367e-04", "3.17291e-04", "7.03357e-04"]


def test_no_failure_is_not_never() -> None:
    """Golden U3: the rate has a high end, the mean time a low one and nothing above it."""
    found = rate_range(0, 10_000)
    assert (found.low, found.middle, f"{found.high:.5e}") == (0, 0, "2.99573e-04")
    times = mean_up_time(0, 10_000)
    assert (times.hours, times.high_hours) == (math.inf, math.inf)
    assert times.low_hours == pytest.approx(1 / 2.99573e-4, rel=1e-5)


@given(st.integers(0, 500), st.floats(1, 1e7), st.floats(0.5, 0.99))
def test_a_range_holds_its_middle_and_more_confidence_widens_it(failures: int, hours: float, level: float) -> None:
    """Low, middle and high stand in order."""
    for estimate in (rate_range, jeffreys_rate):
        near, far = estimate(failures, hours, level), estimate(failures, hours, (1 + level) / 2)
        assert far.low <= near.low <= near.middle <= near.high <= far.high


@pytest.mark.parametrize("arguments", [(-1, 10), (1.5, 10), (1, 0), (1, math.inf), (1, 10, 1.0)])
def test_nonsense_is_refused(arguments: tuple[float, ...]) -> None:
    """Negative counts, no time, certainty."""
    with pytest.raises(UsageError):
        rate_range(*arguments)  # type: ignore[arg-type]
