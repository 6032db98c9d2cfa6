"""CSV: spreadsheets as people save them."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import FileProblem, UsageError
from importers.reading import CsvRow, open_source, read_csv

RALPH = "ralph/src/ralph/data_importer/tests/samples"


def table_of(content: str | bytes, delimiter: str | None = None) -> tuple[list[str], list[CsvRow], str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "estate.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        table = read_csv(open_source(path), delimiter=delimiter)
        return table.header, list(table.rows), table.delimiter


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("id,name\n1,a\n", ","),
        ("id;name;cost\n1;web;3,5\n2;db;4,5\n", ";"),
        ("id\tname, full\n1\tBerg, Kari\n2\tLie\n", "\t"),
        ("id|name;x\n1|a\n", "|"),
        ('"a;b";c,d;e\n1;2;3\n4;5;6\n', ";"),
        ('id,"a;b;c;d"\n1,2\n', ","),
        ("id;name\n1;a,b\n2;c,d\n", ";"),
        ("name\nweb\n", ","),
        ("sep=;\nid;a,b\n1;2\n", ";"),
        ("SEP=|\r\nid|a;b\r\n1|2\r\n", "|"),
        ("id;name", ";"),
    ],
)
def test_the_delimiter_is_found(content: str, delimiter: str) -> None:
    """By the header, and by what parts the rows below it as evenly; Excel's own word for it is believed."""
    assert table_of(content)[2] == delimiter


def test_a_given_delimiter_is_used() -> None:
    """Whatever the file looks like."""
    assert table_of("a,b:c\n1,2:3\n", ":")[:2] == (["a,b", "c"], [CsvRow(2, ["1,2", "3"], None)])


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_a_delimiter_that_cannot_be_is_refused(delimiter: str) -> None:
    """It is an option of the user's, so the usage is wrong, not the file."""
    with pytest.raises(UsageError):
        table_of("a,b\n", delimiter)


def test_rows_are_numbered_by_the_line_they_begin_at() -> None:
    """Newlines in quotes and blank lines count, as they do in an editor."""
    _, rows, _ = table_of('sep=,\r\n\r\nid,note\r\n1,"two\r\nlines"\r\n\r\n,\r\n2,x\r\n')

    assert rows == [CsvRow(4, ["1", "two\r\nlines"], None), CsvRow(8, ["2", "x"], None)]


def test_short_rows_are_filled_and_long_rows_are_a_problem() -> None:
    """Empty cells too many are what spreadsheets write; cells with text in them are a mistake in quoting."""
    _, rows, _ = table_of("id,name,note\n1\n2,a,b,,\n3,Berg, Kari,x\n")

    assert [row[:2] for row in rows] == [(2, ["1", "", ""]), (3, ["2", "a", "b"]), (4, ["3", "Berg", " Kari"])]
    assert [row.problem is None for row in rows] == [True, True, False]
    assert "4 cells, the header 3" in str(rows[2].problem)


def test_blank_columns_at_the_end_are_dropped_and_names_are_trimmed() -> None:
    """A column without a name and without text is no column."""
    header, rows, _ = table_of(" id , name,, \n1,a,,\n")

    assert (header, rows) == (["id", "name"], [CsvRow(2, ["1", "a"], None)])


@pytest.mark.parametrize(
    ("content", "row", "told"),
    [
        ("id,name,id\n", 1, "'id' twice"),
        ("id,,name\n", 1, "column 2 has no name"),
        ("\n\n", None, "no header"),
        ('id,name\n1,a\n2,"b\n3,c\n', 3, "never closed"),
        ('id,name\n1,"a"b\n', 2, "closed before its cell ends"),
        ('id,name\n1,"' + "x" * 200_000 + '"\n', 2, "longer than 131,072"),
        ("id,name\n1,\0\n", 2, "NUL"),
    ],
)
def test_a_refusal_names_the_row(content: str, row: int | None, told: str) -> None:
    """An unclosed quote is told of the row in which it opens, not of the file's end."""
    with pytest.raises(FileProblem, match=told) as caught:
        table_of(content)

    assert caught.value.row == row


def test_quotes_in_unquoted_cells_are_text() -> None:
    """An inch sign is no quote."""
    assert table_of('id,name\n1,19" rack\n')[1] == [CsvRow(2, ["1", '19" rack'], None)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_of_a_spreadsheet_is_read(encoding: str) -> None:
    """Excel saves CSV as Windows-1252, as UTF-8 with a mark, or as UTF-16 with tabs."""
    content = "id\tsted\r\n1\tTromsø\r\n2\tÅlesund\r\n".encode(encoding)

    assert table_of(content)[1] == [CsvRow(2, ["1", "Tromsø"], None), CsvRow(3, ["2", "Ålesund"], None)]


@given(
    rows=st.lists(st.lists(st.text("ab ø,;|\t\"'\r\n=") | st.text("xyz"), min_size=3, max_size=3), max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    quote_all=st.booleans(),
)
def test_rows_come_back_as_they_were_written(rows: list[list[str]], delimiter: str, quote_all: bool) -> None:
    """Round trip through the standard library's writer with each delimiter; rows without text are left out."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerows([["id", "name", "note"], *rows])

    header, read, _ = table_of(written.getvalue(), delimiter)

    assert header == ["id", "name", "note"]
    assert [row.cells for row in read] == [row for row in rows if any(cell.strip() for cell in row)]
    assert all(row.problem is None for row in read)


@given(
    rows=st.lists(st.lists(st.text("abø ,;", max_size=8), min_size=4, max_size=4), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
)
def test_the_delimiter_of_a_table_with_a_plain_header_is_always_found(rows: list[list[str]], delimiter: str) -> None:
    """Names of columns hold no delimiter, whatever the cells hold."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows([["id", "name", "class", "note"], *rows])

    assert table_of(written.getvalue())[2] == delimiter


@given(content=st.binary(min_size=1) | st.text('ab,;|\t"\r\n =', min_size=1).map(str.encode))
def test_no_bytes_raise_anything_but_a_file_problem(content: bytes) -> None:
    """Whatever a file holds, the user gets a message and never a traceback."""
    try:
        table_of(content)
    except FileProblem as problem:
        assert problem.message  # noqa: PT017


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "delimiter"),
    [("warehouses.csv", ","), ("warehouses_semicolon.csv", ";"), ("warehouses_tab.csv", "\t")],
)
def test_the_delimiters_of_real_files_are_found(shared_data: Path, name: str, delimiter: str) -> None:
    """Ralph's samples come in three of them, with Polish letters."""
    table = read_csv(open_source(shared_data / RALPH / name))

    assert table.delimiter == delimiter
    assert [row.problem for row in table.rows if row.problem] == []
