"""YAML: the core schema of 1.2, lines, and what a hostile or mistaken file gets."""

import copy
import json
import pickle
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import FileProblem
from cmdb.model.scalars import RawFloat, RawInt, plain
from importers.reading import LocatedDict, YamlDocument, open_source, read_yaml, read_yaml_all, yaml_file

PARSERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


@pytest.fixture(params=PARSERS, ids=lambda parser: parser.__name__)
def each_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_file, "_PARSER", request.param)


def documents_of(text: str | bytes) -> list[YamlDocument]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "estate.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_yaml_all(open_source(path))


def value_of(text: str | bytes) -> Any:
    (document,) = documents_of(text)
    return document.value


@pytest.mark.parametrize(
    "written",
    [
        "NO", "no", "Yes", "on", "OFF", "y", "0123", "+0123", "007", "0b11", "12:30", "190:20:30", "1_000",
        "2026-11-23", "2026-11-23T02:00:00Z", "tRue", "nULL", "=", "1.2.3", "12e4567", "1e999", "18446744073709551616",
        "0o8", "0xg", "9" * 5000, "0x" + "f" * 17, "+", "-x", ".", "1,5", "٣", "0123.5", "00", "<<",
    ],
)  # fmt: skip
@pytest.mark.usefixtures("each_parser")
def test_the_surprises_of_yaml_1_1_are_text(written: str) -> None:
    """What 1.1 made a boolean, a date or a number in base 60 stays as it was written."""
    assert value_of(f"- {written}") == [written]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None), ("", None), ("Null", None),
        ("0", 0), ("-12", -12), ("+7", 7), ("0o17", 15), ("0x1F", 31), ("1.10", 1.1), (".5", 0.5), ("2e3", 2000.0),
        ("-0.0", 0.0), ("9223372036854775807", 2**63 - 1), ("3.", 3.0),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("each_parser")
def test_the_core_schema_is_understood(written: str, meant: object) -> None:
    """Numbers keep how they were written; quoted they are text."""
    (value,) = value_of(f"- {written}")

    assert value == meant
    assert type(value) in (bool, type(None), RawInt, RawFloat)
    assert getattr(value, "raw", written) == written
    assert value_of(f"- '{written}'") == [written]


def test_numbers_with_a_spelling_are_numbers_everywhere_else() -> None:
    """They survive copies, and become ordinary where an encoder wants them so."""
    value = value_of("a: 1.10\nb: [0x1F]\n")

    assert copy.deepcopy(value)["a"].raw == "1.10"
    assert pickle.loads(pickle.dumps(value["b"]))[0].raw == "0x1F"
    assert msgspec.json.encode(plain(value)) == b'{"a":1.1,"b":[31]}'
    assert type(plain(value)) is dict


def test_explicit_tags_of_the_core_schema_are_understood() -> None:
    """A tag says what is meant; a text behind it stays a text."""
    assert value_of("[!!str 1, ! 2, !!int '3', !!float 4, !!null '', !!bool true, !!map {}, !!seq []]") == [
        "1", "2", 3, 4, None, True, {}, [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: 1\nb: 2\na: 3", 3, "'a' stands twice"),
        ("x:\n  - {a: 1, 'a': 2}", 2, "'a' stands twice"),
        ("<<: {a: 1}\n<<: {b: 1}", 2, "'<<' stands twice"),
        ("<<: 1", 1, "takes a mapping"),
        ("a:\n  .nan", 2, "no amount"),
        ("a: -.inf", 1, "no amount"),
        ("a: !!float .inf", 1, "no amount"),
        ("a: !!int x", 1, "not of the type"),
        ("a: !!python/object/apply:os.system ['id']", 1, "python/object/apply:os.system is not understood"),
        ("a: !!python/name:os.system x", 1, "not understood"),
        ("a: !vault x", 1, "!vault is not understood"),
        ("a: !!binary aGk=", 1, "!!binary is not understood"),
        ("a: !!set {}", 1, "!!set is not understood"),
        ("!!int a: 1", 1, "leave the tag out"),
        ("a: *b", 1, "names no anchor"),
        ("a: 1\nb: &b [1, *b]", 2, "stands inside what it names"),
        ("a: &a 1\n*a : 2", 2, "write the key out"),
        ("? [a]\n: 1", 1, "a key must be text"),
        ('a: "x\\0y"', 1, "NUL"),
        ("a: {{ replicas }}", 1, "template"),
        ("x: 1\n{{- if .Values.x }}\na: b\n{{- end }}", 2, "template"),
        ("x: 1\n{% if y %}\na: b\n", 2, "template"),
        ("a:\n\t- b", 2, "spaces, not with tabs"),
        ("a: b: c", 1, "not YAML"),
        ("a: [1, 2\n", None, "not YAML"),
        ("a: 'x\n", None, "not YAML"),
        ("a: @x", 1, "not YAML"),
        ("a: 1\nb: \x01", 2, "U\\+0001"),
        ("Dear all,\nhere is the list.", 1, "not a mapping or a list"),
        ("a: " + "[" * 200_000, 1, "deeper than 100"),
        ("a: " + "{b: " * 200, 1, "deeper than 100"),
        ("- " * 5_000 + "a", 1, "deeper than 100"),
        ("# only a comment\n---\n", None, "nothing but blanks"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("each_parser")
def test_a_refusal_names_the_line(text: str, line: int | None, told: str) -> None:
    """Each says what is wrong and where."""
    with pytest.raises(FileProblem, match=told) as caught:
        value_of(text)

    assert line is None or caught.value.row == line


def test_bombs_are_refused_at_once() -> None:
    """A billion laughs costs no more than reading its ten lines."""
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    merges = "m0: &m0 {a: 1, b: 2}\n" + "".join(
        f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}], k{n}: 1}}\n" for n in range(1, 12)
    )
    long_text = f"a: &a {'x' * 1_000_000}\nb: [{', '.join(['*a'] * 1000)}]\n"

    for bomb in (laughs, merges, long_text):
        with pytest.raises(FileProblem, match="repeat more than 1,000,000 values"):
            value_of(bomb)


def test_anchors_cannot_add_up_to_depth() -> None:
    """Each list is shallow, all of them in one another are not."""
    text = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [[[[*a{n - 1}]]]]\n" for n in range(1, 40))

    with pytest.raises(FileProblem, match="deeper than 100"):
        value_of(text)


def test_aliases_and_merge_keys_do_what_they_say() -> None:
    """A mapping's own keys win over merged ones, earlier merges over later ones."""
    value = value_of("""
base: &base {os: linux, cpus: 2}
more: &more {os: bsd, disks: 1}
one: {<<: *base, cpus: 4}
two: {<<: [*more, *base], name: &n web}
again: [*n, *base]
""")

    assert value["one"] == {"os": "linux", "cpus": 4}
    assert value["two"] == {"os": "bsd", "disks": 1, "cpus": 2, "name": "web"}
    assert value["again"] == ["web", {"os": "linux", "cpus": 2}]


@pytest.mark.usefixtures("each_parser")
def test_mappings_know_their_line() -> None:
    """The line is where the mapping begins, in every document of the file."""
    first, second = documents_of("items:\n  - id: a\n    in: {x: 1}\n\n  - {id: b}\n---\n---\n# next\n- id: c\n")

    assert isinstance(first.value, LocatedDict)
    assert [first.line, second.line] == [1, 9]
    assert [first.value.line, *(item.line for item in first.value["items"])] == [1, 2, 5]
    assert first.value["items"][0]["in"].line == 3
    assert second.value == [{"id": "c"}]


def test_keys_are_text_as_they_are_written() -> None:
    """A port, a country and a nothing are names where a name is due."""
    assert list(value_of("80: a\nNO: b\ntrue: c\n~: d\n'<<': e\n0x1: f")) == ["80", "NO", "true", "~", "<<", "0x1"]


def test_one_document_is_wanted_or_several(tmp_path: Path) -> None:
    """`read_yaml` says where the second begins; `read_yaml_all` may be told that none is fine."""
    path = tmp_path / "two.yaml"
    path.write_text("a: 1\n---\nb: 1\n")
    with pytest.raises(FileProblem, match="2 documents") as caught:
        read_yaml(open_source(path))
    path.write_text("# nothing yet\n")

    assert caught.value.row == 3
    assert read_yaml_all(open_source(path), may_be_empty=True) == []


def test_encodings_are_those_of_every_file() -> None:
    """YAML from a Windows editor is read like any other."""
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert value_of("sted: Tromsø\r\n".encode(encoding)) == {"sted": "Tromsø"}


def test_a_large_file_gets_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML is slow, and the user is told what is not."""
    monkeypatch.setattr(yaml_file, "SLOW_ABOVE_BYTES", 3)
    path = tmp_path / "large.yaml"
    path.write_text("a: 1\n")
    source = open_source(path)

    read_yaml(source)

    assert len(source.notes) == 1
    assert "JSON Lines" in source.notes[0]


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


@given(value=st.lists(VALUES, max_size=4) | st.dictionaries(TEXT, VALUES, max_size=4), flow=st.none() | st.booleans())
def test_yaml_comes_back_as_it_was_written(value: Any, flow: bool | None) -> None:
    """Round trip through PyYAML's writer, whose texts are quoted for more readers than ours; JSON is YAML, too."""
    assert value_of(yaml.safe_dump(value, allow_unicode=True, default_flow_style=flow)) == value
    assert value_of(json.dumps(value, ensure_ascii=False)) == value


@given(content=st.binary(min_size=1) | st.text("{}[]&*!|>-?:, \n'\"#%@ab1~<\t", min_size=1).map(str.encode))
def test_no_bytes_raise_anything_but_a_file_problem(content: bytes) -> None:
    """Whatever a file holds, the user gets a message and never a traceback."""
    try:
        documents_of(content)
    except FileProblem as problem:
        assert problem.message  # noqa: PT017
