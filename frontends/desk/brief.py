"""The brief of a change for a board meeting: one page, as plain parts that Markdown and HTML both draw.

Takes a Record and a number, gives a `Brief`: what, why, risk and reasons, what breaks, collisions, slot, back-out,
approvals, who is told, and what it all rests on.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from cmdb.changes.conflict_kinds import CONFLICT_KINDS
from cmdb.errors import CmdbError
from cmdb.model.change import ChangeStanding
from cmdb.record import Record
from cmdb.snapshot import Snapshot
from frontends.desk.afterwards import afterwards_of
from frontends.desk.assessing import Assessed, assess_change
from impact.change_effect import EffectFinding, effect_of
from impact.slots import slots_of

__all__ = ["Brief", "Part", "brief_of"]

Table = tuple[list[str], list[list[str]]]


class Part(NamedTuple):
    """A heading, paragraphs, and at most one table (columns, rows)."""

    heading: str
    paragraphs: list[str]
    table: Table | None = None


class Brief(NamedTuple):
    """One page."""

    number: str
    title: str
    verdict: str
    band: str
    parts: list[Part]
    footer: str


def brief_of(record: Record, standing: ChangeStanding, *, now: dt.datetime | None = None) -> Brief:
    """Return the brief of a change as the record has everything now; raises UsageError where it cannot be judged."""
    snapshot, circumstances = record.snapshot(), record.circumstances(now)
    assessed = assess_change(record, snapshot, standing, now=now, limit=0)
    effect = effect_of(snapshot, standing, circumstances)
    risk = assessed.risk
    try:
        slots = slots_of(snapshot, standing, circumstances, limit=3)
        slot_rows = [
            [_time(each.start, slots.zone), _time(each.end, slots.zone), f"{each.user_minutes:,.0f}"]
            for each in slots.slots
        ]
        if slots.now_planned is not None:
            planned = slots.now_planned
            slot_rows.append([f"as planned: {_time(planned.start, slots.zone)}", "", f"{planned.user_minutes:,.0f}"])
        slot = Part("Best slots", [], (["from", "to", "user-minutes"], slot_rows))
    except CmdbError as error:
        slot = Part("Best slots", [str(error)])
    parts = [
        _what(snapshot, standing),
        _risk(assessed),
        _breaks(effect),
        *_afterwards(record, snapshot, standing),
        _collisions(assessed),
        slot,
        _back_out(standing),
        _approvals(standing, risk.approvers),
        _told(effect),
        _rests(assessed),
    ]
    footer = (
        f"Revision {risk.revision} of the record; formula {risk.model_version}; assessed {risk.assessed_at[:16]} UTC."
    )
    return Brief(standing.number, standing.request.title, risk.headline, risk.band, parts, footer)


def _time(text: str, zone: str | None) -> str:
    from zoneinfo import ZoneInfo

    moment = dt.datetime.fromisoformat(text)
    # One clock on one page: without a zone all times are told in UTC.
    return f"{moment.astimezone(ZoneInfo(zone or 'UTC')):%a %Y-%m-%d %H:%M} {zone or 'UTC'}"


def _name(snapshot: Snapshot, item: str) -> str:
    return snapshot.name_at(row) if (row := snapshot.row_of(item)) >= 0 else item


def _what(snapshot: Snapshot, standing: ChangeStanding) -> Part:
    request = standing.request
    when = "not dated"
    if request.start is not None:
        when = _time(request.start, request.zone) + (f" to {_time(request.end, request.zone)}" if request.end else "")
    said = [
        f"{request.type.capitalize()} change, {standing.state}; {when}. Asked for by {request.requester or 'nobody'}.",
        request.justification and f"Why: {request.justification}",
        request.risk_of_not_doing and f"If it is not done: {request.risk_of_not_doing}",
        request.implementation and f"How: {request.implementation}",
    ]
    rows = [
        [
            _name(snapshot, step.item),
            step.action.replace("_", " ") + (f" by {_name(snapshot, step.replacement)}" if step.replacement else ""),
            _minutes(step.minutes if step.minutes is not None else request.planned_outage_minutes),
        ]
        for step in request.steps
    ]
    return Part("What and why", [each for each in said if each], (["item", "action", "minutes"], rows))


def _minutes(minutes: float | None) -> str:
    return "" if minutes is None else f"{minutes:g}"


def _risk(assessed: Assessed) -> Part:
    risk = assessed.risk
    said = [
        f"It fails with a probability of {risk.failure_probability:.1%}; then it takes about "
        f"{risk.outage_minutes_if_fails:.0f} minutes and {risk.loss_if_fails:,.0f} weighted user-hours. "
        f"Expected loss: {risk.expected_loss:,.0f}. Likelihood {risk.likelihood} of 5, "
        f"impact {risk.impact_level} of 5.",
        *(f"Not lower because {each.text}." for each in risk.floors),
        *(
            f"To {' and '.join(each.steps)} gives {each.score:.0f} ({each.band.replace('_', ' ')})."
            for each in risk.counterfactuals
        ),
    ]
    rows = [[f"+{each.points:.1f}", each.text, each.kind] for each in risk.reasons]
    return Part(
        f"Risk: {risk.band.replace('_', ' ')} ({risk.score:.0f} of 100)", said, (["points", "why", "kind"], rows)
    )


def _breaks(effect: EffectFinding) -> Part:
    fails = {each.id: each for each in effect.fails}
    planned = {each.id: each for each in effect.succeeds}
    ids = [each.service for each in effect.told]
    rows = [
        [
            (fails.get(each) or planned[each]).name,
            planned[each].state.replace("_", " ") if each in planned else "unaffected",
            fails[each].state.replace("_", " ") if each in fails else "unaffected",
        ]
        for each in ids[:15]
    ]
    said = [] if ids else ["No service gets worse, as far as the record knows."]
    if len(ids) > 15:
        said.append(f"{len(ids) - 15} more services; all of them: cmdb change effect {effect.number}")
    if effect.not_followed:
        said.append(f"{effect.not_followed} links of its items were not evaluated.")
    return Part("What breaks", said, (["service", "as planned", "if it fails"], rows))


def _afterwards(record: Record, snapshot: Snapshot, standing: ChangeStanding) -> list[Part]:
    after = afterwards_of(record, snapshot, standing)
    if after is None:
        return []
    said = [after.headline]
    if after.new_single_points:
        said.append(f"New single points of failure: {', '.join(after.new_single_points[:8])}.")
    return [Part("Afterwards", said)]


def _collisions(assessed: Assessed) -> Part:
    rows = [
        [CONFLICT_KINDS[each.kind], ", ".join(each.changes), each.text] for each in assessed.conflicts.conflicts[:12]
    ]
    said = [] if rows else ["None with what is submitted, approved, scheduled or going on."]
    if len(assessed.conflicts.conflicts) > 12:
        said.append(f"{len(assessed.conflicts.conflicts) - 12} more; all of them: cmdb change conflicts")
    return Part("Collisions", said, (["kind", "changes", "what"], rows) if rows else None)


def _back_out(standing: ChangeStanding) -> Part:
    plan = standing.request.back_out
    minutes = "" if plan.minutes is None else f", {plan.minutes:g} minutes"
    tested = " ".join(filter(None, [plan.tested_on, plan.reference]))
    said = [f"Plan: {plan.state}{minutes}{f' ({tested})' if tested else ''}. {plan.text}".strip()]
    said.append(f"Tests: {standing.request.tests}. {standing.request.test_plan}".strip())
    return Part("Back-out and tests", said)


def _approvals(standing: ChangeStanding, approvers: list[str]) -> Part:
    needed = ", ".join(each.replace("_", " ") for each in approvers) or "nobody"
    rows = [
        [
            each.by,
            each.role.replace("_", " "),
            _time(each.at, standing.request.zone),
            each.void and f"void: {each.void}",
        ]
        for each in standing.approvals
    ]
    said = [f"Needed: {needed}."]
    if standing.override:
        said.append(f"Overridden: {standing.override}")
    if standing.unratified:
        said.append("The board has yet to ratify it.")
    return Part("Approvals", said, (["by", "as", "when", ""], rows) if rows else None)


def _told(effect: EffectFinding) -> Part:
    rows = [
        [
            each.name,
            "" if each.users is None else f"{each.users:,}",
            ", ".join(filter(None, [each.owner, each.support_group, *each.contacts])) or "nobody is recorded",
        ]
        for each in effect.told[:15]
    ]
    return Part("Who is told", [] if rows else ["Nobody."], (["service", "users", "whom"], rows) if rows else None)


def _rests(assessed: Assessed) -> Part:
    risk = assessed.risk
    said = [f"Weights: {risk.weights}."]
    if risk.missing:
        told = "; ".join(f"{each.what} of {each.of} ({each.assumed})" for each in risk.missing[:6])
        more = f" and {len(risk.missing) - 6} more" if risk.missing[6:] else ""
        said.append(f"Not said, so the worse was assumed: {told}{more}.")
    said += [f"Warning: {each}." for each in risk.warnings]
    return Part("What it rests on", said)
