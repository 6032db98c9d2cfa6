"""`cmdb baseline`: names for revisions, to ask for by name later."""

from __future__ import annotations

import click

from frontends.cli.answers import show_fact, show_rows, when
from frontends.cli.options import CmdbGroup, as_of_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.group("baseline", cls=CmdbGroup)
def command() -> None:
    """Names for revisions.

    A baseline stands wherever a revision may: `cmdb impact web1 --as-of before-move`.
    """


@command.command("add")
@click.argument("name")
@as_of_option()
@click.option("--note", default="", metavar="TEXT", help="What the name is for.")
@output_option()
@pass_session
def add(session: Session, name: str, as_of: str | None, note: str, output: str) -> None:
    """Name a revision; the newest one where none is said."""
    with session.record() as record:
        made = record.add_baseline(name, as_of, note)
    said = {"name": made.name, "revision": made.revision, "at": made.at, "by": made.actor.name, "note": made.note}
    show_fact(said, f"Revision {made.revision} is called {made.name} from now on.", output)


@command.command("list")
@output_option()
@pass_session
def list_baselines(session: Session, output: str) -> None:
    """The baselines, oldest first."""
    with session.record() as record:
        rows = [
            {
                "name": each.name,
                "revision": each.revision,
                "at": each.at if output == "json" else when(each.at),
                "by": each.actor.name,
                "note": each.note,
            }
            for each in record.baselines()
        ]
    from frontends.cli.tables import Column

    columns = {
        "name": Column("name"),
        "revision": Column("revision", right=True),
        "at": Column("named at", fixed=True),
        "by": Column("by"),
        "note": Column("note"),
    }
    show_rows("baselines", rows, columns, output, nothing="There are none; make one with: cmdb baseline add NAME")


@command.command("drop")
@click.argument("name")
@output_option()
@pass_session
def drop(session: Session, name: str, output: str) -> None:
    """Forget a name; the revision stays."""
    from cmdb.errors import RevisionNotFound

    with session.record() as record:
        if not record.drop_baseline(name):
            raise RevisionNotFound(f"there is no baseline {name!r}; see: cmdb baseline list")
    show_fact({"name": name, "dropped": True}, f"The name {name} is forgotten.", output)
