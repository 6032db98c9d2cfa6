"""How likely a promise is kept: every golden number of the formulas page, the edges, and what must be monotone."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import UsageError
from impact.availability.attainment import (
    burn_rate,
    downtime_budget_minutes,
    incident_attainment,
    renewal_attainment,
    safe_promise,
)


@pytest.mark.parametrize(
    ("up", "down", "period", "target", "golden"),
    [
        (1000, 1, 730.5, 0.999, 0.686568539),
        (1000, 1, 8766, 0.999, 0.548736021),
        (720, 0.5, 720, 0.999, 0.738034164),
        (5000, 4, 730.5, 0.999, 0.884797088),
        (5000, 4, 730.5, 0.9999, 0.865689763),
        (2000, 2, 730.5, 0.995, 0.933708393),
        (1000, 1, 730.5, 1.0, 0.481186909),
    ],
)
def test_the_table_of_attainment(up: float, down: float, period: float, target: float, golden: float) -> None:
    """Section 9 of the formulas page, to every digit shown."""
    assert f"{renewal_attainment(up, down, period, target):.9f}" == f"{golden:.9f}"


# One of two in cold standby, exponential life of mean 1, repair of mean 1/8, seen over a period of 1.
DETERMINISTIC = 1 - math.exp(-0.125)
ERLANG_2 = 1 - (1 / (1 + 0.125 / 2)) ** 2


@pytest.mark.parametrize(
    ("lost", "table"),
    [(DETERMINISTIC, (0.1175, 0.0859, 0.0537, 0.0243)), (ERLANG_2, (0.1175, 0.0946, 0.0683, 0.0395))],
)
def test_the_published_table_of_a_standby_pair(lost: float, table: tuple[float, ...]) -> None:
    """Tijms, table 8.3.1: the probability that more than 0, 2, 5 and 10 % of the time is down.

    `lost` is the probability that a unit dies before the other is repaired.
    """
    up, down = 1 / lost, (0.125 - lost) / lost

    found = [1 - renewal_attainment(up, down, 1, target) for target in (1.0, 0.98, 0.95, 0.9)]

    assert found == pytest.approx(table, abs=0.00051)


@pytest.mark.parametrize(
    ("period", "target", "golden"),
    [
        (720, 0.99, 0.9331),
        (720, 0.995, 0.8574),
        (720, 0.998, 0.7760),
        (720, 0.999, 0.7397),
        (8760, 0.995, 0.9682),
        (8760, 0.998, 0.5684),
        (8760, 0.999, 0.2542),
    ],
)
def test_the_promise_quantile(period: float, target: float, golden: float) -> None:
    """Section 5 of the other formulas page: mean up time 2,000 h, mean outage 4 h."""
    assert f"{incident_attainment(2000, 4, period, target):.4f}" == f"{golden:.4f}"


@pytest.mark.parametrize(("period", "golden"), [(720, "98.809"), (8760, "99.545")])
def test_the_promise_that_is_safe_at_95_percent(period: float, golden: str) -> None:
    """The same section: what can be promised for a month and for a year."""
    found = safe_promise(lambda target: incident_attainment(2000, 4, period, target))
    assert f"{100 * found:.3f}" == golden


def test_error_budget_and_burn_rate() -> None:
    """99.9 % of 30 days are 43.2 minutes; 20 of them in 10 days burn 1.389 times as fast as they may."""
    budget = downtime_budget_minutes(0.999, 30 * 24 * 60)
    assert (f"{budget:.1f}", f"{budget - 20:.1f}") == ("43.2", "23.2")
    assert f"{burn_rate(20, budget, 10 / 30):.3f}" == "1.389"
    assert burn_rate(0, 0, 0.5) == 0
    assert burn_rate(1, 0, 0.5) == math.inf


@pytest.mark.parametrize("attained", [renewal_attainment, incident_attainment])
class TestEdges:
    """What never fails, never mends or never ends."""

    def test_the_edges(self, attained: type[renewal_attainment]) -> None:  # type: ignore[valid-type]
        """No outage keeps every promise, an endless one breaks every promise but the empty one."""
        assert attained(math.inf, 4, 730, 1.0) == 1
        assert attained(1000, 0, 730, 0.999) == 1
        assert attained(1000, 5, 730, 0.0) == 1
        assert attained(0, 5, 730, 0.5) == 0
        assert attained(1000, math.inf, 730, 0.5) == 0

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [((-1, 1, 1, 0.5), "durations"), ((1, 1, 0, 0.5), "period"), ((1, 1, 1, 99.9), "target")],
    )
    def test_nonsense_is_refused(self, attained, arguments, word) -> None:  # type: ignore[no-untyped-def]
        """A clear message instead of a wrong number; a bare 99.9 is no target."""
        with pytest.raises(UsageError, match=word):
            attained(*arguments)

    def test_long_periods_with_very_short_outages(self, attained) -> None:  # type: ignore[no-untyped-def]
        """Very many outages add up to their mean, and nothing overflows."""
        assert attained(1, 1e-6, 8760, 0.99) == pytest.approx(1)
        assert attained(1, 0.1, 87600, 0.99) == pytest.approx(0)


HOURS = st.floats(0.01, 1e5)


@given(HOURS, HOURS, st.floats(1, 1e5), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_target_is_never_easier(up: float, down: float, period: float, one: float, other: float) -> None:
    """Both are probabilities, and fall as the target rises."""
    low, high = sorted((one, other))
    for attained in (renewal_attainment, incident_attainment):
        easy, hard = attained(up, down, period, low), attained(up, down, period, high)
        assert 0 <= hard <= easy + 1e-9 <= 1 + 1e-9


@given(st.floats(10, 1e5), st.floats(0.01, 100), st.floats(0.5, 0.99))
def test_a_safe_promise_is_kept_as_often_as_asked_and_no_higher_one_is(
    up: float, down: float, confidence: float
) -> None:
    """It lies at the edge."""

    def attained(target: float) -> float:
        return renewal_attainment(up, down, 730, target)

    safe = safe_promise(attained, confidence)
    assert attained(safe) >= confidence
    if safe < 1:
        assert attained(min(1, safe + 1e-9)) <= confidence + 1e-6


def test_a_promise_may_be_impossible() -> None:
    """What is nearly always down can promise nothing."""
    assert safe_promise(lambda target: renewal_attainment(1, 1e6, 730, target)) < 0.05
    with pytest.raises(UsageError, match="elapsed share"):
        burn_rate(1, 2, 0)
