"""Excel workbooks (.xlsx, .xlsm): sheets of rows, every cell as the text it shows.

In comes a file; out go, sheet by sheet, its rows as text with the row each stands in. Rows are streamed, blank ones
and blank cells at the end of a row are dropped as they come, so a sheet of a million empty rows costs time and no
memory. A workbook that would unpack to more than `MAX_UNPACKED_BYTES` is refused before it is opened. Knows no
importer's columns.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import IO, Any, Final, NamedTuple
from xml.etree import ElementTree

from cmdb.errors import CmdbError
from importers.reading.csv_table import CsvRow, CsvTable
from importers.reading.source import SourceFile

__all__ = ["MAX_UNPACKED_BYTES", "SheetRow", "Workbook", "is_workbook", "open_workbook", "sheet_names"]

MAX_UNPACKED_BYTES: Final = 2 * 1024**3
_MAX_STRINGS_BYTES: Final = 256 * 1024**2  # held in memory whole while a workbook is read
_CHUNK_BYTES: Final = 1024**2
_LONGEST_FORMULA: Final = 9_000  # Excel's own limit is 8,192 characters
_UNCALCULATED: Final = re.compile(rb"<f(?: [^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v ?/>|<v></v>)?\s*</c>")
_ZEROS: Final = re.compile(r"0+")
_DAMAGED: Final = (
    "this workbook is damaged or cut off ({}): open it in Excel and save it again, or export the sheet as CSV"
)


class SheetRow(NamedTuple):
    """One row that holds anything: its number in the sheet from 1, and its cells up to the last that is not blank."""

    row: int
    cells: list[str]


class Workbook:
    """An opened workbook; `names` are its sheets in order. Rows of a sheet can be gone through as often as asked."""

    def __init__(self, source: SourceFile, book: Any) -> None:
        self._source = source
        self._book = book
        self.names: tuple[str, ...] = tuple(sheet.title for sheet in book.worksheets)

    def rows(self, name: str) -> Iterator[SheetRow]:
        """Yield the rows of a sheet that hold anything; raises FileProblem where the sheet is damaged."""
        sheet = self._book[name]
        sheet.reset_dimensions()  # what a sheet says of its own size is often wrong
        rows = enumerate(sheet.iter_rows(), 1)
        while True:
            with _troubles_named(self._source):
                number, row = next(rows, (0, ()))
                cells = [_text(cell) for cell in row]
            if not number:
                return
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield SheetRow(number, cells)

    def table(self, name: str, header_row: int | None = None) -> CsvTable | None:
        """Return a sheet as a table, its header in `header_row` or in its first row; None for a sheet without one.

        Raises FileProblem for a header with a name twice or missing between others.
        """
        rows = self.rows(name)
        for number, cells in rows:
            if header_row is None or number >= header_row:
                header = self._header(name, number, cells)
                return CsvTable(header, _shaped(rows, len(header)), "")
        return None

    def _header(self, sheet: str, row: int, cells: list[str]) -> list[str]:
        names = [cell.strip() for cell in cells]
        for column, name in enumerate(names, 1):
            if not name:
                raise self._source.problem(
                    f"column {column} of sheet {sheet!r} has no name in its header: give it one, or name the row of "
                    "the header with header_row in a mapping file", row
                )  # fmt: skip
            if names.index(name) != column - 1:
                raise self._source.problem(
                    f"the header of sheet {sheet!r} names {name!r} twice: rename or remove one", row
                )
        return names


def _shaped(rows: Iterator[SheetRow], width: int) -> Iterator[CsvRow]:
    for number, cells in rows:
        problem = None
        if len(cells) > width:
            problem = f"the row has {len(cells)} cells, the header {width}: give the other columns names, or clear them"
            del cells[width:]
        yield CsvRow(number, cells + [""] * (width - len(cells)), problem)


def is_workbook(source: SourceFile) -> bool:
    """Tell whether a file is an Excel workbook, by its content."""
    return bool(sheet_names(source))


def sheet_names(source: SourceFile) -> tuple[str, ...]:
    """Return the names of a workbook's sheets without opening them, () for a file that is no workbook."""
    try:
        with source.opened() as file, zipfile.ZipFile(file) as packed:
            info = packed.getinfo("xl/workbook.xml")
            if info.file_size > _MAX_STRINGS_BYTES:
                return ()
            root = ElementTree.fromstring(packed.read(info))
    except (
        zipfile.BadZipFile,
        KeyError,
        OSError,
        ElementTree.ParseError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ):
        return ()
    return tuple(each.get("name", "") for each in root.iter() if each.tag.endswith("}sheet"))


@contextlib.contextmanager
def open_workbook(source: SourceFile) -> Iterator[Workbook]:
    """Give the workbook in `source`, closed at the end.

    Raises:
        FileProblem: no workbook, an old or a locked one, damaged, or too large when unpacked.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(source.opened())
        _check_size(source, file)
        if _has_uncalculated(source, file):
            source.note(
                f"{source.name} holds formulas that were never calculated, and read as nothing: open it in Excel, "
                "save it, and import it again"
            )
        with _troubles_named(source):
            import openpyxl  # only where there is a workbook to read

            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            stack.callback(book.close)
        yield Workbook(source, book)


def _check_size(source: SourceFile, file: IO[bytes]) -> None:
    with _troubles_named(source):
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
        unpacked = sum(part.file_size for part in parts)
        strings = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
        if unpacked > MAX_UNPACKED_BYTES or strings > _MAX_STRINGS_BYTES:
            raise source.problem(
                f"this workbook unpacks to {unpacked:,} bytes, {strings:,} of them texts: more than is read at once; "
                "export its sheets as CSV"
            )
        file.seek(0)


def _has_uncalculated(source: SourceFile, file: IO[bytes]) -> bool:
    """Tell whether a cell holds a formula and no value: a program wrote the workbook, and no spreadsheet saved it."""
    with _troubles_named(source), zipfile.ZipFile(file) as packed:
        for part in packed.namelist():
            if not part.startswith("xl/worksheets/"):
                continue
            before = b""
            with packed.open(part) as sheet:
                while chunk := sheet.read(_CHUNK_BYTES):
                    if _UNCALCULATED.search(before + chunk):
                        file.seek(0)
                        return True
                    before = chunk[-_LONGEST_FORMULA:]
    file.seek(0)
    return False


@contextlib.contextmanager
def _troubles_named(source: SourceFile) -> Iterator[None]:
    """Turn what the libraries raise over a bad workbook into a FileProblem; keep their remarks on styles quiet."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (CmdbError, MemoryError):
        raise
    except Exception as error:  # openpyxl lets through whatever a damaged part makes of its parsers
        raise source.problem(_DAMAGED.format(f"{type(error).__name__}: {str(error)[:120]}")) from None


def _text(cell: Any) -> str:
    """Return what a cell shows: numbers as they are written, dates as ISO text, errors as nothing."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return "" if cell.data_type == "e" else value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number(value, cell.number_format)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def _number(value: float, number_format: str) -> str:
    if isinstance(value, float):
        # Excel keeps fifteen digits; more than those are the noise of its binary numbers.
        value = float(f"{value:.15g}")
        if value == int(value) and abs(value) < 1e15:
            value = int(value)
    # A format of zeros, as of 00042, is how a sheet keeps the zeros of a number that is a name.
    return (
        f"{value:0{len(number_format)}d}" if isinstance(value, int) and _ZEROS.fullmatch(number_format) else str(value)
    )
