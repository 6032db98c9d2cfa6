"""Draws of uncertain mean times: what an item's unavailability may truly be, many times over, one draw a type.

Takes a snapshot and what each item does by itself, gives a matrix of unavailabilities. A range is read as the 90 % of
a lognormal distribution: median the geometric mean of its ends, sigma = ln(high / low) / (2 * 1.6449). Items of one
class, manufacturer and model share each draw, for what is not known of the one is not known of the other either (state
of knowledge correlation, Apostolakis and Kaplan 1981); drawn one by one, redundancy would look better than it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from cmdb.snapshot import Snapshot
from impact.availability.inputs import OwnInputs
from impact.frontier import Rows

__all__ = ["SAMPLES", "Lognormal", "drawn_unavailability", "ranges_of", "type_of"]

SAMPLES: Final = 4_000
_Z95: Final = float(ndtri(0.95))
_SEED: Final = 1981
"""Any number: the same question has the same answer every time."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A mean time whose logarithm is normal, in hours; sigma 0 where it is exact."""

    median_hours: float
    sigma: float

    @classmethod
    def of_range(cls, low_hours: float, high_hours: float) -> Lognormal:
        """Return the distribution that lies between these two with 90 %.

        >>> found = Lognormal.of_range(1000 / 3, 3000)
        >>> round(found.median_hours, 6), round(found.sigma, 6)
        (1000.0, 0.667906)
        """
        return cls(math.sqrt(low_hours * high_hours), math.log(high_hours / low_hours) / (2 * _Z95))

    def at(self, normal: Floats) -> Floats:
        """Return the mean times that go with standard normal draws."""
        found: Floats = self.median_hours * np.exp(self.sigma * normal)
        return found


def ranges_of(snapshot: Snapshot, own: OwnInputs, row: int) -> tuple[Lognormal, Lognormal] | None:
    """Return the distributions of an item's mean up time and mean down time; None where neither has a range.

    Where one end of a range is given, the other lies as far from the mean time on the other side, in ratio.
    """
    up = _range(snapshot, "mtbf", row, float(own.up_hours[row]))
    down = _range(snapshot, "mttr", row, float(own.down_hours[row]))
    if up is None or down is None or (up.sigma == 0 and down.sigma == 0):
        return None
    return up, down


def _range(snapshot: Snapshot, name: str, row: int, hours: float) -> Lognormal | None:
    low, high = (float(snapshot.numbers[f"{name}_{end}_hours"][row]) for end in ("low", "high"))
    if math.isnan(low) and math.isnan(high):
        return Lognormal(hours, 0.0) if 0 < hours < math.inf else None
    if not 0 < hours < math.inf:
        return None
    if math.isnan(low):
        low = min(hours * hours / high, high)
    if math.isnan(high):
        high = max(hours * hours / low, low)
    return Lognormal.of_range(min(low, high), max(low, high))


def type_of(snapshot: Snapshot, row: int) -> tuple[str, str, str]:
    """Return class, manufacturer and model: items equal in these are one type."""
    values = snapshot.shown_at(row)["values"]
    return snapshot.class_at(row), values.get("manufacturer", ""), values.get("model", "")


def drawn_unavailability(snapshot: Snapshot, own: OwnInputs, rows: Rows, samples: int = SAMPLES) -> tuple[Rows, Floats]:
    """Return the items among `rows` that have a range, and their unavailability by sample (samples x items).

    Draws are stratified: each type's draws are the `samples` quantiles of the normal distribution in an order of its
    own, so that percentiles of one type come out exactly.
    """
    ranged = [(row, found) for row in rows.tolist() if (found := ranges_of(snapshot, own, row)) is not None]
    generator = np.random.default_rng(_SEED)
    levels = ndtri((np.arange(samples) + 0.5) / samples)
    draws: dict[tuple[tuple[str, str, str], str], Floats] = {}
    matrix = np.zeros((samples, len(ranged)))
    for column, (row, (up, down)) in enumerate(ranged):
        kind = type_of(snapshot, row)
        for what in ("up", "down"):
            if (kind, what) not in draws:
                draws[kind, what] = generator.permutation(levels)
        up_hours, down_hours = up.at(draws[kind, "up"]), down.at(draws[kind, "down"])
        matrix[:, column] = down_hours / (up_hours + down_hours)
    return np.array([row for row, _ in ranged], np.int64), matrix
