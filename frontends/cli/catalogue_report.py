"""The catalogue for a person: the tree of classes, the list of types, and all about one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from frontends.cli.tables import Column, Screen

if TYPE_CHECKING:
    from cmdb.catalogue import Catalogue, ItemClass, RelationshipType

__all__ = ["details", "draw_classes", "draw_one", "draw_types"]


def draw_classes(rows: list[dict[str, Any]]) -> None:
    """Print the classes as a tree, each below its parent."""
    screen = Screen()
    screen.table(
        [
            Column("class", fixed=True),
            Column("service", fixed=True),
            Column("tier", right=True),
            Column("mtbf h", right=True),
            Column("mttr h", right=True),
            Column("description"),
        ],
        (
            [
                "  " * row["depth"] + row["name"],
                "service" if row["service"] else "",
                row["tier"],
                row["mtbf_hours"],
                row["mttr_hours"],
                row["description"],
            ]
            for row in rows
        ),
    )
    screen.say()
    screen.say(f"{len(rows)} classes. All about one: cmdb catalogue NAME. Relationship types: cmdb catalogue --types")


def draw_types(rows: list[dict[str, Any]]) -> None:
    """Print the relationship types."""
    screen = Screen()
    screen.table(
        [Column("type", fixed=True), Column("from the other end"), Column("rules", right=True), Column("description")],
        (
            [
                row["name"],
                "the same" if row["undirected"] else row["inverse"],
                len(row["rules"]),
                row["description"],
            ]
            for row in rows
        ),
    )
    screen.say()
    screen.say(f"{len(rows)} types. What one means for impact: cmdb catalogue NAME")


def draw_one(catalogue: Catalogue, found: ItemClass | RelationshipType) -> None:
    """Print all about one class or type."""
    from cmdb.catalogue import ItemClass

    screen, about = Screen(), details(found)
    kind = "class" if isinstance(found, ItemClass) else "relationship type"
    screen.say(f"{found.name}, a {kind}", "bold")
    screen.say(found.description)
    screen.say()
    aliases = {name: about.pop(name) for name in ("aliases", "reversed_aliases") if name in about}
    rules = about.pop("rules", None)
    about.pop("name")
    about.pop("description")
    if isinstance(found, ItemClass):
        about["classes below"] = [each.name for each in catalogue.classes.values() if each.parent == found.name]
    screen.pairs([(name, value) for name, value in about.items() if value not in (None, [])])
    if rules is not None:
        screen.heading("What a lost provider does, most specific rule first")
        for rule in rules or ["nothing: the type has no rules, and its links are counted as not evaluated"]:
            screen.say(f"- {rule}")
    for name, words in aliases.items():
        if words:
            screen.heading("Known to others as" if name == "aliases" else "Read from the other end, known to others as")
            screen.pairs(list(words.items()))


def details(found: ItemClass | RelationshipType) -> dict[str, Any]:
    """Return all about a class or a type as plain values."""
    import msgspec

    from cmdb.catalogue import ItemClass, rule_text

    plain: dict[str, Any] = msgspec.to_builtins(found, enc_hook=dict)  # a read-only mapping is one to JSON too
    if not isinstance(found, ItemClass):
        plain["rules"] = [rule_text(rule) for rule in found.rules]
    return plain
