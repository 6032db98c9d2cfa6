"""`cmdb network`: what the network is, and how two items reach each other over it."""

from __future__ import annotations

import click

from frontends.cli.options import CmdbCommand, as_of_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("network", cls=CmdbCommand)
@click.argument("start", required=False, metavar="[ITEM")
@click.argument("end", required=False, metavar="ITEM]")
@click.option("--reliability", is_flag=True, help="Of the whole network: how likely each part hangs together.")
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="Time for exact probabilities; beyond it intervals stand in, and say so.",
)
@click.option("--now", is_flag=True, help="With open outages and what is in maintenance down, instead of the design.")
@as_of_option()
@output_option()
@pass_session
def command(
    session: Session,
    start: str | None,
    end: str | None,
    reliability: bool,
    budget: float,
    now: bool,
    as_of: str | None,
    output: str,
) -> None:
    """The network, and how two items reach each other over it.

    Of two ITEMs: by how many paths that share no device, what stands on every path, and how likely a path is up.
    Without items: the parts of the network and its single points. Links are relationships that the catalogue takes
    for such: connects_to, uplinks_to, terminates_at.

    \b
    cmdb network
    cmdb network web1 db1
    cmdb network --reliability -o json
    """
    from cmdb.snapshot.naming import resolve
    from frontends.cli import network_report
    from frontends.cli.writing import write_encoded
    from frontends.desk.outages import down_now
    from impact.network.answer import network_of, routes_of
    from impact.network.graph import Network

    if start is not None and end is None:
        raise click.UsageError("name two items, or none for the whole network")
    if start is not None and reliability:
        raise click.UsageError("--reliability is of the whole network; of two items the availability is always told")
    with session.record() as record:
        snapshot = record.snapshot(as_of)
        ids = [snapshot.id_at(resolve(snapshot, each)) for each in (start, end) if each is not None]
        # Where nothing is named every device counts; else the ends, for paths change with what is found between them.
        about = [snapshot.row_of(each) for each in ids] or Network.of(snapshot).rows.tolist()
        said = session.stale(record, snapshot, about, as_of)
        down = None
        open_ = session.outages(record, snapshot, as_of, counting=now)
        said[:0] = open_.said
        if now:
            down = down_now(snapshot, open_)
    session.note_past(snapshot, as_of)
    if start is None or end is None:
        whole = network_of(snapshot, reliability=reliability, seconds=budget, down=down)
        whole.warnings[:0] = said
        if output == "table":
            network_report.draw_network(whole)
            return
        if output == "json":
            write_encoded(whole.to_json())
            return
        network_report.list_single_points(whole)
        warnings = whole.warnings
    else:
        found = routes_of(snapshot, *ids, seconds=budget, down=down)
        found.warnings[:0] = said
        if output == "table":
            network_report.draw_routes(found)
            return
        if output == "json":
            write_encoded(found.to_json())
            return
        network_report.list_routes(found)
        warnings = found.warnings
    for warning in warnings:
        session.warn(warning)
