"""`cmdb change conflicts`: which changes are in each other's way, and which are fatal only together."""

from __future__ import annotations

from typing import Final

import click

from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session

__all__ = ["COMMANDS"]

_GATES: Final = ("any", "joint")


@click.command("conflicts", cls=CmdbCommand)
@click.argument("numbers", nargs=-1, metavar="[NUMBER...]")
@click.option("--drafts", is_flag=True, help="Count drafts too.")
@click.option(
    "--reserve", type=click.IntRange(min=1), metavar="N", help="Failures every service should bear meanwhile."
)
@click.option("--fail-on", type=click.Choice(_GATES), help="Exit with 3 when there is any conflict, or a joint loss.")
@output_option()
@click.pass_context
def conflicts(
    context: click.Context,
    numbers: tuple[str, ...],
    drafts: bool,
    reserve: int | None,
    fail_on: str | None,
    output: str,
) -> None:
    """Which changes are in each other's way, and which are fatal only together.

    Without NUMBER all changes from submitted to implementing are compared. Back-out time counts, open outages count,
    and what a change only puts at risk counts as down.

    \b
    cmdb change conflicts
    cmdb change conflicts 7 --reserve 2
    """
    import msgspec

    from cmdb.changes.book import full_number
    from frontends.cli import conflict_report
    from impact.collisions import conflicts_of
    from impact.collisions.answer import in_the_way

    session = context.ensure_object(Session)
    with session.record() as record:
        snapshot, circumstances = record.snapshot(), record.circumstances()
        if reserve is not None:
            settings = msgspec.structs.replace(circumstances.settings, reserve=reserve)
            circumstances = msgspec.structs.replace(circumstances, settings=settings)
        about = [record.changes.get(number).number for number in numbers] or None
        counted = in_the_way(circumstances.changes, drafts=drafts)
        asked = {full_number(number) for number in numbers} - {each.number for each in counted}
        counted += [record.changes.get(number) for number in sorted(asked)]
        finding = conflicts_of(snapshot, counted, circumstances, about=about)
        titles = {each.number: each.request for each in counted}
    conflict_report.answer(session, snapshot, finding, titles, output)
    if fail_on is not None and any(fail_on == "any" or each.kind == "joint" for each in finding.conflicts):
        context.exit(3)


COMMANDS: Final = {"conflicts": conflicts}
"""The subcommands of this module."""
