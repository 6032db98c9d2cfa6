"""How risky is a change: from an estate, a change and its circumstances to the finding.

Takes a Snapshot, a `ChangeStanding` and `Circumstances`, gives a `RiskFinding`; `recomputed` does so from kept inputs.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cmdb.model.change import TAKES_DOWN, ChangeStanding, ChangeType
from cmdb.model.circumstances import ChangeSettings, Circumstances
from cmdb.snapshot import Snapshot
from impact.breaks import impact_of
from impact.finding import ImpactFinding
from impact.risk.advice import counterfactuals_of, reasons_of, structural_advice
from impact.risk.finding import AffectedService, FloorRow, MissingRow, ReasonRow, RiskFinding, StepsRow
from impact.risk.floors import band_with, floors_of
from impact.risk.formula import Score, score_of
from impact.risk.gathering import Gathered, checked_rows, gather
from impact.risk.inputs import RiskInputs
from impact.risk.matrix import APPROVERS, matrix

__all__ = ["assess", "recomputed"]


def assess(
    snapshot: Snapshot,
    standing: ChangeStanding,
    circumstances: Circumstances,
    *,
    joint_conflict: bool = False,
    counts_as: ChangeType | None = None,
    limit: int | None = None,
) -> RiskFinding:
    """Return the risk of a change.

    `joint_conflict`: an unresolved joint loss of redundancy is known. `counts_as` is the type it is judged as where it
    is not the one it claims (a standard change without its model). `limit` cuts the list of affected items of the
    impact. Raises UsageError for a change without items, or with one that is unknown or out of service.
    """
    checked_rows(snapshot, standing.request)
    broken = _impact(snapshot, standing, circumstances, limit)
    blind = bool(broken.no_service_known) or broken.links_not_evaluated > 0
    gathered = gather(
        snapshot, standing, circumstances, joint_conflict=joint_conflict, blind=blind, counts_as=counts_as
    )
    inputs = gathered.inputs
    score, floors = score_of(inputs), floors_of(inputs)
    band = band_with(score.band, floors)
    likelihood, level = matrix(score)
    advice = counterfactuals_of(inputs)
    warnings = [*_warnings(standing, gathered, counts_as), *broken.warnings]
    return RiskFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        number=standing.number or None,
        title=standing.request.title,
        assessed_at=circumstances.now.isoformat(),
        headline=_headline(inputs, score, band, advice),
        score=score.score,
        band=band,
        band_of_score=score.band,
        failure_probability=score.failure_probability,
        outage_minutes_if_fails=score.outage_minutes,
        expected_loss=score.expected_loss,
        loss_if_fails=score.loss_if_fails,
        budget_share=score.budget_share,
        likelihood=likelihood,
        impact_level=level,
        counts_as=inputs.type,
        schedulable=all(each.schedulable for each in floors),
        approvers=list(APPROVERS[band]),
        reasons=[ReasonRow(**each._asdict()) for each in reasons_of(inputs)],
        floors=[FloorRow(**each._asdict()) for each in floors],
        missing=[MissingRow(what=each.what, of=each.of, assumed=each.assumed) for each in gathered.missing],
        counterfactuals=[StepsRow(steps=list(each.steps), score=each.score, band=each.band) for each in advice],
        structural=[
            StepsRow(steps=list(each.steps), score=each.score, band=each.band) for each in structural_advice(inputs)
        ],
        services=[
            AffectedService(
                id=each.service,
                name=each.name,
                users=each.users,
                weight=each.weight,
                down=each.down,
                down_if_fails=each.down if each.down_if_fails is None else each.down_if_fails,
                planned_minutes=each.planned_minutes,
                budget_left_minutes=each.budget_left_minutes,
            )
            for each in inputs.services
        ],
        overlapping=gathered.overlapping,
        calendar=[*gathered.freezes, *gathered.outside],
        weights=_weights(inputs.settings),
        model_version=inputs.version,
        inputs=msgspec.to_builtins(inputs),
        impact=broken,
        warnings=warnings,
    )


def recomputed(inputs: dict[str, Any]) -> tuple[Score, str]:
    """Return score and band of kept inputs; they are those of the assessment where the model is the same."""
    read = msgspec.convert(inputs, RiskInputs)
    score = score_of(read)
    return score, band_with(score.band, floors_of(read))


def _impact(
    snapshot: Snapshot, standing: ChangeStanding, circumstances: Circumstances, limit: int | None
) -> ImpactFinding:
    steps = standing.request.steps
    down = list(dict.fromkeys(step.item for step in steps if step.action in TAKES_DOWN))
    open_ = {
        state: [each.item for each in circumstances.outages if each.state == state and snapshot.row_of(each.item) >= 0]
        for state in ("down", "degraded")
    }
    # A change that only puts items at risk is judged by what breaks if it fails.
    asked = down or list(dict.fromkeys(step.item for step in steps))
    return impact_of(snapshot, asked, limit=limit, outages=open_["down"], degradations=open_["degraded"])


def _headline(inputs: RiskInputs, score: Score, band: str, advice: list[Any]) -> str:
    told = [f"{band.replace('_', ' ').capitalize()} ({score.score:.0f})."]
    worst = max(
        inputs.services,
        key=lambda each: each.weight * each.users * (each.down if each.down_if_fails is None else each.down_if_fails),
        default=None,
    )
    if worst is None:
        told.append("No service is known to get worse.")
    else:
        chance = worst.down if worst.down_if_fails is None else worst.down_if_fails
        people = f"{worst.users:,.0f} {'user' if round(worst.users) == 1 else 'users'} of {worst.name}"
        lose = "lose it" if chance >= 0.999 else f"lose it with a chance of {chance:.2g}"
        told.append(f"If it fails, {people} {lose} for about {score.outage_minutes:.0f} min.")
    if reasons := reasons_of(inputs)[:3]:
        told.append(f"Main reasons: {', '.join(f'{each.text} (+{each.points:.0f})' for each in reasons)}.")
    if floors := [each for each in floors_of(inputs) if each.band == band and score.band != band]:
        told.append(f"Not lower because {floors[0].text}.")
    if advice:
        first = advice[0]
        steps = " and ".join(first.steps)
        told.append(f"To {steps} gives {first.score:.0f} ({first.band.replace('_', ' ')}).")
    return " ".join(told)


def _weights(settings: ChangeSettings) -> str:
    if not settings.origins:
        return "expert prior: nothing has been estimated from this record's own changes yet"
    told = "; ".join(f"{name}: {origin}" for name, origin in sorted(settings.origins.items()))
    return f"{told}; all others: expert prior"


def _warnings(standing: ChangeStanding, gathered: Gathered, counts_as: ChangeType | None) -> list[str]:
    found = []
    if counts_as is not None and counts_as != standing.request.type:
        found.append(f"it claims to be {standing.request.type}, and is judged as {counts_as}")
    if gathered.outages or gathered.degraded:
        many = len(gathered.outages) + len(gathered.degraded)
        found.append(f"{many} open {'outage counts' if many == 1 else 'outages count'} as going on when it starts")
    found += [f"outside its window: {each}" for each in gathered.outside]
    if gathered.estimated:
        found.append(
            f"the chance of losing {gathered.estimated:,} less weighty services is estimated from single failures, "
            "upwards; the others are computed"
        )
    if not gathered.services:
        found.append("no service gets worse by it, as far as the record knows")
    return found
