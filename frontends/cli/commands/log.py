"""`cmdb log`: the revisions, newest first."""

from __future__ import annotations

from typing import Any

import click

from frontends.cli.answers import show_rows, source_text, when
from frontends.cli.options import CmdbCommand, limit_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("log", cls=CmdbCommand)
@limit_option(30, "revisions")
@output_option()
@pass_session
def command(session: Session, limit: int, output: str) -> None:
    """The revisions, newest first."""
    with session.record() as record:
        revisions = record.log(limit or None)
        head = record.store.head().number
    rows: list[dict[str, Any]] = [
        {
            "revision": each.number,
            "at": each.at if output == "json" else when(each.at),
            "by": each.actor.name,
            "account": each.actor.account,
            "established": each.actor.established,
            "source": source_text(each.source, each.scope) if output == "table" else each.source,
            "scope": each.scope,
            "changes": each.rows,
            "message": each.message,
            "digest": each.digest,
        }
        for each in revisions
    ]
    from frontends.cli.tables import Column

    columns = {
        "revision": Column("revision", right=True),
        "at": Column("at", fixed=True),
        "by": Column("by"),
        "source": Column("source"),
        "changes": Column("changes", right=True),
        "message": Column("message"),
    }
    show_rows("revisions", rows, columns, output, nothing="The record is empty: revision 0.", total=head, revision=head)
