"""The closed lists of the record: statuses, criticalities, kinds. Foreign words are the catalogue's affair."""

from __future__ import annotations

from typing import Final, Literal, Protocol

__all__ = [
    "CRITICALITIES",
    "CRITICALITY_WEIGHT",
    "KINDS",
    "MANUAL",
    "OUT_OF_SERVICE",
    "PLACEHOLDER_CLASS",
    "RELIABILITY_BASES",
    "STATUSES",
    "Criticality",
    "Kind",
    "PlainWords",
    "ReliabilityBasis",
    "Status",
    "Words",
]

Status = Literal[
    "planned",
    "in_build",
    "in_test",
    "operational",
    "maintenance",
    "degraded",
    "missing",
    "retired",
    "disposed",
]
STATUSES: Final[tuple[Status, ...]] = (
    "planned",
    "in_build",
    "in_test",
    "operational",
    "maintenance",
    "degraded",
    "missing",
    "retired",
    "disposed",
)

OUT_OF_SERVICE: Final[frozenset[Status]] = frozenset({"planned", "in_build", "retired", "disposed"})
"""Statuses whose items leave the impact graph (design, section 3)."""

Criticality = Literal["low", "medium", "high", "vital"]
CRITICALITIES: Final[tuple[Criticality, ...]] = ("low", "medium", "high", "vital")
CRITICALITY_WEIGHT: Final[dict[str, int]] = {"low": 1, "medium": 2, "high": 4, "vital": 8}

ReliabilityBasis = Literal["entered", "measured"]
RELIABILITY_BASES: Final[tuple[ReliabilityBasis, ...]] = ("entered", "measured")
"""Where an item's availability, or its times between and to repair, come from; entered where nobody says."""

Kind = Literal["item", "relationship", "pool"]
KINDS: Final[tuple[Kind, ...]] = ("item", "relationship", "pool")

MANUAL: Final = "manual"
"""The source of edits made by hand; it wins over every import until it is released."""


PLACEHOLDER_CLASS: Final = "Unknown"
"""The class of items that are only referred to: nobody has shown them yet."""


class Words(Protocol):
    """How a source's own words for status and criticality become the record's; the catalogue provides it."""

    def status(self, text: str) -> str | None:
        """Return the record's status for a foreign word, None when nobody has said what it means."""

    def criticality(self, text: str) -> str | None:
        """Return the record's criticality for a foreign word, None when nobody has said what it means."""


class PlainWords:
    """The record's own words and nothing else."""

    def status(self, text: str) -> str | None:
        """Return `text` when it is a status of the record."""
        return text if text in STATUSES else None

    def criticality(self, text: str) -> str | None:
        """Return `text` when it is a criticality of the record."""
        return text if text in CRITICALITIES else None
