"""From the tree of one catalogue file to `Definitions`, with the line of everything that is said.

Judges each value by itself; whether the file fits the rest of the catalogue is asked in `checking`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from cmdb.catalogue.definition import (
    ClassDefinition,
    Definitions,
    PoolRule,
    RuleDefinition,
    TypeDefinition,
)
from cmdb.catalogue.fields import FieldReader
from cmdb.catalogue.problems import Problems
from cmdb.catalogue.yaml_text import Node, Table, Text, read_yaml
from cmdb.model.need import Need

__all__ = ["FileContent", "Place", "read_catalogue_file"]

Place = tuple[str, ...]
"""What a line says: ("class", name), ("type", name), ("rule", type, from, to), ("word", vocabulary, word) ..."""

_SECTIONS = ("catalogue", "vocabularies", "classes", "types", "statuses", "criticalities", "override")
_OVERRIDABLE = ("classes", "types", "statuses", "criticalities")
_CLASS_KEYS = (
    "parent", "description", "service", "tier", "stale_after_days", "stale_source",
    "mtbf_hours", "mttr_hours", "source", "network", "aliases",
)  # fmt: skip
_TYPE_KEYS = ("inverse", "label", "description", "undirected", "network", "rules", "aliases", "reversed_aliases")
_RULE_KEYS = ("from", "to", "consumer", "impact", "pool")


@dataclass(slots=True)
class FileContent:
    """What one file adds, what it overrides, and on which line it says so."""

    added: Definitions
    overrides: Definitions
    lines: dict[Place, int] = field(default_factory=dict)
    override_lines: dict[Place, int] = field(default_factory=dict)


def read_catalogue_file(content: bytes, problems: Problems) -> FileContent:
    """Return what the file says; values that do not fit are noted in `problems` and left out.

    Raises CatalogueError at once for a file that is no catalogue at all.
    """
    root = read_yaml(content, problems)
    if root is None or (isinstance(root, Text) and not root.value.strip()):
        problems.stop(1, "the file is empty; begin it with `catalogue: 1`")
    return _FileReader(problems).file(root)


class _FileReader:
    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.fields = FieldReader(problems)
        self.lines: dict[Place, int] = {}

    def file(self, root: Node) -> FileContent:
        """Return what a file says; ends at once where it is no catalogue file of this version."""
        table = self.fields.table(root, "a catalogue file", _SECTIONS)
        if table is None:
            self.problems.stop(root.line, "this is no catalogue file; begin it with `catalogue: 1`")
        version = table.entries.get("catalogue")
        if version is None:
            self.problems.stop(root.line, "the file does not say that it is a catalogue; begin it with `catalogue: 1`")
        if not isinstance(version, Text) or version.value != "1":
            self.problems.stop(
                version.line, "this program reads `catalogue: 1` only; write that, or update the program"
            )
        vocabularies: list[str] = []
        if "vocabularies" in table.entries:
            for node in self.fields.members(table.entries["vocabularies"], "vocabularies"):
                name = self.fields.text(node, "a vocabulary")
                if name is not None:
                    vocabularies.append(name)
                    self.lines["vocabulary", name] = node.line
        added, lines = self.section(table, vocabularies), self.lines
        self.lines = {}
        override = self.fields.table(table.entries.get("override", Table(1)), "override", _OVERRIDABLE)
        return FileContent(added, self.section(override or Table(1), []), lines, self.lines)

    def section(self, table: Table, vocabularies: list[str]) -> Definitions:
        return Definitions(
            classes={name: self.item_class(name, node) for name, node in self.named(table, "classes", "class")},
            types={name: self.type(name, node) for name, node in self.named(table, "types", "type")},
            statuses=self.word_lists(table, "statuses"),
            criticalities=self.word_lists(table, "criticalities"),
            vocabularies=vocabularies,
        )

    def named(self, table: Table, key: str, kind: str) -> list[tuple[str, Node]]:
        found = self.fields.table(table.entries[key], key) if key in table.entries else None
        if found is None:
            return []
        for name, line in found.key_lines.items():
            self.lines[kind, name] = line
        return list(found.entries.items())

    def item_class(self, name: str, node: Node) -> ClassDefinition:
        """Return what is said of a class."""
        read, what = self.fields, f"class {name!r}"
        table = read.table(node, what, _CLASS_KEYS) or Table(node.line)
        get = table.entries.get
        if "parent" in table.key_lines:
            self.lines["parent", name] = table.key_lines["parent"]
        return ClassDefinition(
            parent=read.text(get("parent"), f"parent of {what}"),
            description=read.text(get("description"), f"description of {what}"),
            service=read.truth(get("service"), f"service of {what}"),
            tier=read.whole(get("tier"), f"tier of {what}", 0, 1000),
            stale_after_days=read.whole(get("stale_after_days"), f"stale_after_days of {what}", 1, 36500),
            stale_source=read.text(get("stale_source"), f"stale_source of {what}"),
            mtbf_hours=read.hours(get("mtbf_hours"), f"mtbf_hours of {what}"),
            mttr_hours=read.hours(get("mttr_hours"), f"mttr_hours of {what}"),
            source=read.text(get("source"), f"source of {what}"),
            network=cast(Any, read.choice(get("network"), f"network of {what}", ("through", "end", "none"))),
            aliases=self.aliases(("class alias",), get("aliases"), what),
        )

    def type(self, name: str, node: Node) -> TypeDefinition:
        """Return what is said of a relationship type."""
        read, what = self.fields, f"type {name!r}"
        table = read.table(node, what, _TYPE_KEYS) or Table(node.line)
        get = table.entries.get
        for key in ("inverse", "undirected", "label", "network"):
            if key in table.key_lines:
                self.lines[key, name] = table.key_lines[key]
        rules = read.members(table.entries["rules"], f"rules of {what}") if "rules" in table.entries else []
        return TypeDefinition(
            inverse=read.text(get("inverse"), f"inverse of {what}"),
            label=read.text(get("label"), f"label of {what}"),
            description=read.text(get("description"), f"description of {what}"),
            undirected=read.truth(get("undirected"), f"undirected of {what}") or False,
            network=cast(Any, read.choice(get("network"), f"network of {what}", ("link", "reach", "none"))),
            rules=[rule for member in rules if (rule := self.rule(name, member)) is not None],
            aliases=self.aliases(("type alias",), get("aliases"), what),
            reversed_aliases=self.aliases(("type alias",), get("reversed_aliases"), what),
        )

    def rule(self, type_name: str, node: Node) -> RuleDefinition | None:
        """Return a rule of a type, None where too much is wrong with it."""
        read, what = self.fields, f"a rule of {type_name!r}"
        table = read.table(node, what, _RULE_KEYS)
        if table is None:
            return None
        missing = [key for key in _RULE_KEYS[:4] if key not in table.entries]
        if missing:
            self.problems.add(
                node.line,
                f"{what} lacks {', '.join(missing)}; write {{from: CLASS, to: CLASS, consumer: from, impact: hard}}",
            )
            return None
        get = table.entries.get
        from_class, to_class = read.text(get("from"), f"from of {what}"), read.text(get("to"), f"to of {what}")
        consumer = read.choice(get("consumer"), f"consumer of {what}", ("from", "to"))
        impact = read.choice(get("impact"), f"impact of {what}", ("hard", "soft", "none"))
        pool = self.pool(table.entries["pool"], what) if "pool" in table.entries else None
        if from_class is None or to_class is None or consumer is None or impact is None:
            return None
        if pool is not None and impact == "none":
            self.problems.add(node.line, f"{what} makes a pool without impact; take out the pool, or say hard or soft")
            return None
        place = ("rule", type_name, from_class, to_class)
        if place in self.lines:
            self.problems.add(
                node.line,
                f"{what} from {from_class} to {to_class} stands here a second time"
                f" (first on line {self.lines[place]}); keep one",
            )
            return None
        self.lines[place] = node.line
        return RuleDefinition(from_class, to_class, cast(Any, consumer), cast(Any, impact), pool)

    def pool(self, node: Node, what: str) -> PoolRule | None:
        """Return the pool that a rule puts providers into, None where too much is wrong with it."""
        table = self.fields.table(node, f"the pool of {what}", ("name", "need"))
        if table is None:
            return None
        name = self.fields.text(table.entries.get("name"), f"the name of the pool of {what}")
        if "name" not in table.entries:
            self.problems.add(node.line, f"the pool of {what} has no name; write {{name: power, need: n-1}}")
        if "need" not in table.entries:
            return None if name is None else PoolRule(name)
        need_node = table.entries["need"]
        need = self.fields.text(need_node, f"the need of the pool of {what}")
        if need is not None and need != "n-1":
            try:
                need = str(Need.parse(need).stored())
            except ValueError as error:
                self.problems.add(need_node.line, f"the need of the pool of {what}: {error}, or n-1")
                return None
        return None if name is None or need is None else PoolRule(name, need)

    def aliases(self, place: Place, node: Node | None, what: str) -> dict[str, list[str]]:
        found = self.fields.words(node, f"aliases of {what}")
        for vocabulary, words in found.items():
            for word in words:
                self.lines.setdefault((*place, vocabulary, word.value), word.line)
        return {vocabulary: [word.value for word in words] for vocabulary, words in found.items()}

    def word_lists(self, table: Table, key: str) -> dict[str, dict[str, list[str]]]:
        found = self.fields.table(table.entries[key], key) if key in table.entries else None
        if found is None:
            return {}
        for meaning, line in found.key_lines.items():
            self.lines[key, meaning] = line
        return {meaning: self.aliases((key,), node, f"{meaning!r}") for meaning, node in found.entries.items()}
