"""`cmdb pool`: how many members of a pool are needed, said by somebody who knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from frontends.cli.answers import show_edit
from frontends.cli.options import CmdbCommand, message_option, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.snapshot import Snapshot

__all__ = ["command"]


@click.command("pool", cls=CmdbCommand)
@click.argument("consumer")
@click.argument("name")
@click.option("--need", metavar="N|P%|capacity", help="So many members must be up, or its consumer is down.")
@click.option("--full", metavar="N|P%", help="With fewer than so many up, its consumer is degraded.")
@click.option("--switch-minutes", type=float, metavar="N", help="The interruption when an active member is lost.")
@click.option(
    "--beta",
    metavar="FRACTION|P%",
    help="So much of its members' unavailability strikes all of them at once; 0 is independent.",
)
@click.option("--confirm", is_flag=True, help="Its need is right as it is, for the members it has now.")
@click.option("--remove", is_flag=True, help="There is no such pool: take it away.")
@message_option()
@output_option()
@pass_session
def command(
    session: Session,
    consumer: str,
    name: str,
    need: str | None,
    full: str | None,
    switch_minutes: float | None,
    beta: str | None,
    confirm: bool,
    remove: bool,
    message: str,
    output: str,
) -> None:
    """Say how many of a pool's members are needed.

    Members stand in for one another; who they are is said by relationships (`cmdb relate ... --pool NAME`). A need
    that nobody stated is assumed to be all but one, and every answer that rests on it says so.
    """
    given = {"need": need, "full": full, "switch_minutes": switch_minutes, "beta": beta}
    values: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    if remove and (values or confirm):
        raise click.UsageError("--remove takes the whole pool away; leave the other options out")
    if confirm and need is not None:
        raise click.UsageError("--need states the need anew and --confirm keeps it; give one of them")
    if not (values or confirm or remove):
        raise click.UsageError("say what of it: --need, --full, --switch-minutes, --beta, --confirm or --remove")
    with session.record() as record:
        if confirm or need is not None:
            values |= _confirmed(record.snapshot(), consumer, name, confirm=confirm)
            _warn_of_need(session, values)
        with session.changing():
            if remove:
                outcome = record.drop_pool(consumer, name, message=message)
            else:
                outcome = record.put_pool(consumer, name, values, message=message)
    said = "was taken away" if remove else f"needs {values['need']}" if "need" in values else "was changed"
    show_edit(session, outcome, f"pool {name} of {consumer} {said}.", output)


def _warn_of_need(session: Session, values: dict[str, Any]) -> None:
    """Say at once when a pool will need more members than it has; what is no need at all is refused later."""
    from cmdb.model import Need

    try:
        need = Need.parse(values["need"]).required(values["confirmed_members"])
    except (KeyError, ValueError):
        return
    if need > values["confirmed_members"]:
        session.warn(
            f"the pool has {values['confirmed_members']} members in service; until it has {need} it is judged as "
            "needing all of them"
        )


def _confirmed(snapshot: Snapshot, consumer: str, name: str, *, confirm: bool) -> dict[str, Any]:
    """Return what confirming says: the need as it is and the members it holds for, or those members alone."""
    from cmdb.errors import EditRefused
    from cmdb.snapshot.naming import resolve
    from frontends.cli.item_links import pools_of

    pool = next((each for each in pools_of(snapshot, resolve(snapshot, consumer)) if each.name == name), None)
    if pool is None or not pool.members:
        if confirm:
            raise EditRefused(f"{consumer} has no pool {name!r} with members in service; see: cmdb show {consumer!r}")
        return {}
    stated = pool.shown.get("need")
    need = {"need": pool.need if stated is None or pool.assumed else stated} if confirm else {}
    return {**need, "confirmed_members": len(pool.members)}
