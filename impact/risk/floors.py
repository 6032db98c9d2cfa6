"""Floors: facts that no score may outweigh. Each lifts the band, and says why.

Takes `RiskInputs`, gives `Floor`s. Source: shared mathematics, section 1.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from impact.risk.formula import Band, worse
from impact.risk.inputs import RiskInputs, ServiceLoss

__all__ = ["CERTAIN", "Floor", "band_with", "floors_of", "worst_down"]

CERTAIN: Final = 0.999
"""From this probability on a service is called certain to be down with what the change takes down."""
_VITAL: Final = 8.0


class Floor(NamedTuple):
    """One fact, and the band that it makes the least. `schedulable` is False where it must be settled first."""

    rule: str
    band: Band
    text: str
    schedulable: bool = True


def worst_down(loss: ServiceLoss) -> float:
    """Return the larger of the chances that a service is down, as planned and where the change fails."""
    return loss.down if loss.down_if_fails is None else max(loss.down, loss.down_if_fails)


def floors_of(inputs: RiskInputs) -> list[Floor]:
    """Return every floor that holds."""
    found: list[Floor] = []
    if inputs.in_freeze and inputs.type != "emergency":
        found.append(Floor("freeze", "very_high", "it falls inside a freeze, and is no emergency"))
    if inputs.back_out == "none":
        vital = [each for each in inputs.services if each.weight >= _VITAL and worst_down(each) >= CERTAIN]
        if vital:
            named = ", ".join(each.name for each in vital[:3]) + (f" and {len(vital) - 3} more" if vital[3:] else "")
            found.append(
                Floor("no_back_out", "high", f"vital {named} goes down with it, and there is no back-out plan")
            )
    if inputs.joint_conflict:
        text = "together with another change it takes down what each alone leaves up; settle that before scheduling"
        found.append(Floor("joint_conflict", "high", text, schedulable=False))
    if inputs.blind:
        text = "links were not evaluated, or no service is known to stand on it: that nothing breaks is not known"
        found.append(Floor("not_evaluated", "medium", text))
    return found


def band_with(band: Band, floors: list[Floor]) -> Band:
    """Return the band once every floor has lifted it."""
    for each in floors:
        band = worse(band, each.band)
    return band
