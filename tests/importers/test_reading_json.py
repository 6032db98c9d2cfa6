"""JSON and JSON Lines: what comes through, and each refusal with its row."""

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import FileProblem
from importers.reading import SourceFile, iter_json_lines, open_source, read_json

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | FINITE | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=5)


def saved(folder: Path, content: bytes) -> SourceFile:
    path = folder / "estate.jsonl"
    path.write_bytes(content)
    return open_source(path)


def rows_of(content: bytes) -> list[tuple[int, dict[str, Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        return list(iter_json_lines(saved(Path(folder), content)))


def value_of(content: bytes) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        return read_json(saved(Path(folder), content))


REFUSED = [
    (b'{"a": 1, "b": 2, "a": 3}', "'a' stands twice"),
    (b'{"a" :1,"a":2}', "'a' stands twice"),
    (b'{"a"\t:1,"a" : "x:y"}', "'a' stands twice"),
    (b'{"x": {"a": 1, "a": 2}}', "'a' stands twice"),
    (b'{"x": [1, {"a": "\\":", "a": 2}]}', "'a' stands twice"),
    (b'{"a": 1, "\\u0061": 2}', "'a' stands twice"),
    (b'{"a": NaN}', "NaN and Infinity"),
    (b'{"a": -Infinity}', "NaN and Infinity"),
    (b'{"a": 1e999}', "too large"),
    (b'{"a": 9223372036854775808}', "64 bits"),
    (b'{"a": [-9223372036854775809]}', "64 bits"),
    (b'{"a": ' + b"9" * 5000 + b"}", "too large"),
    (b'{"a": "\\ud800"}', "surrogate"),
    (b'{"a": "\\udc00x"}', "surrogate"),
    (b'{"a": "\\ud83dx"}', "surrogate"),
    (b'{"\\ud83d\\u0041": 1}', "surrogate"),
    (b'{"a": "x\\u0000y"}', "NUL"),
    (b'{"x\\u0000y": 1}', "NUL"),
    (b'{"a": "\0"}', "NUL"),
    (b"{'a': 1}", "double quotes"),
    (b'{"a": 1,}', "trailing comma"),
    (b'{"a": tru}', "invalid"),
    (b'{"a": "\x01"}', "invalid character"),
    (b'{"a": ' + b"[" * 101 + b"]" * 101 + b"}", "deeper than 100"),
    (b'{"a":' * 120 + b"1" + b"}" * 120, "deeper than 100"),
    (b'{"a":' * 950 + b"1" + b"}" * 950, "deeper than 100"),
    (b"[" * 100_000, "deeper than 100"),
]


@pytest.mark.parametrize(("line", "told"), REFUSED)
def test_a_refused_row_is_named(line: bytes, told: str) -> None:
    """The message says what is wrong, the row is the line of the file, and blank lines count."""
    with pytest.raises(FileProblem, match=told) as caught:
        rows_of(b'{"ok": 1}\n\n' + line + b'\n{"ok": 2}\n')

    assert caught.value.row == 3


@pytest.mark.parametrize(("value", "told"), REFUSED)
def test_a_json_file_is_refused_for_the_same(value: bytes, told: str) -> None:
    """One set of rules for both forms of JSON."""
    with pytest.raises(FileProblem, match=told):
        value_of(b"[{},\n" + value + b"\n]")


def test_rows_before_a_refused_row_are_given() -> None:
    """Reading streams: what is whole comes out before the problem."""
    with tempfile.TemporaryDirectory() as folder:
        rows = iter_json_lines(saved(Path(folder), b'{"a": 1}\nnonsense\n'))

        assert next(rows) == (1, {"a": 1})
        with pytest.raises(FileProblem):
            next(rows)


def test_what_looks_risky_but_is_not_comes_through() -> None:
    """Colons, brackets, escapes and long numbers inside texts are harmless."""
    given_rows = [
        {"a": '":', "b": ":::", "c": '" :', "d": "\\u0000", "e": "\\ud800"},
        {"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 2}]},
        {"a": "123456789012345678901234567890", "b": 9223372036854775807, "c": -9223372036854775808},
        {"a": "[" * 200, "b": 123456789012345678901234567890.5},
        {"mac": "00:11:22:33:44:55", "url": "https://x/", "empty": {}},
    ]
    content = "\n".join(json.dumps(row) for row in given_rows) + "\n"

    assert [row for _, row in rows_of(content.encode())] == given_rows


def test_depth_one_hundred_is_taken() -> None:
    """The cap is what it says."""
    value: Any = 1
    for _ in range(99):
        value = [value]

    assert rows_of(json.dumps({"a": value}).encode()) == [(1, {"a": value})]


def test_a_line_above_the_cap_is_refused_with_its_row(tmp_path: Path) -> None:
    """A line of 50 MB is not one record; it is refused before it is parsed."""
    content = b'{"a": 1}\n{"a": "' + b"x" * 50_000_000 + b'"}\n'

    with pytest.raises(FileProblem, match="longer than 16,777,216 bytes") as caught:
        list(iter_json_lines(saved(tmp_path, content)))

    assert caught.value.row == 2


def test_a_row_that_is_no_object_is_refused() -> None:
    """Only objects are rows."""
    with pytest.raises(FileProblem, match="no JSON object") as caught:
        rows_of(b'{}\n["a"]\n')

    assert caught.value.row == 2


def test_rows_end_in_any_newline_and_in_any_encoding() -> None:
    """Windows' line ends, byte order marks and UTF-16 are how exports come."""
    text = '{"navn": "Tromsø"}\r\n\r\n{"navn": "Bodø"}'
    expected = [(1, {"navn": "Tromsø"}), (3, {"navn": "Bodø"})]

    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert rows_of(text.encode(encoding)) == expected


def test_a_cut_off_last_row_is_told_as_such() -> None:
    """The commonest damage gets its own words."""
    with pytest.raises(FileProblem, match="cut off") as caught:
        rows_of(b'{"a": 1}\n{"a": "ha')

    assert caught.value.row == 2


def test_ordinary_json_given_for_json_lines_is_told_as_such() -> None:
    """The message names the mistake, not its symptom."""
    with pytest.raises(FileProblem, match="ordinary JSON"):
        rows_of(b'{\n  "a": 1\n}\n')


def test_json_lines_given_for_json_are_told_as_such() -> None:
    """And the other way about."""
    with pytest.raises(FileProblem, match="JSON Lines") as caught:
        value_of(b'{"a": 1}\n{"a": 2}\n')

    assert caught.value.row == 2


def test_a_json_file_cut_off_names_its_last_line() -> None:
    """The line is where the file ends."""
    with pytest.raises(FileProblem, match=r"ends in the middle .* is it cut off\?") as caught:
        value_of(b'[\n{"a": 1},\n{"a"')

    assert caught.value.row == 3


def test_a_syntax_error_names_line_and_column() -> None:
    """Columns count letters, not bytes."""
    with pytest.raises(FileProblem, match=r"line 2, column 9") as caught:
        value_of('{"a": 1,\n "ø": 1 x}'.encode())

    assert caught.value.row == 2


def test_a_duplicate_key_names_the_line_of_the_second() -> None:
    """The same key in other objects is none of it."""
    content = b'{"x": {"a": 1},\n "y": {"a": 1, "b": {"a": 2}},\n "z": {"b": 1,\n "a": 1, "a": 2}}'

    with pytest.raises(FileProblem, match="line 4, column 10"):
        value_of(content)


def test_a_file_of_blanks_is_refused() -> None:
    """Blanks are no value."""
    with pytest.raises(FileProblem, match="nothing but blanks"):
        value_of(b" \n\n")


@given(rows=st.lists(OBJECTS, min_size=1, max_size=6), ascii_only=st.booleans())
def test_json_lines_come_back_as_they_were_written(rows: list[dict[str, Any]], ascii_only: bool) -> None:
    """Round trip, with letters as escapes and as themselves."""
    content = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)

    assert [row for _, row in rows_of(content.encode())] == rows


@given(value=VALUES, indent=st.none() | st.integers(0, 2))
def test_json_comes_back_as_it_was_written(value: Any, indent: int | None) -> None:
    """Round trip, compact and indented."""
    assert value_of(json.dumps(value, indent=indent).encode()) == value


@given(
    keys=st.lists(st.sampled_from(["a", "b", '":', " :", "å"]), max_size=5),
    colon=st.sampled_from([":", " :", ": ", "\t:", "  : "]),
    inner=st.sampled_from(["1", '":"', '{"a":1}', '[{"b":":"}]', '" :"', '"\\":"']),
    nested=st.booleans(),
)  # fmt: skip
def test_a_key_twice_is_always_found(keys: list[str], colon: str, inner: str, nested: bool) -> None:
    """The counting that proves a row clean is never deceived, whatever the spacing and the texts."""
    line = "{" + ",".join(json.dumps(key) + colon + inner for key in keys) + "}"
    content = (f'{{"outer":{line}}}' if nested else line).encode()

    if len(set(keys)) == len(keys):
        assert rows_of(content) == [(1, msgspec.json.decode(content))]
    else:
        with pytest.raises(FileProblem, match="stands twice"):
            rows_of(content)


@given(content=st.binary(min_size=1) | st.text('{}[]":,\\u0dD8ae1-.\n ').filter(bool).map(str.encode))
def test_no_bytes_raise_anything_but_a_file_problem(content: bytes) -> None:
    """Whatever a file holds, the user gets a message and never a traceback."""
    for read in (rows_of, value_of):
        try:
            read(content)
        except FileProblem as problem:
            assert problem.message  # noqa: PT017
