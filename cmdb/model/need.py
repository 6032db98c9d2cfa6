"""How many members of a pool must be up: a count, or a percentage kept as an exact decimal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

__all__ = ["Need"]


@dataclass(frozen=True, slots=True)
class Need:
    """What a pool needs of its members: `count` members, or `percent` of them rounded up to whole members."""

    count: int | None = None
    percent: Decimal | None = None

    @classmethod
    def parse(cls, given: object) -> Need:
        """Read 2, "2" or "66.7%".

        Raises ValueError for anything else: a need of 0 would mean that the pool can never be down, and a
        fraction could be meant as a share or be a slip.
        """
        text = str(getattr(given, "raw", given)).strip()
        if isinstance(given, bool) or not text:
            raise ValueError(f"need is {given!r}: give a count like 2 or a percentage like '50%'")
        if text.endswith("%"):
            try:
                percent = Decimal(text[:-1].strip())
            except InvalidOperation:
                raise ValueError(f"need is {text!r}: give a percentage like '50%'") from None
            if not percent.is_finite() or not 0 < percent <= 100:
                raise ValueError(f"need is {text!r}: a percentage lies above 0 and at most at 100")
            return cls(percent=percent.normalize())
        if not (text.isascii() and text.isdigit()):
            raise ValueError(f"need is {text!r}: give a whole count like 2, or a percentage like '50%'")
        if int(text) < 1:
            raise ValueError("need is 0: a pool that needs nobody can never fail; give at least 1")
        return cls(count=int(text))

    def required(self, members: int) -> int:
        """Return how many of `members` must be up: ceil(members * percent / 100), exactly, or the count.

        A count above the number of members is returned as it is; whoever evaluates it takes all members and warns.

        >>> Need.parse("50%").required(3)
        2
        """
        if self.count is not None:
            return self.count
        assert self.percent is not None
        numerator, denominator = self.percent.as_integer_ratio()
        return -((-members * numerator) // (100 * denominator))

    def stored(self) -> int | str:
        """Return the form that stands in documents and files: 2 or '50%'."""
        return self.count if self.count is not None else f"{self.percent:f}%"
