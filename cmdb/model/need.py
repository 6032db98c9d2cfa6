"""How many members of a pool must be up: a count, a percentage kept as an exact decimal, or what the load requires."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import fsum
from typing import Final

__all__ = ["Need", "enough_for_load"]

_ROUNDING: Final = 1e-9
"""Relative difference of two sums that adding decimal fractions explains."""


def enough_for_load(load: float, capacities: Iterable[float]) -> int:
    """Return how many members are enough whichever they are: so many of the smallest carry the load.

    Exact where the members are equal; else cautious, for a few large ones might do. One more than there are where not
    even all of them carry it; at least 1.

    >>> enough_for_load(290, [100, 100, 100, 100]), enough_for_load(100, [100, 50]), enough_for_load(300, [100, 100])
    (3, 2, 3)
    """
    smallest = sorted(capacities)
    for count in range(1, len(smallest) + 1):
        if fsum(smallest[:count]) >= load * (1 - _ROUNDING):
            return count
    return len(smallest) + 1


@dataclass(frozen=True, slots=True)
class Need:
    """What a pool needs of its members: `count` members, `percent` of them rounded up to whole members, or (`capacity`)
    as many as carry its consumer's load."""

    count: int | None = None
    percent: Decimal | None = None
    capacity: bool = False

    @classmethod
    def parse(cls, given: object) -> Need:
        """Read 2, "2", "66.7%" or "capacity".

        Raises ValueError for anything else: a need of 0 would mean that the pool can never be down, and a
        fraction could be meant as a share or be a slip.
        """
        text = str(getattr(given, "raw", given)).strip()
        if isinstance(given, bool) or not text:
            raise ValueError(f"need is {given!r}: give a count like 2 or a percentage like '50%'")
        if text == "capacity":
            return cls(capacity=True)
        if text.endswith("%"):
            try:
                percent = Decimal(text[:-1].strip())
            except InvalidOperation:
                raise ValueError(f"need is {text!r}: give a percentage like '50%'") from None
            if not percent.is_finite() or not 0 < percent <= 100:
                raise ValueError(f"need is {text!r}: a percentage lies above 0 and at most at 100")
            return cls(percent=percent.normalize())
        if not (text.isascii() and text.isdigit()):
            raise ValueError(f"need is {text!r}: give a whole count like 2, a percentage like '50%', or capacity")
        if int(text) < 1:
            raise ValueError("need is 0: a pool that needs nobody can never fail; give at least 1")
        return cls(count=int(text))

    def required(self, members: int) -> int:
        """Return how many of `members` must be up: ceil(members * percent / 100), exactly, or the count.

        What the load requires is not known here: all members, which never reassures; `enough_for_load` knows.
        A count above the number of members is returned as it is; whoever evaluates it takes all members and warns.

        >>> Need.parse("50%").required(3)
        2
        """
        if self.count is not None:
            return self.count
        if self.capacity:
            return members
        assert self.percent is not None
        numerator, denominator = self.percent.as_integer_ratio()
        return -((-members * numerator) // (100 * denominator))

    def stored(self) -> int | str:
        """Return the form that stands in documents and files: 2, '50%' or 'capacity'."""
        if self.capacity:
            return "capacity"
        return self.count if self.count is not None else f"{self.percent:f}%"
