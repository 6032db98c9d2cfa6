"""`cmdb catalogue`: the classes and relationship types in force, and what they mean for impact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from frontends.cli.options import CmdbCommand, output_option
from frontends.cli.session import Session, pass_session
from frontends.cli.writing import write_csv, write_json

if TYPE_CHECKING:
    from cmdb.catalogue import Catalogue, ItemClass, RelationshipType

__all__ = ["command"]


@click.command("catalogue", cls=CmdbCommand)
@click.argument("name", required=False)
@click.option("--types", is_flag=True, help="List relationship types rather than classes.")
@output_option()
@pass_session
def command(session: Session, name: str | None, types: bool, output: str) -> None:
    """The classes and relationship types, and what they mean.

    With NAME, all that is known of one class or type: what others call it, what a lost provider does, where its
    defaults come from. A site's own file is laid over what ships: --catalogue FILE.
    """
    from cmdb.catalogue import describe, load_catalogue
    from frontends.cli import catalogue_report

    catalogue = load_catalogue(session.settings().catalogue)
    if name is not None:
        found = _named(catalogue, name, prefer_type=types)
        if output == "table":
            catalogue_report.draw_one(catalogue, found)
        else:
            _write_one(catalogue_report.details(found), output)
        return
    described = describe(catalogue)
    if output == "json":
        write_json({**described, "digest": catalogue.digest, "files": list(catalogue.origin)})
    elif output == "csv":
        rows = described["types" if types else "classes"]
        write_csv(list(rows[0]), (list(row.values()) for row in rows))
    elif types:
        catalogue_report.draw_types(described["types"])
    else:
        catalogue_report.draw_classes(described["classes"])


def _named(catalogue: Catalogue, name: str, *, prefer_type: bool) -> ItemClass | RelationshipType:
    from cmdb.errors import UsageError

    class_, type_ = catalogue.class_named(name), catalogue.type_named(name)
    if type_ is not None and (prefer_type or class_ is None):
        return catalogue.types[type_[0]]
    if class_ is not None:
        return catalogue.classes[class_]
    near = [*catalogue.suggest_class(name), *catalogue.suggest_type(name)]
    hint = f"did you mean {' or '.join(near[:4])}?" if near else "cmdb catalogue lists the classes, --types the types"
    raise UsageError(f"the catalogue has no class and no type {name!r}; {hint}")


def _write_one(details: dict[str, Any], output: str) -> None:
    if output == "json":
        write_json(details)
    else:
        write_csv(("field", "value"), list(details.items()))
