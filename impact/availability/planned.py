"""Planned work: the availability that users experience, beside the agreed one that leaves announced windows out.

Takes the effects of failures on a service and how long each item is worked on in a year. Work on redundant items is
not independent: nobody takes both of a pair down at once. So the state is conditioned on (availability formulas,
section 6): P = (1 - sum w) P0 + sum w P(down while the item is), with w the share of time an item is worked on, one
item at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from impact.availability.effects import Effects
from impact.availability.inputs import OwnInputs

__all__ = ["Experienced", "experienced"]


@dataclass(frozen=True, slots=True)
class Experienced:
    """Unavailability with planned work, and how it was reckoned."""

    unavailability: float
    planned_hours_per_year: float
    """Hours of work a year on items of which the service notices anything at all."""
    one_at_a_time: bool
    """False where there is more work than time: then the windows were taken to fall independently."""


def experienced(
    effects: Effects, own: OwnInputs, overlapping: Callable[[], float], *, hours_per_year: float
) -> Experienced:
    """Return what a service's users experience; `overlapping` gives the unavailability with independent windows.

    `overlapping` is asked only where the items' planned hours are more than a year together.
    """
    noticed = effects.birnbaum[: len(effects.rows)] > 0
    share = np.where(noticed, own.planned[effects.rows], 0.0)
    total = float(share.sum())
    if total > 1:
        return Experienced(overlapping(), total * hours_per_year, one_at_a_time=False)
    down = (1 - total) * effects.unavailability + float(share @ effects.if_down())
    return Experienced(min(1.0, down), total * hours_per_year, one_at_a_time=True)
