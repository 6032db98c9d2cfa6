"""What each item does by itself: every way to say it, what contradicts, and what nobody said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from impact.availability.inputs import BASES, OwnInputs, own_inputs


def _own(estate: Any, **values: Any) -> tuple[OwnInputs, int]:
    built = estate("a", {"a": values})
    return own_inputs(built.snapshot), built.row("a")


def _shown(own: OwnInputs, row: int) -> tuple[str, float, float, float]:
    return BASES[own.basis[row]], own.unavailability[row], own.up_hours[row], own.down_hours[row]


# The classes of these tests: a Server has a default of 4,000 and 8 hours, a Room and a BusinessService have none.
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"mtbf_hours": 1000, "mttr_hours": 10}, ("entered", 10 / 1010, 1000, 10)),
        ({"mtbf_hours": 1000, "mttr_hours": 10, "reliability_basis": "measured"}, ("measured", 10 / 1010, 1000, 10)),
        ({"availability": 0.99, "mttr_hours": 10}, ("entered", 0.01, 990, 10)),
        ({"availability": 0.99, "mtbf_hours": 990}, ("entered", 0.01, 990, 10)),
        ({"availability": 0.99}, ("entered", 0.01, 792, 8)),
        ({"availability": 0.99, "class": "Room"}, ("entered", 0.01, math.nan, math.nan)),
        ({"availability": 1}, ("entered", 0, math.inf, 0)),
        ({"availability": 0}, ("entered", 1, 0, math.inf)),
        ({}, ("default", 8 / 4008, 4000, 8)),
        ({"reliability_basis": "measured"}, ("default", 8 / 4008, 4000, 8)),
        ({"mtbf_hours": 1000}, ("default", 8 / 1008, 1000, 8)),
        ({"mttr_hours": 2}, ("default", 2 / 4002, 4000, 2)),
        ({"mttr_hours": 2, "class": "Room"}, ("no_data", 0, math.nan, math.nan)),
        ({"mtbf_hours": 9, "class": "Room"}, ("no_data", 0, math.nan, math.nan)),
        ({"class": "Room"}, ("no_data", 0, math.nan, math.nan)),
        ({"class": "BusinessService"}, ("composed", 0, math.nan, math.nan)),
        ({"class": "BusinessService", "mttr_hours": 2}, ("no_data", 0, math.nan, math.nan)),
        ({"mtbf_hours": 500, "mttr_hours": 0}, ("entered", 0, 500, 0)),
        ({"mtbf_low_hours": 500, "mtbf_high_hours": 2000, "mttr_hours": 10}, ("entered", 10 / 1010, 1000, 10)),
    ],
)
def test_every_way_to_say_it(estate: Any, values: dict[str, Any], expected: tuple[Any, ...]) -> None:
    """Basis, unavailability, mean up time and mean time to restore; NaN where it is not known."""
    own, row = _own(estate, **values)
    found = _shown(own, row)
    assert found[0] == expected[0]
    assert found[1:] == pytest.approx(expected[1:], nan_ok=True)


def test_a_golden_component(estate: Any) -> None:
    """Section 2: MTBF 1,000 h and MTTR 10 h are 0.990099009901; 2,000 and 4 are 0.998004."""
    own, row = _own(estate, mtbf_hours=1000, mttr_hours=10)
    assert f"{1 - own.unavailability[row]:.12f}" == "0.990099009901"
    own, row = _own(estate, mtbf_hours=2000, mttr_hours=4)
    assert f"{1 - own.unavailability[row]:.6f}" == "0.998004"


@pytest.mark.parametrize(
    ("availability", "contradicts", "unavailability"),
    [
        (0.998, False, 4 / 2004),
        (0.9981, False, 4 / 2004),
        (0.99, True, 0.01),
        (0.9999, True, 4 / 2004),
        (1, True, 4 / 2004),
    ],
)
def test_the_worse_of_two_contradicting_figures_is_taken(
    estate: Any, availability: float, contradicts: bool, unavailability: float
) -> None:
    """Rounding is no contradiction; a real one never makes an item look better than either figure says."""
    own, row = _own(estate, availability=availability, mtbf_hours=2000, mttr_hours=4)
    assert (row in own.contradicting) == contradicts
    assert own.unavailability[row] == pytest.approx(unavailability)


def test_how_often_it_fails_by_the_calendar(estate: Any) -> None:
    """One failure a cycle of up and down; none where nothing ever fails or mends; unknown without a time to repair."""
    own, row = _own(estate, mtbf_hours=990, mttr_hours=10)
    assert own.failures_per_hour[row] == pytest.approx(0.001)
    for values in ({"availability": 1}, {"availability": 0}, {"class": "Room"}, {"class": "BusinessService"}):
        own, row = _own(estate, **values)
        assert own.failures_per_hour[row] == 0
    own, row = _own(estate, availability=0.99, **{"class": "Room"})
    assert np.isnan(own.failures_per_hour[row])


def test_planned_work_is_a_share_of_the_year(estate: Any) -> None:
    """48 hours a year are 4 of the 730 hours of a month."""
    own, row = _own(estate, maintenance_hours_per_year=48)
    assert own.planned[row] == pytest.approx(4 / 730)
    own, row = _own(estate)
    assert own.planned[row] == 0
