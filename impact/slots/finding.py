"""The answer about slots. Its JSON is the contract of the command line (design, section 7)."""

from __future__ import annotations

from pydantic import Field

from impact.finding import Finding, Row

__all__ = ["Slot", "SlotsFinding"]


class Slot(Row):
    """One slot for the whole change, from `start` to `end` (UTC)."""

    start: str
    end: str
    user_minutes: float = Field(description="Minutes that users lose as planned: over services, users x chance.")
    weighted_user_minutes: float = Field(description="The same weighted by criticality; slots are ranked by it.")


class SlotsFinding(Finding):
    """The best slots for a change."""

    revision: int
    revision_at: str
    number: str | None
    minutes: float = Field(description="Real minutes that the change takes.")
    after: str
    until: str
    step_minutes: int
    considered: int = Field(description="Starts that fit into open time, with no grave conflict.")
    in_the_way: int = Field(description="Starts that fit, but collide with another change.")
    slots: list[Slot]
    worst: Slot | None = Field(description="The start that fits and costs the most.")
    now_planned: Slot | None = Field(description="What the slot that the change states would cost.")
    services: list[str] = Field(description="Ids of the services whose users were counted.")
    by_hour: list[float] = Field(description="Weighted users at stake, by hour of the week from Monday 00:00 local.")
    zone: str
    warnings: list[str]
