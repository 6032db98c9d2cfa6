"""A change request as a person reads it: what, when, how, who said yes, what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from frontends.cli.change_view import Stretch, draw_stretches, item_name, services_told, span_of, time_of
from frontends.cli.tables import Column, Screen

if TYPE_CHECKING:
    from cmdb.changes.papers import Assessment, KeptEffect
    from cmdb.model.change import ChangeStanding
    from cmdb.snapshot import Snapshot

__all__ = ["draw"]

_STATES: Final = ("at_risk", "degraded", "down")


def draw(
    snapshot: Snapshot, standing: ChangeStanding, assessment: Assessment | None, moved: Sequence[str] = ()
) -> None:
    """Print a change: its state, what is asked for, its steps, its assessment and who approved it.

    `moved` is what became different since it was assessed.
    """
    screen, request = Screen(), standing.request
    screen.say(f"{standing.number}  {request.title}", "bold")
    waits = ", to be ratified by the board" if standing.unratified else ""
    pairs: list[tuple[str, Any]] = [
        ("state", f"{standing.state}{waits} (version {standing.version})"),
        ("type", request.type + (f", by change model {request.model}" if request.model else "")),
        ("when", span_of(request) or "not said"),
        ("planned outage", _minutes(request.planned_outage_minutes)),
        ("team", ", ".join(filter(None, [request.team, *request.assignees]))),
        ("asked for by", request.requester),
        ("back-out plan", _back_out(standing)),
        ("tests", request.tests),
        ("implementation", request.implementation),
        ("why", request.justification),
        ("if it is not done", request.risk_of_not_doing),
        ("in spite of", standing.override),
    ]
    screen.pairs((name, value) for name, value in pairs if value)
    screen.heading("Items" + (", one by one" if request.sequence == "one_by_one" else ""))
    columns = [Column("item"), Column("action", fixed=True), Column("after min", right=True), Column("min", right=True)]
    screen.table(
        [*columns, Column("replaced by")],
        (
            [
                item_name(snapshot, step.item),
                step.action.replace("_", " "),
                f"{step.offset:g}",
                "" if step.minutes is None else f"{step.minutes:g}",
                "" if step.replacement is None else item_name(snapshot, step.replacement),
            ]
            for step in request.steps
        ),
        indent=2,
    )
    if assessment is not None:
        screen.heading(f"Risk, as of {time_of(assessment.at)} at revision {assessment.revision}")
        screen.say(assessment.headline)
        for each in assessment.conflicts:
            screen.say(f"conflict: {each}")
        for each in moved:
            screen.say(f"since then: {each}")
        if assessment.effect is not None:
            _effect(screen, snapshot, assessment.effect, request.zone)
    if standing.approvals:
        screen.heading("Approvals")
        screen.table(
            [Column("by"), Column("as", fixed=True), Column("when", fixed=True), Column("on", fixed=True), Column("")],
            (
                [each.by, each.role.replace("_", " "), time_of(each.at), each.assessment, _void(each.void, each.reason)]
                for each in standing.approvals
            ),
            indent=2,
        )
    if standing.outcome is not None:
        outcome = standing.outcome
        screen.heading("How it went")
        told = f"{outcome.result.replace('_', ' ')}, {time_of(outcome.started_at)} to {time_of(outcome.ended_at)}"
        screen.say(told + ("" if outcome.outage_minutes is None else f", {outcome.outage_minutes:g} minutes' outage"))
        if outcome.hit:
            screen.say(f"hit, though nobody had predicted it: {', '.join(item_name(snapshot, i) for i in outcome.hit)}")
        if outcome.note:
            screen.say(outcome.note)


def _effect(screen: Screen, snapshot: Snapshot, effect: KeptEffect, zone: str | None) -> None:
    def named(services: dict[str, str]) -> list[tuple[str, str]]:
        # The worst and most critical first, as everywhere: only the first are told.
        def rank(item: str) -> tuple[int, int, int]:
            row = snapshot.row_of(item)
            weight = (0, 0) if row < 0 else (-int(snapshot.criticality[row]), -int(snapshot.users[row]))
            return (-_STATES.index(services[item]), *weight)

        return [(item_name(snapshot, item), services[item]) for item in sorted(services, key=rank)]

    screen.heading("Effect on services, by that assessment")
    branches = (("as planned", effect.succeeds), ("where it fails", effect.fails))
    screen.pairs([(branch, services_told(named(services)) or "none") for branch, services in branches])
    if effect.intervals:
        stretches = (
            Stretch(e.start, e.end, e.phase, named(effect.pictures[e.hit]) if e.hit >= 0 else [], e.meanwhile)
            for e in effect.intervals
        )
        draw_stretches(screen, stretches, zone)


def _void(void: str, reason: str) -> str:
    return f"void: {void}" if void else reason


def _minutes(minutes: float | None) -> str | None:
    return None if minutes is None else f"{minutes:g} minutes"


def _back_out(standing: ChangeStanding) -> str:
    plan = standing.request.back_out
    parts = [plan.state, _minutes(plan.minutes), plan.tested_on, plan.reference, plan.text]
    return ", ".join(filter(None, parts))
