"""`cmdb relate`: a relationship said, or taken away, by hand."""

from __future__ import annotations

from typing import Any

import click

from frontends.cli.answers import show_edit
from frontends.cli.field_values import field_values
from frontends.cli.options import CmdbCommand, message_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("relate", cls=CmdbCommand)
@click.argument("from_item", metavar="FROM")
@click.argument("type_name", metavar="TYPE")
@click.argument("to_item", metavar="TO")
@click.option("--pool", "pools", multiple=True, metavar="POOL", help="It stands in this pool of its consumer.")
@click.option("--key", default="", metavar="KEY", help="Tells parallel relationships of one type apart.")
@click.option("--lasts-minutes", type=float, metavar="N", help="It carries only so long: a battery.")
@click.option("--standby/--no-standby", default=None, help="It takes over when another member is lost.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="An attribute of your own.")
@click.option("--remove", is_flag=True, help="It is not so: take the relationship away.")
@message_option()
@output_option()
@pass_session
def command(
    session: Session,
    from_item: str,
    type_name: str,
    to_item: str,
    pools: tuple[str, ...],
    key: str,
    lasts_minutes: float | None,
    standby: bool | None,
    attributes: tuple[str, ...],
    remove: bool,
    message: str,
    output: str,
) -> None:
    """Relate two items by hand, or take a relationship away.

    Read it as a sentence: web1 runs_on host3. `cmdb catalogue --types` lists the types.
    """
    values: dict[str, Any] = field_values((), attributes)
    if pools:
        values["pools"] = list(pools)
    if lasts_minutes is not None:
        values["lasts_minutes"] = lasts_minutes
    if standby is not None:
        values["standby"] = standby
    if remove and values:
        raise click.UsageError("--remove takes the whole relationship away; leave the other options out")
    sentence = f"{from_item} {type_name} {to_item}" + (f" ({key})" if key else "")
    with session.record() as record, session.changing():
        if remove:
            outcome = record.unrelate(from_item, type_name, to_item, key=key, message=message)
        else:
            outcome = record.relate(from_item, type_name, to_item, key=key, values=values, message=message)
    show_edit(session, outcome, f"{sentence} was {'taken away' if remove else 'recorded'}.", output)
