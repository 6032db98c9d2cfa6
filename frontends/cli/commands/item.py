"""`cmdb item add` and `cmdb item edit`: what a person says of an item, over what imports say."""

from __future__ import annotations

import click

from frontends.cli.answers import show_edit
from frontends.cli.field_values import field_values
from frontends.cli.options import CmdbGroup, message_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.group("item", cls=CmdbGroup)
def command() -> None:
    """Add an item by hand, or edit one.

    What is said by hand wins over every import until it is released.
    """


@command.command("add")
@click.argument("class_name", metavar="CLASS")
@click.argument("name")
@click.option("--id", "external_id", metavar="ID", help="Its id among items added by hand; the name where not said.")
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="A field; FIELD:=JSON for what is no text.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="An attribute of your own.")
@message_option()
@output_option()
@pass_session
def add(
    session: Session,
    class_name: str,
    name: str,
    external_id: str | None,
    fields: tuple[str, ...],
    attributes: tuple[str, ...],
    message: str,
    output: str,
) -> None:
    """Add an item.

    \b
    cmdb item add Server web1 --set criticality=high --set users=310 --attribute rack=N1
    """
    values = field_values(fields, attributes)
    with session.record(create=False) as record, session.changing():
        outcome = record.add_item(class_name, name, values, external_id=external_id, message=message)
    show_edit(session, outcome, f"{class_name} {name} was added, with id {outcome.id}.", output)


@command.command("edit")
@click.argument("item")
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="A field; FIELD:=JSON for what is no text.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="An attribute of your own.")
@click.option("--unset", multiple=True, metavar="FIELD", help="Withdraw what was said by hand.")
@click.option("--release", multiple=True, metavar="FIELD", help="Let the imports say it again; 'all' for every field.")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--class", "class_name", metavar="CLASS", help="Another class.")
@message_option()
@output_option()
@pass_session
def edit(
    session: Session,
    item: str,
    fields: tuple[str, ...],
    attributes: tuple[str, ...],
    unset: tuple[str, ...],
    release: tuple[str, ...],
    name: str | None,
    class_name: str | None,
    message: str,
    output: str,
) -> None:
    """Edit an item.

    \b
    cmdb item edit web1 --set status=maintenance -m "disk swap"
    cmdb item edit web1 --release status
    """
    values = field_values(fields, attributes, unset)
    if not values and not release and name is None and class_name is None:
        raise click.UsageError("nothing is to be changed; say what, with --set FIELD=VALUE")
    with session.record() as record, session.changing():
        outcome = record.edit_item(item, values, release=release, name=name, class_name=class_name, message=message)
    show_edit(session, outcome, f"{item} was edited.", output)
