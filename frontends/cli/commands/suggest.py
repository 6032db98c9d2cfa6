"""`cmdb suggest`: what the record hints at, for a person to accept or refuse."""

from __future__ import annotations

import click

from frontends.cli.answers import show_fact, show_rows
from frontends.cli.options import CmdbGroup, limit_option, message_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.group("suggest", cls=CmdbGroup)
def command() -> None:
    """What the record hints at, for a person to accept or refuse."""


@command.command("pools")
@click.option("--accept", metavar="ID", help="Make this pool; its need is assumed until you state it.")
@click.option("--refuse", metavar="ID", help="It is no pool: each is required. It is suggested no more.")
@message_option()
@limit_option(30, "suggestions")
@output_option()
@pass_session
def pools(session: Session, accept: str | None, refuse: str | None, message: str, limit: int, output: str) -> None:
    """Pools that may be: items that one consumer requires all of, and that look like each other's stand-in.

    Their names differ in their number alone, or one replicates to the other. Nothing is changed until you accept.
    """
    from cmdb.errors import UsageError

    if accept is not None and refuse is not None:
        raise UsageError("accept one or refuse one; do the other next")
    with session.record() as record:
        asked = accept if accept is not None else refuse
        if asked is not None:
            with session.changing():
                decided = record.review.decide_pool(asked, accept=accept is not None, note=message)
            decision = decided.decision
            session.made = decision.revision or None
            said: dict[str, object] = {"decision": decided.key, "verdict": decision.verdict, "items": decision.items}
            said["revision"] = decision.revision or None
            state = "; state its need with: cmdb pool ITEM NAME --need N" if accept is not None else ""
            show_fact(said, f"{decision.subject} is {decision.verdict}{state}.", output)
            return
        found = record.review.hinted_pools()
    from frontends.cli.tables import Column

    rows = [
        {
            "id": each.id,
            "consumer": each.consumer_name,
            "pool": each.name,
            "members": each.member_names,
            "evidence": each.evidence,
        }
        for each in (found[:limit] if limit else found)
    ]
    columns = {
        "id": Column("id", fixed=True),
        "consumer": Column("consumer"),
        "pool": Column("pool"),
        "members": Column("members"),
        "evidence": Column("evidence"),
    }
    show_rows("pools", rows, columns, output, total=len(found), nothing="The record hints at no further pool.")
