"""The answer about conflicts between changes. Its JSON is the contract of the command line (design, section 7)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from impact.finding import Finding, Row

__all__ = ["KINDS", "Conflict", "ConflictKind", "ConflictsFinding"]

ConflictKind = Literal["direct", "dependency", "shared_impact", "joint", "margin", "window", "freeze", "resource"]
KINDS: tuple[ConflictKind, ...] = (
    *("joint", "freeze", "window", "direct", "margin", "dependency", "shared_impact", "resource"),
)
"""Kinds, the gravest first."""


class Conflict(Row):
    """One conflict, from `start` to `end` (UTC)."""

    kind: ConflictKind
    changes: list[str] = Field(description="Numbers; of a joint loss the smallest set that causes it.")
    items: list[str] = Field(description="Record ids of the items concerned.")
    service: str | None = Field(description="The service concerned; null where none is.")
    service_name: str | None
    start: str
    end: str
    text: str


class ConflictsFinding(Finding):
    """What is in the way of what."""

    revision: int
    revision_at: str
    conflicts: list[Conflict] = Field(description="By start, the gravest first where they start together.")
    changes: list[str] = Field(description="Numbers of the changes that were looked at.")
    not_dated: list[str] = Field(description="Changes without a start, which cannot be compared.")
    reserve: int = Field(description="Further failures that every service should bear meanwhile; below is `margin`.")
    warnings: list[str]
