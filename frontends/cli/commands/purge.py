"""`cmdb purge`: the one command that erases."""

from __future__ import annotations

import click

from frontends.cli.answers import show_fact
from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("purge", cls=CmdbCommand)
@click.argument("items", nargs=-1, required=True, metavar="ITEM...")
@click.option("--yes", is_flag=True, help="Yes, erase them for good.")
@output_option()
@pass_session
def command(session: Session, items: tuple[str, ...], yes: bool, output: str) -> None:
    """Erase items, their values in history included.

    For what should never have been recorded. The history says that something was erased, by whom and when, and no
    more. To take an item out of service, retire it.
    """
    with session.record() as record:
        ids = {record.item_id(item) for item in items}
        if not yes:
            raise click.UsageError(
                f"this would erase {len(ids)} item(s) for good, with their history; nothing was changed. "
                "Give --yes if you mean it, or use: cmdb retire"
            )
        with session.changing():
            erased = record.purge(sorted(ids))
    for note in erased.get("notes", ()):
        session.warn(str(note))
    counts = ", ".join(f"{number:,} {name}" for name, number in erased.items() if isinstance(number, int))
    show_fact(erased, f"Erased for good: {counts}.", output)
