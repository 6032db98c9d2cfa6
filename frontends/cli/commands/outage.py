"""`cmdb outage`: what is down or degraded, and what was."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from frontends.cli.answers import show_fact, show_rows
from frontends.cli.options import CmdbGroup, limit_option, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.model.outage import Outage
    from cmdb.snapshot import Snapshot

__all__ = ["command"]


@click.group("outage", cls=CmdbGroup)
def command() -> None:
    """What is down or degraded, and what was.

    An open outage counts in every answer on what breaks; single points and availability judge the design unless
    --now is given.

    \b
    cmdb outage open esx1 --reference INC0012
    cmdb outage close 1
    """


def _moment(text: str | None, key: str) -> dt.datetime:
    from cmdb.changes.reading import time_in

    return dt.datetime.now(dt.UTC) if text is None else time_in(text, None, key).astimezone(dt.UTC)


def _plain(outage: Outage, snapshot: Snapshot) -> dict[str, Any]:
    from frontends.cli.change_view import item_name

    names = ("number", "item", "start", "end", "state", "planned", "change", "reference", "source", "text", "withdrawn")
    told = {name: getattr(outage, name) for name in names}
    return {"number": told.pop("number"), "name": item_name(snapshot, outage.item), **told}


@command.command("open")
@click.argument("item")
@click.option("--start", metavar="TIME", help="When it began; not said: now.")
@click.option("--end", metavar="TIME", help="When it ended, for one that is over.")
@click.option("--degraded", is_flag=True, help="It is up, but not well.")
@click.option("--planned", is_flag=True, help="It was announced.")
@click.option("--change", metavar="NUMBER", help="The change that caused it.")
@click.option("--reference", metavar="TEXT", help="The incident's number elsewhere.")
@click.option("-m", "--message", default="", metavar="TEXT", help="What is the matter.")
@output_option()
@pass_session
def open_outage(session: Session, /, item: str, message: str, output: str, **said: Any) -> None:
    """Say that an item or a service is down."""
    from cmdb.model.outage import Outage
    from cmdb.snapshot.naming import resolve

    now = dt.datetime.now(dt.UTC)
    with session.record() as record:
        snapshot = record.snapshot()
        row = resolve(snapshot, item)
        change = None if said["change"] is None else record.changes.get(said["change"]).number
        outage = Outage(
            "",
            snapshot.id_at(row),
            _moment(said["start"], "--start").isoformat(),
            None if said["end"] is None else _moment(said["end"], "--end").isoformat(),
            "degraded" if said["degraded"] else "down",
            said["planned"],
            change,
            said["reference"],
            message,
        )
        with session.changing():
            made = record.outages.open(outage, now=now)
    name = snapshot.name_at(row)
    told = f"{made.number}: {name} is {made.state}." if made.end is None else f"{made.number}: {name} was {made.state}."
    show_fact(_plain(made, snapshot), f"{told} What that breaks: cmdb now", output)


@command.command("close")
@click.argument("number", metavar="NUMBER|ITEM")
@click.option("--end", metavar="TIME", help="When it ended; not said: now.")
@click.option("-m", "--message", default="", metavar="TEXT", help="What it was.")
@output_option()
@pass_session
def close(session: Session, number: str, end: str | None, message: str, output: str) -> None:
    """Say that an outage is over, by its number or by the item that is up again."""
    from cmdb.changes.outages import open_of

    with session.record() as record:
        snapshot = record.snapshot()
        number = open_of(record.outages.all(), number, snapshot)
        with session.changing():
            made = record.outages.close(number, _moment(end, "--end"), note=message)
    assert made.end is not None
    minutes = (dt.datetime.fromisoformat(made.end) - dt.datetime.fromisoformat(made.start)) / dt.timedelta(minutes=1)
    plain = _plain(made, snapshot)
    show_fact(plain, f"{made.number}: {plain['name']} is up again, after {minutes:,.0f} minutes.", output)


@command.command("withdraw")
@click.argument("number")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept.")
@output_option()
@pass_session
def withdraw(session: Session, number: str, reason: str, output: str) -> None:
    """Take an outage back that was entered by mistake; it counts for nothing, and stays in the book."""
    with session.record() as record:
        snapshot = record.snapshot()
        with session.changing():
            made = record.outages.withdraw(number, reason)
    show_fact(_plain(made, snapshot), f"{made.number} is withdrawn.", output)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="What is over as well.")
@limit_option(50, "outages")
@output_option()
@pass_session
def list_outages(session: Session, everything: bool, limit: int, output: str) -> None:
    """The outages that are open, the newest first."""
    from frontends.cli.change_view import time_of
    from frontends.cli.tables import Column

    with session.record() as record:
        snapshot = record.snapshot()
        found = record.outages.all()
    if not everything:
        found = [each for each in found if each.end is None and not each.withdrawn]
    found.sort(key=lambda each: (each.start, each.number), reverse=True)
    rows = [_plain(each, snapshot) for each in (found[:limit] if limit else found)]
    if output != "json":
        for row in rows:
            row["start"] = time_of(row["start"])
            row["end"] = "withdrawn" if row["withdrawn"] else time_of(row["end"]) if row["end"] else "open"
    columns = {
        "number": Column("number", fixed=True),
        "name": Column("item"),
        "state": Column("state", fixed=True),
        "start": Column("from", fixed=True),
        "end": Column("to", fixed=True),
        "change": Column("change", fixed=True),
        "reference": Column("reference"),
        "text": Column("what"),
    }
    show_rows("outages", rows, columns, output, total=len(found), nothing="Nothing is down.")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--source", required=True, metavar="NAME", help="Who says so; with its reference it knows an outage again."
)
@click.option("--item", default="", metavar="ITEM", help="The item of all rows, where the file names none.")
@click.option("--column", "columns", multiple=True, metavar="OURS=THEIRS", help="A column by another name.")
@click.option(
    "--value", "values", multiple=True, metavar="OURS:THEIRS=WORD", help="What a word of theirs means; * is any other."
)
@output_option()
@click.pass_context
def import_outages(
    context: click.Context,
    file: Path,
    source: str,
    item: str,
    columns: tuple[str, ...],
    values: tuple[str, ...],
    output: str,
) -> None:
    """Take in outages from another tool, as CSV or JSON; the same file again changes nothing.

    Columns: item, start, end, state, planned, change, reference, text. Exit 4 where rows were refused.

    \b
    cmdb outage import outages.csv --source jira
    cmdb outage import windows.csv --source statuspage --item Codehosting --column start=downtime_start
      --column planned=impact --value planned:maintenance=yes --value 'planned:*=no'
    """
    from frontends.desk.change_file import naming
    from frontends.desk.outage_file import Reading, read_outages

    session = context.ensure_object(Session)
    reading = Reading.of(columns, values, item)
    with session.record() as record:
        read = read_outages(file, source, naming(record.snapshot(), retired=True), reading)
        with session.changing():
            done = record.outages.take_in(read.outages, now=dt.datetime.now(dt.UTC))
    for row, message in read.problems:
        session.warn(f"{file}, row {row}: {message}")
    said = {**done._asdict(), "refused": len(read.problems)}
    said["problems"] = [{"file": str(file), "row": row, "message": message} for row, message in read.problems]
    told = f"{done.created} entered, {done.updated} brought up to date, {done.unchanged} known already"
    show_fact(said, f"{told}, {len(read.problems)} refused.", output)
    if read.problems:
        context.exit(4)
