"""The difference that a hypothesis makes to today: what frontends show and scripts read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from impact.finding import Finding, Row, StateName
from impact.lazy import LazyRows

__all__ = [
    "ItemDifference",
    "PoolDifference",
    "ServiceDifference",
    "SinglePointDifference",
    "SupposedItem",
    "WhatIfFinding",
]

Method = Literal["exact", "interval", "estimate", "not_modelled"]


class SupposedItem(Row):
    """An item that is only supposed."""

    id: str
    name: str
    class_name: str = Field(alias="class")


class ServiceDifference(Row):
    """A service that the hypothesis reaches, today and then."""

    id: str
    name: str
    class_name: str = Field(alias="class")
    criticality: str | None
    users: int | None
    state_before: StateName | None = Field(description="Null for a service that is only supposed.")
    state: StateName | None = Field(description="Null for a service that is gone.")
    availability_before: float | None = Field(description="Null where it is not modelled.")
    availability: float | None
    method_before: Method | None
    method: Method | None
    downtime_minutes_per_month_before: float | None = Field(description="Expected, in a month of 730 hours.")
    downtime_minutes_per_month: float | None
    saved_minutes_per_month: float | None = Field(
        description="Below 0 where the hypothesis costs minutes; null too where a gain would rest on lost data."
    )
    at_most_before: bool = Field(description="It stands on items without data: the availability is an upper bound.")
    at_most: bool
    single_points_before: int = Field(description="Items whose loss alone brings the service down.")
    single_points: int
    data_lost: bool = Field(
        description="A requirement below the service is met by nobody then: what looks better may be only unknown."
    )


class ItemDifference(Row):
    """An item that is no service and is in another state."""

    id: str
    name: str
    class_name: str = Field(alias="class")
    state_before: StateName
    state: StateName


class SinglePointDifference(Row):
    """An item that becomes a single point of failure of some services, or ceases to be one."""

    change: Literal["new", "gone"]
    id: str
    name: str
    class_name: str = Field(alias="class")
    services: list[str] = Field(description="Ids of the services concerned, by criticality and users.")
    weight: int = Field(description="Sum over these of criticality weight times users (at least 1).")


class PoolDifference(Row):
    """A pool of other strength. `margin` is members up less members needed; null where there is no such pool."""

    consumer: str
    name: str = Field(description="The consumer's name.")
    pool: str
    n_before: int | None
    need_before: int | None
    margin_before: int | None
    n: int | None
    need: int | None
    margin: int | None
    change: Literal["gained", "lost", "same"] = Field(description="What becomes of the margin.")


class WhatIfFinding(Finding):
    """What differs from today if all of this were so."""

    revision: int
    revision_at: str
    hypothetical: Literal[True] = True
    title: str
    steps: list[str] = Field(description="What is supposed, each step a sentence.")
    notes: list[str] = Field(description="What was understood that nobody said.")
    minutes: float | None
    headline: str
    added: list[SupposedItem]
    services: LazyRows[ServiceDifference] = Field(
        description="Services of which anything differs: those in a worse state first, then by criticality and users."
    )
    services_reached: int = Field(
        description="Services looked at: those asked about, else all that stand on anything supposed."
    )
    items: LazyRows[ItemDifference]
    single_points: LazyRows[SinglePointDifference]
    pools: LazyRows[PoolDifference]
    saved_minutes_per_month: float | None = Field(
        description="Over all services that have one and are not down; null where none is."
    )
    warnings: list[str]
