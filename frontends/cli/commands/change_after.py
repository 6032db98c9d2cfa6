"""`cmdb change finish|review`: how a change went, and what is to be learned."""

from __future__ import annotations

from typing import Any, Final

import click

from frontends.cli.answers import show_fact
from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["COMMANDS"]


@click.command("finish", cls=CmdbCommand)
@click.argument("number")
@click.option(
    "--result",
    type=click.Choice(["successful", "backed_out", "unsuccessful"]),
    required=True,
    help="How it went; backed out and unsuccessful count as failed.",
)
@click.option("--started", metavar="TIME", help="When the work really began; not said: when it was started here.")
@click.option("--ended", metavar="TIME", help="When it really ended; not said: now.")
@click.option("--outage-minutes", type=click.FloatRange(min=0), metavar="N", help="How long something was down.")
@click.option("--apply", "applied", is_flag=True, help="Enter in the record what was replaced and decommissioned.")
@click.option("-m", "--message", default="", metavar="TEXT", help="What is worth knowing.")
@output_option()
@pass_session
def finish(session: Session, /, number: str, applied: bool, message: str, output: str, **said: Any) -> None:
    """Say that the work is over and how it went; the review comes next.

    What was replaced or decommissioned is proposed as edits of the record, and entered with --apply.
    """
    from frontends.cli.change_view import change_json
    from frontends.desk import process, succession

    with session.record() as record, session.changing():
        times = {name: process.told_time(said[name], name) for name in ("started", "ended")}
        standing = process.finish(
            record, number, said["result"], **times, outage_minutes=said["outage_minutes"], note=message
        )
        edits = succession.proposed(record.snapshot(), standing) if said["result"] == "successful" else []
        done = [succession.enter(record, each, standing.number) for each in edits] if applied else []
    told = f"{standing.number} is in review: {said['result'].replace('_', ' ')}."
    show_fact({**change_json(standing), "proposed": [each.text for each in edits], "applied": bool(done)}, told, output)
    _more(output, [f"{'entered' if applied else 'proposed, enter it with --apply'}: {each.text}" for each in edits])


@click.command("review", cls=CmdbCommand)
@click.argument("number")
@click.option("--outage-minutes", type=click.FloatRange(min=0), metavar="N", help="How long something was really down.")
@click.option("--hit", multiple=True, metavar="ITEM", help="An item that was hit; may be repeated.")
@click.option("-m", "--message", default="", metavar="TEXT", help="What was learned.")
@output_option()
@pass_session
def review(
    session: Session, number: str, outage_minutes: float | None, hit: tuple[str, ...], message: str, output: str
) -> None:
    """Look back at a finished change and close it.

    An item that was hit though nobody predicted it shows a relationship that the record lacks: it is proposed.
    """
    from cmdb.snapshot.naming import resolve
    from frontends.cli.change_view import change_json
    from frontends.desk import process

    with session.record() as record, session.changing():
        snapshot = record.snapshot()
        items = [snapshot.id_at(resolve(snapshot, each)) for each in hit]
        standing, proposals = process.review(record, number, outage_minutes=outage_minutes, hit=items, note=message)
    told = f"{standing.number} is closed."
    show_fact({**change_json(standing), "proposed": proposals}, told, output)
    _more(output, [f"not predicted; if that was no chance, the record lacks: {each}" for each in proposals])


def _more(output: str, sentences: list[str]) -> None:
    if output == "table" and sentences:
        from frontends.cli.tables import Screen

        screen = Screen()
        for each in sentences:
            screen.say(f"  {each}")


COMMANDS: Final = {"finish": finish, "review": review}
"""The subcommands of this module."""
