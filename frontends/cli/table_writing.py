"""Writes what was imported as tables: a folder of CSV files, or an Excel workbook.

In come the rows of an export, out go tables that the csv and excel importers read back to the very same values. What no
plain cell can hold (a null, a nested attribute, a list with separators in it) stands in the column `json`.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cmdb.errors import UsageError
from importers.csv_pairs.escaping import neutralised

__all__ = ["write_csv_folder", "write_workbook"]

Row = dict[str, Any]
_TABLES: Final = {"item": "items", "relationship": "relationships", "pool": "pools"}
_FIRST: Final = {
    "item": ["id", "class", "name"],
    "relationship": ["from", "type", "to"],
    "pool": ["consumer", "name"],
}
_ATTRIBUTE: Final = "attributes."
_MOST_ATTRIBUTES: Final = 60
_LISTS: Final = ("aliases", "pool")
_UNSAFE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_"
)
_EXCEL_ROWS: Final = 1_048_576
_EXCEL_TEXT: Final = 32_767


@dataclass(slots=True)
class _Batch:
    """What one (source, scope) says, by kind of row."""

    source: str
    scope: str
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.source}/{self.scope}" if self.scope else self.source


def write_csv_folder(rows: Iterable[Row], folder: Path) -> int:
    """Write CSV files and the mapping file to import them with; a folder for each batch where there are several.

    Returns how many rows there were; raises UsageError when a file is there already, or there is nothing to write.
    """
    batches = _batches(rows)
    count = 0
    for number, batch in enumerate(batches, 1):
        name = re.sub(r"[^\w.-]+", "-", batch.name).strip("-.")
        place = folder / f"{number}-{name}" if len(batches) > 1 else folder
        place.mkdir(parents=True, exist_ok=True)
        for kind, given in batch.rows.items():
            header, table = _table(kind, given)
            with _new(place / f"{_TABLES[kind]}.csv").open("x", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(header)
                for cells in table:
                    writer.writerow([neutralised(cell) if isinstance(cell, str) else cell for cell in cells])
            count += len(given)
        mapping = f"source: {json.dumps(batch.source)}\nscope: {json.dumps(batch.scope)}\ncomplete: false\n"
        _new(place / "mapping.yaml").write_text(mapping, encoding="utf-8")
    return count


def write_workbook(rows: Iterable[Row], target: Path) -> int:
    """Write an Excel workbook: the sheet `batches` says whose the others are. Returns how many rows there were.

    Raises UsageError when the file is there already, there is nothing to write, or a sheet or a cell would be too long.
    """
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    batches = _batches(rows)
    _new(target)
    book = openpyxl.Workbook(write_only=True)
    owners = book.create_sheet("batches")

    def cell(sheet: Any, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if len(value) > _EXCEL_TEXT:
            raise UsageError(f"a cell holds {len(value):,} characters, Excel takes {_EXCEL_TEXT:,}: export with -f csv")
        made = WriteOnlyCell(sheet, value=value)
        made.data_type = "s"  # text, whatever it begins with: nothing is executed, nothing is made a number
        return made

    owners.append(["number", "source", "scope"])
    count = 0
    for number, batch in enumerate(batches, 1):
        owners.append([cell(owners, str(number)), cell(owners, batch.source), cell(owners, batch.scope)])
        for kind, given in batch.rows.items():
            if len(given) >= _EXCEL_ROWS:
                raise UsageError(
                    f"{len(given):,} {_TABLES[kind]} are more than a sheet of Excel holds: export with -f csv"
                )
            sheet = book.create_sheet(f"{_TABLES[kind]} {number}")
            header, table = _table(kind, given)
            sheet.append([cell(sheet, name) for name in header])
            for cells in table:
                sheet.append([cell(sheet, value) for value in cells])
            count += len(given)
    book.save(target)
    return count


def _new(path: Path) -> Path:
    if path.exists():
        raise UsageError(f"{path} exists already; name a file or a folder that does not")
    return path


def _batches(rows: Iterable[Row]) -> list[_Batch]:
    batches: list[_Batch] = []
    for row in rows:
        kind = row.pop("kind")
        if kind == "batch":
            batches.append(_Batch(row["source"], row.get("scope", "")))
        else:
            batches[-1].rows.setdefault(kind, []).append(row)
    if not any(batch.rows for batch in batches):
        raise UsageError("there is nothing to export; is the name of the source right? See: cmdb runs")
    return batches


def _table(kind: str, rows: list[Row]) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the header and the rows of a table: a column for each field that any row says plainly."""
    attributes = Counter(
        name
        for row in rows
        for name, value in (row.get("attributes") or {}).items()
        if _is_safe(value) and _is_safe(name) and "\n" not in name and len(name) <= 200
    )
    columns = [name for name, _ in attributes.most_common(_MOST_ATTRIBUTES)] if kind != "pool" else []
    fields = dict.fromkeys(_FIRST[kind])
    for row in rows:
        fields.update(dict.fromkeys(name for name, value in row.items() if _cell(name, value) is not None))
    header = [*fields, *(_ATTRIBUTE + name for name in columns)]
    split = [_parted(row, fields, columns) for row in rows]
    if any(rest for _, rest in split):
        header.append("json")

    def lines() -> Iterator[list[Any]]:
        for plain, rest in split:
            cells = [plain.get(name, "") for name in header]
            if rest:
                cells[-1] = json.dumps(rest, sort_keys=True).replace("_x", "\\u005fx")
            yield cells

    return header, lines()


def _parted(row: Row, fields: dict[str, None], columns: list[str]) -> tuple[Row, Row]:
    """Return what plain cells can hold, and the rest."""
    plain: Row = {}
    rest: Row = {}
    for name, value in row.items():
        if name == "attributes" and isinstance(value, dict):
            nested = dict(value)
            for attribute in columns:
                if _is_safe(nested.get(attribute)):
                    plain[_ATTRIBUTE + attribute] = nested.pop(attribute)
            if nested or not value:
                rest[name] = nested
        elif name in fields and (cell := _cell(name, value)) is not None:
            plain[name] = cell
        else:
            rest[name] = value
    return plain, rest


def _cell(name: str, value: Any) -> Any:
    """Return what stands in a plain cell, None where none can hold the value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value if abs(value) < 10**15 else None
    if isinstance(value, float):
        return value if float(f"{value:.15g}") == value else None
    if isinstance(value, str):
        # One pool is written as text, so that a separator in its name is none.
        return value if _is_safe(value) and not (name in _LISTS and ";" in value) else None
    if name in _LISTS and isinstance(value, list) and value:
        return ";".join(value) if all(_is_safe(each) and ";" not in each for each in value) else None
    return None


def _is_safe(value: Any) -> bool:
    """Tell whether a text comes back from a cell as it was: nothing at its ends is lost, no letter is forbidden."""
    return isinstance(value, str) and bool(value) and value == value.strip() and _UNSAFE.search(value) is None
