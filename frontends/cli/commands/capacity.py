"""`cmdb capacity`: whether pools carry their load, and how much growth they bear."""

from __future__ import annotations

import click

from frontends.cli.options import CmdbCommand, as_of_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("capacity", cls=CmdbCommand)
@click.argument("items", nargs=-1, metavar="[ITEM]...")
@click.option(
    "--growth", type=float, default=10.0, show_default=True, metavar="PERCENT", help="By so much the load grows."
)
@click.option("--now", is_flag=True, help="Without members that open outages or maintenance have down.")
@as_of_option()
@output_option()
@pass_session
def command(session: Session, items: tuple[str, ...], growth: float, now: bool, as_of: str | None, output: str) -> None:
    """Whether pools carry their load, and how much growth they bear.

    Of the pools of the ITEMs named, or in which they are members; else of all that say a load or a capacity. The load
    stands at the consumer, the capacity at each member. A need that follows the load is said as `need: capacity`.

    \b
    cmdb capacity
    cmdb capacity cluster1 --growth 25
    """
    from cmdb.snapshot.naming import resolve
    from frontends.cli import capacity_report
    from frontends.desk.outages import down_now
    from impact.capacity import capacity_of

    with session.record() as record:
        snapshot = record.snapshot(as_of)
        ids = [snapshot.id_at(resolve(snapshot, each)) for each in items]
        open_ = session.outages(record, snapshot, as_of, counting=now)
        down = down_now(snapshot, open_) if now else None
        finding = capacity_of(snapshot, ids, growth=growth, down=down)
        about = [snapshot.row_of(each.consumer) for each in finding.pools]
        finding.warnings[:0] = [*open_.said, *session.stale(record, snapshot, about, as_of)]
    session.note_past(snapshot, as_of)
    if output == "table":
        capacity_report.draw(finding)
        return
    if output == "json":
        from frontends.cli.writing import write_encoded

        write_encoded(finding.to_json())
        return
    capacity_report.list_pools(finding)
    for warning in finding.warnings:
        session.warn(warning)
