"""`cmdb change slots`: when a change disturbs its users least."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from impact.slots import Slot, SlotsFinding

__all__ = ["COMMANDS"]

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@click.command("slots", cls=CmdbCommand)
@click.argument("number", required=False)
@click.option("--file", "file", type=click.Path(path_type=Path), metavar="FILE", help="A change that is not recorded.")
@click.option("--days", type=click.FloatRange(min=0, max=3660, min_open=True), default=90, show_default=True)
@click.option("--step", type=click.IntRange(1, 1440), default=15, show_default=True, metavar="MINUTES")
@click.option("--from", "after", metavar="TIME", help="The earliest start; not said: now.")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, metavar="N")
@output_option()
@pass_session
def slots(
    session: Session,
    number: str | None,
    file: Path | None,
    days: float,
    step: int,
    after: str | None,
    limit: int,
    output: str,
) -> None:
    """When a change disturbs its users least.

    Every start on the grid that lies in the windows of all its items, outside freezes, and takes nothing down with
    another change; ranked by the minutes that users lose, weighted by criticality.

    \b
    cmdb change slots 7
    cmdb change slots --file change.yaml --days 14
    """
    from cmdb.changes.reading import time_in
    from frontends.desk.asked import change_asked
    from impact.slots import slots_of

    with session.record() as record:
        snapshot, circumstances = record.snapshot(), record.circumstances()
        standing = change_asked(record, snapshot, number, file)
    begin = None if after is None else time_in(after, None, "--from").astimezone(dt.UTC)
    finding = slots_of(snapshot, standing, circumstances, days=days, step_minutes=step, limit=limit, after=begin)
    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
        return
    if output == "csv":
        from frontends.cli.writing import write_csv

        rows = [[each.start, each.end, each.user_minutes, each.weighted_user_minutes] for each in finding.slots]
        write_csv(["start", "end", "user_minutes", "weighted_user_minutes"], rows)
        for warning in finding.warnings:
            session.warn(warning)
        return
    _draw(finding)


def _draw(finding: SlotsFinding) -> None:
    from frontends.cli.tables import Column, Screen

    screen = Screen()
    about = f"{finding.minutes:g} minutes" + (f", {finding.number}" if finding.number else "")
    if not finding.slots:
        screen.say(f"No slot fits ({about}).", "bold")
    else:
        best = finding.slots[0]
        screen.say(f"Best: {_when(best, finding.zone)}, {best.user_minutes:,.0f} user-minutes ({about}).", "bold")
        screen.say()
        columns = [Column("from", fixed=True), Column("to", fixed=True), Column("user-minutes", right=True)]
        columns.append(Column("weighted", right=True))
        rows = [("best", each) for each in finding.slots]
        rows += [("as planned", finding.now_planned)] if finding.now_planned is not None else []
        rows += [("worst", finding.worst)] if finding.worst is not None else []
        screen.table(
            [Column("", fixed=True), *columns],
            (
                [
                    f"{at + 1}." if what == "best" else what,
                    *_when(each, finding.zone).split(" to "),
                    f"{each.user_minutes:,.0f}",
                    f"{each.weighted_user_minutes:,.0f}",
                ]
                for at, (what, each) in enumerate(rows)
            ),
        )
    told = f"{finding.considered:,} starts fit, {finding.in_the_way:,} more would collide with another change"
    screen.say(f"{told}; times in {finding.zone}, revision {finding.revision}.")
    most = max(finding.by_hour, default=0.0)
    if most > 0:
        screen.heading("Users at stake by hour of the week")
        signs = " .:-=+*#%@" if screen.ascii else " ▁▂▃▄▅▆▇█"
        for day, name in enumerate(_DAYS):
            hours = finding.by_hour[day * 24 : day * 24 + 24]
            strip = "".join(signs[round(each / most * (len(signs) - 1))] for each in hours)
            screen.say(f"  {name}  |{strip}|  at most {max(hours):,.0f}")
        screen.say("        0     6     12    18")
    for warning in finding.warnings:
        screen.say(f"warning: {warning}")


def _when(slot: Slot, zone: str) -> str:
    from zoneinfo import ZoneInfo

    start, end = (dt.datetime.fromisoformat(text).astimezone(ZoneInfo(zone)) for text in (slot.start, slot.end))
    return f"{_DAYS[start.weekday()]} {start:%Y-%m-%d %H:%M} to {_DAYS[end.weekday()]} {end:%H:%M}"


COMMANDS: Final = {"slots": slots}
"""The subcommands of this module."""
