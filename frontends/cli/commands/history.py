"""`cmdb history`: every change of an item, its relationships and its pools, and who made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from frontends.cli.answers import show_rows, when
from frontends.cli.changes import change_text
from frontends.cli.options import CmdbCommand, limit_option, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.record import HistoryEntry
    from cmdb.snapshot import Snapshot

__all__ = ["command"]


@click.command("history", cls=CmdbCommand)
@click.argument("item")
@limit_option(0, "changes, the newest")
@output_option()
@pass_session
def command(session: Session, item: str, limit: int, output: str) -> None:
    """Every change of an item, and who made it.

    Those of its relationships and pools too, oldest first: before and after, when, by whom and from what source.
    """
    with session.record() as record:
        snapshot = record.snapshot()
        entries = record.history(item)
        target = record.item_id(item)
    kept = entries[-limit:] if limit else entries
    rows = [_row(snapshot, target, entry, output) for entry in kept]
    from frontends.cli.tables import Column

    columns = {
        "revision": Column("revision", right=True),
        "at": Column("at", fixed=True),
        "by": Column("by"),
        "source": Column("source"),
        "what": Column("what"),
        "changes": Column("change"),
        "message": Column("message"),
    }
    show_rows("entries", rows, columns, output, total=len(entries), revision=snapshot.revision, item=target)


def _row(snapshot: Snapshot, target: str, entry: HistoryEntry, output: str) -> dict[str, Any]:
    return {
        "revision": entry.revision,
        "at": entry.at if output == "json" else when(entry.at),
        "by": entry.actor,
        "account": entry.account,
        "established": entry.established,
        "source": entry.source,
        "message": entry.message,
        "kind": entry.kind,
        "key": entry.key,
        "what": _what(snapshot, target, entry),
        "changes": [each._asdict() for each in entry.fields]
        if output == "json"
        else change_text(entry.kind, entry.fields),
    }


def _what(snapshot: Snapshot, target: str, entry: HistoryEntry) -> str:
    """Return what the entry is about, seen from the item: itself, a relationship to another, a pool."""

    def name(id_: str) -> str:
        row = snapshot.row_of(id_)
        return snapshot.name_at(row) if row >= 0 else id_

    if entry.kind == "item":
        return "the item"
    if entry.kind == "pool":
        return f"pool {entry.key.partition(' ')[2]}"
    start, type_, end, key = entry.key.split(" ", 3)
    far = f"{type_} {name(end)}" if start == target else f"{name(start)} {type_} it"
    return f"{far} ({key})" if key else far
