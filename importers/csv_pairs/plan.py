"""What each column of one table means, found once from its header and the mapping.

In come a header and a CsvMapping; out goes a TablePlan, or a FileProblem that names the columns. Knows no row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cmdb.errors import FileProblem
from cmdb.model.values import ITEM_TEXT_FIELDS
from importers.csv_pairs.mapping import ATTRIBUTE, FIELDS, CsvMapping, Kind, NamedTable, RowRelationship, TableMapping

__all__ = ["RelationshipPlan", "TablePlan", "Template", "normal_header", "plan_table"]

_KINDS: Final[tuple[Kind, ...]] = ("relationships", "pools", "items")  # the order in which a header is tried
_IDENTITIES: Final = {"items": ("id", "name"), "relationships": ("from", "to"), "pools": ("consumer", "name")}
_NEEDED: Final = {
    "items": ("id", "class", "name"),
    "relationships": ("from", "type", "to"),
    "pools": ("consumer", "name"),
}
_LISTS: Final = frozenset(["aliases", "pool", "usage"])
_TEXTS: Final = (
    ITEM_TEXT_FIELDS | {"id", "class", "name", "from", "type", "to", "key", "consumer", "evidence", "json"} | _LISTS
)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """Text with columns in it: `parts` are texts and column numbers in turn."""

    parts: tuple[str | int, ...]
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelationshipPlan:
    """A relationship that each row states; `ends` of `start` None means the row's own item."""

    said: RowRelationship
    end: Template
    start: Template | None
    key: Template | None
    need: Template | None
    full: Template | None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How the cells of a row become fields. `fields` and `attributes` are (column, name)."""

    kind: Kind
    fields: tuple[tuple[int, str], ...]
    attributes: tuple[tuple[int, str], ...]
    defaults: Mapping[str, str]
    words: Mapping[str, Mapping[str, str | None]]
    templates: Mapping[str, Template]
    lists: Mapping[str, str]
    """Fields whose cells hold a list, and what parts it; attributes by `attributes.NAME`."""
    numbers: frozenset[str]
    """Fields in which a decimal comma is read as a point."""
    splits: tuple[tuple[int, str, int], ...]
    """Columns that are read as several: the column, what parts its cells, and into how many columns."""
    relationships: tuple[RelationshipPlan, ...]


def normal_header(name: str) -> str:
    """Return the spelling of a column's name by which it is compared with our fields."""
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def plan_table(
    problem: Callable[[str, int | None], FileProblem],
    header: Sequence[str],
    mapping: CsvMapping,
    *,
    named: NamedTable | None = None,
    row: int = 1,
) -> TablePlan:
    """Return what the table with this header is and how it is read; raises FileProblem where its columns do not tell.

    `named` is the mapping's entry for the very table. `problem` makes the error, naming the header's `row`.
    """
    for kind in _KINDS if named is None else (named.kind,):
        table: TableMapping = getattr(mapping, kind) if named is None else named
        columns = _columns(problem, header, table, row)
        targets = _targets(columns, kind, table)
        told = {*(field for field in targets if field), *table.defaults, *table.templates}
        if named is not None or all(field in told for field in _IDENTITIES[kind]):
            planner = _Planner(problem, columns, row)
            planner.check(kind, table, targets, told)
            return planner.plan(kind, mapping, table, targets, width=len(header))
    wanted = " or ".join(f"{kind} ({', '.join(_NEEDED[kind])})" for kind in reversed(_KINDS))
    raise problem(
        f"the columns {', '.join(header)} are neither {wanted}: rename them, or explain them in a mapping file", row
    )


def _columns(
    problem: Callable[[str, int | None], FileProblem], header: Sequence[str], table: TableMapping, row: int
) -> list[str]:
    """Return the names of the columns, those that others are split into included."""
    columns = list(header)
    known = {name.casefold() for name in header}
    for name, split in table.split.items():
        if name.strip().casefold() not in known:
            raise problem(f"the mapping splits a column {name!r}; the file has {', '.join(header)}", row)
        for part in split.into:
            if part is not None and part.casefold() in known:
                raise problem(f"{name!r} is split into {part!r}, which is a column already: choose another name", row)
            columns.append(part or "")
            known.add((part or "").casefold())
    return columns


def _targets(header: Sequence[str], kind: Kind, table: TableMapping) -> list[str | None]:
    """Return the field or attribute of each column, None for one that is not read."""
    mapped = {name.strip().casefold(): field for name, field in table.columns.items()}
    targets: list[str | None] = []
    for name in header:
        spelt = normal_header(name)
        if not name:  # a part of a split column that is not read
            targets.append(None)
        elif name.casefold() in mapped:
            targets.append(mapped[name.casefold()])
        elif spelt in FIELDS[kind] or name.startswith(ATTRIBUTE):
            targets.append(spelt if spelt in FIELDS[kind] else name)
        else:
            targets.append(ATTRIBUTE + name if table.rest == "attributes" else None)
    return targets


class _Planner:
    """Makes the plan of one table; its columns and where it stands are known."""

    def __init__(self, problem: Callable[[str, int | None], FileProblem], columns: Sequence[str], row: int) -> None:
        self._problem = problem
        self._columns = columns
        self._row = row

    def check(self, kind: Kind, table: TableMapping, targets: Sequence[str | None], told: set[str]) -> None:
        """Refuse what would make every row wrong, once and for the whole file."""
        for field in _NEEDED[kind]:
            if field not in told:
                raise self._problem(
                    f"no column says the {field} of the {kind}: add a column {field!r}, or a default in a mapping file",
                    self._row,
                )
        columns = {name.casefold() for name in self._columns}
        for name in table.columns:
            if name.strip().casefold() not in columns:
                raise self._problem(
                    f"the mapping names a column {name!r}; the file has {', '.join(self._columns)}", self._row
                )
        seen: dict[str, str] = {}
        for name, target in zip(self._columns, targets, strict=True):
            if target is None:
                continue
            if target in seen:
                raise self._problem(
                    f"the columns {seen[target]!r} and {name!r} are both {target!r}: rename one", self._row
                )
            seen[target] = name
            if kind == "pools" and target.startswith(ATTRIBUTE):
                raise self._problem(
                    f"{name!r} is no field of pools: they have {', '.join(sorted(FIELDS[kind]))}", self._row
                )

    def plan(
        self, kind: Kind, mapping: CsvMapping, table: TableMapping, targets: Sequence[str | None], *, width: int
    ) -> TablePlan:
        """Return the plan of the table, whose file has `width` columns."""
        named = [(column, target) for column, target in enumerate(targets) if target is not None]
        places = {name.casefold(): column for column, name in enumerate(self._columns[:width])}
        return TablePlan(
            kind=kind,
            fields=tuple((column, target) for column, target in named if not target.startswith(ATTRIBUTE)),
            attributes=tuple(
                (column, target.removeprefix(ATTRIBUTE)) for column, target in named if target.startswith(ATTRIBUTE)
            ),
            defaults=table.defaults,
            words={
                field: {word.strip().casefold(): meaning for word, meaning in words.items()}
                for field, words in table.words.items()
            },
            templates={field: self._template(text) for field, text in table.templates.items()},
            lists=dict.fromkeys(_LISTS, mapping.list_separator) | table.lists,
            numbers=frozenset(FIELDS[kind] - _TEXTS) if mapping.decimal_comma else frozenset(),
            splits=tuple(
                (places[name.strip().casefold()], split.separator, len(split.into))
                for name, split in table.split.items()
            ),
            relationships=tuple(self._relationship(each) for each in table.relationships),
        )

    def _relationship(self, said: RowRelationship) -> RelationshipPlan:
        pool = said.pool
        return RelationshipPlan(
            said,
            self._template(said.to),
            None if said.start is None else self._template(said.start),
            None if said.key is None else self._template(said.key),
            None if pool is None or pool.need is None else self._template(pool.need),
            None if pool is None or pool.full is None else self._template(pool.full),
        )

    def _template(self, text: str) -> Template:
        columns = {name.casefold(): column for column, name in enumerate(self._columns)}
        parts: list[str | int] = []
        # A split by a pattern with one group gives texts and names in turn.
        for at, part in enumerate(_PLACEHOLDER.split(text)):
            if at % 2 == 0:
                parts.append(part)
            elif part.strip().casefold() in columns:
                parts.append(columns[part.strip().casefold()])
            else:
                raise self._problem(
                    f"the template {text!r} names a column {part!r}; the file has {', '.join(self._columns)}", self._row
                )
        return Template(tuple(parts), tuple(self._columns))
