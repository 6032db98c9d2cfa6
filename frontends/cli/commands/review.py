"""`cmdb review`: what waits for a person, and the decisions that settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from frontends.cli.answers import show_fact, show_rows, source_text, when
from frontends.cli.options import CmdbGroup, limit_option, message_option, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.reviewing import Decided, Matter

__all__ = ["command"]


@click.group("review", cls=CmdbGroup, invoke_without_command=True)
@click.option("--names/--no-names", default=True, help="Suggest items whose names are alike too.")
@limit_option(30, "matters")
@output_option()
@click.pass_context
def command(context: click.Context, names: bool, limit: int, output: str) -> None:
    """What waits for a person.

    Rows that the last import of a source could not place, items that two sources know by one serial number, address or
    cloud id, and, as a mere suggestion, items whose names are alike. What you decide is used by every later import.

    \b
    cmdb review
    cmdb review settle 3f2a --same web1
    cmdb review settle 3f2a --different -m "two servers, one label"
    """
    if context.invoked_subcommand is not None:
        return
    session = context.ensure_object(Session)
    with session.record() as record:
        matters = record.review.matters(names=names)
    columns = _columns()
    rows = [_row(each, output) for each in (matters[:limit] if limit else matters)]
    show_rows("matters", rows, columns, output, total=len(matters), nothing="Nothing waits for a person.")
    if output == "table" and rows:
        session.note("settle one with: cmdb review settle ID --same ITEM, or --different")


def _columns() -> dict[str, Any]:
    from frontends.cli.tables import Column

    return {
        "id": Column("id", fixed=True),
        "kind": Column("kind", fixed=True),
        "subject": Column("what"),
        "source": Column("source"),
        "why": Column("why"),
        "candidates": Column("may be"),
    }


_KINDS = {"row": "row", "duplicate": "two in one", "alike": "alike"}


def _row(matter: Matter, output: str) -> dict[str, Any]:
    if output == "json":
        return {**matter._asdict(), "candidates": [each._asdict() for each in matter.candidates]}
    named = [each.known_as[0] if each.known_as else each.id for each in matter.candidates]
    return {
        "id": matter.id,
        "kind": _KINDS[matter.kind],
        "subject": matter.subject + (f" ({matter.external_id})" if matter.external_id else ""),
        "source": source_text(matter.source, matter.scope),
        "file": matter.file,
        "row": matter.row or None,
        # The ids that the sentence lists stand beside it.
        "why": matter.why if output == "csv" else matter.why.partition(":")[0],
        "candidates": named,
    }


@command.command("settle")
@click.argument("matter", metavar="ID")
@click.option("--same", metavar="ITEM", help="It is this item.")
@click.option("--different", is_flag=True, help="It is none of those that it may be.")
@message_option()
@output_option()
@pass_session
def settle(session: Session, matter: str, same: str | None, different: bool, message: str, output: str) -> None:
    """Decide one matter.

    A row goes where you say with the next import of its source; two items of the record become one at once. ID is the
    matter's, or the beginning of it.
    """
    from cmdb.errors import UsageError

    if (same is None) is not different:
        raise UsageError("say what it is: --same ITEM, or --different")
    with session.record() as record, session.changing():
        decided = record.review.settle(matter, None if same is None else record.item_id(same), message)
    _tell(session, decided, output)


@command.command("merge")
@click.argument("kept", metavar="ITEM")
@click.argument("gone", metavar="ITEM")
@message_option()
@output_option()
@pass_session
def merge(session: Session, kept: str, gone: str, message: str, output: str) -> None:
    """Make two items one: the first, with all that hangs on the second.

    What each source says is kept apart, so it can be split again.
    """
    with session.record() as record, session.changing():
        decided = record.review.merge(record.item_id(kept), record.item_id(gone), message)
    _tell(session, decided, output)


@command.command("split")
@click.argument("item")
@click.option("--source", required=True, metavar="NAME", help="Whose part is an item of its own.")
@message_option()
@output_option()
@pass_session
def split(session: Session, item: str, source: str, message: str, output: str) -> None:
    """Part what a source says from an item.

    What was merged goes back where it came from; imports keep the two apart from then on.
    """
    with session.record() as record, session.changing():
        decided = record.review.split(record.item_id(item), source, message)
    _tell(session, decided, output)


@command.command("undo")
@click.argument("decision", metavar="N")
@message_option()
@output_option()
@pass_session
def undo(session: Session, decision: str, message: str, output: str) -> None:
    """Take a decision back; N is its number in `cmdb review decisions`."""
    with session.record() as record, session.changing():
        decided = record.review.undo(decision, message)
    said = _said(decided)
    again = "; what it brought together stays until: cmdb review split" if decided.decision.what == "row" else ""
    show_fact(said, f"Decision {decided.key} ({decided.decision.subject}) stands no more{again}.", output)


@command.command("decisions")
@limit_option(50, "decisions")
@output_option()
@pass_session
def decisions(session: Session, limit: int, output: str) -> None:
    """The decisions that stand, newest first."""
    with session.record() as record:
        standing = record.review.decisions()[::-1]
    rows = [_said(each, output) for each in (standing[:limit] if limit else standing)]
    from frontends.cli.tables import Column

    columns = {
        "decision": Column("decision", fixed=True),
        "at": Column("at", fixed=True),
        "by": Column("by"),
        "what": Column("what", fixed=True),
        "subject": Column("about"),
        "verdict": Column("verdict"),
        "note": Column("why"),
    }
    show_rows("decisions", rows, columns, output, total=len(standing), nothing="Nobody has decided anything yet.")


def _said(decided: Decided, output: str = "json") -> dict[str, Any]:
    decision, paper = decided.decision, decided.paper
    return {
        "decision": decided.key,
        "at": paper.at if output == "json" else when(paper.at),
        "by": paper.actor.name,
        "what": decision.what,
        "subject": decision.subject,
        "verdict": decision.verdict,
        "items": decision.items,
        "source": decision.source,
        "revision": decision.revision or None,
        "note": paper.note,
    }


def _tell(session: Session, decided: Decided, output: str) -> None:
    decision = decided.decision
    if decision.revision:
        session.made = decision.revision
    words = {
        "row": f"{decision.subject} is {decision.verdict}; the next import of {decision.source} goes by it",
        "pair": f"{decision.subject} are two items, and are suggested no more",
        "merge": f"merged {decision.subject}",
        "split": f"{decision.subject} is two items again",
        "pool": f"{decision.subject} is {decision.verdict}",
    }
    text = f"Revision {decision.revision}: {words[decision.what]}" if decision.revision else words[decision.what]
    show_fact(_said(decided), f"{text}. Take it back with: cmdb review undo {int(decided.key[1:])}", output)
