"""The answer about availability, with what it rests on. Its JSON is the contract of the command line.

`impact.availability.answer` fills it; frontends show it. Availabilities and shares are fractions from 0 to 1; a month
is 730 hours, a year 8,760.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from impact.availability.verdict import Verdict
from impact.finding import Finding, Row
from impact.lazy import LazyRows

__all__ = [
    "Attainment",
    "AvailabilityFinding",
    "Basis",
    "Contributor",
    "CostlyItem",
    "DowntimeCost",
    "EnterFirst",
    "ExperiencedAvailability",
    "ServiceAvailability",
    "UncertaintyRange",
]


class Contributor(Row):
    """An item, or the common cause of a pool, and its part in a service's downtime."""

    id: str | None = Field(description="Null for a common cause.")
    name: str
    class_name: str | None = Field(alias="class")
    members: list[str] = Field(description="Of a common cause: the items it strikes together; else empty.")
    basis: Literal["measured", "entered", "default", "no_data", "composed"]
    unavailability: float = Field(description="The share of time it is down by its own failures.")
    birnbaum: float = Field(description="P(service down | it is down) - P(service down | it is up).")
    criticality: float | None = Field(
        description="1 - P(service down | it never fails) / P(service down). This and the next four: of named items."
    )
    diagnostic: float | None = Field(description="P(it is down | service down).")
    fussell_vesely: float | None = Field(
        description="P(a minimal cut set with it has failed) / P(service down); null where that takes too long."
    )
    risk_achievement_worth: float | None = Field(description="P(service down | it is down) / P(service down).")
    risk_reduction_worth: float | None = Field(
        description="P(service down) / P(service down | it never fails); null where nothing else fails."
    )
    minutes_per_month: float = Field(description="Downtime of the service that would not be if it never failed.")
    minutes_per_year: float
    share: float = Field(description="Its part of the downtime attributed to failures; all parts add up to 1.")
    pair_saves_minutes_per_month: float | None = Field(
        description="Downtime saved if it were two that fail independently, either of which is enough."
    )


class Basis(Row):
    """Shares of the expected downtime by where the figures behind it come from."""

    measured: float
    entered: float
    default: float


class EnterFirst(Row):
    """An item whose own figures would tell the most, for now they are defaults or missing."""

    id: str
    name: str
    class_name: str = Field(alias="class")
    basis: Literal["default", "no_data"]
    minutes_per_year: float | None = Field(description="Downtime attributed to it on the default; null without data.")
    source: str = Field(description="Where the default comes from; empty without data.")


class CostlyItem(Row):
    """An item and the downtime that all services asked about owe to it."""

    id: str
    name: str
    class_name: str = Field(alias="class")
    basis: Literal["measured", "entered", "default", "no_data", "composed"]
    services: int = Field(description="Services that are down the less if it never fails.")
    service_minutes_per_year: float = Field(description="Their downtime that would not be, added up.")
    share: float = Field(description="Of all downtime attributed to items, services weighted by criticality x users.")


class ExperiencedAvailability(Row):
    """Planned work included: what users notice."""

    availability: float
    downtime_minutes_per_month: float
    downtime_minutes_per_year: float
    planned_hours_per_year: float = Field(description="Hours of work a year on items of which the service notices.")
    one_at_a_time: bool = Field(
        description="Work was taken to be on one item at a time; false where it takes more than a year together."
    )


class Attainment(Row):
    """How likely the target is kept. An approximation: one kind of outage, of exponential length."""

    month: float | None = Field(description="Probability that a month keeps the target; null without a target.")
    year: float | None
    safe_month: float | None = Field(
        description="The target that 95 % of months keep; of named items, and null where too little is known."
    )
    safe_year: float | None
    method: Literal["approximation"] = "approximation"


class UncertaintyRange(Row):
    """Where a named item's availability lies, as far as the recorded ranges of mean times tell: 5, 50, 95 %."""

    low: float
    median: float
    high: float
    mean: float
    items_with_range: int
    items: int = Field(description="Items whose failures count; those without a range were taken to be exact.")
    samples: int


class DowntimeCost(Row):
    """What downtime costs, from recorded inputs alone."""

    user_hours_per_year: float | None = Field(
        description="Users times hours down; by the weekly usage profile where one is recorded, else all of them."
    )
    by_usage: bool = Field(description="The weekly profile was used.")
    paid_while_down_per_year: float | None = Field(description="The part of the service's yearly_cost.")


class ServiceAvailability(Row):
    """The availability of one service, as designed: failures alone, planned work left out."""

    id: str
    external_ids: dict[str, str]
    name: str
    class_name: str = Field(alias="class")
    criticality: str | None
    users: int | None
    availability: float | None = Field(description="Null when it is not modelled; a middle value of an interval.")
    method: Literal["exact", "interval", "estimate", "not_modelled"]
    low: float | None
    high: float | None
    confidence: float | None = Field(description="Of the bounds of an estimate; null where they are certain.")
    at_most: bool = Field(description="It stands on items without data, so the figure is an upper bound.")
    unavailability: float | None = Field(description="1 - availability, with all its digits.")
    downtime_minutes_per_month: float | None
    downtime_minutes_per_year: float | None
    experienced: ExperiencedAvailability | None
    outages_per_year: float | None = Field(description="Null where an item gives no time to repair.")
    mean_outage_minutes: float | None
    mean_up_hours: float | None
    defaults_used: int = Field(description="Items whose figures are defaults of their classes, in whole or in part.")
    no_data: int = Field(description="Items of which nothing is known.")
    basis: Basis | None
    enter_first: list[EnterFirst]
    target: float | None
    budget_minutes_per_month: float | None = Field(description="Downtime that the target allows.")
    downtime_budget_minutes: float | None = Field(
        description="As it is recorded; the record does not say for how long."
    )
    verdict: Verdict
    verdict_because: str
    attainment: Attainment | None
    uncertainty: UncertaintyRange | None
    cost: DowntimeCost
    contributors: list[Contributor] = Field(description="The largest first.")
    contributors_total: int
    explanation: list[str] = Field(description="The answer in sentences, where it was asked for.")


class AvailabilityFinding(Finding):
    """How available services are, and what that rests on."""

    revision: int
    revision_at: str
    now: bool = Field(description="What is down by status counts as down; else the design is judged.")
    services: LazyRows[ServiceAvailability]
    enter_first: list[EnterFirst] = Field(description="Over all services, weighted by criticality and users.")
    worst: list[CostlyItem] = Field(description="The items behind most of the downtime, weighted in the same way.")
    warnings: list[str]
