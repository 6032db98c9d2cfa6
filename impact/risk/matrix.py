"""The matrix of ITIL, likelihood by impact, as a view of the same numbers; and who may approve what.

Takes a score or a band, gives numbers from 1 to 5 and roles. Source: shared mathematics, section 1.
"""

from __future__ import annotations

from typing import Final

from impact.risk.formula import Band, Score

__all__ = ["APPROVERS", "impact_level", "likelihood_level", "matrix"]

_LIKELIHOOD: Final = (0.01, 0.05, 0.15, 0.4)
_IMPACT: Final = (1.0, 10.0, 100.0, 1000.0)

APPROVERS: Final[dict[Band, tuple[str, ...]]] = {
    "low": (),
    "medium": ("change_manager",),
    "high": ("cab",),
    "very_high": ("cab", "service_owner"),
}
"""Roles that must each say yes, by band; none: a standard change needs nobody."""


def likelihood_level(failure_probability: float) -> int:
    """Return the likelihood from 1 to 5: at .01, .05, .15 and .4 it steps up."""
    return 1 + sum(failure_probability >= end for end in _LIKELIHOOD)


def impact_level(loss_if_fails: float) -> int:
    """Return the impact from 1 to 5: at 1, 10, 100 and 1,000 weighted user-hours lost it steps up."""
    return 1 + sum(loss_if_fails >= end for end in _IMPACT)


def matrix(score: Score) -> tuple[int, int]:
    """Return (likelihood, impact) of a score."""
    return likelihood_level(score.failure_probability), impact_level(score.loss_if_fails)
