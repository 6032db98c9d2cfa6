"""`cmdb find`: items by name, id or class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from frontends.cli.answers import show_rows
from frontends.cli.options import CmdbCommand, as_of_option, limit_option, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.catalogue import Catalogue
    from cmdb.snapshot import Snapshot

__all__ = ["command"]


@click.command("find", cls=CmdbCommand)
@click.argument("text", default="")
@click.option("--class", "class_name", metavar="CLASS", help="Items of this class, and of the classes below it.")
@as_of_option()
@limit_option(100, "items")
@output_option()
@pass_session
def command(session: Session, text: str, class_name: str | None, as_of: str | None, limit: int, output: str) -> None:
    """Items by name, id or class.

    TEXT may stand anywhere in the name or an id, in any case; without it every item is found.
    """
    from cmdb.snapshot.naming import find_rows

    with session.record() as record:
        snapshot = record.snapshot(as_of)
        session.note_past(snapshot, as_of)
        classes = None if class_name is None else _classes(record.catalogue, snapshot, class_name)
        found = find_rows(snapshot, text, classes)
    rows = [_row(snapshot, row) for row in (found[:limit] if limit else found)]
    if output == "csv" and len(rows) < len(found):
        session.warn(f"{len(found) - len(rows):,} more items; see all with --limit 0")
    from frontends.cli.tables import Column

    columns = {
        "name": Column("name"),
        "class": Column("class"),
        "status": Column("status", fixed=True),
        "criticality": Column("criticality", fixed=True),
        "id": Column("id", fixed=True),
        "external_ids": Column("known as"),
    }
    if output != "json":
        for row in rows:
            row["external_ids"] = ", ".join(
                f"{source}:{id_}" for source, id_ in row["external_ids"].items() if output == "csv" or id_ != row["id"]
            )
    show_rows(
        "items",
        rows,
        columns,
        output,
        total=len(found),
        nothing=f"No item is called anything like {text!r}." if text else "There are no such items.",
        revision=snapshot.revision,
    )


def _classes(catalogue: Catalogue, snapshot: Snapshot, name: str) -> frozenset[str]:
    from cmdb.errors import UsageError

    class_ = catalogue.class_named(name) or (name if name in snapshot.class_names else None)
    if class_ is None:
        near = catalogue.suggest_class(name)
        hint = f"did you mean {' or '.join(near)}?" if near else "see: cmdb catalogue"
        raise UsageError(f"there is no class {name!r}; {hint}")
    return frozenset(each for each in snapshot.class_names if each == class_ or catalogue.is_a(each, class_))


def _row(snapshot: Snapshot, row: int) -> dict[str, Any]:
    return {
        "id": snapshot.id_at(row),
        "external_ids": snapshot.external_ids_at(row),
        "name": snapshot.name_at(row),
        "class": snapshot.class_at(row),
        "status": snapshot.status_at(row),
        "criticality": snapshot.criticality_at(row),
    }
