"""`cmdb change roster` and `cmdb change model`: who may say yes, and which changes need no yes of their own."""

from __future__ import annotations

from typing import Final

import click

from frontends.cli.answers import show_fact, show_rows
from frontends.cli.options import CmdbGroup, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["COMMANDS"]

_ROLES: Final = ("change_manager", "cab", "service_owner")


@click.group("roster", cls=CmdbGroup)
def roster() -> None:
    """Who holds which role in the approval of changes.

    A service's recorded owner is service owner of that service, roster or not. A command line knows people by the
    name they act with; it keeps how the name was established, and cannot prove who sat at the keyboard.
    """


@roster.command("add")
@click.argument("role", type=click.Choice(_ROLES))
@click.argument("name")
@output_option()
@pass_session
def add(session: Session, role: str, name: str, output: str) -> None:
    """Give a role to somebody, by the name with which they act (--by or CMDB_USER)."""
    _change(session, role, name, output, given=True)


@roster.command("remove")
@click.argument("role", type=click.Choice(_ROLES))
@click.argument("name")
@output_option()
@pass_session
def remove(session: Session, role: str, name: str, output: str) -> None:
    """Take a role from somebody."""
    _change(session, role, name, output, given=False)


def _change(session: Session, role: str, name: str, output: str, *, given: bool) -> None:
    from cmdb.changes.papers import Roster
    from cmdb.errors import EditRefused

    with session.record() as record, session.changing():
        shelf = record.shelves().roster
        kept = shelf.find("site")
        roles = dict(kept.value.roles) if kept is not None else {}
        held = [each for each in roles.get(role, ()) if each.casefold() != name.casefold()]
        if not given and len(held) == len(roles.get(role, ())):
            raise EditRefused(f"{name} does not hold the role {role}; see: cmdb change roster list")
        roles[role] = (*held, name) if given else tuple(held)
        note = f"{role} {'given to' if given else 'taken from'} {name}"
        shelf.put("site", Roster(roles), upon=0 if kept is None else kept.paper.version, note=note)
    told = f"{name} is {role.replace('_', ' ')} from now on." if given else f"{name} is {role} no more."
    show_fact({"role": role, "name": name, "given": given}, told, output)


@roster.command("list")
@output_option()
@pass_session
def list_roles(session: Session, output: str) -> None:
    """Who holds which role."""
    from frontends.cli.tables import Column

    with session.record() as record:
        kept = record.shelves().roster.find("site")
    roles = kept.value.roles if kept is not None else {}
    rows = [{"role": role, "names": list(names)} for role, names in sorted(roles.items()) if names]
    columns = {"role": Column("role", fixed=True), "names": Column("held by")}
    nothing = "Nobody holds a role yet; give one with: cmdb change roster add change_manager NAME"
    show_rows("roles", rows, columns, output, nothing=nothing)


@click.group("model", cls=CmdbGroup)
def model() -> None:
    """Pre-approved kinds of change: what a standard change may do, and to what."""


@model.command("add")
@click.argument("name")
@click.option("--class", "classes", multiple=True, required=True, metavar="CLASS", help="May be repeated.")
@click.option(
    "--action",
    "actions",
    multiple=True,
    required=True,
    type=click.Choice(["outage", "restart", "at_risk", "replace", "decommission"]),
    help="May be repeated.",
)
@click.option("--text", default="", metavar="TEXT", help="How it is done.")
@output_option()
@pass_session
def add_model(
    session: Session, name: str, classes: tuple[str, ...], actions: tuple[str, ...], text: str, output: str
) -> None:
    """Pre-approve a kind of change; a member of the board or a change manager does that.

    Whoever adds it must hold the role change_manager or cab.
    """
    from typing import cast

    from cmdb.changes.papers import ChangeModel
    from cmdb.errors import EditRefused, UsageError
    from cmdb.model.change import Action

    with session.record() as record, session.changing():
        if unknown := [each for each in classes if each not in record.catalogue.classes]:
            raise UsageError(f"{', '.join(unknown)} is no class; see: cmdb catalogue")
        shelves, actor = record.shelves(), record.settings.actor()
        kept = shelves.roster.find("site")
        holders = [*kept.value.holders("cab"), *kept.value.holders("change_manager")] if kept is not None else []
        if actor.name.casefold() not in {each.casefold() for each in holders}:
            raise EditRefused(f"{actor.name} is neither change manager nor on the board: see cmdb change roster list")
        before = shelves.models.find(name)
        made = ChangeModel(name, classes, cast(tuple[Action, ...], actions), text)
        shelves.models.put(
            name, made, upon=0 if before is None else before.paper.version, note=f"approved by {actor.name}"
        )
    said = {"name": name, "classes": list(classes), "actions": list(actions), "text": text}
    show_fact(said, f"Standard changes may name the model {name} from now on.", output)


@model.command("withdraw")
@click.argument("name")
@output_option()
@pass_session
def withdraw(session: Session, name: str, output: str) -> None:
    """Take a model back; changes that name it are judged as normal ones."""
    import msgspec

    with session.record() as record, session.changing():
        shelf = record.shelves().models
        kept = shelf.get(name)
        gone = msgspec.structs.replace(kept.value, withdrawn=True)
        shelf.put(name, gone, upon=kept.paper.version, note="withdrawn")
    show_fact({"name": name, "withdrawn": True}, f"The model {name} is withdrawn.", output)


@model.command("list")
@output_option()
@pass_session
def list_models(session: Session, output: str) -> None:
    """The models that stand."""
    from frontends.cli.tables import Column

    with session.record() as record:
        kept = record.shelves().models.all()
    rows = [
        {"name": key, "classes": list(each.value.classes), "actions": list(each.value.actions), "text": each.value.text}
        for key, each in kept.items()
        if not each.value.withdrawn
    ]
    columns = {name: Column(name) for name in ("name", "classes", "actions", "text")}
    show_rows("models", rows, columns, output, nothing="There are none.")


COMMANDS: Final = {"roster": roster, "model": model}
"""The subcommands of this module."""
