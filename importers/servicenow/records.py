"""Which kind of file is at hand, and its rows in one form.

In comes a file; out goes what it holds (`Content`): items, relationships, relationship types, instances of the CMDB
Instance API or a payload for Identify and Reconcile. Other tables are refused with what to export instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from importers.reading import SourceFile, read_csv, read_json, sniff
from importers.servicenow.cells import Cell, Cells, cells_of, field_name

__all__ = ["Content", "Record", "TableKind", "read_content", "table_kind"]

TableKind = Literal["types", "items", "relations", "instances", "payload"]
_OTHER_TABLES: Final = ("change_request", "incident", "problem", "task", "cmdb_ci_outage", "sc_req", "task_ci")

_ASSOCIATION: Final = {"service_id": "parent", "ci_id": "child"}
_ASSOCIATED: Final = "associated_with"


class Record(NamedTuple):
    """One row: where it stands in its file, its cells, and what is wrong with it as a row."""

    row: int
    cells: Cells
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds. Rows of tables can be gone through once; `value` holds what is no table."""

    kind: TableKind
    records: Iterable[Record] = ()
    value: Any = None


def table_kind(fields: Iterable[str]) -> TableKind | None:
    """Return which table has these fields, None where they do not tell."""
    names = set(fields)
    if {"parent_descriptor", "child_descriptor"} <= names:
        return "types"
    roots = {name.partition(".")[0] for name in names}
    if {"parent", "child", "type"} <= roots or {"service_id", "ci_id"} <= roots:
        return "relations"
    if "sys_class_name" in names and ("name" in names or "sys_id" in names):
        return "items"
    return None


def read_content(source: SourceFile) -> Content:
    """Return what a file holds; raises FileProblem where it is no export of configuration items."""
    return _csv_content(source) if sniff(source) == "csv" else _json_content(source, read_json(source))


def _csv_content(source: SourceFile) -> Content:
    table = read_csv(source)
    fields = [field_name(name) for name in table.header]
    kind = table_kind(fields)
    if kind is None:
        raise source.problem(
            f"the columns {', '.join(table.header[:12])} are no table that is read: export cmdb_ci with sys_id, name "
            "and sys_class_name, cmdb_rel_ci with parent, type and child, svc_ci_assoc with service_id and ci_id, or "
            "cmdb_rel_type",
            1,
        )

    def rows() -> Iterator[Record]:
        for row in table.rows:
            cells: dict[str, Cell] = {}
            for name, given in zip(fields, row.cells, strict=True):
                if text := given.strip():
                    cells.setdefault(name, Cell(text, text))
            yield Record(row.line, _as_relation(cells), row.problem)

    return Content(kind, rows())


def _json_content(source: SourceFile, value: Any) -> Content:
    if isinstance(value, dict) and isinstance(value.get("error"), (dict, str)):
        error = value["error"]
        said = error.get("message", error) if isinstance(error, dict) else error
        raise source.problem(f"ServiceNow answered with an error, not data: {str(said)[:200]!r}; ask it again")
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return Content("payload", value=value)
    found = value
    if isinstance(value, dict):
        found = value.get("records", value.get("result", [value] if "attributes" in value else None))
    rows = found if isinstance(found, list) else [found]
    if any(not isinstance(row, dict) for row in rows):
        raise source.problem(
            "this is no export of ServiceNow: it needs a list of objects under `records` or `result`, an object with "
            "`attributes`, or a payload with `items`"
        )
    if rows and all("attributes" in row and not isinstance(row["attributes"], str) for row in rows):
        return Content("instances", value=rows)
    records = [Record(number, _as_relation(cells_of(row.items()))) for number, row in enumerate(rows, 1)]
    kinds = {table_kind(record.cells) for record in records}
    _refuse_other_tables(source, records)
    if rows and kinds == {None}:
        raise source.problem(
            "no row has sys_class_name with sys_id or name, nor parent, type and child: export those fields too"
        )
    # A relationship that lacks one of its ends is still a row of relationships.
    kind = next((kind for kind in ("relations", "types") if kind in kinds), "items")
    return Content(kind, records)  # type: ignore[arg-type]


def _as_relation(cells: Cells) -> Cells:
    """Return a row of svc_ci_assoc as a relationship; other rows as they are.

    The table says which items a service has to do with, the redundant ones too, and not how it relies on them: taken
    for requirements they would all be single points. So they are recorded, and counted as not evaluated.
    """
    if not any(name.partition(".")[0] in _ASSOCIATION for name in cells):
        return cells
    renamed = {}
    for name, cell in cells.items():
        root, dot, rest = name.partition(".")
        renamed[_ASSOCIATION.get(root, root) + dot + rest] = cell
    return {**renamed, "type": Cell(_ASSOCIATED, _ASSOCIATED)}


def _refuse_other_tables(source: SourceFile, records: list[Record]) -> None:
    classes = {cells["sys_class_name"].value for _, cells, _ in records if "sys_class_name" in cells}
    classes |= {"change_request" for _, cells, _ in records if {"change_plan", "cab_required"} & cells.keys()}
    if classes and all(name.lower().replace(" ", "_").startswith(_OTHER_TABLES) for name in classes):
        raise source.problem(
            f"these are rows of {', '.join(sorted(classes))}, no configuration items: export cmdb_ci and cmdb_rel_ci"
        )
