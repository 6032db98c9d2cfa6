"""Decayed history by group, and how good predictions were, against golden numbers."""

from __future__ import annotations

import datetime as dt

import pytest

from cmdb.errors import UsageError
from cmdb.model.circumstances import ChangeSettings, PastChange
from impact.risk.calibration import calibration_of, intercept_shift, loss_ratio
from impact.risk.formula import group_rate
from impact.risk.history import history_for

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


def past(age_days: float, *, failed: bool, **more: object) -> PastChange:
    closed = (NOW - dt.timedelta(days=age_days)).isoformat()
    return PastChange("X", closed, failed, **more)  # type: ignore[arg-type]


def test_decay_by_half_a_year_on_year() -> None:
    seen = [past(age, failed=age in (10, 400, 800), team="x") for age in (10, 40, 100, 200, 400, 500, 700, 800)]

    (group,) = history_for(seen, NOW, ChangeSettings(), team="x").groups

    assert group.failed == pytest.approx(1.66792, abs=5e-6)
    assert group.total == pytest.approx(4.75739, abs=5e-6)
    assert (group.told_failed, group.told_total) == (3, 8)
    assert group_rate(group, 0.045, ChangeSettings()) == pytest.approx(0.10372, abs=5e-6)


def test_groups_are_counted_apart_and_what_lies_ahead_is_left_out() -> None:
    seen = [
        past(0, failed=True, team="web", classes=("Server", "Server")),
        past(0, failed=False, team="mail", classes=("Server",), model="patch"),
        past(-1, failed=True, team="web", classes=("Server",)),
    ]

    found = history_for(seen, NOW, ChangeSettings(), classes=["Server", "Switch"], team="web", model="patch")

    assert (found.failed, found.total) == (1.0, 2.0)
    assert [(each.kind, each.name, each.told_failed, each.told_total) for each in found.groups] == [
        ("class", "Server", 1, 2),
        ("class", "Switch", 0, 0),
        ("team", "web", 1, 1),
        ("model", "patch", 0, 1),
    ]


def test_calibration_goldens() -> None:
    found = calibration_of((0.1, 0.1, 0.2, 0.4, 0.8), (False, False, True, False, True))

    assert found.brier == pytest.approx(0.172)
    assert found.skill == pytest.approx(0.28333, abs=5e-6)
    assert found.area == pytest.approx(5 / 6)
    assert found.z == pytest.approx(0.244949, abs=5e-7)
    assert (found.changes, found.failures, found.base_rate, found.alarm, found.enough) == (5, 2, 0.4, False, False)


def test_the_intercept_makes_the_predictions_add_up() -> None:
    predicted, failed = [0.02] * 500, [at < 40 for at in range(500)]
    shift = intercept_shift(predicted, failed)
    found = calibration_of(predicted, failed)

    assert shift is not None
    assert 500 / (1 + (0.98 / 0.02) * 2.718281828459045**-shift) == pytest.approx(40)
    assert (found.enough, found.alarm) == (True, True)


def test_ten_bins_of_equally_many() -> None:
    found = calibration_of([0.01 * at + 0.005 for at in range(100)], [at >= 50 for at in range(100)])

    assert [each.changes for each in found.bins] == [10] * 10
    assert found.bins[0].failed == 0.0
    assert found.bins[-1].failed == 1.0


def test_an_empty_history_is_said_so() -> None:
    with pytest.raises(UsageError, match="no closed change has a prediction"):
        calibration_of((), ())
    assert calibration_of((0.1,), (False,)).skill is None
    assert loss_ratio((), ()) is None
    assert loss_ratio((10, 20, 0), (20, 30, 5)) == pytest.approx(1.75)
