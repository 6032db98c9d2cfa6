"""`cmdb audit`: what discovery saw change without a change request."""

from __future__ import annotations

from typing import Any

import click

from frontends.cli.answers import show_rows, when
from frontends.cli.options import CmdbCommand, limit_option, output_option
from frontends.cli.session import Session

__all__ = ["command"]


@click.command("audit", cls=CmdbCommand)
@click.option("--since", required=True, metavar="REVISION", help="A revision, a time or a baseline's name.")
@click.option("--fail", "failing", is_flag=True, help="Exit with 3 when there is anything.")
@limit_option(50, "rows")
@output_option()
@click.pass_context
def command(context: click.Context, since: str, failing: bool, limit: int, output: str) -> None:
    """What discovery saw change without a change request.

    On items in service, by every source but people: only approved changes should reach the record. A change request
    covers its items from the start of its work until the source looks again.

    \b
    cmdb audit --since 2026-11-01
    """
    from cmdb.auditing import unauthorised
    from frontends.cli.tables import Column

    session = context.ensure_object(Session)
    with session.record() as record:
        after = record.revision_at(since).number
        changes = record.changes.all()
        with record.store.view() as view:
            found = list(unauthorised(view, list(record.store.revisions()), changes, after))
    shown = found[:limit] if limit else found
    rows: list[dict[str, Any]] = []
    for each in shown:
        row = each._asdict()
        if output == "json":
            row["fields"] = [field._asdict() for field in each.fields]
        else:
            row["at"] = when(each.at)
            told = [f"{field.field}: {_short(field.before)} → {_short(field.after)}" for field in each.fields[:3]]
            row["fields"] = "; ".join(told) + (f" and {len(each.fields) - 3} more" if each.fields[3:] else "")
        rows.append(row)
    columns = {
        "at": Column("seen", fixed=True),
        "source": Column("by"),
        "name": Column("item"),
        "what": Column("what"),
        "fields": Column("before and after"),
        "nearest": Column("nearest change", fixed=True),
        "revision": Column("revision", right=True),
    }
    nothing = f"Nothing since revision {after} without a change request."
    show_rows("unauthorised", rows, columns, output, total=len(found), nothing=nothing, since=after)
    if failing and found:
        context.exit(3)


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
