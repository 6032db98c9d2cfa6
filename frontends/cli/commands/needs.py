"""`cmdb needs`: what an item stands on."""

from __future__ import annotations

import click

from frontends.cli.graphs import GRAPHS, write_needs
from frontends.cli.options import CmdbCommand, as_of_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]

_DEPTH = 3
"""Steps that a table goes down where nobody said."""


@click.command("needs", cls=CmdbCommand)
@click.argument("item")
@click.option(
    "--depth",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"So many steps down; 0 is to the end. Not said: {_DEPTH} in a table, else to the end.",
)
@as_of_option()
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    help="At most so many lines of a table or items of a picture; 0 is all. Not said: 200.",
)
@output_option(*GRAPHS)
@pass_session
def command(session: Session, item: str, depth: int | None, as_of: str | None, limit: int | None, output: str) -> None:
    """What an item stands on.

    Its providers and pools, theirs, and so on down. What several need is opened once.
    """
    from cmdb.snapshot.naming import resolve
    from frontends.cli import needs_report
    from frontends.desk.outages import said_below
    from impact.needs import needs_of

    with session.record() as record:
        snapshot = record.snapshot(as_of)
        row = resolve(snapshot, item)
        stale = session.stale(record, snapshot, [row], as_of)
        stale[:0] = said_below(snapshot, row, session.outages(record, snapshot, as_of))
    session.note_past(snapshot, as_of)
    id_ = snapshot.id_at(row)
    if output == "table":
        # The sentence tells of everything, the tree of as many steps as are asked for.
        whole = needs_of(snapshot, id_)
        whole.warnings[:0] = stale
        steps = _DEPTH if depth is None else depth
        needs_report.draw(
            whole, needs_of(snapshot, id_, depth=steps) if steps else whole, 200 if limit is None else limit
        )
        return
    finding = needs_of(snapshot, id_, depth=depth or None)
    finding.warnings[:0] = stale
    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
        return
    if output == "csv":
        needs_report.list_items(finding)
    else:
        write_needs(finding, output, limit)
    for warning in finding.warnings:
        session.warn(warning)
