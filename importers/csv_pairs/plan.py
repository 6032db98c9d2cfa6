"""What each column of one table means, found once from its header and the mapping.

In come a header and a CsvMapping; out goes a TablePlan, or a FileProblem that names the columns. Knows no row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cmdb.model.values import ITEM_TEXT_FIELDS
from importers.csv_pairs.mapping import ATTRIBUTE, FIELDS, CsvMapping, Kind, TableMapping
from importers.reading import SourceFile

__all__ = ["TablePlan", "Template", "normal_header", "plan_table"]

_KINDS: Final[tuple[Kind, ...]] = ("relationships", "pools", "items")  # the order in which a header is tried
_IDENTITIES: Final = {"items": ("id", "name"), "relationships": ("from", "to"), "pools": ("consumer", "name")}
_NEEDED: Final = {
    "items": ("id", "class", "name"),
    "relationships": ("from", "type", "to"),
    "pools": ("consumer", "name"),
}
_LISTS: Final = frozenset(["aliases", "pool", "usage"])
_TEXTS: Final = ITEM_TEXT_FIELDS | {"id", "class", "name", "from", "type", "to", "key", "consumer", "evidence"} | _LISTS
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """Text with columns in it: `parts` are texts and column numbers in turn."""

    parts: tuple[str | int, ...]
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How the cells of a row become fields. `fields` and `attributes` are (column, name)."""

    kind: Kind
    fields: tuple[tuple[int, str], ...]
    attributes: tuple[tuple[int, str], ...]
    defaults: Mapping[str, str]
    words: Mapping[str, Mapping[str, str | None]]
    templates: Mapping[str, Template]
    lists: frozenset[str]
    numbers: frozenset[str]
    """Fields in which a decimal comma is read as a point."""
    list_separator: str


def normal_header(name: str) -> str:
    """Return the spelling of a column's name by which it is compared with our fields."""
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def plan_table(source: SourceFile, header: Sequence[str], mapping: CsvMapping) -> TablePlan:
    """Return what the table in `source` is and how it is read; raises FileProblem where its columns do not tell."""
    for kind in _KINDS:
        table: TableMapping = getattr(mapping, kind)
        targets = _targets(header, kind, table)
        told = {*(field for field in targets if field), *table.defaults, *table.templates}
        if all(field in told for field in _IDENTITIES[kind]):
            _check(source, header, kind, table, targets, told)
            return _plan(source, header, kind, mapping, table, targets)
    wanted = " or ".join(f"{kind} ({', '.join(_NEEDED[kind])})" for kind in reversed(_KINDS))
    raise source.problem(
        f"the columns {', '.join(header)} are neither {wanted}: rename them, or explain them in a mapping file", 1
    )


def _targets(header: Sequence[str], kind: Kind, table: TableMapping) -> list[str | None]:
    """Return the field or attribute of each column, None for one that is not read."""
    mapped = {name.strip().casefold(): field for name, field in table.columns.items()}
    targets: list[str | None] = []
    for name in header:
        spelt = normal_header(name)
        if name.casefold() in mapped:
            targets.append(mapped[name.casefold()])
        elif spelt in FIELDS[kind] or name.startswith(ATTRIBUTE):
            targets.append(spelt if spelt in FIELDS[kind] else name)
        else:
            targets.append(ATTRIBUTE + name if table.rest == "attributes" else None)
    return targets


def _check(
    source: SourceFile,
    header: Sequence[str],
    kind: Kind,
    table: TableMapping,
    targets: Sequence[str | None],
    told: set[str],
) -> None:
    """Refuse what would make every row wrong, once and for the whole file."""
    for field in _NEEDED[kind]:
        if field not in told:
            raise source.problem(
                f"no column says the {field} of the {kind}: add a column {field!r}, or a default in a mapping file", 1
            )
    columns = {name.casefold() for name in header}
    for name in table.columns:
        if name.strip().casefold() not in columns:
            raise source.problem(f"the mapping names a column {name!r}; the file has {', '.join(header)}", 1)
    seen: dict[str, str] = {}
    for name, target in zip(header, targets, strict=True):
        if target is None:
            continue
        if target in seen:
            raise source.problem(f"the columns {seen[target]!r} and {name!r} are both {target!r}: rename one", 1)
        seen[target] = name
        if kind == "pools" and target.startswith(ATTRIBUTE):
            raise source.problem(f"{name!r} is no field of pools: they have {', '.join(sorted(FIELDS[kind]))}", 1)


def _plan(
    source: SourceFile,
    header: Sequence[str],
    kind: Kind,
    mapping: CsvMapping,
    table: TableMapping,
    targets: Sequence[str | None],
) -> TablePlan:
    named = [(column, target) for column, target in enumerate(targets) if target is not None]
    return TablePlan(
        kind=kind,
        fields=tuple((column, target) for column, target in named if not target.startswith(ATTRIBUTE)),
        attributes=tuple(
            (column, target.removeprefix(ATTRIBUTE)) for column, target in named if target.startswith(ATTRIBUTE)
        ),
        defaults=table.defaults,
        words={
            field: {word.strip().casefold(): meaning for word, meaning in words.items()}
            for field, words in table.values.items()
        },
        templates={field: _template(source, header, text) for field, text in table.templates.items()},
        lists=_LISTS,
        numbers=frozenset(FIELDS[kind] - _TEXTS) if mapping.decimal_comma else frozenset(),
        list_separator=mapping.list_separator,
    )


def _template(source: SourceFile, header: Sequence[str], text: str) -> Template:
    columns = {name.casefold(): column for column, name in enumerate(header)}
    parts: list[str | int] = []
    # A split by a pattern with one group gives texts and names in turn.
    for at, part in enumerate(_PLACEHOLDER.split(text)):
        if at % 2 == 0:
            parts.append(part)
        elif part.strip().casefold() in columns:
            parts.append(columns[part.strip().casefold()])
        else:
            raise source.problem(f"the template {text!r} names a column {part!r}; the file has {', '.join(header)}", 1)
    return Template(tuple(parts), tuple(header))
