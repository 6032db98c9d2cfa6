"""`cmdb verify`: items that are as the record has them, seen by a person."""

from __future__ import annotations

import click

from frontends.cli.options import CmdbCommand, message_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("verify", cls=CmdbCommand)
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@message_option()
@output_option()
@pass_session
def command(session: Session, items: tuple[str, ...], message: str, output: str) -> None:
    """Say that items are as the record has them.

    What no import shows ages too: answers that rest on items nobody has seen for longer than their class allows say
    so, until somebody looks. Nothing of the items is changed.
    """
    with session.record() as record, session.changing():
        ids = record.verify(items, message)
        snapshot = record.snapshot()
    if output == "json":
        from frontends.cli.writing import write_json

        write_json({"revision": snapshot.revision, "verified": ids})
        return
    rows = [[each, snapshot.class_at(row := snapshot.row_of(each)), snapshot.name_at(row)] for each in ids]
    if output == "csv":
        from frontends.cli.writing import write_csv

        write_csv(["id", "class", "name"], rows)
        return
    for _, class_, name in rows:
        session.note(f"{class_}:{name} was verified.")
