"""`cmdb show`: everything the record knows of one item."""

from __future__ import annotations

import click

from frontends.cli.options import CmdbCommand, as_of_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("show", cls=CmdbCommand)
@click.argument("item")
@click.option("--sources", is_flag=True, help="What each source says, and which of it is not shown.")
@as_of_option()
@output_option()
@pass_session
def command(session: Session, item: str, sources: bool, as_of: str | None, output: str) -> None:
    """Everything the record knows of an item.

    Its fields, what it relies on and what relies on it, its pools, and what is known of its availability.
    """
    from cmdb.snapshot.naming import resolve
    from frontends.cli import item_report, item_view

    with session.record() as record:
        snapshot = record.snapshot(as_of)
        session.note_past(snapshot, as_of)
        row = resolve(snapshot, item)
        view = item_view.view_of(snapshot, row, record.catalogue)
        if sources:
            view["sources"] = item_view.sources_of(record.store, snapshot, row)
    if output == "json":
        from frontends.cli.writing import write_json

        write_json(view)
    elif output == "csv":
        item_report.list_fields(view)
    else:
        item_report.draw(view)
