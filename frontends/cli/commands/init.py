"""`cmdb init`: begins an empty record."""

from __future__ import annotations

import click

from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session, pass_session
from frontends.cli.writing import write_csv, write_json

__all__ = ["command"]


@click.command("init", cls=CmdbCommand)
@output_option()
@pass_session
def command(session: Session, output: str) -> None:
    """Begin an empty record.

    Where there is a record already it is left alone, and this fails. `cmdb import` begins one too.
    """
    from cmdb.store.opening import create_store, plain_text_warning

    settings = session.settings()
    warning = plain_text_warning(settings.store)
    if warning:
        session.warn(warning)
    with session.changing():
        store = create_store(settings=settings)
    try:
        said = {"store": store.address, "uuid": store.identity().uuid, "revision": store.head().number}
    finally:
        store.close()
    if output == "json":
        write_json(said)
    elif output == "csv":
        write_csv(list(said), [list(said.values())])
    else:
        from frontends.cli.tables import Screen

        Screen().say(f"An empty record was begun at {said['store']}. Fill it with: cmdb import FILE")
