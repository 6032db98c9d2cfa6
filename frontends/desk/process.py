"""The process of a change: submit, assess, approve, schedule, start, finish, review. Each step checks what it rests on.

Takes a Record and a number, gives the change as it stands then. `schedule` and `start` assess again: what was approved
on other facts is void until it is renewed, or overridden with a written reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from cmdb.changes.approvals import approve_as, became_different, open_roles, void_because
from cmdb.changes.papers import Assessment, Roster
from cmdb.changes.reading import time_in
from cmdb.changes.transitions import check_transition
from cmdb.errors import EditRefused
from cmdb.model.change import ChangeStanding, ChangeState, Outcome
from cmdb.model.occupation import moment
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from cmdb.store.succession import present_time
from frontends.desk.assessing import Assessed, assess_change, keep, last_assessment, with_prediction

__all__ = [
    *("Step", "approve", "assess_and_keep", "cancel", "finish", "names_of", "ratify", "reject", "review", "submit"),
    *("to_state", "told_time"),
]

Result = Literal["successful", "backed_out", "unsuccessful"]


@dataclass(frozen=True)
class Step:
    """What a step came to. `void` says why an approval no longer holds: then the step was not taken."""

    standing: ChangeStanding
    assessed: Assessed | None = None
    void: list[str] = field(default_factory=list)
    told: str = ""
    moved: list[str] = field(default_factory=list)
    """What became different since the assessment before."""


def submit(record: Record, number: str) -> ChangeStanding:
    """Hand a draft in: from now on it counts for others. Raises EditRefused unless it is a draft that says enough."""
    standing, snapshot = record.changes.get(number), record.snapshot()
    check_transition(standing.number, standing.state, "submitted")
    request = standing.request
    lacking = [
        what for what, said in (("start and end", request.start and request.end), ("items", request.steps)) if not said
    ]
    if lacking:
        raise EditRefused(
            f"{standing.number} says nothing of its {' and '.join(lacking)}; add it with: cmdb change edit"
        )
    rows = [row for step in request.steps if (row := snapshot.row_of(step.item)) >= 0]
    classes = tuple(sorted({snapshot.class_at(row) for row in rows}))
    return record.changes.move(standing, "submitted", note="submitted", submitted_at=present_time(), classes=classes)


def assess_and_keep(record: Record, number: str, *, now: dt.datetime | None = None) -> Step:
    """Assess a change and keep the assessment on it; one that needs nobody's yes is approved by that.

    A draft is assessed without becoming anything else. What was approved on other facts becomes void.
    """
    standing, snapshot = record.changes.get(number), record.snapshot()
    if standing.state in ("closed", "cancelled", "rejected", "review"):
        raise EditRefused(f"{standing.number} is {standing.state}: there is nothing to assess any more")
    before, before_key = last_assessment(record, standing), standing.assessment
    assessed = assess_change(record, snapshot, standing, now=now)
    key, kept = keep(record, assessed)
    standing = with_prediction(standing, key, kept)
    void: list[str] = []
    moved = [] if before is None else became_different(before, kept, names_of(snapshot, kept, before))
    since = f" Since {before_key}: {'; '.join(moved)}." if moved else ""
    if standing.state in ("approved", "scheduled") and before is not None:
        void = void_because(before, kept, names_of(snapshot, kept))
        if void:
            standing = _voided(standing, void)
        else:
            again = record.changes.put(standing, note=f"assessed again: {kept.headline}{since}")
            return Step(again, assessed, moved=moved)
    if standing.state in ("draft", "implementing"):
        return Step(record.changes.put(standing, note=f"assessed: {kept.headline}{since}"), assessed, moved=moved)
    if standing.state in ("submitted", "assessed"):
        standing = record.changes.move(standing, "assessed", note=f"assessed: {kept.headline}{since}")
    else:
        standing = record.changes.put(standing, note=f"approval void: {'; '.join(void)}")
    if kept.schedulable and not open_roles(standing, kept) and not void:
        told = "approved: its risk is low, and that needs nobody's yes" if not kept.approvers else "approved"
        standing = record.changes.move(standing, "approved", note=told)
    return Step(standing, assessed, void, moved=moved)


def approve(record: Record, number: str, reason: str = "") -> Step:
    """Say yes to the assessment that stands, in a role that it needs; the last yes approves the change."""
    standing, snapshot = record.changes.get(number), record.snapshot()
    assessment = last_assessment(record, standing)
    if assessment is None or standing.state != "assessed":
        if standing.state in ("draft", "submitted") or assessment is None:
            raise EditRefused(f"{standing.number} is {standing.state} and not assessed: cmdb change assess {number}")
        check_transition(standing.number, standing.state, "approved")
        raise EditRefused(f"{standing.number} is {standing.state} already: no yes is missing")
    roster = record.shelves().roster.find("site")
    assert standing.assessment is not None
    approval = approve_as(
        standing,
        standing.assessment,
        assessment,
        record.settings.actor(),
        roster.value if roster is not None else Roster(),
        _owners(snapshot, assessment.services),
        at=present_time(),
        reason=reason,
    )
    standing = msgspec.structs.replace(standing, approvals=(*standing.approvals, approval))
    note = f"approved by {approval.by} as {approval.role}, on {approval.assessment}"
    left = open_roles(standing, assessment)
    if left:
        return Step(record.changes.put(standing, note=note), told=f"still needed: {', '.join(left)}")
    emergency = standing.request.type == "emergency" and bool(assessment.approvers)
    return Step(record.changes.move(standing, "approved", note=note, reason=reason, unratified=emergency))


def ratify(record: Record, number: str) -> ChangeStanding:
    """Have the board confirm an emergency that one person approved; only its members may."""
    standing, actor = record.changes.get(number), record.settings.actor()
    if not standing.unratified:
        raise EditRefused(f"{standing.number} waits for no board: it is no emergency that one person approved")
    roster = record.shelves().roster.find("site")
    board = roster.value.holders("cab") if roster is not None else ()
    if actor.name.casefold() not in {each.casefold() for each in board}:
        raise EditRefused(f"{actor.name} is no member of the board; its members: {', '.join(board) or 'nobody yet'}")
    if any(actor.name.casefold() == each.by.casefold() for each in standing.approvals):
        raise EditRefused(f"{actor.name} approved {standing.number} at the time; another member must ratify it")
    standing = msgspec.structs.replace(standing, unratified=False)
    return record.changes.put(standing, note=f"ratified by {actor.name} for the board")


def reject(record: Record, number: str, reason: str) -> ChangeStanding:
    """Turn a change down, with a written reason."""
    standing = record.changes.get(number)
    return record.changes.move(standing, "rejected", note="rejected", reason=reason)


def cancel(record: Record, number: str, reason: str) -> ChangeStanding:
    """Give a change up before its work begins, with a written reason."""
    standing = record.changes.get(number)
    return record.changes.move(standing, "cancelled", note="cancelled", reason=reason)


def to_state(
    record: Record,
    number: str,
    to: Literal["scheduled", "implementing"],
    *,
    override: str = "",
    now: dt.datetime | None = None,
) -> Step:
    """Put a change on the schedule, or start its work: after assessing it again.

    Where the approval no longer holds the change falls back to `assessed`, and `void` of what is returned says why;
    an `override`, a written reason, takes the step all the same and is kept.
    """
    standing, snapshot = record.changes.get(number), record.snapshot()
    check_transition(standing.number, standing.state, to)
    approved = last_assessment(record, standing)
    assessed = assess_change(record, snapshot, standing, now=now)
    key, kept = keep(record, assessed)
    void = [] if approved is None else void_because(approved, kept, names_of(snapshot, kept))
    if not kept.schedulable and to == "scheduled":
        void = [*void, *(each.text for each in assessed.risk.floors if not each.schedulable)]
    note = "scheduled" if to == "scheduled" else "work started"
    moved = [] if approved is None else became_different(approved, kept, names_of(snapshot, kept, approved))
    if void and not override.strip():
        standing = _voided(with_prediction(standing, key, kept), void)
        standing = record.changes.put(standing, note=f"not {note}; approval void: {'; '.join(void)}")
        return Step(standing, assessed, void, moved=moved)
    more = {"started_at": present_time()} if to == "implementing" else {}
    if void:
        more["override"] = override
        note = f"{note} in spite of: {'; '.join(void)}"
    elif moved:
        note = f"{note}. Since {standing.assessment}: {'; '.join(moved)}."
    standing = with_prediction(standing, key, kept)
    return Step(
        record.changes.move(standing, to, note=note, reason=override if void else "", **more), assessed, moved=moved
    )


def finish(
    record: Record,
    number: str,
    result: Result,
    *,
    started: str | None = None,
    ended: str | None = None,
    outage_minutes: float | None = None,
    note: str = "",
) -> ChangeStanding:
    """Record that the work is over and how it went; the review comes next. Refused where it ends before it starts."""
    standing = record.changes.get(number)
    check_transition(standing.number, standing.state, "review")
    begun = started or standing.started_at or standing.request.start or present_time()
    over = ended or present_time()
    if moment(over) < moment(begun):
        raise EditRefused(f"{standing.number} would end at {over}, before it started at {begun}")
    outcome = Outcome(result, begun, over, outage_minutes, note=note)
    return record.changes.move(standing, "review", note=f"finished: {result.replace('_', ' ')}", outcome=outcome)


def told_time(text: str | None, key: str) -> str | None:
    """Return a time that a person gave, checked; raises UsageError for one that is none or names no zone."""
    return None if text is None else time_in(text, None, key).isoformat()


def review(
    record: Record, number: str, *, outage_minutes: float | None, hit: Sequence[str], note: str
) -> tuple[ChangeStanding, list[str]]:
    """Close a change after looking back; returns it with proposals for the record.

    `hit` are record ids of items that were hit. Those that the impact had not predicted are kept as such, and a
    relationship is proposed for each: it is what the record was missing.
    """
    from impact.breaks import impact_of

    standing, snapshot = record.changes.get(number), record.snapshot()
    check_transition(standing.number, standing.state, "closed")
    assert standing.outcome is not None
    steps = [step.item for step in standing.request.steps if snapshot.row_of(step.item) >= 0]
    predicted = set(steps)
    if steps:
        predicted |= set(impact_of(snapshot, steps).ids)
    surprising = [each for each in dict.fromkeys(hit) if each not in predicted]
    proposals = [
        f"cmdb relate {_named(snapshot, each)} depends_on {_named(snapshot, steps[0])}" for each in surprising if steps
    ]
    actual = standing.outcome.outage_minutes if outage_minutes is None else outage_minutes
    outcome = msgspec.structs.replace(
        standing.outcome,
        outage_minutes=actual,
        user_minutes=_user_minutes(last_assessment(record, standing), actual),
        hit=tuple(surprising),
        note=note or standing.outcome.note,
    )
    return record.changes.move(standing, "closed", note=note or "reviewed and closed", outcome=outcome), proposals


def _user_minutes(assessment: Assessment | None, outage_minutes: float | None) -> float | None:
    """Return the weighted user-minutes that an outage cost, of the services that the change was to take down."""
    if assessment is None or outage_minutes is None:
        return None
    services = assessment.inputs.get("services", [])
    hit = [each for each in services if max(each["down"], each.get("down_if_fails", 0.0)) >= 0.5]
    return float(outage_minutes * sum(each["weight"] * each["users"] for each in hit))


def _named(snapshot: Snapshot, item: str) -> str:
    return f"'{snapshot.class_at(row)}:{snapshot.name_at(row)}'" if (row := snapshot.row_of(item)) >= 0 else item


def _voided(standing: ChangeStanding, void: Sequence[str]) -> ChangeStanding:
    why = "; ".join(void)
    state: ChangeState = "assessed"
    approvals = tuple(each if each.void else msgspec.structs.replace(each, void=why) for each in standing.approvals)
    return msgspec.structs.replace(standing, state=state, approvals=approvals)


def names_of(snapshot: Snapshot, *assessments: Assessment) -> dict[str, str]:
    """Return the names of the items that assessments speak of, by record id."""
    ids = {id_ for each in assessments for id_ in (*each.services, *each.outages)}
    ids |= {id_ for each in assessments if each.effect for id_ in (*each.effect.succeeds, *each.effect.fails)}
    return {each: snapshot.name_at(row) for each in ids if (row := snapshot.row_of(each)) >= 0}


def _owners(snapshot: Snapshot, services: Sequence[str]) -> list[str]:
    rows = [row for each in services if (row := snapshot.row_of(each)) >= 0]
    owners = (snapshot.shown_at(row)["values"].get("owner") for row in rows)
    return [each for each in owners if isinstance(each, str)]
