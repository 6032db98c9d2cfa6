"""`cmdb cutsets`: the smallest sets of items whose joint loss brings a service down."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from frontends.cli.options import CmdbCommand, as_of_option, output_option, what_if_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]

_LISTED: Final = 50
_KEPT: Final = 10_000


@click.command("cutsets", cls=CmdbCommand)
@click.argument("service")
@click.option(
    "--order",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    metavar="N",
    help="At most so many items together.",
)
@click.option(
    "--for", "minutes", type=float, metavar="MINUTES", help="How long a loss lasts; batteries bridge a short time."
)
@click.option("--now", is_flag=True, help="With open outages and maintenance down, instead of judging the design.")
@as_of_option()
@what_if_option()
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"At most so many sets; 0 is all. Not said: {_LISTED} in a table, else {_KEPT}.",
)
@output_option()
@pass_session
def command(
    session: Session,
    service: str,
    order: int,
    minutes: float | None,
    now: bool,
    as_of: str | None,
    what_if: Path | None,
    limit: int | None,
    output: str,
) -> None:
    """Which items together bring a service down: its minimal cut sets.

    Of SERVICE (any item may be named), smallest first: one item is a single point of failure, two are a pair that
    redundancy does not survive. Every set of up to N items is found; where there are too many to list, they are
    counted.

    \b
    cmdb cutsets E-mail
    cmdb cutsets E-mail --order 3 -o json
    """
    from cmdb.snapshot.naming import resolve
    from frontends.cli import cutsets_report
    from frontends.desk.outages import fallen_now
    from impact.cutsets.finding import cut_sets_of

    with session.record() as record:
        snapshot, supposed = session.supposing(record, record.snapshot(as_of), what_if)
        id_ = snapshot.id_at(resolve(snapshot, service))
        stale = session.stale(record, snapshot, [snapshot.row_of(id_)], as_of)
        open_ = session.outages(record, snapshot, as_of, counting=now)
    session.note_past(snapshot, as_of)
    if now:
        snapshot = fallen_now(snapshot, open_)
    listed = limit if limit is not None else _LISTED if output == "table" else _KEPT
    finding = cut_sets_of(snapshot, id_, order=order, limit=listed or None, minutes=minutes)
    finding.warnings[:0] = [*supposed, *open_.said, *stale]
    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
        return
    if output == "table":
        cutsets_report.draw(finding)
        return
    cutsets_report.list_sets(finding)
    for warning in finding.warnings:
        session.warn(warning)
