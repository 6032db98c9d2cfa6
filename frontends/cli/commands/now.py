"""`cmdb now`: one page for whoever is on duty."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import click

from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.progress import ProgressBar
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from frontends.desk.now import Now

__all__ = ["command"]


@click.command("now", cls=CmdbCommand)
@output_option()
@pass_session
def command(session: Session, output: str) -> None:
    """How it stands now: outages, running changes, what became unsafe.

    Running changes come with their point of no return; beside them the pools without reserve, and the emergencies
    that wait for the board.
    """
    from frontends.desk.now import now_of

    with session.record() as record, ProgressBar(session) as bar:
        bar.phase("assessing what lies ahead")
        found = now_of(record, dt.datetime.now(dt.UTC), bar.step)
    if output == "json":
        from frontends.cli.writing import write_json

        write_json(dataclasses.asdict(found))
        return
    if output == "csv":
        from frontends.cli.writing import write_csv

        rows = [["outage", each["number"], each["name"], each["state"]] for each in found.outages]
        rows += [["service", each["id"], each["name"], each["state"]] for each in found.services]
        rows += [["running", each["number"], each["title"], each["point_of_no_return"]] for each in found.running]
        rows += [["no reserve", each["consumer"], each["name"], each["pool"]] for each in found.without_reserve]
        rows += [["unsafe", each["number"], each["title"], "; ".join(each["why"])] for each in found.unsafe]
        rows += [["different", each["number"], each["title"], "; ".join(each["why"])] for each in found.different]
        rows += [
            ["to ratify", each["number"], each["title"], ", ".join(each["approved_by"])] for each in found.to_ratify
        ]
        write_csv(["what", "id", "name", "state"], rows)
        return
    _draw(found)


def _draw(found: Now) -> None:
    from frontends.cli.change_view import time_of
    from frontends.cli.tables import Column, Screen, count_of, state_cell

    screen = Screen()
    if not (found.outages or found.services or found.running or found.unsafe or found.different or found.to_ratify):
        screen.say(f"All is well: nothing is down, no work is going on ({time_of(found.at)}).", "bold")
    else:
        parts = [
            count_of(len(found.outages), "open outage"),
            count_of(len(found.running), "running change"),
            count_of(len(found.unsafe), "change that became unsafe", "changes that became unsafe"),
        ]
        screen.say(f"{', '.join(parts)} ({time_of(found.at)}).", "bold")
    if found.outages:
        screen.heading("Open outages")
        columns = [
            Column("number", fixed=True),
            Column("item"),
            Column("state", fixed=True),
            Column("since", fixed=True),
        ]
        screen.table(
            [*columns, Column("what")],
            ([e["number"], e["name"], e["state"], time_of(e["start"]), e["text"]] for e in found.outages),
            indent=2,
        )
    if found.services:
        screen.heading("Services that are not well")
        rows = ([state_cell(e["state"], ascii_only=screen.ascii), e["name"]] for e in found.services[:20])
        screen.table([Column("state", fixed=True), Column("service")], rows, indent=2)
        screen.more(min(20, len(found.services)), len(found.services), "all of them with -o json")
    if found.running:
        screen.heading("Running changes")
        screen.table(
            [Column("number", fixed=True), Column("title"), Column("point of no return", fixed=True)],
            (
                [
                    e["number"],
                    e["title"],
                    "not known: it has no end"
                    if e["point_of_no_return"] is None
                    else time_of(e["point_of_no_return"])
                    + (", passed" if e["passed"] else f", in {e['minutes_left']:,.0f} min"),
                ]
                for e in found.running
            ),
            indent=2,
        )
    if found.without_reserve:
        screen.heading("Pools without reserve")
        rows = ([e["name"], e["pool"], f"{e['need']} of {e['n']}", e["down"]] for e in found.without_reserve[:20])
        columns = [Column("of"), Column("pool"), Column("need", fixed=True), Column("down", right=True)]
        screen.table(columns, rows, indent=2)
        screen.more(min(20, len(found.without_reserve)), len(found.without_reserve), "all of them with -o json")
    if found.unsafe:
        screen.heading("Approved on other facts: no longer safe")
        rows = ([e["number"], e["title"], "; ".join(e["why"])] for e in found.unsafe)
        screen.table([Column("number", fixed=True), Column("title"), Column("why")], rows, indent=2)
    if found.different:
        screen.heading("Different from when they were assessed")
        rows = ([e["number"], e["title"], "; ".join(e["why"])] for e in found.different)
        screen.table([Column("number", fixed=True), Column("title"), Column("what")], rows, indent=2)
        screen.say("To keep that on them: cmdb change assess --moved")
    if found.to_ratify:
        screen.heading("Emergencies that the board has yet to ratify")
        rows = ([e["number"], e["title"], ", ".join(e["approved_by"])] for e in found.to_ratify)
        screen.table([Column("number", fixed=True), Column("title"), Column("approved by")], rows, indent=2)
    screen.say(f"Revision {found.revision}.")
    for warning in found.warnings:
        screen.say(f"warning: {warning}")
