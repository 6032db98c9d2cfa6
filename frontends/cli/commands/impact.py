"""`cmdb impact`: what breaks if these items go down, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from frontends.cli.graphs import GRAPHS, write_impact
from frontends.cli.options import CmdbCommand, as_of_option, output_option, what_if_option
from frontends.cli.session import Session

if TYPE_CHECKING:
    from cmdb.snapshot import Snapshot
    from impact.finding import ImpactFinding

__all__ = ["command"]

_LISTED: Final = 50
_WORSE: Final = {"down": ("down",), "degraded": ("down", "degraded"), "at-risk": ("down", "degraded", "at_risk")}


@click.command("impact", cls=CmdbCommand)
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option(
    "--for", "minutes", type=float, metavar="MINUTES", help="How long it lasts; batteries bridge a short time."
)
@as_of_option()
@what_if_option()
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"At most so many affected items; 0 is all. Not said: {_LISTED} in a table, 200 in a picture, else all.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(_WORSE)),
    help="Exit with 3 when a service gets into this state or a worse one; any item, where no service is known.",
)
@output_option(*GRAPHS)
@click.pass_context
def command(
    context: click.Context,
    items: tuple[str, ...],
    minutes: float | None,
    as_of: str | None,
    what_if: Path | None,
    limit: int | None,
    fail_on: str | None,
    output: str,
) -> None:
    """What breaks if these items go down, and why.

    Several ITEMs go down together. Every affected item comes with its reason: who it relies on, or which pool has
    too few members left. What was not looked at is counted in the answer.

    \b
    cmdb impact esx1
    cmdb impact "rack 4" --for 30 -o json
    """
    session = context.ensure_object(Session)
    from cmdb.snapshot.naming import resolve
    from impact.breaks import impact_of

    with session.record() as record:
        snapshot, supposed = session.supposing(record, record.snapshot(as_of), what_if)
        asked = [resolve(snapshot, item) for item in items]
        listed = _LISTED if limit is None and output == "table" else limit
        open_ = session.outages(record, snapshot, as_of)
        finding = impact_of(
            snapshot,
            [snapshot.id_at(row) for row in asked],
            minutes=minutes,
            limit=listed or None,
            outages=open_.down,
            degradations=open_.degraded,
        )
        about = [*asked, *finding.basis.affected.tolist()] if finding.basis is not None else asked
        finding.warnings[:0] = [*supposed, *open_.said, *session.stale(record, snapshot, about, as_of)]
    session.note_past(snapshot, as_of)
    _answer(session, snapshot, finding, output, limit)
    if fail_on is not None and _tripped(snapshot, finding, fail_on):
        context.exit(3)


def _answer(session: Session, snapshot: Snapshot, finding: ImpactFinding, output: str, limit: int | None) -> None:
    from frontends.cli import impact_report

    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
        return
    if output == "table":
        impact_report.draw(snapshot, finding)
        return
    if output == "csv":
        impact_report.list_affected(snapshot, finding)
    else:
        write_impact(finding, output, limit)
    for warning in finding.warnings:
        session.warn(warning)
    if finding.truncated:
        session.warn(f"{finding.total - len(finding.affected):,} more items are affected; list all with --limit 0")


def _tripped(snapshot: Snapshot, finding: ImpactFinding, fail_on: str) -> bool:
    from impact.states import STATES

    basis = finding.basis
    assert basis is not None
    rows = basis.affected
    if not finding.no_service_known:
        rows = rows[snapshot.is_service[rows]]
    return any(STATES[code] in _WORSE[fail_on] for code in basis.after.state[rows].tolist())
