"""`cmdb diff`: what differs between two revisions."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from frontends.cli.answers import show_rows
from frontends.cli.changes import change_text
from frontends.cli.options import CmdbCommand, limit_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("diff", cls=CmdbCommand)
@click.argument("before")
@click.argument("after", required=False)
@limit_option(200, "changes in the table")
@output_option()
@pass_session
def command(session: Session, before: str, after: str | None, limit: int, output: str) -> None:
    """What differs between two revisions.

    BEFORE and AFTER are revision numbers, times or baselines; without AFTER it is the newest revision.
    """
    with session.record() as record:
        found = record.diff(before, after if after is not None else str(record.store.head().number))
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in ("item", "relationship", "pool")}
    for change in found.changes:
        counts[change.kind][change.verdict] += 1
    kept = found.changes[:limit] if limit and output == "table" else found.changes
    rows: list[dict[str, Any]] = [
        {
            "kind": change.kind,
            "key": change.key,
            "label": change.label,
            "verdict": change.verdict,
            "fields": [each._asdict() for each in change.fields]
            if output == "json"
            else change_text(change.kind, change.fields),
        }
        for change in kept
    ]
    from frontends.cli.tables import Column

    columns = {
        "verdict": Column("verdict", fixed=True),
        "kind": Column("kind", fixed=True),
        "label": Column("which"),
        "fields": Column("change"),
    }
    if output == "table":
        session.note(f"from revision {found.before} to revision {found.after}")
    show_rows(
        "changes",
        rows,
        columns,
        output,
        total=len(found.changes),
        nothing=f"Revisions {found.before} and {found.after} hold the same.",
        before=found.before,
        after=found.after,
        counts={
            kind: {word: each[word] for word in ("created", "updated", "removed")} for kind, each in counts.items()
        },
    )
