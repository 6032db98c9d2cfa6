"""CSV files: a header, and rows under it.

In comes a file as a spreadsheet saves it, in any of four delimiters; out go its rows, each with the physical line it
begins at and what is wrong with it. Knows no importer's columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from cmdb.errors import FileProblem, UsageError
from importers.reading.csv_delimiter import find_delimiter
from importers.reading.source import SourceFile

__all__ = ["MAX_CSV_LINE_BYTES", "CsvRow", "CsvTable", "read_csv"]

MAX_CSV_LINE_BYTES = 16 * 1024**2
_SEPARATOR_LINE = "sep="  # Excel's own way of telling; it stands above the header


class CsvRow(NamedTuple):
    """One row: as many cells as the header has names, the line it begins at, and what is wrong with it."""

    line: int
    cells: list[str]
    problem: str | None


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file whose header has been read; `rows` can be gone through once."""

    header: list[str]
    rows: Iterator[CsvRow]
    delimiter: str


def read_csv(source: SourceFile, *, delimiter: str | None = None, header_row: int | None = None) -> CsvTable:
    """Return the table in `source`; `delimiter` is found by `find_delimiter` unless it is given.

    The header is the first row that is not blank, or the one that begins at line `header_row`.

    Names in the header lose blanks around them, and columns without a name at its end are dropped. Rows without any
    text are skipped, rows too short are filled with empty cells, rows too long have a `problem`.

    Raises:
        FileProblem: here or while the rows are read: no header, a name twice or missing, a quote that is never
            closed or closed too early, a cell above 131,072 characters, or no text.
        UsageError: `delimiter` is not one character that can part cells.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n \0'):
        raise UsageError(f"the delimiter {delimiter!r} cannot part cells: give one character, such as ';'")
    sample = source.sample()
    told = sample.partition("\n")[0].rstrip("\r")
    if told.lower().startswith(_SEPARATOR_LINE) and len(told) == len(_SEPARATOR_LINE) + 1:
        skip, delimiter = 1, delimiter or told[-1]
    else:
        below = "\n".join(_whole_lines(sample, source.size).split("\n")[(header_row or 1) - 1 :])
        skip, delimiter = 0, delimiter or find_delimiter(below)
    reader = csv.reader(_lines(source), delimiter=delimiter, strict=True)
    rows = _numbered(source, reader)
    for _ in range(skip):
        next(rows, None)
    for line, cells in rows:
        if any(cell.strip() for cell in cells) and line >= (header_row or 0):
            header = _header(source, cells, line)
            return CsvTable(header, _rows(rows, len(header), delimiter), delimiter)
    raise source.problem("the file holds no header: the first row must name the columns")


def _lines(source: SourceFile) -> Iterator[str]:
    for block in source.blocks(max_line_bytes=MAX_CSV_LINE_BYTES):
        yield from io.StringIO(str(block.text, "utf-8"), newline="")


def _numbered(source: SourceFile, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it begins at, which is not the line it ends at when a cell holds newlines."""
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(source, str(error), line) from None


def _unreadable(source: SourceFile, reason: str, line: int) -> FileProblem:
    if "unexpected end" in reason:
        reason = "a quote opened in this row is never closed"
    elif "field limit" in reason:
        reason = f"a cell is longer than {csv.field_size_limit():,} characters; perhaps its closing quote is missing"
    elif "expected after" in reason:
        reason = "a quote is closed before its cell ends; write a quote inside a quoted cell twice"
    return source.problem(f"{reason}: correct the row that begins here", line)


def _header(source: SourceFile, cells: list[str], line: int) -> list[str]:
    names = [cell.strip() for cell in cells]
    while not names[-1]:
        names.pop()
    seen = set[str]()
    for column, name in enumerate(names, 1):
        if not name:
            raise source.problem(f"column {column} has no name in the header: give it one, or remove it", line)
        if name in seen:
            raise source.problem(f"the header names {name!r} twice: rename or remove one", line)
        seen.add(name)
    return names


def _rows(rows: Iterator[tuple[int, list[str]]], width: int, delimiter: str) -> Iterator[CsvRow]:
    for line, cells in rows:
        if not "".join(cells).strip():
            continue
        problem = None
        if len(cells) < width:
            cells += [""] * (width - len(cells))
        elif len(cells) > width:
            if "".join(cells[width:]).strip():
                problem = (
                    f"the row has {len(cells)} cells, the header {width}: "
                    f"put a cell that holds {delimiter!r} in double quotes"
                )
            del cells[width:]
        yield CsvRow(line, cells, problem)


def _whole_lines(sample: str, file_bytes: int) -> str:
    """Return `sample` without a last line that the sample cuts."""
    if len(sample) < file_bytes and "\n" in sample:
        return sample[: sample.rfind("\n") + 1]
    return sample
