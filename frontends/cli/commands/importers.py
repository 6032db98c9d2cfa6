"""`cmdb importers`: the formats that can be imported."""

from __future__ import annotations

import click

from frontends.cli.answers import show_rows
from frontends.cli.options import CmdbCommand, output_option

__all__ = ["command"]


@click.command("importers", cls=CmdbCommand)
@output_option()
def command(output: str) -> None:
    """The formats that can be imported.

    Others can be added by a package that declares the entry point `cmdb.importers`.
    """
    from frontends.cli.tables import Column
    from importers.registry import importers_known

    rows = [
        {"name": name, "description": each.description, "example": each.example}
        for name, each in importers_known().items()
    ]
    columns = {"name": Column("format", fixed=True), "description": Column("what"), "example": Column("example")}
    show_rows("importers", rows, columns, output, nothing="No importer is installed; install cmdb with pip.")
