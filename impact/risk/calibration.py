"""How good the predictions were: base rate, Brier score and skill, reliability, Spiegelhalter's z, rolling intercept.

Takes predicted probabilities and what happened (1: the change failed), gives `Calibration`. No model is fitted beyond
the intercept: a fitted slope made calibration worse under drift. Sources: Brier (1950); Spiegelhalter (1986).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Final, NamedTuple

from cmdb.errors import UsageError
from impact.risk.formula import logit

__all__ = ["FAILURES_NEEDED", "Calibration", "ReliabilityBin", "calibration_of", "intercept_shift", "loss_ratio"]

FAILURES_NEEDED: Final = 20
"""Failures from which on the intercept may be moved."""
_BINS: Final = 10
_ALARM: Final = 2.0
_REACH: Final = 20.0


class ReliabilityBin(NamedTuple):
    """One of ten bins of equally many predictions: how many, what they said on average, and what share failed."""

    changes: int
    predicted: float
    failed: float


class Calibration(NamedTuple):
    """How good predictions were.

    `skill` is 1 - Brier / Brier of always stating the base rate; None where all or none failed. `area` is the
    probability that a failed change was rated above one that did not fail (AUC), None likewise. `z` beyond 2 either
    way is an alarm: the predictions are off by more than chance. `shift` would be added to every log-odds, and is to
    be applied only where `enough`.
    """

    changes: int
    failures: int
    base_rate: float
    brier: float
    skill: float | None
    area: float | None
    expected_calibration_error: float
    z: float | None
    alarm: bool
    bins: tuple[ReliabilityBin, ...]
    shift: float | None
    enough: bool


def calibration_of(predicted: Sequence[float], failed: Sequence[bool]) -> Calibration:
    """Return how good the predictions were; raises UsageError for none, or for a probability outside 0 to 1."""
    if not predicted:
        raise UsageError("no closed change has a prediction; assess changes before they start, then close them")
    if any(not 0.0 < each < 1.0 for each in predicted):
        raise UsageError("a predicted failure probability is not between 0 and 1")
    outcome = [float(each) for each in failed]
    count, failures = len(outcome), int(sum(outcome))
    rate = failures / count
    brier = sum((p - y) ** 2 for p, y in zip(predicted, outcome, strict=True)) / count
    spread = rate * (1.0 - rate)
    bins = _bins(predicted, outcome)
    variance = sum((1.0 - 2.0 * p) ** 2 * p * (1.0 - p) for p in predicted)
    z = None
    if variance > 0:
        z = sum((y - p) * (1.0 - 2.0 * p) for p, y in zip(predicted, outcome, strict=True)) / math.sqrt(variance)
    return Calibration(
        changes=count,
        failures=failures,
        base_rate=rate,
        brier=brier,
        skill=1.0 - brier / spread if spread else None,
        area=_area(predicted, outcome),
        expected_calibration_error=sum(each.changes * abs(each.predicted - each.failed) for each in bins) / count,
        z=z,
        alarm=z is not None and abs(z) > _ALARM,
        bins=bins,
        shift=intercept_shift(predicted, failed),
        enough=failures >= FAILURES_NEEDED,
    )


def _bins(predicted: Sequence[float], outcome: Sequence[float]) -> tuple[ReliabilityBin, ...]:
    order = sorted(range(len(predicted)), key=lambda at: predicted[at])
    many = min(_BINS, len(order))
    found = []
    for each in range(many):
        of_bin = order[each * len(order) // many : (each + 1) * len(order) // many]
        found.append(
            ReliabilityBin(
                len(of_bin),
                sum(predicted[at] for at in of_bin) / len(of_bin),
                sum(outcome[at] for at in of_bin) / len(of_bin),
            )
        )
    return tuple(found)


def _area(predicted: Sequence[float], outcome: Sequence[float]) -> float | None:
    """Return the area under the curve by ranks, ties at half."""
    failures = int(sum(outcome))
    others = len(outcome) - failures
    if not failures or not others:
        return None
    order = sorted(range(len(predicted)), key=lambda at: predicted[at])
    ranks, at = 0.0, 0
    while at < len(order):
        end = at
        while end < len(order) and predicted[order[end]] == predicted[order[at]]:
            end += 1
        ranks += (at + 1 + end) / 2.0 * sum(outcome[each] for each in order[at:end])
        at = end
    return (ranks - failures * (failures + 1) / 2.0) / (failures * others)


def intercept_shift(predicted: Sequence[float], failed: Sequence[bool]) -> float | None:
    """Return b that solves sum of sigma(logit p + b) = failures, by bisection; None where all or none failed."""
    wanted = sum(map(bool, failed))
    if not 0 < wanted < len(predicted):
        return None
    odds = [logit(p) for p in predicted]
    low, high = -_REACH, _REACH
    for _ in range(80):
        middle = (low + high) / 2.0
        if sum(1.0 / (1.0 + math.exp(-(each + middle))) for each in odds) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def loss_ratio(predicted_minutes: Sequence[float], realised_minutes: Sequence[float]) -> float | None:
    """Return the median of realised / predicted user-minutes; None where nothing was predicted.

    More than 1: changes cost more than was said.
    """
    ratios = [real / said for said, real in zip(predicted_minutes, realised_minutes, strict=True) if said > 0]
    return median(ratios) if ratios else None
