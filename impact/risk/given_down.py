"""P(a service is down | these items are down): the q of the risk formula, for services that lose redundancy.

Takes an engine, keeps one evaluator for the snapshot, gives `Chance`s: exact, or the upper end of a certified interval.
Where more services are asked for than can be had at once, those of least weight are estimated by their single points
in that state, scaled by the largest ratio of exact figure to estimate among the rest: so they err upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from impact.availability.common import failure_data
from impact.availability.evaluate import Budget, Evaluator
from impact.availability.events import FailureData
from impact.availability.model import AvailabilityModel
from impact.downsets.pools import numbers_of
from impact.engine import ImpactEngine
from impact.exposure import Exposure, design_of
from impact.frontier import Rows

__all__ = ["Chance", "GivenDown"]

_KEPT: Final = "_given_down"
_EXACTLY: Final = 60
"""Services of one question that are computed; more are estimated."""
_REMEMBERED: Final = 64
_BUDGET: Final = Budget(nodes=1 << 16, seconds=0.25, conditioned=0, samples=1 << 14)
"""A risk wants an answer at once: where a figure is hard, its certified upper bound serves."""


class Chance(NamedTuple):
    """A probability from 0 to 1; `computed` is False for an estimate."""

    value: float
    computed: bool


class GivenDown:
    """Answers for one snapshot; get it by `GivenDown.of(engine)`. Nothing is made before the first question."""

    def __init__(self, engine: ImpactEngine) -> None:
        self.engine = engine
        model = self.model = AvailabilityModel(engine)
        self._data = failure_data(model.structure, model.own, model.causes, model.unavailability)
        self._evaluator = Evaluator(model.structure, self._data, _BUDGET)
        self._known: dict[tuple[bytes, tuple[int, ...]], list[Chance]] = {}

    @classmethod
    def of(cls, engine: ImpactEngine) -> GivenDown:
        """Return the one of an engine; it lives as long as the engine does."""
        found = vars(engine).get(_KEPT)
        if found is None:
            found = vars(engine)[_KEPT] = cls(engine)
        assert isinstance(found, GivenDown)
        return found

    def chances(self, down: Rows | Sequence[int], services: Sequence[int]) -> list[Chance]:
        """Return by service the chance that it is down while `down` are; those named first are computed."""
        rows = np.unique(np.asarray(down, np.int64))
        key = rows.tobytes(), tuple(services)
        if key not in self._known:
            while len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[key] = self._chances(rows, list(services))
        return self._known[key]

    def _chances(self, down: Rows, services: list[int]) -> list[Chance]:
        if not services:
            return []
        computed, left = services[:_EXACTLY], services[_EXACTLY:]
        own = self._data.own.copy()
        own[down] = 1.0
        given = self._evaluator.with_data(FailureData(own, self._data.common))
        exact = [figure.high for figure in given.figures(computed)]
        # What was made for this question serves the next one.
        found = [Chance(each, computed=True) for each in exact]
        if left:
            rough = self._by_single_points(down, services)
            seen = [one / other for one, other in zip(exact, rough, strict=False) if other > 0]
            scale = max([1.0, *seen])
            found += [Chance(min(1.0, scale * each), computed=False) for each in rough[len(computed) :]]
        return found

    def _by_single_points(self, down: Rows, services: list[int]) -> list[float]:
        """Return the probability that any of a service's single points in this state, or itself, fails."""
        state = np.zeros(len(self.engine.snapshot), np.bool_)
        state[down] = True
        structure = design_of(self.engine, None).structure
        whole = structure.down(np.concatenate([state, np.zeros(structure.size - len(state), np.bool_)]))
        exposure = Exposure(design_of(self.engine, None), whole)
        exposure.make(services)
        up = np.log1p(-np.minimum(self._data.own, 1.0 - 1e-12))
        return [
            1.0
            if whole[row]
            else float(-np.expm1(up[numbers_of(exposure.alone(row)).astype(np.int64)].sum() + up[row]))
            for row in services
        ]
