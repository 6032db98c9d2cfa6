"""`cmdb move`: the record, with its history, to another store."""

from __future__ import annotations

import click

from frontends.cli.answers import show_fact
from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.progress import ProgressBar
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("move", cls=CmdbCommand)
@click.argument("url", metavar="URL")
@output_option()
@pass_session
def command(session: Session, url: str, output: str) -> None:
    """Copy the record with its history to another store.

    Ids, revision numbers, times and digests stay the same. The store at URL must be empty; the present one is left
    as it is. Use the copy from then on with --store URL or CMDB_STORE.
    """
    with session.record() as record, ProgressBar(session) as bar:
        said = record.move(url, bar.phase)
    show_fact(
        said,
        f"The record was copied to {said['to']}: {said['revisions']} revisions, the newest is {said['revision']}. "
        f"Use it with: --store {said['to']}",
        output,
    )
