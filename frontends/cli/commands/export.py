"""`cmdb export`: the record in the native format or as tables, to be imported again."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click

from frontends.cli.options import CmdbCommand, as_of_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("export", cls=CmdbCommand)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["jsonl", "yaml", "json", "csv", "xlsx"]),
    default="jsonl",
    show_default=True,
    help="JSON Lines and tables hold every source; a YAML or JSON file holds one source and scope.",
)
@click.option("--output", "target", metavar="FILE", type=click.Path(path_type=Path), help="Where to (csv: a folder).")
@click.option("--source", metavar="NAME", help="What this source says, and no other.")
@as_of_option()
@pass_session
def command(session: Session, format_name: str, target: Path | None, source: str | None, as_of: str | None) -> None:
    """The record in the native format or as tables, to be imported again.

    Importing it again changes nothing. What a source no longer upholds is left out, and so is the history: for a
    whole copy use `cmdb backup` or `cmdb move`.

    \b
    cmdb export -f csv --output estate
    cmdb import estate/*.csv --mapping estate/mapping.yaml
    cmdb export -f xlsx --output estate.xlsx
    """
    if format_name in ("csv", "xlsx") and target is None:
        raise click.UsageError(f"{format_name} is written to files: say where with --output")
    from frontends.cli.native_writing import write_document, write_lines

    with session.record() as record:
        if as_of is not None:
            session.note_past(record.snapshot(as_of), as_of)
        rows = record.export(as_of, source)
        if target is not None and format_name in ("csv", "xlsx"):
            from frontends.cli.table_writing import write_csv_folder, write_workbook

            count = (write_csv_folder if format_name == "csv" else write_workbook)(rows, target)
            session.note(f"{count:,} rows were written to {target}")
            return
        with _opened(target) as stream:
            count = write_lines(rows, stream) if format_name == "jsonl" else write_document(rows, stream, format_name)
    if target is not None:
        session.note(f"{count:,} rows were written to {target}")


@contextlib.contextmanager
def _opened(target: Path | None) -> Iterator[IO[bytes]]:
    """Open the file that must not exist yet, or standard output; a file that failed half way does not stay."""
    if target is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    from cmdb.errors import UsageError

    try:
        file = target.open("xb")
    except FileExistsError:
        raise UsageError(f"{target} exists already; name a file that does not") from None
    try:
        with file:
            yield file
    except BaseException:
        target.unlink(missing_ok=True)
        raise
