"""The answer about a change's effect. `impact.change_effect.effect` fills it; frontends show it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from impact.finding import Finding, Row, StateName

__all__ = ["Afterwards", "EffectFinding", "EffectInterval", "HitService", "ToldParty"]


class HitService(Row):
    """A service that is worse than without the change, and the worst it gets."""

    id: str
    name: str
    state_before: StateName
    state: Literal["at_risk", "degraded", "down"]
    criticality: str | None
    users: int | None


class EffectInterval(Row):
    """A stretch of time in which nothing starts or ends (UTC)."""

    start: str
    end: str
    phase: Literal["work", "back_out"] = Field(description="back_out: only where it fails.")
    items: list[str] = Field(description="Its items that are down.")
    meanwhile: list[str] = Field(description="Other changes with something down in it.")
    services: list[HitService]


class ToldParty(Row):
    """Who must be told of a service: its people as the record has them."""

    service: str
    name: str
    state: str
    state_if_fails: str
    users: int | None
    owner: str | None
    support_group: str | None
    contacts: list[str]


class Afterwards(Row):
    """What a replacement or decommissioning leaves behind, on the topology afterwards."""

    headline: str
    steps: list[str]
    worse: list[str] = Field(description="Services in a worse state, or with less availability, by name.")
    new_single_points: list[str] = Field(description="By name.")
    data_lost: list[str] = Field(description="Services below which a requirement is met by nobody then.")
    warnings: list[str]


class EffectFinding(Finding):
    """What a change does to services."""

    revision: int
    revision_at: str
    number: str | None
    title: str
    start: str | None
    end: str | None = Field(description="Of its back-out, where it fails at the very end.")
    intervals: list[EffectInterval]
    succeeds: list[HitService] = Field(description="The worst of each service where all goes as planned.")
    fails: list[HitService] = Field(description="The worst of each service where it fails and is backed out.")
    told: list[ToldParty]
    afterwards: Afterwards | None
    became_different: list[str] = Field(
        default=[], description="From the effect that is kept on the change, of its last assessment."
    )
    not_followed: int = Field(description="Links of its items that were not evaluated.")
    warnings: list[str]
