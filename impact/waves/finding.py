"""The answer about waves. Its JSON is the contract of the command line (design, section 7)."""

from __future__ import annotations

from pydantic import Field

from impact.finding import Finding, Row

__all__ = ["BrokenLimit", "WaveSlot", "WavesFinding"]


class BrokenLimit(Row):
    """A pool, or a service, that one node alone would break: no waves will do."""

    consumer: str = Field(description="The record id of its consumer, or of the service.")
    name: str
    pool: str | None
    node: str
    text: str


class WaveSlot(Row):
    """When a wave is best done (UTC), and what it costs."""

    wave: int
    start: str
    end: str
    user_minutes: float


class WavesFinding(Finding):
    """The fewest waves."""

    revision: int
    revision_at: str
    title: str
    waves: list[list[str]] = Field(description="Record ids, or numbers of changes; empty where nothing will do.")
    names: dict[str, str]
    optimal: bool = Field(description="No fewer waves will do, proven.")
    lower_bound: int
    infeasible: list[BrokenLimit]
    limits: int = Field(description="Pools that limit what may be down at once.")
    reserve: int = Field(description="Members that every pool keeps beyond its need.")
    verified: bool = Field(description="The impact engine found that no wave brings a service down.")
    slots: list[WaveSlot]
    warnings: list[str]
