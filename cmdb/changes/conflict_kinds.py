"""What a person calls the kinds of conflict, on every screen and page alike."""

from __future__ import annotations

from typing import Final

__all__ = ["CONFLICT_KINDS"]

CONFLICT_KINDS: Final = {
    "joint": "fatal together",
    "freeze": "in a freeze",
    "window": "outside window",
    "direct": "same item",
    "margin": "no reserve",
    "dependency": "stands on it",
    "shared_impact": "same service",
    "resource": "same people",
}
"""By kind, as the contract has it."""
