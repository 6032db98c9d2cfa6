"""`cmdb backup`: a whole copy of the record in one file."""

from __future__ import annotations

from pathlib import Path

import click

from frontends.cli.answers import show_fact
from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("backup", cls=CmdbCommand)
@click.argument("file", type=click.Path(path_type=Path))
@output_option()
@pass_session
def command(session: Session, file: Path, output: str) -> None:
    """Write a whole copy of the record to a file.

    With all history, consistent even while others write. FILE must not exist; it is a record of its own, to be read
    with --store sqlite:///FILE.
    """
    with session.record() as record:
        revision = record.store.head().number
        record.backup(file)
    said = {"file": str(file), "revision": revision, "bytes": file.stat().st_size}
    show_fact(said, f"The record was copied to {file} ({said['bytes']:,} bytes).", output)
