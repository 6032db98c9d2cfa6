"""`cmdb runs`: the imports, newest first."""

from __future__ import annotations

from typing import Any

import click

from frontends.cli.answers import show_rows, source_text, when
from frontends.cli.options import CmdbCommand, limit_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("runs", cls=CmdbCommand)
@limit_option(30, "imports")
@output_option()
@pass_session
def command(session: Session, limit: int, output: str) -> None:
    """The imports, newest first.

    An import that changed nothing is here too: it says when its source was last heard of.
    """
    with session.record() as record:
        runs = record.runs(None)
        head = record.store.head().number
    rows: list[dict[str, Any]] = [
        {
            "run": each.number,
            "finished_at": each.draft.finished_at if output == "json" else when(each.draft.finished_at),
            "by": each.draft.actor.name,
            "source": source_text(each.draft.source, each.draft.scope) if output == "table" else each.draft.source,
            "scope": each.draft.scope,
            "complete": each.draft.complete,
            "refreshes": each.draft.refreshes,
            "exported_at": each.draft.exported_at,
            "files": each.draft.files if output == "json" else [str(file["name"]) for file in each.draft.files],
            "counts": each.draft.counts if output == "json" else {k: n for k, n in each.draft.counts.items() if n},
            "problems": each.draft.problems or (0 if output != "table" else None),
            "revision": each.revision,
        }
        for each in (runs[:limit] if limit else runs)
    ]
    from frontends.cli.tables import Column

    columns = {
        "run": Column("run", right=True),
        "finished_at": Column("at", fixed=True),
        "by": Column("by"),
        "source": Column("source"),
        "complete": Column("complete", fixed=True),
        "counts": Column("items"),
        "problems": Column("problems", right=True),
        "revision": Column("revision", right=True),
    }
    show_rows("runs", rows, columns, output, total=len(runs), nothing="Nothing was imported yet.", revision=head)
