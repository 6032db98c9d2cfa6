"""Assessing a change: its risk and its conflicts from the record as it is now, and keeping both.

Takes a Record and a change, gives an `Assessed`; `keep` writes it down, so that an approval can name it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import msgspec
import numpy as np

from cmdb.changes.approvals import holds_as_standard
from cmdb.changes.papers import Assessment, KeptEffect, KeptInterval
from cmdb.model.change import ChangeStanding, ChangeType
from cmdb.model.circumstances import Circumstances
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from impact.change_effect import EffectFinding, effect_of
from impact.collisions import ConflictsFinding, conflicts_of
from impact.collisions.answer import in_the_way
from impact.engine import ImpactEngine
from impact.risk.answer import assess
from impact.risk.finding import RiskFinding

__all__ = ["Assessed", "assess_change", "conflicts_among", "keep", "keepable", "kept_effect", "last_assessment"]

_GRAVE = ("joint", "freeze", "window", "direct")
"""Kinds of conflict that an approval must have known of."""


@dataclass(frozen=True)
class Assessed:
    """A risk, the conflicts that went into it, and what the change does to services interval by interval."""

    standing: ChangeStanding
    risk: RiskFinding
    conflicts: ConflictsFinding
    outages: tuple[str, ...]
    """Record ids of items that are down or degraded now, and on which an affected service stands."""
    effect: EffectFinding


def assess_change(
    record: Record,
    snapshot: Snapshot,
    standing: ChangeStanding,
    *,
    now: dt.datetime | None = None,
    limit: int | None = None,
) -> Assessed:
    """Return the risk of a change from the whole state; raises UsageError for one that cannot be judged."""
    circumstances = record.circumstances(now)
    conflicts = conflicts_among(snapshot, circumstances, standing)
    joint = any(each.kind == "joint" for each in conflicts.conflicts)
    risk = assess(
        snapshot,
        standing,
        circumstances,
        joint_conflict=joint,
        counts_as=_counts_as(record, snapshot, standing),
        limit=limit,
    )
    if standing.override:
        risk.warnings.append(f"overridden: {standing.override}")
    effect = effect_of(snapshot, standing, circumstances)
    return Assessed(standing, risk, conflicts, _outages(snapshot, circumstances, risk), effect)


def conflicts_among(
    snapshot: Snapshot, circumstances: Circumstances, standing: ChangeStanding, *, drafts: bool = False
) -> ConflictsFinding:
    """Return the conflicts of one change with those that are submitted to implementing."""
    others = [each for each in in_the_way(circumstances.changes, drafts=drafts) if each.number != standing.number]
    return conflicts_of(snapshot, [*others, standing], circumstances, about=[standing.number])


def keep(record: Record, assessed: Assessed) -> tuple[str, Assessment]:
    """Keep an assessment under the change's number and the next free place; returns its key and what was kept."""
    number, last = assessed.standing.number, assessed.standing.assessment
    shelf = record.shelves().assessments
    # From the one that stands on: what was kept without its change being written has a place as well.
    place = 1 if last is None else 1 + int(last.rpartition("/")[2])
    while shelf.find(f"{number}/{place}") is not None:
        place += 1
    key, kept = f"{number}/{place}", keepable(assessed)
    shelf.put(key, kept, upon=0, note=assessed.risk.headline)
    return key, kept


def keepable(assessed: Assessed) -> Assessment:
    """Return an assessment in the form in which it is kept."""
    risk = assessed.risk
    return Assessment(
        number=assessed.standing.number,
        at=risk.assessed_at,
        revision=risk.revision,
        model_version=risk.model_version,
        score=risk.score,
        band=risk.band,
        failure_probability=risk.failure_probability,
        expected_loss=risk.expected_loss,
        loss_if_fails=risk.loss_if_fails,
        headline=risk.headline,
        counts_as=risk.counts_as,
        schedulable=risk.schedulable,
        approvers=tuple(risk.approvers),
        services=tuple(each.id for each in risk.services),
        conflicts=tuple(_conflict_key(each) for each in assessed.conflicts.conflicts if each.kind in _GRAVE),
        outages=assessed.outages,
        reasons=tuple(f"{each.text} (+{each.points:.1f})" for each in risk.reasons),
        floors=tuple(each.text for each in risk.floors),
        missing=len(risk.missing),
        inputs=risk.inputs,
        effect=kept_effect(assessed.effect),
    )


def kept_effect(effect: EffectFinding) -> KeptEffect:
    """Return what a change does to services in the form in which it is kept."""
    pictures: dict[tuple[tuple[str, str], ...], int] = {}
    intervals = []
    for each in effect.intervals:
        picture = tuple((one.id, one.state) for one in each.services)
        hit = pictures.setdefault(picture, len(pictures)) if picture else -1
        intervals.append(KeptInterval(each.start, each.end, each.phase, tuple(each.items), tuple(each.meanwhile), hit))
    return KeptEffect(
        {each.id: each.state for each in effect.succeeds},
        {each.id: each.state for each in effect.fails},
        tuple(intervals),
        tuple(dict(picture) for picture in pictures),
    )


def last_assessment(record: Record, standing: ChangeStanding) -> Assessment | None:
    """Return the assessment that stands for a change, None before the first."""
    if standing.assessment is None:
        return None
    found = record.shelves().assessments.find(standing.assessment)
    return found.value if found is not None else None


def _conflict_key(conflict: object) -> str:
    from impact.collisions.finding import Conflict

    assert isinstance(conflict, Conflict)
    with_ = f" ({', '.join(conflict.changes)})" if len(conflict.changes) > 1 else ""
    return f"{conflict.kind}: {conflict.text}{with_}"


def _counts_as(record: Record, snapshot: Snapshot, standing: ChangeStanding) -> ChangeType | None:
    """Return `normal` for a standard change that no change model covers; None where the claim holds."""
    request = standing.request
    if request.type != "standard":
        return None
    model = None if request.model is None else record.shelves().models.find(request.model)
    rows = [row for step in request.steps if (row := snapshot.row_of(step.item)) >= 0]
    why = holds_as_standard(request, model.value if model else None, {snapshot.class_at(row) for row in rows})
    return "normal" if why else None


def _outages(snapshot: Snapshot, circumstances: Circumstances, risk: RiskFinding) -> tuple[str, ...]:
    services = {snapshot.row_of(each.id) for each in risk.services}
    if not services:
        return ()
    below = ImpactEngine.of(snapshot).stands_on(np.array(sorted(services), np.int64))
    found = [each.item for each in circumstances.outages if (row := snapshot.row_of(each.item)) >= 0 and below[row]]
    return tuple(sorted(set(found)))


def with_prediction(standing: ChangeStanding, key: str, assessment: Assessment) -> ChangeStanding:
    """Return a standing that names the assessment in force and what it predicts."""
    return msgspec.structs.replace(
        standing,
        assessment=key,
        predicted=assessment.failure_probability,
        predicted_user_minutes=60.0 * assessment.expected_loss,
    )
