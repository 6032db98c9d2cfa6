"""What each failure does to one service: the column every other figure of the service is read from.

Takes the Birnbaum importances of a row and the data behind them. The failure probability of a coherent structure is
linear in each event by itself, so from one event's unavailability q and importance B follows, exactly:

- if it never failed, the service's unavailability would fall by q B: its **contribution**;
- if its unavailability were r instead, by (q - r) B: what replacing one item by a pair saves;
- while it is down, the service is down with probability P + (1 - q) B.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from impact.availability.common import PoolCauses
from impact.availability.events import Event, FailureData
from impact.availability.inputs import BASES, COMPOSED, DEFAULT, ENTERED, MEASURED, NO_DATA, OwnInputs
from impact.frontier import Rows

__all__ = ["Effects", "Outages", "comparable", "shares_of"]

Floats = NDArray[np.float64]

_DIGITS: Final = 12
"""Binary fractions are compared to so many decimal digits."""


@dataclass(frozen=True)
class Outages:
    """How often a service is down and for how long; None where it cannot be said."""

    per_hour: float | None
    mean_hours: float | None
    mean_up_hours: float | None
    unknown: Rows
    """Items whose failures count and of which nobody knows how often they come."""


@dataclass(frozen=True)
class Effects:
    """Events that matter to one service, own failures of items first, then common causes."""

    unavailability: float
    """The service's, by the failures alone."""
    rows: Rows
    causes: Rows
    """Numbers of common causes."""
    birnbaum: Floats
    """By event: rows, then causes."""
    chance: Floats
    """By event: its unavailability."""

    @classmethod
    def of(cls, unavailability: float, birnbaum: Mapping[Event, float], data: FailureData, count: int) -> Effects:
        """Return the effects on a row; `count` is the number of items, virtual rows above it are no events."""
        own = {event: value for event, value in birnbaum.items() if not isinstance(event, tuple) and event < count}
        shared = {event[1]: value for event, value in birnbaum.items() if isinstance(event, tuple)}
        rows = np.fromiter(own, np.int64, len(own))
        causes = np.fromiter(shared, np.int64, len(shared))
        strikes = np.array([data.common[number].unavailability for number in shared], np.float64)
        return cls(
            unavailability=unavailability,
            rows=rows,
            causes=causes,
            birnbaum=np.array([*own.values(), *shared.values()], np.float64),
            chance=np.concatenate([data.own[rows], strikes]),
        )

    @property
    def contribution(self) -> Floats:
        """By event: how much less of the time the service would be down if the event never came."""
        found: Floats = self.chance * self.birnbaum
        return found

    def if_down(self) -> Floats:
        """Return, by item of `rows`: the service's unavailability while the item is down."""
        own = slice(len(self.rows))
        found: Floats = self.unavailability + (1 - self.chance[own]) * self.birnbaum[own]
        return found

    def pair_saves(self) -> Floats:
        """Return, by item of `rows`: the fall in unavailability if the item alone were made a pair.

        Two items that fail independently, either of which is enough, both standing on what the one stands on: q
        becomes q squared.
        """
        own = slice(len(self.rows))
        chance = self.chance[own]
        found: Floats = (chance - chance * chance) * self.birnbaum[own]
        return found

    def outages(self, own: OwnInputs, causes: PoolCauses) -> Outages:
        """Return how often the service goes down and for how long on average.

        Frequency nu = the sum of B / (mean up time + mean down time) over events (Birnbaum; Rausand and Hoyland, System
        Reliability Theory, chapter 9); mean outage U / nu, mean up time A / nu. A common cause lasts as long as its
        members' own failures do on average.
        """
        rate = np.concatenate(
            [self._own_rate(own), _cause_rate(self.chance[len(self.rows) :], self.causes, own, causes)]
        )
        matters = self.birnbaum > 0
        lost = matters & np.isnan(rate)
        if lost.any():
            return Outages(None, None, None, self._items_of(lost, causes))
        per_hour = float(self.birnbaum[matters] @ rate[matters])
        if not per_hour > 0:
            return Outages(per_hour, None, None, self.rows[:0])
        return Outages(per_hour, self.unavailability / per_hour, (1 - self.unavailability) / per_hour, self.rows[:0])

    def _own_rate(self, own: OwnInputs) -> Floats:
        """How often each item fails by itself alone: what common causes take of its failures is theirs."""
        whole = own.unavailability[self.rows]
        alone = np.divide(self.chance[: len(self.rows)], whole, out=np.ones(len(whole)), where=whole > 0)
        # An item that is down to stay (asked about as down) fails no more.
        rate: Floats = np.where(self.chance[: len(self.rows)] >= 1, 0.0, own.failures_per_hour[self.rows] * alone)
        return rate

    def _items_of(self, chosen: NDArray[np.bool_], causes: PoolCauses) -> Rows:
        members = [row for number in self.causes[chosen[len(self.rows) :]] for row in causes.members[number]]
        return np.unique(np.concatenate([self.rows[chosen[: len(self.rows)]], np.array(members, np.int64)]))

    def bases(self, own: OwnInputs, causes: PoolCauses) -> NDArray[np.int8]:
        """Return, by event, what its figure rests on (index into `BASES`).

        A cause rests on the weakest of the members that say how often it strikes, which those without data do not.
        """
        weakness = {NO_DATA: 0, COMPOSED: 1, MEASURED: 2, ENTERED: 3, DEFAULT: 4}
        shared = [
            max((int(own.basis[row]) for row in causes.members[number]), key=weakness.__getitem__)
            for number in self.causes.tolist()
        ]
        return np.concatenate([own.basis[self.rows], np.array(shared, np.int8)])


def shares_of(effects: Effects, bases: NDArray[np.int8]) -> dict[str, float] | None:
    """Return the shares of expected downtime that rest on measured, entered and default inputs.

    Downtime is attributed to events by their contributions, scaled to a sum of 1: joint failures of redundant items
    belong to each of them, so the contributions themselves add up to more or less than the whole. None where nothing
    is expected to fail.
    """
    contribution = effects.contribution
    total = float(contribution.sum())
    if not total > 0:
        return None
    by_basis = np.bincount(bases, weights=contribution, minlength=len(BASES)) / total
    return {BASES[code]: float(by_basis[code]) for code in (MEASURED, ENTERED, DEFAULT)}


def _cause_rate(chance: Floats, numbers: Rows, own: OwnInputs, causes: PoolCauses) -> Floats:
    found = np.zeros(len(numbers))
    for place, number in enumerate(numbers.tolist()):
        lengths = own.down_hours[list(causes.members[number])]
        known = lengths[np.isfinite(lengths) & (lengths > 0)]
        if chance[place] > 0:
            found[place] = chance[place] / known.mean() if len(known) else np.nan
    return found


def comparable(values: Floats) -> Floats:
    """Return values to rank by: those that differ in their last digits only, by the order of addition, are equal.

    Two servers that do the same for a service would change places from one version to the next otherwise.
    """
    fraction, exponent = np.frexp(values)
    rounded: Floats = np.ldexp(np.round(fraction, _DIGITS), exponent)
    return rounded
