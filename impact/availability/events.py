"""What can fail by itself, and how probably: each row, and the common causes of pools."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import UsageError
from impact.structure import Structure

__all__ = ["CommonCause", "Event", "FailureData"]

Event = int | tuple[Literal["common"], int]
"""A row (it fails by itself), or ("common", place in `FailureData.common`)."""


@dataclass(frozen=True, slots=True)
class CommonCause:
    """One event that brings down every one of `members` (rows) at once; one per set of members."""

    members: tuple[int, ...]
    unavailability: float
    """The fraction of time in which it has happened and is not mended."""


@dataclass(frozen=True, eq=False)
class FailureData:
    """The probabilities of the events, as fractions from 0 to 1; all events are independent of each other.

    `own` is by row of the structure: the row has failed by itself (virtual rows: 0), common causes taken out.
    """

    own: NDArray[np.float64]
    common: tuple[CommonCause, ...] = ()

    def __post_init__(self) -> None:
        values = np.asarray(self.own, np.float64)
        if values.ndim != 1:
            raise UsageError("own unavailabilities must be one number a row: give a flat array")
        bad = np.flatnonzero(~((values >= 0) & (values <= 1)))
        if len(bad):
            raise UsageError(
                f"the unavailability of row {bad[0]} is {values[bad[0]]}: it must be a fraction from 0 to 1"
            )
        object.__setattr__(self, "own", values)
        for number, cause in enumerate(self.common):
            if not 0 <= cause.unavailability <= 1:
                raise UsageError(
                    f"the unavailability of common cause {number} is {cause.unavailability}: "
                    "it must be a fraction from 0 to 1"
                )
            if not all(0 <= member < len(values) for member in cause.members):
                raise UsageError(f"common cause {number} names rows that do not exist: members must be rows")

    def check(self, structure: Structure) -> None:
        """Raise UsageError when the numbers do not belong to the structure."""
        if len(self.own) != structure.size:
            raise UsageError(
                f"{len(self.own)} unavailabilities were given for {structure.size} rows: give one for each"
            )
        virtual = self.own[structure.count :]
        if virtual.any():
            raise UsageError("virtual rows never fail by themselves: their unavailability must be 0")

    @property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """The members of each common cause: the part of the data that shapes the functions."""
        return tuple(tuple(int(member) for member in cause.members) for cause in self.common)

    @property
    def all(self) -> NDArray[np.float64]:
        """By event number: rows first, then common causes."""
        return np.concatenate([self.own, [cause.unavailability for cause in self.common]])

    def number(self, event: Event) -> int:
        """Return the number of an event; raises UsageError where there is none."""
        if isinstance(event, tuple):
            if 0 <= event[1] < len(self.common):
                return len(self.own) + event[1]
            raise UsageError(f"there is no common cause {event[1]}: there are {len(self.common)}")
        if 0 <= event < len(self.own):
            return int(event)
        raise UsageError(f"there is no row {event}: there are {len(self.own)}")

    def event(self, number: int) -> Event:
        """Return the event of a number."""
        return number if number < len(self.own) else ("common", number - len(self.own))

    def forced(self, values: Iterable[tuple[Event, float]]) -> FailureData:
        """Return the same with some events given other probabilities."""
        own = self.own.copy()
        common: list[CommonCause] | None = None
        for event, value in values:
            number = self.number(event)
            if number < len(own):
                own[number] = value
            else:
                place = number - len(own)
                common = common or list(self.common)
                common[place] = CommonCause(common[place].members, value)
        return FailureData(own, self.common if common is None else tuple(common))
