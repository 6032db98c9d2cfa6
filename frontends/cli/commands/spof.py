"""`cmdb spof`: the items whose loss alone brings services down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from frontends.cli.options import CmdbCommand, as_of_option, output_option, what_if_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.snapshot import Snapshot

__all__ = ["command"]

_LISTED: Final = 30


@click.command("spof", cls=CmdbCommand)
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("--item", "items", multiple=True, metavar="ITEM", help="Only this item: which services it alone takes.")
@click.option("--hidden", is_flag=True, help="Only those that some service has redundancy against, in vain.")
@click.option(
    "--obvious/--no-obvious",
    default=True,
    help="Leave out what is only its services' own software: a chain of direct requirements leads to it from every "
    "service it takes, over applications and services alone. Not said: all are listed.",
)
@click.option(
    "--for", "minutes", type=float, metavar="MINUTES", help="How long a loss lasts; batteries bridge a short time."
)
@click.option(
    "--now", is_flag=True, help="With open outages and what is in maintenance down, instead of judging the design."
)
@click.option(
    "--baseline",
    metavar="REVISION",
    help="Only what is new since: a revision, a time or a baseline's name. Told beside: what is gone, and why.",
)
@as_of_option()
@what_if_option()
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"At most so many single points; 0 is all. Not said: {_LISTED} in a table, else all.",
)
@output_option()
@pass_session
def command(
    session: Session,
    services: tuple[str, ...],
    items: tuple[str, ...],
    hidden: bool,
    obvious: bool,
    minutes: float | None,
    now: bool,
    baseline: str | None,
    as_of: str | None,
    what_if: Path | None,
    limit: int | None,
    output: str,
) -> None:
    """Single points of failure: what alone brings services down.

    Of the SERVICEs named (any item may be), else of all items of service classes; ranked by the criticality and users
    of the services lost. Hidden ones stand behind redundancy that does not help: told with the pool, and how each of
    its members comes to need them.

    \b
    cmdb spof
    cmdb spof mail --hidden
    cmdb spof --item core-switch -o json
    cmdb spof --baseline 2026-11-01
    """
    from frontends.cli import spof_report
    from frontends.desk.outages import with_outages
    from impact.spof import spof_of

    with session.record() as record:
        snapshot, supposed = session.supposing(record, record.snapshot(as_of), what_if)
        then = None if baseline is None else record.snapshot(baseline)
        asked = _ids(snapshot, services)
        open_ = session.outages(record, snapshot, as_of, counting=now)
        stale = session.stale(record, snapshot, snapshot.rows_or_services(asked), as_of)
    session.note_past(snapshot, as_of)
    if now:
        snapshot = with_outages(snapshot, open_)
    listed = _LISTED if limit is None and output == "table" else limit
    finding = spof_of(
        snapshot,
        asked,
        items=_ids(snapshot, items),
        minutes=minutes,
        hidden_only=hidden,
        obvious=obvious,
        now=now,
        limit=listed or None,
        baseline=then,
    )
    finding.warnings[:0] = [*supposed, *open_.said, *stale]
    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
        return
    if output == "table":
        spof_report.draw(snapshot, finding)
        return
    spof_report.list_points(finding)
    for warning in finding.warnings:
        session.warn(warning)
    if finding.truncated:
        session.warn(f"{finding.total - len(finding.spofs):,} more single points; list all with --limit 0")


def _ids(snapshot: Snapshot, names: tuple[str, ...]) -> list[str]:
    from cmdb.snapshot.naming import resolve

    return [snapshot.id_at(resolve(snapshot, name)) for name in names]
