"""What each item is known to do by itself: its own unavailability, how often it fails, and where that comes from.

Takes a Snapshot, gives columns by item row. Knows nothing of what items stand on. The rules:

- mean times come before an availability; where both are given and contradict each other, the worse one is taken;
- what is missing of the mean times is the default of the class, and the item then counts as resting on a default;
- a service without figures of its own fails only by what it stands on;
- anything else without figures and without a default of its class has **no data**. It is computed as if it never
  failed, for a number must stand there, and no promise may rest on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cmdb.model import RELIABILITY_BASES
from cmdb.model.reliability import HOURS_PER_YEAR
from cmdb.snapshot import Snapshot
from impact.frontier import Rows

__all__ = ["BASES", "COMPOSED", "DEFAULT", "ENTERED", "MEASURED", "NO_DATA", "OwnInputs", "own_inputs"]

MEASURED, ENTERED, DEFAULT, NO_DATA, COMPOSED = range(5)
BASES: Final = ("measured", "entered", "default", "no_data", "composed")
"""Where an item's own unavailability comes from, by code. `composed`: a service, which fails by its providers only."""

_ROUNDING: Final = 0.1
"""Relative difference of two unavailabilities that rounding explains; "99.9 %" may stand for 99.91 %."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OwnInputs:
    """By item row: what it does by itself. Times are hours; NaN where they are not known."""

    unavailability: Floats
    """The share of time it is down by its own failures; 0 where nothing is known of it."""
    up_hours: Floats
    """Mean up time; infinite where it is said never to fail."""
    down_hours: Floats
    """Mean time to restore."""
    failures_per_hour: Floats
    """How often it fails, per hour of the calendar; NaN where an availability is given and no time to repair."""
    basis: NDArray[np.int8]
    """Index into `BASES`."""
    planned: Floats
    """The share of a year that planned work takes it down."""
    contradicting: Rows
    """Rows whose availability and mean times contradict each other."""
    repair_assumed: NDArray[np.bool_]
    """Only the time to repair is the default of the class; its availability was given."""


def own_inputs(snapshot: Snapshot) -> OwnInputs:
    """Return what each item does by itself; see the module for the rules."""
    numbers = snapshot.numbers
    given = numbers["availability"]
    up, down = _or_middle(numbers, "mtbf"), _or_middle(numbers, "mttr")
    has_given, has_up, has_down = ~np.isnan(given), ~np.isnan(up), ~np.isnan(down)
    codes = snapshot.class_codes
    default_up, default_down = snapshot.class_mtbf_hours[codes], snapshot.class_mttr_hours[codes]

    by_times = has_up & has_down
    both = by_times & has_given
    from_times = np.divide(down, up + down, out=np.zeros(len(given)), where=by_times)
    from_given = np.where(has_given, 1 - given, 0.0)
    # 1 - 0.999 is 0.0010000000000000009: take what was meant.
    from_given = np.round(from_given, 15)
    apart = np.abs(from_times - from_given) > _ROUNDING * np.maximum(from_times, from_given)
    contradicting = both & apart
    take_given = (has_given & ~by_times) | (contradicting & (from_given > from_times))
    take_times = by_times & ~take_given

    # Where one of the mean times is missing and no availability says it, the class's default fills it in.
    filled = ~take_given & ~take_times & ~(np.isnan(default_up) | np.isnan(default_down))
    filled_up, filled_down = np.where(has_up, up, default_up), np.where(has_down, down, default_down)
    from_default = np.divide(filled_down, filled_up + filled_down, out=np.zeros(len(given)), where=filled)

    own = np.select([take_given, take_times, filled], [from_given, from_times, from_default], 0.0)
    repair_assumed = take_given & ~has_down & ~has_up & ~np.isnan(default_down)
    up_hours, down_hours = _times_of_given(own, up, np.where(repair_assumed, default_down, down), take_given)
    up_hours = np.select([take_times, filled], [up, filled_up], up_hours)
    down_hours = np.select([take_times, filled], [down, filled_down], down_hours)

    measured = snapshot.reliability_basis == RELIABILITY_BASES.index("measured")
    said = np.where(measured, MEASURED, ENTERED)
    nothing = np.where(snapshot.is_service & ~has_up & ~has_down, COMPOSED, NO_DATA)
    basis = np.select([take_given | take_times, filled], [said, np.full(len(own), DEFAULT)], nothing)
    return OwnInputs(
        unavailability=own,
        up_hours=up_hours,
        down_hours=down_hours,
        failures_per_hour=_frequency(own, up_hours, down_hours, basis),
        basis=basis.astype(np.int8),
        planned=np.nan_to_num(numbers["maintenance_hours_per_year"]) / HOURS_PER_YEAR,
        contradicting=np.flatnonzero(contradicting & snapshot.in_service),
        repair_assumed=repair_assumed,
    )


def _or_middle(numbers: dict[str, Floats] | object, name: str) -> Floats:
    """Return a mean time; where only its range is given, the middle of that: its geometric mean."""
    columns: dict[str, Floats] = numbers  # type: ignore[assignment]
    said = columns[f"{name}_hours"]
    middle = np.sqrt(columns[f"{name}_low_hours"] * columns[f"{name}_high_hours"])
    return np.where(np.isnan(said), middle, said)


def _times_of_given(own: Floats, up: Floats, down: Floats, chosen: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the mean times that go with a given availability: the one that is known says the other."""
    within = chosen & (own > 0) & (own < 1)
    ratio = np.divide(own, 1 - own, out=np.full(len(own), np.nan), where=within)  # down : up
    known_down = within & ~np.isnan(down)
    up_hours = np.where(known_down, down / ratio, np.where(within, up, np.nan))
    down_hours = np.where(known_down, down, np.where(within, up * ratio, np.nan))
    up_hours = np.where(chosen & (own == 0), np.inf, np.where(chosen & (own == 1), 0.0, up_hours))
    down_hours = np.where(chosen & (own == 0), 0.0, np.where(chosen & (own == 1), np.inf, down_hours))
    return up_hours, down_hours


def _frequency(own: Floats, up: Floats, down: Floats, basis: NDArray[np.integer]) -> Floats:
    """Return failures per hour of the calendar: one a cycle of up and down; none for what never or always is down."""
    cycle = up + down
    still = np.isin(basis, (NO_DATA, COMPOSED)) | np.isinf(cycle) | (own == 1)
    return np.where(still, 0.0, np.divide(1.0, cycle, out=np.full(len(own), np.nan), where=cycle > 0))
