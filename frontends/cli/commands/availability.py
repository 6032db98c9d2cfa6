"""`cmdb availability`: how available services are, and what that rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from frontends.cli.options import CmdbCommand, as_of_option, output_option, what_if_option
from frontends.cli.session import Session

if TYPE_CHECKING:
    from impact.availability.finding import AvailabilityFinding

__all__ = ["command"]

_TRIPS: Final = {
    "not-met": ("not met",),
    "unproven": ("not met", "not enough data to promise", "undecided", "not modelled"),
}


@click.command("availability", cls=CmdbCommand)
@click.argument("services", nargs=-1, metavar="[SERVICE...]")
@click.option("--explain", multiple=True, metavar="SERVICE", help="Say it in sentences; may be repeated.")
@click.option("--now", is_flag=True, help="Count open outages and maintenance as down; else the design is judged.")
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Time for what is hard, all in all (20, more for many services); then intervals and estimates stand in.",
)
@as_of_option()
@what_if_option()
@click.option(
    "--fail-on",
    type=click.Choice(list(_TRIPS)),
    help="Exit with 3 when a target is not met; unproven: or cannot be shown to be met.",
)
@output_option()
@click.pass_context
def command(
    context: click.Context,
    services: tuple[str, ...],
    explain: tuple[str, ...],
    now: bool,
    budget: float | None,
    as_of: str | None,
    what_if: Path | None,
    fail_on: str | None,
    output: str,
) -> None:
    """How available services are, and what that rests on.

    All services, or the items named. Shared items count once. Failures and planned work stand side by side; every
    figure says how it was reached, and how much of it rests on defaults.

    \b
    cmdb availability
    cmdb availability --explain E-mail
    """
    session = context.ensure_object(Session)
    from cmdb.snapshot.naming import resolve
    from frontends.cli.progress import ProgressBar
    from frontends.desk.outages import with_outages
    from impact.availability.answer import availability_of

    with session.record() as record:
        snapshot, supposed = session.supposing(record, record.snapshot(as_of), what_if)
        told = [snapshot.id_at(resolve(snapshot, item)) for item in explain]
        named = [*(snapshot.id_at(resolve(snapshot, item)) for item in services), *told]
        open_ = session.outages(record, snapshot, as_of, counting=now)
        stale = session.stale(record, snapshot, snapshot.rows_or_services(named), as_of)
    session.note_past(snapshot, as_of)
    if now:
        snapshot = with_outages(snapshot, open_)
    with ProgressBar(session) as bar:
        bar.phase("computing availability")
        finding = availability_of(snapshot, named or None, now=now, seconds=budget, explain=told, progress=bar.step)
    finding.warnings[:0] = [*supposed, *open_.said, *stale]
    _answer(session, finding, output, sentences=bool(told), alone=bool(named))
    if fail_on is not None:
        verdicts = [each["verdict"] for each in finding.services.plain() if each["target"] is not None]
        if any(verdict in _TRIPS[fail_on] for verdict in verdicts):
            context.exit(3)


def _answer(session: Session, finding: AvailabilityFinding, output: str, *, sentences: bool, alone: bool) -> None:
    from frontends.cli import availability_report

    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
        return
    if output == "table":
        availability_report.draw(finding, sentences=sentences, alone=alone)
        return
    availability_report.list_services(finding)
    for warning in finding.warnings:
        session.warn(warning)
