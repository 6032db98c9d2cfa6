"""`cmdb change plan`: many changes, or a rolling upgrade, in the fewest waves that never break a pool."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session

if TYPE_CHECKING:
    from cmdb.model.circumstances import Circumstances
    from cmdb.snapshot import Snapshot
    from impact.waves import PlanNode, WavesFinding
    from impact.waves.finding import WaveSlot

__all__ = ["COMMANDS"]


@click.command("plan", cls=CmdbCommand)
@click.argument("file", type=click.Path(path_type=Path), metavar="PLAN.yaml")
@click.option(
    "--days", type=click.FloatRange(min=0, max=3660, min_open=True), default=7, show_default=True, metavar="N"
)
@click.option("--slots/--no-slots", "placed", default=True, help="Put each wave into its best slot.")
@output_option()
@click.pass_context
def plan(context: click.Context, file: Path, days: float, placed: bool, output: str) -> None:
    """Put many changes, or a rolling upgrade of many hosts, into the fewest waves.

    No wave breaks a pool, the reserve kept, and the impact engine verifies each. Then every wave is put into the best
    slot of the days after the one before it. Exit 3 where no waves will do, and why.

    \b
    cmdb change plan rolling-patch.yaml
    """
    from frontends.desk.change_file import naming
    from frontends.desk.plan_file import read_plan
    from impact.waves import waves_of

    session = context.ensure_object(Session)
    with session.record() as record:
        snapshot, circumstances = record.snapshot(), record.circumstances()
        read = read_plan(file, record, snapshot, naming(snapshot))
        open_ = session.outages(record, snapshot)
    rows = {
        state: [row for each in ids if (row := snapshot.row_of(each)) >= 0]
        for state, ids in (("down", open_.down), ("degraded", open_.degraded))
    }
    finding = waves_of(snapshot, read.nodes, read.rules, **rows)
    finding.warnings[:0] = open_.said
    if placed and finding.waves:
        finding.slots.extend(_placed(snapshot, finding, read.nodes, read.minutes, circumstances, days))
    _answer(session, finding, output)
    if not finding.waves:
        context.exit(3)


def _placed(
    snapshot: Snapshot,
    finding: WavesFinding,
    nodes: list[PlanNode],
    minutes: float,
    circumstances: Circumstances,
    days: float,
) -> list[WaveSlot]:
    """Return a slot for each wave in turn, as long as there is one."""
    from cmdb.model.change import ChangeRequest, ChangeStanding, Step
    from impact.slots import slots_of
    from impact.waves.finding import WaveSlot

    rows = {node.id: node.rows for node in nodes}
    after: dt.datetime | None = None
    found = []
    for number, wave in enumerate(finding.waves, 1):
        steps = tuple(Step(snapshot.id_at(row), minutes=minutes) for id_ in wave for row in rows[id_])
        standing = ChangeStanding("", ChangeRequest(f"wave {number}", steps=steps, planned_outage_minutes=minutes))
        slots = slots_of(snapshot, standing, circumstances, days=days, limit=1, after=after)
        if not slots.slots:
            finding.warnings.append(f"no slot of {minutes:g} minutes is open for wave {number} in {days:g} days")
            break
        best = slots.slots[0]
        after = dt.datetime.fromisoformat(best.end)
        found.append(WaveSlot(wave=number, start=best.start, end=best.end, user_minutes=best.user_minutes))
    return found


def _answer(session: Session, finding: WavesFinding, output: str) -> None:
    from frontends.cli.change_view import time_of
    from frontends.cli.tables import Column, Screen, count_of
    from frontends.cli.writing import write_csv, write_encoded

    if output == "json":
        write_encoded(finding.to_json())
        return
    slots = {each.wave: each for each in finding.slots}
    if output == "csv":
        rows = [
            [number, finding.names[id_], id_, slots[number].start if number in slots else ""]
            for number, wave in enumerate(finding.waves, 1)
            for id_ in wave
        ]
        write_csv(["wave", "name", "id", "start"], rows)
        for warning in finding.warnings:
            session.warn(warning)
        return
    screen = Screen()
    title = f"{finding.title}: " if finding.title else ""
    if finding.waves:
        proof = "no fewer will do" if finding.optimal else f"at least {finding.lower_bound} are needed"
        screen.say(f"{title}{count_of(len(finding.waves), 'wave')}, {proof}.", "bold")
        screen.say()
        screen.table(
            [
                Column("wave", right=True),
                Column("n", right=True),
                Column("from", fixed=True),
                Column("user-min", right=True),
                Column("what"),
            ],
            (
                [
                    number,
                    len(wave),
                    time_of(slots[number].start) if number in slots else "",
                    f"{slots[number].user_minutes:,.0f}" if number in slots else "",
                    ", ".join(finding.names[id_] for id_ in wave),
                ]
                for number, wave in enumerate(finding.waves, 1)
            ),
        )
        pools = count_of(finding.limits, "pool")
        screen.say(
            f"{pools} limit what may be down at once, {finding.reserve} kept in reserve; every wave was verified."
        )
    else:
        screen.say(f"{title}no waves will do.", "bold")
        for each in finding.infeasible:
            screen.say(f"  {each.text}")
    screen.say(f"Revision {finding.revision}.")
    for warning in finding.warnings:
        screen.say(f"warning: {warning}")


COMMANDS: Final = {"plan": plan}
"""The subcommands of this module."""
