"""Small answers in the three forms: one fact told, and rows of one kind listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from frontends.cli.session import Session
from frontends.cli.writing import write_csv, write_json

if TYPE_CHECKING:
    from cmdb.record import EditOutcome
    from frontends.cli.tables import Column

__all__ = ["show_edit", "show_fact", "show_rows", "source_text", "when"]


def show_fact(said: Mapping[str, Any], sentence: str, output: str) -> None:
    """Tell one fact: `said` to a script, `sentence` to a person."""
    if output == "json":
        write_json(said)
    elif output == "csv":
        write_csv(list(said), [list(said.values())])
    else:
        from frontends.cli.tables import Screen

        Screen().say(sentence)


def show_edit(session: Session, outcome: EditOutcome, sentence: str, output: str) -> None:
    """Tell what an edit did; `sentence` says it for a person, and only when something changed."""
    session.writing = False
    session.made = outcome.revision if outcome.changed else None
    for warning in outcome.warnings:
        session.warn(warning)
    said = outcome._asdict()
    changed = f"Revision {outcome.revision}: {sentence}"
    show_fact(said, changed if outcome.changed else f"Nothing has changed; revision {outcome.revision} stands.", output)


def show_rows(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, Column],
    output: str,
    *,
    total: int | None = None,
    nothing: str = "Nothing to show.",
    **more: Any,
) -> None:
    """List rows of one kind: all keys to a script under `name`, beside `more`; the chosen `columns` to a person.

    A column in which no row says anything is left out. `total` is how many there are when `rows` are not all of them.
    """
    if output == "json":
        write_json({**more, **({} if total is None else {"total": total}), name: rows})
        return
    if output == "csv":
        keys = list(rows[0]) if rows else list(columns)
        write_csv(keys, ([row[key] for key in keys] for row in rows))
        return
    from frontends.cli.tables import Screen

    screen = Screen()
    if not rows:
        screen.say(nothing)
        return
    told = {key: column for key, column in columns.items() if any(row[key] not in (None, "", [], {}) for row in rows)}
    screen.table(list(told.values()), ([row[key] for key in told] for row in rows))
    screen.more(len(rows), len(rows) if total is None else total, "see all with --limit 0")


def source_text(source: str, scope: str) -> str:
    """Return a source with its scope.

    >>> source_text("acme", "oslo"), source_text("manual", "")
    ('acme (oslo)', 'manual')
    """
    return f"{source} ({scope})" if scope else source


def when(moment: str) -> str:
    """Return a time of the record (ISO 8601, UTC) as a person reads it.

    >>> when("2026-11-23T02:00:00.123456+00:00")
    '2026-11-23 02:00:00Z'
    """
    return f"{moment[:19].replace('T', ' ')}Z" if len(moment) >= 19 else moment
