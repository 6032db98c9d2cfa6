"""The tables of CSV files and workbooks, each with its header, its rows and the mapping's entry for it.

In comes a file and the mapping; out go its tables one by one. Knows no field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmdb.errors import FileProblem
from importers.csv_pairs.escaping import restored
from importers.csv_pairs.mapping import CsvMapping, NamedTable
from importers.reading import CsvRow, CsvTable, SourceFile, Workbook, read_csv

__all__ = ["Table", "csv_table", "sheet_table"]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: where it stands, its header, its rows (once), and the mapping's entry for it where there is one."""

    source: SourceFile
    sheet: str | None
    header: list[str]
    header_row: int
    rows: Iterator[CsvRow]
    named: NamedTable | None

    @property
    def name(self) -> str:
        """How a person finds it: the file, and the sheet where there is one."""
        return self.source.name if self.sheet is None else f"{self.source.name} ({self.sheet})"

    def problem(self, message: str, row: int | None) -> FileProblem:
        """Return the error that names the table; the caller raises it."""
        return FileProblem(message, file=self.name, row=row)


def csv_table(source: SourceFile, mapping: CsvMapping) -> Table | None:
    """Return the table in a CSV file, None for one that the mapping says not to read."""
    named = mapping.table_for(source.path.name)
    if named is not None and not named.read:
        return None
    header_row = (named or mapping.items).header_row
    table = read_csv(source, delimiter=mapping.delimiter, header_row=header_row)
    rows = (CsvRow(row.line, [restored(cell) for cell in row.cells], row.problem) for row in table.rows)
    return Table(source, None, table.header, header_row or 1, rows, named)


def sheet_table(source: SourceFile, book: Workbook, sheet: str, mapping: CsvMapping) -> Table | None:
    """Return the table on a sheet, None for an empty one or one that the mapping says not to read."""
    named = mapping.table_for(source.path.name, sheet)
    if named is not None and not named.read:
        return None
    header_row = (named or mapping.items).header_row
    table: CsvTable | None = book.table(sheet, header_row)
    if table is None:
        return None
    return Table(source, sheet, table.header, header_row or 1, table.rows, named)
