"""`cmdb change brief`: one page for a board meeting."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from frontends.cli.options import CmdbCommand
from frontends.cli.session import Session, pass_session

__all__ = ["COMMANDS"]


@click.command("brief", cls=CmdbCommand)
@click.argument("number", required=False)
@click.option("--file", "file", type=click.Path(path_type=Path), metavar="FILE", help="A change that is not recorded.")
@click.option(
    *("-o", "--output", "output"),
    type=click.Choice(["markdown", "html"]),
    default="markdown",
    show_default=True,
    help="How to answer.",
)
@click.option(
    "--to", type=click.Path(path_type=Path), metavar="FILE", help="Write it there; not said: standard output."
)
@pass_session
def brief(session: Session, number: str | None, file: Path | None, output: str, to: Path | None) -> None:
    """One page for a board meeting, in Markdown or HTML.

    What and why, the risk and its reasons, what breaks, collisions, the best slots, the way back, approvals, and who
    must be told.

    \b
    cmdb change brief 7 -o html --to brief.html
    """
    from cmdb.errors import FileProblem
    from frontends.cli.brief_writing import as_html, as_markdown
    from frontends.cli.writing import write_text
    from frontends.desk.asked import change_asked
    from frontends.desk.brief import brief_of

    with session.record() as record:
        found = brief_of(record, change_asked(record, record.snapshot(), number, file))
    text = as_html(found) if output == "html" else as_markdown(found)
    if to is None:
        write_text(text)
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileProblem(f"cannot be written: {error.strerror}", file=str(to)) from None
    session.note(f"written to {to}")


COMMANDS: Final = {"brief": brief}
"""The subcommands of this module."""
