"""Which syntax a file is in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import FileProblem
from importers.reading import open_source, sniff


@pytest.mark.parametrize(
    ("name", "content", "syntax"),
    [
        ("a.json", '{"a": 1}', "json"),
        ("a.json", '{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a.json", '{\n"a": 1}', "json"),
        ("a.jsonl", "[", "jsonl"),
        ("a.NDJSON", "", "jsonl"),
        ("a.yml", "{}", "yaml"),
        ("a.tsv", "a: b", "csv"),
        ("a", '\n{"a": 1}\n{"a": 2}\n', "jsonl"),
        ("a", '{"a": 1}\n', "json"),
        ("a", "[\n1]", "json"),
        ("a", "# who\n---\na: 1", "yaml"),
        ("a", "cmdb: 1\nitems:\n", "yaml"),
        ("a", "- a\n- b\n", "yaml"),
        ("a", "{{ x }}\n", "yaml"),
        ("a", "id;name\n1;web: a\n", "csv"),
        ("a.XML", "id,name", "xml"),
        ("a", '\n<?xml version="1.0"?>\n<a/>', "xml"),
        ("a", '<a:b c="d"/>', "xml"),
        ("a.txt", "id\tname\n", "csv"),
    ],
)
def test_the_extension_tells_and_else_the_beginning(tmp_path: Path, name: str, content: str, syntax: str) -> None:
    """A `.json` file of many objects is JSON Lines; every other known extension is believed."""
    path = tmp_path / name
    path.write_text(content or " ", encoding="utf-8-sig")

    assert sniff(open_source(path)) == syntax


def test_a_file_that_tells_nothing_is_refused(tmp_path: Path) -> None:
    """The message says how to name the format."""
    path = tmp_path / "notes.txt"
    path.write_text("hello\n")

    with pytest.raises(FileProblem, match="--format"):
        sniff(open_source(path))


@given(content=st.binary(min_size=1))
def test_no_bytes_raise_anything_but_a_file_problem(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever a file holds, the user gets a message and never a traceback."""
    path = tmp_path_factory.mktemp("sniff") / "estate"
    path.write_bytes(content)
    try:
        sniff(open_source(path))
    except FileProblem as problem:
        assert problem.message  # noqa: PT017
