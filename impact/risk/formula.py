"""The formula of change risk: failure probability, time to restore, expected loss, budget share, score and band.

Takes `RiskInputs`, gives `Score`. The a-terms are expert priors (`ChangeSettings`); the rest is counted or measured.
Source: shared mathematics, section 1; on two public change logs the untrained model ranked better than a trained one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from cmdb.model.circumstances import ChangeSettings
from impact.risk.inputs import Group, History, RiskInputs

__all__ = [
    "BANDS",
    "Band",
    "Score",
    "band_of",
    "base_rate",
    "failure_probability",
    "group_rate",
    "groups_that_count",
    "logit",
    "restore_minutes",
    "score_of",
    "worse",
]

Band = Literal["low", "medium", "high", "very_high"]
BANDS: Final[tuple[Band, ...]] = ("low", "medium", "high", "very_high")

_ENDS: Final = (25.0, 50.0, 75.0)
_LEAST: Final = 0.001
_MOST: Final = 0.95


@dataclass(frozen=True, slots=True)
class Score:
    """What the formula gives.

    `failure_probability` from 0 to 1; `outage_minutes` is how long an outage lasts if it fails. `expected_loss` and
    `loss_if_fails` are weighted user-hours. `budget_share` is None where no service has an agreement. `raw` is the
    score before it is cut at 100, `band` that of the score alone, without floors.
    """

    failure_probability: float
    outage_minutes: float
    expected_loss: float
    loss_if_fails: float
    budget_share: float | None
    raw: float

    @property
    def score(self) -> float:
        """The score that is shown, at most 100."""
        return min(100.0, self.raw)

    @property
    def band(self) -> Band:
        """The band of the score alone."""
        return band_of(self.raw)


def logit(p: float) -> float:
    """Return the logarithm of the odds of a probability."""
    return math.log(p / (1.0 - p))


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))


def band_of(score: float) -> Band:
    """Return the band of a score: below 25 low, below 50 medium, below 75 high, else very high."""
    return BANDS[sum(score >= end for end in _ENDS)]


def worse(one: Band, other: Band) -> Band:
    """Return the worse of two bands."""
    return BANDS[max(BANDS.index(one), BANDS.index(other))]


def base_rate(history: History, settings: ChangeSettings) -> float:
    """Return p0, the failure rate of all changes, shrunk to the prior (1 of 20 where nothing is known)."""
    return (settings.prior_failures + history.failed) / (settings.prior_changes + history.total)


def group_rate(group: Group, p0: float, settings: ChangeSettings) -> float:
    """Return the failure rate of a group, shrunk to the base rate."""
    return (settings.shrinkage * p0 + group.failed) / (settings.shrinkage + group.total)


def groups_that_count(history: History, settings: ChangeSettings) -> list[tuple[Group, float]]:
    """Return the groups that count with their rates: of each kind the worst one."""
    p0 = base_rate(history, settings)
    worst: dict[str, tuple[Group, float]] = {}
    for group in history.groups:
        rate = group_rate(group, p0, settings)
        if group.kind not in worst or rate > worst[group.kind][1]:
            worst[group.kind] = group, rate
    return list(worst.values())


def failure_probability(inputs: RiskInputs) -> float:
    """Return P, the probability that the change fails, within 0.001 and 0.95."""
    settings = inputs.settings
    start = logit(base_rate(inputs.history, settings))
    log_odds = start + sum(logit(rate) - start for _, rate in groups_that_count(inputs.history, settings))
    log_odds += {"standard": settings.standard_term, "normal": 0.0, "emergency": settings.emergency_term}[inputs.type]
    log_odds += {"tested": 0.0, "written": settings.written_term, "none": settings.no_back_out_term}[inputs.back_out]
    log_odds += {"full": 0.0, "partial": settings.partial_tests_term, "none": settings.no_tests_term}[inputs.tests]
    if inputs.required_lead_days > 0:
        log_odds += settings.lead_weight * min(1.0, max(0.0, 1.0 - inputs.lead_days / inputs.required_lead_days))
    log_odds += min(settings.concurrency_most, settings.concurrency_weight * inputs.concurrent)
    return min(_MOST, max(_LEAST, _probability(log_odds + settings.intercept)))


def restore_minutes(inputs: RiskInputs) -> float:
    """Return how long restoring takes if it fails: by a tested plan as it says, by an untested one twice as long."""
    minutes = inputs.back_out_minutes
    if inputs.back_out == "none" or minutes is None:
        return inputs.mttr_minutes
    return min(inputs.mttr_minutes, minutes if inputs.back_out == "tested" else 2.0 * minutes)


def score_of(inputs: RiskInputs) -> Score:
    """Return the score of a change: the larger of its expected loss, on a logarithmic scale, and its budget share."""
    failing = failure_probability(inputs)
    outage = inputs.settings.detect_minutes + restore_minutes(inputs)
    expected = if_fails = 0.0
    shares: list[float] = []
    for each in inputs.services:
        people = each.weight * each.users
        if_failed = each.down if each.down_if_fails is None else max(each.down, each.down_if_fails)
        expected += people * (each.down * each.planned_minutes + failing * if_failed * outage) / 60.0
        if_fails += people * if_failed * outage / 60.0
        if each.budget_left_minutes is not None:
            planned = 0.0 if each.planned_excluded else each.down * each.planned_minutes
            shares.append((planned + failing * if_failed * outage) / max(1.0, each.budget_left_minutes))
    by_loss = 100.0 * math.log10(1.0 + expected) / math.log10(1.0 + inputs.settings.loss_at_full_score)
    share = max(shares) if shares else None
    return Score(failing, outage, expected, if_fails, share, max(by_loss, 100.0 * (share or 0.0)))
