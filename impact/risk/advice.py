"""Reasons and advice: what each factor adds to a score, and the fewest steps that reach a lower band.

Takes `RiskInputs`, gives `RiskReason`s and `Counterfactual`s. Scores are compared uncut, or all would vanish at 100.
"""

from __future__ import annotations

import itertools
from typing import Final, Literal, NamedTuple

from impact.risk.floors import band_with, floors_of
from impact.risk.formula import BANDS, Band, score_of
from impact.risk.inputs import RiskInputs
from impact.risk.steps import FACTORS, Factor

__all__ = ["Counterfactual", "RiskReason", "band_after", "counterfactuals_of", "reasons_of", "structural_advice"]

_SHOWN: Final = 0.5
"""Points below which a factor is not worth a reason."""


class RiskReason(NamedTuple):
    """What one factor adds: the points by which the score would fall were it at its best."""

    factor: str
    points: float
    kind: Literal["procedural", "structural"]
    text: str


class Counterfactual(NamedTuple):
    """Steps, and the score and band after them."""

    steps: tuple[str, ...]
    score: float
    band: Band


def band_after(inputs: RiskInputs) -> Band:
    """Return the band of inputs, floors included."""
    return band_with(score_of(inputs).band, floors_of(inputs))


def reasons_of(inputs: RiskInputs) -> list[RiskReason]:
    """Return the reasons worth half a point or more, the weightiest first."""
    raw = score_of(inputs).raw
    found = []
    for factor in FACTORS:
        benign = factor.benign(inputs)
        if benign == inputs:
            continue
        points = raw - score_of(benign).raw
        if points >= _SHOWN:
            found.append(RiskReason(factor.name, points, factor.kind, factor.text(inputs)))
    return sorted(found, key=lambda reason: (-reason.points, reason.factor))


def counterfactuals_of(inputs: RiskInputs) -> list[Counterfactual]:
    """Return for each lower band the smallest set of procedural steps that reaches it; ties by the lowest score.

    The nearest band comes first; a band that no set of steps reaches is left out.
    """
    now = BANDS.index(band_after(inputs))
    useful = [each for each in FACTORS if each.kind == "procedural" and each.benign(inputs) != inputs]
    best: dict[int, Counterfactual] = {}
    # By size: what reaches a band first is smallest, and within a size the lowest score wins.
    for size in range(1, len(useful) + 1):
        of_size: dict[int, Counterfactual] = {}
        for chosen in itertools.combinations(useful, size):
            after = _after(inputs, chosen)
            for level in range(BANDS.index(after.band), now):
                if level not in best and (level not in of_size or after.score < of_size[level].score):
                    of_size[level] = after
        best |= of_size
    reached = [best[level] for level in sorted(best, reverse=True)]
    return [each for at, each in enumerate(reached) if at == 0 or each != reached[at - 1]]


def structural_advice(inputs: RiskInputs) -> list[Counterfactual]:
    """Return what each change of the estate itself would do, where it does anything; never mixed with steps."""
    found = []
    for factor in FACTORS:
        if factor.kind == "structural" and factor.step is not None and factor.benign(inputs) != inputs:
            after = _after(inputs, (factor,))
            if score_of(inputs).raw - after.score >= _SHOWN:
                found.append(after)
    return found


def _after(inputs: RiskInputs, chosen: tuple[Factor, ...]) -> Counterfactual:
    for factor in chosen:
        inputs = factor.benign(inputs)
    return Counterfactual(tuple(each.step or each.name for each in chosen), score_of(inputs).score, band_after(inputs))
