"""What the inputs of availability must not say together in one row: a range that is upside down.

What several sources say of one item may still contradict: that is judged where it is used, in the answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["HOURS_PER_MONTH", "HOURS_PER_YEAR", "RANGES", "range_complaints"]

HOURS_PER_YEAR: Final = 8_760
"""A year of 365 days, as every figure per year is meant."""
HOURS_PER_MONTH: Final = 730
"""A twelfth of that year, as every figure per month is meant."""

_BOUNDS: Final = (("mtbf_low_hours", "mtbf_high_hours"), ("mttr_low_hours", "mttr_high_hours"))
RANGES: Final = frozenset(name for pair in _BOUNDS for name in pair)
"""The fields that bound a 90 % range: with 5 % the true mean lies below the low one, with 5 % above the high one."""


def range_complaints(values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the ranges of one row, in sentences.

    >>> range_complaints({"mttr_low_hours": 8, "mttr_high_hours": 2})
    ['mttr_low_hours is 8 and mttr_high_hours 2: the low end lies above the high one; change them round']
    """
    complaints = []
    for low, high in _BOUNDS:
        least, most = values.get(low), values.get(high)
        if least is not None and most is not None and least > most:
            complaints.append(
                f"{low} is {least} and {high} {most}: the low end lies above the high one; change them round"
            )
    return complaints
