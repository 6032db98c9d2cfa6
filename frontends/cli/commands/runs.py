"""`cmdb runs`: the imports, newest first; with a number, the problems of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from frontends.cli.answers import show_rows, source_text, when
from frontends.cli.options import CmdbCommand, limit_option, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.model import Run
    from cmdb.runs import FailedImport

__all__ = ["command"]


@click.command("runs", cls=CmdbCommand)
@click.argument("run", metavar="[N]", type=int, required=False)
@limit_option(30, "imports")
@output_option()
@pass_session
def command(session: Session, run: int | None, limit: int, output: str) -> None:
    """The imports, newest first.

    With N the problems of that one. An import that changed nothing is here too: it says when its source was last heard
    of. So is one that failed.
    """
    if run is not None:
        _show_problems(session, run, limit, output)
        return
    with session.record() as record:
        runs = record.runs(None)
        failed = record.failed_imports()
        head = record.store.head().number
    rows = [_run(each, output) for each in runs] + [_failure(each, output) for each in failed]
    rows.sort(key=lambda row: row.pop("moment"), reverse=True)
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
        "failed": Column("failed"),
    }
    shown = rows[:limit] if limit else rows
    show_rows("runs", shown, columns, output, total=len(rows), nothing="Nothing was imported yet.", revision=head)


def _run(run: Run, output: str) -> dict[str, Any]:
    draft = run.draft
    return {
        "moment": draft.finished_at,
        "run": run.number,
        "finished_at": draft.finished_at if output == "json" else when(draft.finished_at),
        "by": draft.actor.name,
        "source": source_text(draft.source, draft.scope) if output == "table" else draft.source,
        "scope": draft.scope,
        "complete": draft.complete,
        "refreshes": draft.refreshes,
        "exported_at": draft.exported_at,
        "files": draft.files if output == "json" else [str(file["name"]) for file in draft.files],
        "counts": draft.counts if output == "json" else {k: n for k, n in draft.counts.items() if n},
        "problems": draft.problems or (0 if output != "table" else None),
        "revision": run.revision,
        "failed": None if output == "json" else "",
    }


def _failure(failure: FailedImport, output: str) -> dict[str, Any]:
    named = source_text(failure.source, failure.scope) if output == "table" else failure.source
    return {
        "moment": failure.at,
        "run": None,
        "finished_at": failure.at if output == "json" else when(failure.at),
        "by": failure.actor.name,
        "source": named or ", ".join(failure.files) if output == "table" else failure.source,
        "scope": failure.scope,
        "complete": None,
        "refreshes": None,
        "exported_at": None,
        "files": [{"name": name} for name in failure.files] if output == "json" else failure.files,
        "counts": {},
        "problems": None,
        "revision": None,
        "failed": failure.error,
    }


def _show_problems(session: Session, number: int, limit: int, output: str) -> None:
    """List what was wrong with the rows of one run, the refused ones first."""
    with session.record() as record:
        run, kept = record.problems_of_run(number)
    from frontends.cli.tables import Column

    columns = {
        "severity": Column("verdict", fixed=True),
        "file": Column("file"),
        "row": Column("row", right=True),
        "id": Column("id"),
        "message": Column("what is wrong"),
    }
    rows = kept.problems[:limit] if limit else kept.problems
    none = "No row of it was in trouble." if not run.draft.problems else "They were not kept; import it again."
    more = {"run": number, "source": run.draft.source, "scope": run.draft.scope}
    show_rows("problems", rows, columns, output, total=len(kept.problems), nothing=none, **more)
    if kept.more and output == "table":
        session.note(f"{kept.more:,} more were not kept")
