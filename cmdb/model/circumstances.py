"""Circumstances: what an answer about a change rests on beside the estate itself. The seam of change management.

The record gives it, analyses take it. `now` is part of it, for an analysis has no clock.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from cmdb.model.calendar import CalendarRule
from cmdb.model.change import ChangeStanding, ChangeType
from cmdb.model.outage import Outage

__all__ = ["ChangeSettings", "Circumstances", "PastChange"]


class PastChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change that is over, for the statistics: here or in another tool. Never a person's name.

    `predicted` is the failure probability that was stated before it, None where nobody did.
    """

    number: str
    closed_at: str
    failed: bool
    classes: tuple[str, ...] = ()
    team: str | None = None
    model: str | None = None
    type: ChangeType = "normal"
    predicted: float | None = None
    predicted_user_minutes: float | None = None
    realised_user_minutes: float | None = None


class ChangeSettings(msgspec.Struct, frozen=True):
    """A site's numbers. Those of the risk are expert priors until calibration replaces them; `origins` says which.

    Sources and meaning: shared mathematics, "Change risk" in docs/explanation. Times in minutes, history in days.
    """

    zone: str = "UTC"
    detect_minutes: float = 10.0
    required_lead_days: float = 5.0
    reserve: int = 1
    """Fewer further single failures than this left to a service is a conflict of kind `margin`."""
    half_life_days: float = 365.0
    prior_failures: float = 1.0
    prior_changes: float = 20.0
    shrinkage: float = 20.0
    standard_term: float = -1.0
    emergency_term: float = 0.9
    written_term: float = 0.3
    """Of a back-out plan that is written but untested; a tested one adds nothing."""
    no_back_out_term: float = 0.7
    partial_tests_term: float = 0.2
    no_tests_term: float = 0.5
    lead_weight: float = 0.5
    concurrency_weight: float = 0.25
    concurrency_most: float = 0.75
    intercept: float = 0.0
    """Added to the logit of every failure probability: the rolling intercept of the last calibration."""
    loss_at_full_score: float = 10_000.0
    """Weighted user-hours that make a score of 100."""
    default_users: int = 50
    """Stands in where a service does not say how many use it; every answer lists where it did."""
    default_criticality: Literal["low", "medium", "high", "vital"] = "high"
    """Stands in where a service does not say how much it matters."""
    failure_days: float = 7.0
    """An incident this soon after a change that hits its items makes it a failed one."""
    origins: dict[str, str] = msgspec.field(default_factory=dict)
    """By name of a number above: where it comes from, where that is no longer "expert prior"."""


class Circumstances(msgspec.Struct, frozen=True):
    """Everything beside the estate: the time (aware), the other changes, open outages, calendar, history, settings."""

    now: dt.datetime
    changes: tuple[ChangeStanding, ...] = ()
    outages: tuple[Outage, ...] = ()
    calendar: tuple[CalendarRule, ...] = ()
    history: tuple[PastChange, ...] = ()
    settings: ChangeSettings = ChangeSettings()
    downtime: dict[str, float] = msgspec.field(default_factory=dict)
    """By item (record id): minutes it was down by recorded outages in the last 30 days, open ones included."""
    down_spans: dict[str, tuple[tuple[dt.datetime, dt.datetime], ...]] = msgspec.field(default_factory=dict)
    """The same outages as spans of time: what they brought down with them is found by the analyses."""
