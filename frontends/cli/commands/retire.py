"""`cmdb retire`: an item out of service for good, its history kept."""

from __future__ import annotations

import click

from frontends.cli.answers import show_edit
from frontends.cli.options import CmdbCommand, message_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("retire", cls=CmdbCommand)
@click.argument("item")
@message_option()
@output_option()
@pass_session
def command(session: Session, item: str, message: str, output: str) -> None:
    """Take an item out of service for good.

    Its history and relationships stay; it leaves the impact graph. `cmdb item edit ITEM --release status` undoes it.
    """
    with session.record() as record, session.changing():
        outcome = record.retire(item, message=message)
    show_edit(session, outcome, f"{item} is retired.", output)
