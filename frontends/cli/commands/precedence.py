"""`cmdb precedence`: whose word counts, by class and field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from frontends.cli.answers import show_rows
from frontends.cli.options import CmdbCommand, message_option, output_option
from frontends.cli.session import Session, pass_session

if TYPE_CHECKING:
    from cmdb.catalogue import Catalogue

__all__ = ["command"]


@click.command("precedence", cls=CmdbCommand)
@click.argument("words", nargs=-1, metavar="[CLASS] [FIELD] [SOURCE]...")
@click.option("--clear", is_flag=True, help="Take the rule of this class and field away.")
@message_option()
@output_option()
@pass_session
def command(session: Session, words: tuple[str, ...], clear: bool, message: str, output: str) -> None:
    """Whose word counts, by class and field.

    Without SOURCEs the rules that stand; with them a new one, the most trusted source first. Without a CLASS it is
    for all items, without a FIELD for every field. Where no rule speaks, the source that came first is believed; what
    was entered by hand comes before all. `cmdb show ITEM --sources` shows what is not believed.

    \b
    cmdb precedence netbox vcenter
    cmdb precedence Server owner hr netbox
    cmdb precedence Service need k8s          the need of the pools of services
    """
    from cmdb.errors import UsageError

    with session.record() as record:
        class_name, field, sources = _parts(words, record.catalogue)
        if clear and sources:
            raise UsageError("--clear takes a rule away; name its class and field, and no source")
        if words and not clear and not sources:
            raise UsageError("name the sources, the most trusted first, or take the rule away with --clear")
        rules = record.rules.precedence().rules
        revision = record.store.head().number
        if words or clear:
            with session.changing():
                ruled = record.rules.set_precedence(class_name, field, sources, message)
            rules, revision = ruled.rules, ruled.revision
            many = "1 item or pool" if ruled.changed == 1 else f"{ruled.changed:,} items and pools"
            session.note(
                f"Revision {ruled.revision}: {many} go by it." if ruled.changed else "No item is concerned yet."
            )
    from frontends.cli.tables import Column

    rows = [
        {
            "class": each.class_name,
            "field": "every field" if each.field == "*" and output == "table" else each.field,
            "sources": ", ".join(each.sources) if output == "table" else each.sources,
        }
        for each in rules
    ]
    columns = {"class": Column("class"), "field": Column("field"), "sources": Column("believed, first to last")}
    nothing = "No rules: the source that came first is believed, and what was entered by hand before all."
    show_rows("rules", rows, columns, output, nothing=nothing, revision=revision)


def _parts(words: tuple[str, ...], catalogue: Catalogue) -> tuple[str, str, list[str]]:
    """Return class, field and sources; a word is a class or a field where it can be one and stands in its place."""
    from cmdb.reconcile.precedence import ALL_FIELDS, FIELDS

    left = list(words)
    class_name, field = "ConfigurationItem", ALL_FIELDS
    if left and left[0] in catalogue.classes:
        class_name = left.pop(0)
    if left and (left[0] in FIELDS or left[0] == ALL_FIELDS or left[0].startswith("attributes.")):
        field = left.pop(0)
    return class_name, field, left
