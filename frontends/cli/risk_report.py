"""The risk of a change, as a board reads it: the verdict, the reasons, what to do, what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cmdb.changes.conflict_kinds import CONFLICT_KINDS
from frontends.cli.tables import Column, Screen, count_of
from frontends.cli.writing import write_csv, write_encoded

if TYPE_CHECKING:
    from cmdb.model.change import ChangeStanding
    from cmdb.snapshot import Snapshot
    from frontends.cli.session import Session
    from frontends.desk.assessing import Assessed
    from impact.risk.finding import RiskFinding

__all__ = ["answer", "draw_matrix"]

_SERVICES: Final = 10
_CONFLICTS: Final = 10
_BAR: Final = 24


def answer(
    session: Session,
    snapshot: Snapshot,
    assessed: Assessed,
    standing: ChangeStanding,
    output: str,
    moved: Sequence[str] = (),
) -> None:
    """Write an assessment in the form asked for; `moved` is what became different since the one before."""
    risk = assessed.risk
    if output == "json":
        import msgspec

        told = risk.as_contract()
        told["state"] = standing.state
        told["assessment"] = standing.assessment
        told["became_different"] = list(moved)
        told["conflicts"] = assessed.conflicts.as_contract()["conflicts"]
        write_encoded(msgspec.json.encode(told))
        return
    if output == "csv":
        write_csv(["factor", "points", "kind", "text"], [[r.factor, r.points, r.kind, r.text] for r in risk.reasons])
        for warning in risk.warnings:
            session.warn(warning)
        return
    _draw(Screen(), snapshot, assessed, standing, moved)


def _draw(
    screen: Screen, snapshot: Snapshot, assessed: Assessed, standing: ChangeStanding, moved: Sequence[str]
) -> None:
    risk = assessed.risk
    screen.say(f"{risk.number or 'Not recorded'}  {risk.title}", "bold")
    screen.say(risk.headline)
    for each in moved:
        screen.say(f"since the last assessment: {each}")
    screen.heading("In numbers")
    screen.pairs(_numbers(risk, standing))
    if risk.reasons:
        screen.heading("Reasons")
        full, most = ("#" if screen.ascii else "█"), max(each.points for each in risk.reasons)
        screen.table(
            [Column("points", right=True), Column(""), Column("why"), Column("kind", fixed=True)],
            (
                [f"+{each.points:.1f}", full * max(1, round(_BAR * each.points / most)), each.text, each.kind]
                for each in risk.reasons
            ),
            indent=2,
        )
    if risk.counterfactuals or risk.structural:
        screen.heading("What would lower it")
        steps = [[" and ".join(each.steps), f"{each.score:.0f}", _band(each.band)] for each in risk.counterfactuals]
        steps += [
            [f"{' and '.join(each.steps)} (the estate)", f"{each.score:.0f}", _band(each.band)]
            for each in risk.structural
        ]
        screen.table([Column("step"), Column("score", right=True), Column("band", fixed=True)], steps, indent=2)
    elif risk.band != "low":
        screen.heading("What would lower it")
        screen.say("  no step of the requester reaches a lower band")
    _services(screen, risk)
    _conflicts(screen, assessed)
    draw_matrix(screen, risk.likelihood, risk.impact_level)
    _rests_on(screen, risk)


def _numbers(risk: RiskFinding, standing: ChangeStanding) -> list[tuple[str, str]]:
    share = "no agreement" if risk.budget_share is None else f"{risk.budget_share:.0%} of what is left"
    found = [
        ("risk", f"{_band(risk.band)} ({risk.score:.1f} of 100)"),
        ("it fails with", f"{risk.failure_probability:.1%}"),
        (
            "if it fails",
            f"about {risk.outage_minutes_if_fails:.0f} minutes, {risk.loss_if_fails:,.1f} weighted user-hours",
        ),
        ("expected loss", f"{risk.expected_loss:,.1f} weighted user-hours"),
        ("downtime budget", share),
        ("who must say yes", ", ".join(_role(each) for each in risk.approvers) or "nobody: its risk is low"),
        ("state", f"{standing.state}, {standing.assessment}" if standing.number else "not recorded"),
        ("revision", f"{risk.revision} of the record, formula {risk.model_version}"),
    ]
    found[1:1] = [("not lower because", each.text) for each in risk.floors]
    return found


def _services(screen: Screen, risk: RiskFinding) -> None:
    if not risk.services:
        return
    screen.heading(f"Services that get worse ({len(risk.services):,})")
    shown = sorted(risk.services, key=lambda each: -each.weight * each.users * each.down_if_fails)[:_SERVICES]
    screen.table(
        [
            Column("service"),
            Column("users", right=True),
            Column("down meanwhile", right=True),
            Column("if it fails", right=True),
        ],
        ([each.name, f"{each.users:,.0f}", _chance(each.down), _chance(each.down_if_fails)] for each in shown),
        indent=2,
    )
    screen.more(len(shown), len(risk.services), "all of them with -o json")


def _conflicts(screen: Screen, assessed: Assessed) -> None:
    found = assessed.conflicts.conflicts
    if found:
        screen.heading(f"In the way ({len(found):,})")
        for each in found[:_CONFLICTS]:
            others = [number for number in each.changes if number != assessed.standing.number]
            screen.say(f"  {CONFLICT_KINDS[each.kind]}: {each.text}" + (f" [{', '.join(others)}]" if others else ""))
        screen.more(min(len(found), _CONFLICTS), len(found), "all of them with: cmdb change conflicts")


def draw_matrix(screen: Screen, likelihood: int, level: int) -> None:
    """Draw likelihood by impact, five by five, with where the change stands."""
    screen.heading("Likelihood by impact")
    here, there = ("X", ".") if screen.ascii else ("●", "·")
    for row in range(5, 0, -1):
        cells = "  ".join(here if (row, column) == (likelihood, level) else there for column in range(1, 6))
        screen.say(f"  {'likelihood' if row == 3 else '':<10} {row}  {cells}")
    screen.say(f"  {'':<10}    {'  '.join('12345')}  impact")


def _rests_on(screen: Screen, risk: RiskFinding) -> None:
    screen.heading("What it rests on")
    screen.say(f"  weights: {risk.weights}")
    if risk.missing:
        screen.say("  not said, so the worse was assumed:")
        counted = Counter((each.what, each.assumed) for each in risk.missing)
        of = {(each.what, each.assumed): each.of for each in risk.missing}
        rows = [
            [what, of[what, assumed] if count == 1 else count_of(count, "item"), assumed]
            for (what, assumed), count in counted.items()
        ]
        screen.table([Column("what"), Column("of"), Column("assumed")], rows, indent=4)
    for warning in risk.warnings:
        screen.say(f"  warning: {warning}")


def _band(band: str) -> str:
    return band.replace("_", " ")


def _role(role: str) -> str:
    return {
        "cab": "the change advisory board",
        "change_manager": "the change manager",
        "service_owner": "the service owner",
    }[role]


def _chance(probability: float) -> str:
    return "certain" if probability >= 0.9995 else f"{probability:.2%}" if probability else "no"
