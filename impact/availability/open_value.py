"""The value of a core too large for a diagram: its certified interval, or a simulation where that is narrower."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from impact.availability.interval import OpenCore
from impact.availability.purse import Purse
from impact.availability.simulation import simulate

__all__ = ["Limits", "Value", "open_value"]

_FOR_A_SIMULATION: Final = 1 / 2
"""Share of what time is left that one simulation may take."""


class Limits(Protocol):
    """What of a Budget matters here."""

    @property
    def samples(self) -> int:
        """Samples of one simulation."""

    @property
    def width(self) -> float:
        """An interval wider than this share of its value is tried by simulation too."""

    @property
    def confidence(self) -> float:
        """Of one simulation."""

    @property
    def seed(self) -> int:
        """Where its random numbers begin."""


@dataclass(frozen=True, slots=True)
class Value:
    """A probability within bounds; `simulated` names the simulations that the bounds rest on."""

    low: float
    point: float
    high: float
    simulated: frozenset[int] = frozenset()

    @classmethod
    def exactly(cls, value: float) -> Value:
        """Return a value that is known."""
        return cls(value, value, value)

    @property
    def estimates(self) -> int:
        """On how many simulations it rests."""
        return len(self.simulated)


def open_value(opened: OpenCore, inputs: Sequence[Value], limits: Limits, purse: Purse) -> Value:
    """Return the value of an open core from those of its variables.

    A certified interval is kept unless it is wider than `limits.width` of its value and a simulation is narrower. With
    an empty purse there is no simulation.
    """
    with purse.spending():
        return _open_value(opened, inputs, limits, purse)


def _open_value(opened: OpenCore, inputs: Sequence[Value], limits: Limits, purse: Purse) -> Value:
    low, high = opened.bounds([each.low for each in inputs], [each.high for each in inputs])
    before = frozenset[int]().union(*(each.simulated for each in inputs))
    certified = Value(low, (low + high) / 2, high, before)
    if high - low <= limits.width * low or purse.is_empty:
        return certified
    mark = zlib.crc32(repr((opened.core.sets, opened.core.groups, opened.core.top)).encode())
    ends = any(each.low < each.high for each in inputs)
    seconds = purse.share(_FOR_A_SIMULATION) / (3 if ends else 1)

    def drawn(q: list[float]) -> tuple[float, float, float]:
        found = simulate(
            opened.core,
            q,
            samples=limits.samples,
            seconds=seconds,
            confidence=limits.confidence,
            precision=limits.width,
            seed=[limits.seed, mark],
        )
        return found.low, found.value, found.high

    at_point = drawn([each.point for each in inputs])
    least, most = at_point[0], at_point[2]
    if ends:
        # The same draws at both ends of the inputs: failures only ever join, so the ends enclose what lies between.
        least = drawn([each.low for each in inputs])[0]
        most = drawn([each.high for each in inputs])[2]
    least, most = max(least, low), min(most, high)
    if least > most or most - least >= high - low:
        return certified
    return Value(least, min(max(at_point[1], least), most), most, before | {mark})
