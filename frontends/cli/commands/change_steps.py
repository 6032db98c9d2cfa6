"""`cmdb change submit|approve|ratify|reject|schedule|start|cancel`: the way of a change to its work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import click

from frontends.cli.answers import show_fact
from frontends.cli.commands.change_assess import BANDS, trips
from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.model.change import ChangeStanding
    from frontends.desk.process import Step

__all__ = ["COMMANDS"]

_reason = click.option("--reason", default="", metavar="TEXT", help="Why; it is kept.")
_fail_on = click.option("--fail-on", type=click.Choice(BANDS), help="Exit with 3 when its risk is this or higher.")


def _tell(standing: ChangeStanding, sentence: str, output: str) -> None:
    from frontends.cli.change_view import change_json

    show_fact(change_json(standing), sentence, output)


@click.command("submit", cls=CmdbCommand)
@click.argument("number")
@_fail_on
@output_option()
@click.pass_context
def submit(context: click.Context, number: str, fail_on: str | None, output: str) -> None:
    """Hand a draft in, and assess it: from now on it counts for others."""
    from frontends.desk import process

    session = context.ensure_object(Session)
    with session.record() as record, session.changing():
        standing = process.submit(record, number)
        step = process.assess_and_keep(record, standing.number)
    assert step.assessed is not None
    risk = step.assessed.risk
    told = f"{standing.number} is {step.standing.state}. {risk.headline}"
    if step.standing.state == "assessed":
        told += f" To say yes: {', '.join(risk.approvers) or 'nobody, once its conflict is settled'}."
    _tell(step.standing, told, output)
    if trips(risk.band, fail_on):
        context.exit(3)


@click.command("approve", cls=CmdbCommand)
@click.argument("number")
@_reason
@output_option()
@pass_session
def approve(session: Session, number: str, reason: str, output: str) -> None:
    """Say yes to the assessment that stands, as the role that you hold.

    Who may follows its risk: the change manager for medium, the board for high, board and service owner for very
    high. Nobody approves what they asked for themselves.
    """
    from frontends.desk import process

    with session.record() as record, session.changing():
        step = process.approve(record, number, reason)
    last = step.standing.approvals[-1]
    told = (
        f"{step.standing.number}: {last.by} said yes as {last.role}, on {last.assessment}. It is {step.standing.state}"
    )
    _tell(step.standing, f"{told}{'; ' + step.told if step.told else ''}.", output)


@click.command("ratify", cls=CmdbCommand)
@click.argument("number")
@output_option()
@pass_session
def ratify(session: Session, number: str, output: str) -> None:
    """Confirm, as a member of the board, an emergency that one person approved."""
    from frontends.desk import process

    with session.record() as record, session.changing():
        standing = process.ratify(record, number)
    _tell(standing, f"{standing.number} is ratified.", output)


@click.command("reject", cls=CmdbCommand)
@click.argument("number")
@_reason
@output_option()
@pass_session
def reject(session: Session, number: str, reason: str, output: str) -> None:
    """Turn a change down, with a written reason."""
    from frontends.desk import process

    with session.record() as record, session.changing():
        standing = process.reject(record, number, reason)
    _tell(standing, f"{standing.number} is rejected: {reason}", output)


@click.command("cancel", cls=CmdbCommand)
@click.argument("number")
@_reason
@output_option()
@pass_session
def cancel(session: Session, number: str, reason: str, output: str) -> None:
    """Give a change up before its work begins, with a written reason."""
    from frontends.desk import process

    with session.record() as record, session.changing():
        standing = process.cancel(record, number, reason)
    _tell(standing, f"{standing.number} is cancelled: {reason}", output)


def _to(
    context: click.Context, number: str, to: Literal["scheduled", "implementing"], override: str, output: str
) -> Step:
    from frontends.desk import process

    session = context.ensure_object(Session)
    with session.record() as record, session.changing():
        step = process.to_state(record, number, to, override=override)
    if step.void:
        told = f"{step.standing.number} is {step.standing.state} again: what was approved no longer holds."
        _tell(step.standing, told, output)
        for each in step.void:
            session.warn(each)
        session.note(f"renew it with: cmdb change approve {step.standing.number}; or say why not: --override TEXT")
        context.exit(3)
    return step


_override = click.option(
    "--override", default="", metavar="REASON", help="Go on although the approval no longer holds; it is kept."
)


@click.command("schedule", cls=CmdbCommand)
@click.argument("number")
@_override
@_fail_on
@output_option()
@click.pass_context
def schedule(context: click.Context, number: str, override: str, fail_on: str | None, output: str) -> None:
    """Put an approved change on the schedule, after assessing it again.

    Exit 3 when the approval no longer holds: a higher risk, a service newly affected, a new conflict, or an outage.
    """
    from frontends.cli.change_view import span_of

    step = _to(context, number, "scheduled", override, output)
    _tell(step.standing, f"{step.standing.number} is scheduled: {span_of(step.standing.request)}.", output)
    if step.assessed is not None and trips(step.assessed.risk.band, fail_on):
        context.exit(3)


@click.command("start", cls=CmdbCommand)
@click.argument("number")
@_override
@_fail_on
@output_option()
@click.pass_context
def start(context: click.Context, number: str, override: str, fail_on: str | None, output: str) -> None:
    """Begin the work, after assessing it a last time. Exit 3 when the approval no longer holds."""
    step = _to(context, number, "implementing", override, output)
    _tell(step.standing, f"{step.standing.number}: the work has begun.", output)
    if step.assessed is not None and trips(step.assessed.risk.band, fail_on):
        context.exit(3)


COMMANDS: Final = {
    "submit": submit,
    "approve": approve,
    "ratify": ratify,
    "reject": reject,
    "schedule": schedule,
    "start": start,
    "cancel": cancel,
}
"""The subcommands of this module."""
