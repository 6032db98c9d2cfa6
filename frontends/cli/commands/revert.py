"""`cmdb revert`: takes a revision back with a new one."""

from __future__ import annotations

import click

from frontends.cli.answers import show_edit
from frontends.cli.options import CmdbCommand, message_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("revert", cls=CmdbCommand)
@click.argument("number", metavar="REVISION", type=click.IntRange(min=0))
@message_option()
@output_option()
@pass_session
def command(session: Session, number: int, message: str, output: str) -> None:
    """Take a revision back with a new one.

    Nothing is erased. What has been changed again since is not overwritten: then this fails and says what it was.
    """
    with session.record() as record, session.changing():
        outcome = record.revert(number, message=message)
    show_edit(session, outcome, f"revision {number} was taken back.", output)
