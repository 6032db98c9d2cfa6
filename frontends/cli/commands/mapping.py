"""`cmdb mapping`: help with the files that explain the columns of tables."""

from __future__ import annotations

from pathlib import Path

import click

from frontends.cli.options import CmdbCommand, CmdbGroup
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.group("mapping", cls=CmdbGroup)
def command() -> None:
    """Mapping files: what the columns of somebody else's tables mean."""


@command.command("draft", cls=CmdbCommand)
@click.argument("file", metavar="FILE")
@click.option("--output", "target", metavar="FILE", type=click.Path(path_type=Path), help="Where to; not over a file.")
@pass_session
def draft(session: Session, file: str, target: Path | None) -> None:
    """Write a first mapping file for a CSV file or an Excel workbook.

    It guesses from the names of the columns, shows what they hold, and says what is still to be decided.

    \b
    cmdb mapping draft servers.xlsx --output servers.yaml
    cmdb import servers.xlsx --mapping servers.yaml --dry-run
    """
    from cmdb.errors import UsageError
    from importers.csv_pairs.drafting import draft_mapping
    from importers.reading import open_source

    text = draft_mapping(open_source(file))
    if target is None:
        click.echo(text, nl=False)
        return
    try:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise UsageError(f"{target} exists already; name a file that does not") from None
    session.note(f"a first mapping was written to {target}: look through it before you import with it")
