"""`cmdb identification`: by what items are known in other sources, by class."""

from __future__ import annotations

import click

from frontends.cli.answers import show_rows
from frontends.cli.options import CmdbCommand, message_option, output_option
from frontends.cli.session import Session, pass_session

__all__ = ["command"]


@click.command("identification", cls=CmdbCommand)
@click.argument("class_name", metavar="[CLASS]", required=False)
@click.argument("rules", nargs=-1, metavar="[RULE]...")
@click.option("--clear", is_flag=True, help="Go back to the shipped rules for the class.")
@click.option("--junk", multiple=True, metavar="TEXT", help="A value that identifies nobody; may stand several times.")
@click.option("--no-junk", multiple=True, metavar="TEXT", help="Take one of your own back.")
@message_option()
@output_option()
@pass_session
def command(
    session: Session,
    class_name: str | None,
    rules: tuple[str, ...],
    clear: bool,
    junk: tuple[str, ...],
    no_junk: tuple[str, ...],
    message: str,
    output: str,
) -> None:
    """By what items are known in other sources.

    Without words the rules that stand. RULEs are tried in order: serial_number, asset_tag, cloud_id, fqdn, ip, mac,
    name_on_host (class, name, and the item it runs on), name (class, name and scope). They count from the next import.

    \b
    cmdb identification Server asset_tag serial_number fqdn
    cmdb identification --junk "see label"
    """
    from cmdb.errors import UsageError

    if bool(rules or clear) is not (class_name is not None) or (rules and clear):
        raise UsageError("name a CLASS with its RULEs, or a CLASS with --clear")
    with session.record() as record:
        ruling = record.rules
        with session.changing():
            if class_name is not None:
                ruling.set_identity(class_name, rules, message)
            if junk or no_junk:
                ruling.set_junk(junk, no_junk, message)
        standing = ruling.identity()
    from cmdb.reconcile.identity_rules import DEFAULT_RULES, JUNK
    from frontends.cli.tables import Column

    told = {name: (each, "shipped") for name, each in DEFAULT_RULES.items()}
    told |= {name: (each, "site") for name, each in standing.classes.items()}
    rows = [
        {"class": name, "rules": ", ".join(each) if output == "table" else list(each), "by": by}
        for name, (each, by) in sorted(told.items())
    ]
    columns = {"class": Column("class"), "rules": Column("known by, in order"), "by": Column("by")}
    own = sorted(standing.more_junk)
    show_rows("rules", rows, columns, output, junk=sorted({*JUNK, *own}), own_junk=own)
    if output == "table" and own:
        session.note(f"identify nobody, beside what is shipped: {', '.join(own)}")
