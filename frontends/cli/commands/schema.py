"""`cmdb schema`: JSON Schemas of what goes in and what comes out."""

from __future__ import annotations

import click

from frontends.cli.options import CmdbCommand

__all__ = ["command"]


@click.command("schema", cls=CmdbCommand)
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """The JSON Schema of a file format or an answer.

    Without NAME, the names there are. Editors check an inventory against `inventory` while it is written.
    """
    from cmdb.errors import UsageError
    from frontends.cli.schemas import SCHEMAS, schema_named
    from frontends.cli.tables import Column, Screen
    from frontends.cli.writing import write_json

    if name is None:
        Screen().table([Column("name", fixed=True), Column("what")], SCHEMAS.items())
        return
    if name not in SCHEMAS:
        raise UsageError(f"there is no schema {name!r}; there are {', '.join(SCHEMAS)}")
    write_json(schema_named(name))
