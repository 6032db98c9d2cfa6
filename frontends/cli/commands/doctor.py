"""`cmdb doctor`: what is wrong with the record, and what to do about it."""

from __future__ import annotations

import click

from frontends.cli.options import CmdbCommand, limit_option, output_option
from frontends.cli.session import Session

__all__ = ["command"]


@click.command("doctor", cls=CmdbCommand)
@limit_option(5, "findings of a kind are shown in the table")
@output_option()
@click.pass_context
def command(context: click.Context, limit: int, output: str) -> None:
    """What is wrong with the record, and what to do.

    The store itself, the catalogue, what contradicts itself or cannot be, needs that nobody stated, requirements that
    nobody meets, items nobody has seen for long. Exit code 1 when something is broken; what is only doubtful is not.
    """
    session = context.ensure_object(Session)
    from frontends.cli import doctor_report, doctor_view

    with session.record() as record:
        examined = doctor_view.examine(record)
    if output == "json":
        from frontends.cli.writing import write_json

        write_json(examined.as_json())
    elif output == "csv":
        doctor_report.list_findings(examined)
    else:
        doctor_report.draw(examined, limit)
    if examined.counts["error"]:
        context.exit(1)
