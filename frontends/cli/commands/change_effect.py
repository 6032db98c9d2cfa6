"""`cmdb change effect`: what a change does to services, from the whole state, and who must be told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from impact.change_effect import EffectFinding

__all__ = ["COMMANDS"]


@click.command("effect", cls=CmdbCommand)
@click.argument("number", required=False)
@click.option("--file", "file", type=click.Path(path_type=Path), metavar="FILE", help="A change that is not recorded.")
@click.option("--drafts", is_flag=True, help="Count drafts of others too.")
@output_option()
@pass_session
def effect(session: Session, number: str | None, file: Path | None, drafts: bool, output: str) -> None:
    """What a change does to services, interval by interval, and who must be told.

    The effect is kept on a recorded change with each assessment; what became different since is told. Open outages,
    maintenance and other changes count as down meanwhile. Where it fails is told apart from where it
    succeeds; what it replaces or decommissions is judged on the topology afterwards as well. As CSV: the list of
    whom to tell.
    """
    from frontends.desk.afterwards import afterwards_of
    from frontends.desk.asked import change_asked
    from frontends.desk.moved import effect_moved
    from impact.change_effect import effect_of

    moved: list[str] = []
    with session.record() as record:
        snapshot, circumstances = record.snapshot(), record.circumstances()
        standing = change_asked(record, snapshot, number, file)
        if drafts or not standing.number:
            finding = effect_of(snapshot, standing, circumstances, drafts=drafts)
        else:
            finding, _, moved = effect_moved(record, snapshot, standing, circumstances)
        afterwards = afterwards_of(record, snapshot, standing)
        finding = finding.model_copy(update={"afterwards": afterwards, "became_different": moved})
    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
        return
    if output == "csv":
        from frontends.cli.writing import write_csv

        columns = ["service", "state", "if it fails", "users", "owner", "support group", "contacts"]
        rows = [
            [e.name, e.state, e.state_if_fails, e.users, e.owner, e.support_group, ", ".join(e.contacts)]
            for e in finding.told
        ]
        write_csv(columns, rows)
        for warning in finding.warnings:
            session.warn(warning)
        return
    _draw(finding, standing.request.zone)


def _draw(finding: EffectFinding, zone: str | None) -> None:
    from frontends.cli.change_view import Stretch, draw_stretches
    from frontends.cli.tables import Column, Screen, count_of, state_cell

    screen = Screen()
    down = sum(each.state == "down" for each in finding.succeeds)
    failing = sum(each.state == "down" for each in finding.fails)
    screen.say(f"{finding.number or 'Not recorded'}  {finding.title}", "bold")
    gets = "gets" if len(finding.succeeds) == 1 else "get"
    told = f"{count_of(len(finding.succeeds), 'service')} {gets} worse as planned, {down} of them down"
    screen.say(f"{told}; where it fails {len(finding.fails)}, {failing} of them down.")
    for each in finding.became_different:
        screen.say(f"since the last assessment: {each}")
    if finding.intervals:
        screen.heading("In time")
        stretches = (
            Stretch(e.start, e.end, e.phase, [(one.name, one.state) for one in e.services], e.meanwhile)
            for e in finding.intervals
        )
        draw_stretches(screen, stretches, zone)
    if finding.told:
        screen.heading("Who must be told")
        shown = finding.told[:20]
        screen.table(
            [
                Column("service"),
                Column("as planned", fixed=True),
                Column("if it fails", fixed=True),
                Column("users", right=True),
                Column("whom"),
            ],
            (
                [
                    each.name,
                    state_cell(each.state, ascii_only=screen.ascii),
                    state_cell(each.state_if_fails, ascii_only=screen.ascii),
                    "" if each.users is None else f"{each.users:,}",
                    ", ".join(filter(None, [each.owner, each.support_group, *each.contacts])) or "nobody is recorded",
                ]
                for each in shown
            ),
            indent=2,
        )
        screen.more(len(shown), len(finding.told), "all of them with -o csv")
    if finding.afterwards is not None:
        after = finding.afterwards
        screen.heading("Afterwards")
        screen.say(f"  {after.headline}")
        for name, listed in (
            ("worse off", after.worse),
            ("new single points of failure", after.new_single_points),
            ("data lost below", after.data_lost),
        ):
            if listed:
                screen.say(f"  {name}: {', '.join(listed[:10])}")
    if finding.not_followed:
        screen.say(f"{count_of(finding.not_followed, 'link')} of its items were not evaluated.")
    screen.say(f"Revision {finding.revision}.")
    for warning in finding.warnings:
        screen.say(f"warning: {warning}")


COMMANDS: Final = {"effect": effect}
"""The subcommands of this module."""
