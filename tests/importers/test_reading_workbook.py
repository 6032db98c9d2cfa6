"""Excel workbooks: what a cell shows, blank rows by the thousand, headers that cannot be told, and bombs."""

from __future__ import annotations

import datetime as dt
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cmdb.errors import FileProblem
from importers.reading import open_source, open_workbook, sheet_names, sniff
from importers.reading import workbook as module


def write(path: Path, rows: list[list[Any]], name: str = "Sheet") -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = name
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def rows_of(path: Path, sheet: str = "Sheet") -> list[tuple[int, list[str]]]:
    with open_workbook(open_source(path)) as book:
        return [tuple(row) for row in book.rows(sheet)]  # type: ignore[misc]


def test_a_cell_reads_as_it_shows(tmp_path: Path) -> None:
    """Numbers as they are written, zeros of a number that is a name, dates as ISO text, errors as nothing."""
    path = tmp_path / "b.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([1, 1.0, 0.1 + 0.2, 1e20, True, False, "False", " x ", "007", "#N/A"])
    sheet.append([dt.datetime(2026, 11, 26), dt.datetime(2026, 11, 26, 8, 5), dt.date(2026, 1, 2), dt.time(7, 30)])
    sheet["A3"] = 42
    sheet["A3"].number_format = "00000"
    sheet["B3"] = 12.5
    sheet["B3"].number_format = "0.00%"
    book.save(path)

    assert rows_of(path) == [
        (1, ["1", "1", "0.3", "1e+20", "true", "false", "False", "x", "007"]),
        (2, ["2026-11-26", "2026-11-26 08:05:00", "2026-01-02", "07:30:00"]),
        (3, ["00042", "12.5"]),
    ]


def test_blank_rows_cost_no_memory(tmp_path: Path) -> None:
    """Thousands of blank rows between and below the rows are dropped as they come; each row keeps its number."""
    path = write(tmp_path / "b.xlsx", [["a"], *[[None, "", " "]] * 30_000, ["b"], *[[""]] * 30_000])
    tracemalloc.start()
    try:
        assert rows_of(path) == [(1, ["a"]), (30_002, ["b"])]
        assert tracemalloc.get_traced_memory()[1] < 24 * 1024**2
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("header", "message"),
    [(["a", None, "b"], "column 2 of sheet 'Sheet' has no name"), (["a", "b", "a "], "names 'a' twice")],
)
def test_a_header_that_cannot_be_told_is_refused(tmp_path: Path, header: list[Any], message: str) -> None:
    """With the sheet and the row; a row wider than its header is a problem of that row alone."""
    path = write(tmp_path / "b.xlsx", [[], header])
    with open_workbook(open_source(path)) as book, pytest.raises(FileProblem, match=message) as caught:
        book.table("Sheet")
    assert caught.value.row == 2

    wide = write(tmp_path / "w.xlsx", [["a", "b", None], [1, 2, 3], [4]])
    with open_workbook(open_source(wide)) as book:
        table = book.table("Sheet")
        assert table is not None
        rows = list(table.rows)
    assert [(row.line, row.cells, row.problem is None) for row in rows] == [
        (2, ["1", "2"], False),
        (3, ["4", ""], True),
    ]


def test_what_unpacks_to_too_much_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few kilobytes may hold gigabytes: the sizes that the file itself names are looked at first."""
    path = write(tmp_path / "b.xlsx", [["a"]])
    monkeypatch.setattr(module, "MAX_UNPACKED_BYTES", 1_000)
    with pytest.raises(FileProblem, match="more than is read at once"), open_workbook(open_source(path)):
        pass


def test_a_zip_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """Its content tells, whatever it is called; a workbook without its extension is known too."""
    other = tmp_path / "b.xlsx"
    with zipfile.ZipFile(other, "w") as packed:
        packed.writestr("readme.txt", "hello")
    assert sheet_names(open_source(other)) == ()
    with pytest.raises(FileProblem, match="damaged or cut off"), open_workbook(open_source(other)):
        pass

    bare = write(tmp_path / "b.xlsx", [["a"]], "Servers").rename(tmp_path / "upload")
    assert sniff(open_source(bare)) == "xlsx"
    assert sheet_names(open_source(bare)) == ("Servers",)


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    """A workbook whose XML names a file of this machine is refused or read without it."""
    path = write(tmp_path / "b.xlsx", [["a"]])
    evil = tmp_path / "evil.xlsx"
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden", encoding="utf-8")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(evil, "w") as out:
        for part in packed.infolist():
            text = packed.read(part)
            if part.filename == "xl/sharedStrings.xml":
                text = (entity + text.decode().replace("<t>a</t>", "<t>&e;</t>")).encode()
            out.writestr(part.filename, text)
    try:
        shown = str(rows_of(evil))
    except FileProblem as problem:
        shown = str(problem)
    assert "hidden" not in shown


def test_formulas_without_values_are_said(tmp_path: Path) -> None:
    """A program wrote them and no spreadsheet calculated them: they read as nothing, and nobody should believe it."""
    source = open_source(write(tmp_path / "b.xlsx", [["a", "b"], ["=1+1", "x"]]))
    with open_workbook(source) as book:
        assert [row.cells for row in book.rows("Sheet")] == [["a", "b"], ["", "x"]]
    assert "never calculated" in source.notes[0]

    plain = open_source(write(tmp_path / "p.xlsx", [["a", "b"], [1, "x"]]))
    with open_workbook(plain):
        assert plain.notes == []
