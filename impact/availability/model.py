"""An estate ready to be asked for availabilities: its structure, what each item does by itself, and the evaluator.

Takes an engine, holds what every service of one question shares. The design is judged: what is down today counts only
where the question says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from impact.availability.common import PoolCauses, failure_data, pool_causes
from impact.availability.evaluate import Budget, Evaluator
from impact.availability.inputs import COMPOSED, NO_DATA, OwnInputs, own_inputs
from impact.availability.reach import standing_on
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.structure import Structure

__all__ = ["AvailabilityModel"]

Flags = NDArray[np.bool_]


class AvailabilityModel:
    """One estate, asked as designed or as it stands now. `down` are rows that count as down for certain."""

    def __init__(self, engine: ImpactEngine, *, seconds: float | None = None, down: Iterable[int] = ()) -> None:
        self.engine = engine
        self.seconds = seconds
        self.down = np.unique(np.fromiter(down, np.int64))

    @cached_property
    def structure(self) -> Structure:
        """What each item needs in order to be up."""
        return Structure.of(self.engine)

    @cached_property
    def own(self) -> OwnInputs:
        """What each item does by itself.

        A service without figures and without providers is no composition of anything: nothing is known of it.
        """
        own = own_inputs(self.engine.snapshot)
        hollow = (own.basis == COMPOSED) & ~self.structure.modelled[: len(own.basis)]
        return replace(own, basis=np.where(hollow, NO_DATA, own.basis).astype(np.int8))

    @cached_property
    def causes(self) -> PoolCauses:
        """The common causes that pools state."""
        return pool_causes(self.engine, self.structure)

    @cached_property
    def evaluator(self) -> Evaluator:
        """What computes probabilities of rows."""
        data = failure_data(self.structure, self.own, self.causes, self.unavailability)
        budget = None if self.seconds is None else Budget(seconds=self.seconds, seconds_a_row=0.0)
        return Evaluator(self.structure, data, budget)

    @cached_property
    def overlapping(self) -> Evaluator:
        """The same with planned work falling independently of failures and of other work."""
        both = 1 - (1 - self.unavailability) * (1 - self.own.planned)
        return self.evaluator.with_data(failure_data(self.structure, self.own, self.causes, both))

    @cached_property
    def unavailability(self) -> NDArray[np.float64]:
        """By item: the share of time it is down by itself, common causes included; 1 for what is down for certain."""
        changed = self.own.unavailability.copy()
        changed[self.down] = 1.0
        return changed

    @cached_property
    def rests_on_nothing_known(self) -> Flags:
        """By item: is there anything without data among what it stands on, itself included?"""
        return self._standing_on(np.flatnonzero(self.own.basis == NO_DATA))

    @cached_property
    def rests_on_too_many_paths(self) -> Flags:
        """By item: does it need a path through a network that has too many to list, so that some were left out?"""
        return self._standing_on(self.structure.approximate)

    def _standing_on(self, rows: Rows) -> Flags:
        found = np.zeros(self.structure.size, np.bool_)
        found[standing_on(self.structure, rows.tolist())] = True
        return found[: self.structure.count]

    def prepare(self, rows: Iterable[int]) -> None:
        """Begin a question about these rows: make what they share in one go, which is cheaper than one by one."""
        listed = list(rows)
        self.evaluator.begin(len(listed))
        self.evaluator.forms.prepare(listed)

    def is_modelled(self, row: int) -> bool:
        """Whether a figure can be given: it has figures of its own, or stands on something recorded."""
        return bool(self.structure.modelled[row]) or int(self.own.basis[row]) not in (COMPOSED, NO_DATA)
