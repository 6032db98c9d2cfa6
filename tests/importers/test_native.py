"""The native format: what is taken, what is refused with its row, and what refuses the whole file."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import msgspec
import pytest

from cmdb.errors import FileProblem
from cmdb.model import ImportBatch
from importers.native import importer
from importers.reading import open_source
from importers.registry import ReadOptions

HEADER = "cmdb: 1\nsource: acme\n"
BATCH = '{"kind": "batch", "cmdb": 1, "source": "acme"}\n'


def _read(path: Path, text: str | bytes, **options: object) -> ImportBatch:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    [batch] = importer.read([open_source(path)], ReadOptions(**options))  # type: ignore[arg-type]
    return batch


def _accounted(batch: ImportBatch) -> int:
    refused = [problem for problem in batch.problems if problem.severity == "refused"]
    return len(batch.items) + len(batch.relationships) + len(batch.pools) + len(refused)


DESIGN = """
cmdb: 1
source: acme            # who says so
scope: oslo             # optional
complete: true
exported_at: 2026-11-23T02:00:00Z
items:
  - {id: shop, class: BusinessService, name: Nettbutikk, users: 40, aliases: [butikk]}
  - {id: web1, class: Server, name: web1, criticality: high, mtbf_hours: 2000, mttr_hours: 4}
relationships:
  - {from: shop, type: depends_on, to: web1, pool: web}
  - {from: shop, type: depends_on, to: web1, pool: [web, quorum], key: k1, lasts_minutes: 30, standby: true}
pools:
  - {consumer: shop, name: web, need: 1}
  - {consumer: shop, name: quorum, need: "50%", full: 2, switch_minutes: 1.5, assumed: true}
"""


def test_the_format_of_the_design_is_read_as_it_says(tmp_path: Path) -> None:
    """Header, rows and values arrive as they are written, with the line of each row."""
    batch = _read(tmp_path / "i.yaml", DESIGN)
    assert (batch.source, batch.scope, batch.complete) == ("acme", "oslo", True)
    assert batch.exported_at == dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC)
    assert [(row.row, row.external_id, row.class_name, row.name, row.aliases) for row in batch.items] == [
        (8, "shop", "BusinessService", "Nettbutikk", ("butikk",)),
        (9, "web1", "Server", "web1", ()),
    ]
    assert msgspec.json.decode(batch.items[1].values) == {"criticality": "high", "mtbf_hours": 2000, "mttr_hours": 4}
    assert [(row.row, row.key, msgspec.json.decode(row.values)) for row in batch.relationships] == [
        (11, "", {"pools": ["web"]}),
        (12, "k1", {"pools": ["quorum", "web"], "lasts_minutes": 30, "standby": True}),
    ]
    assert [msgspec.json.decode(row.values) for row in batch.pools] == [
        {"need": 1},
        {"need": "50%", "full": 2, "switch_minutes": 1.5, "assumed": True},
    ]
    assert batch.problems == []
    assert batch.files[0].sha256 == open_source(tmp_path / "i.yaml").sha256


def test_the_three_syntaxes_give_one_batch(tmp_path: Path) -> None:
    """YAML, JSON and JSON Lines of the same inventory mean the same."""
    of_yaml = _read(tmp_path / "i.yaml", DESIGN)
    document = {
        "cmdb": 1, "source": "acme", "scope": "oslo", "complete": True, "exported_at": "2026-11-23T02:00:00Z",
    }  # fmt: skip
    lists = {
        "item": [
            {"id": "shop", "class": "BusinessService", "name": "Nettbutikk", "users": 40, "aliases": ["butikk"]},
            {"id": "web1", "class": "Server", "name": "web1", "criticality": "high", "mtbf_hours": 2000.0,
             "mttr_hours": 4},
        ],
        "relationship": [
            {"from": "shop", "type": "depends_on", "to": "web1", "pool": "web"},
            {"from": "shop", "type": "depends_on", "to": "web1", "pool": ["web", "quorum"], "key": "k1",
             "lasts_minutes": 30, "standby": True},
        ],
        "pool": [
            {"consumer": "shop", "name": "web", "need": 1},
            {"consumer": "shop", "name": "quorum", "need": "50%", "full": 2, "switch_minutes": 1.5, "assumed": True},
        ],
    }  # fmt: skip
    of_json = _read(tmp_path / "i.json", json.dumps(document | {f"{kind}s": rows for kind, rows in lists.items()}))
    lines = [{"kind": "batch", **document}] + [{"kind": kind, **row} for kind in reversed(lists) for row in lists[kind]]
    of_lines = _read(tmp_path / "i.jsonl", "\n".join(map(json.dumps, lines)))
    for other in (of_json, of_lines):
        assert (other.source, other.scope, other.complete, other.exported_at) == (
            of_yaml.source, of_yaml.scope, of_yaml.complete, of_yaml.exported_at,
        )  # fmt: skip
        for kind in ("items", "relationships", "pools"):
            without_rows = [row._replace(row=0) for row in getattr(other, kind)]
            assert without_rows == [row._replace(row=0) for row in getattr(of_yaml, kind)]


def test_another_batch_row_begins_another_batch(tmp_path: Path) -> None:
    """An export holds one batch a source and scope, one after another in one file."""
    path = tmp_path / "i.jsonl"
    item = '{"kind": "item", "id": "a", "class": "Server", "name": "a"}\n'
    path.write_text(BATCH + item + BATCH.replace("acme", "other") + item, encoding="utf-8")
    batches = importer.read([open_source(path)], ReadOptions())
    assert [(batch.source, len(batch.items)) for batch in batches] == [("acme", 1), ("other", 1)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{id: a, class: Server}", "name is missing"),
        ("{id: a, name: a}", "class is missing"),
        ("{id: a, class: Server, name: ''}", "name is empty"),
        ("{id: a, class: Server, name: a, colour: red}", "unknown field 'colour'; put what the record has no field"),
        ("{id: a, class: Server, name: a, status: borked}", "status is 'borked'; it must be one of"),
        ("{id: a, class: Server, name: a, availability: 99.9}", "did you mean '99.9%'?"),
        ("{id: a, class: Server, name: a, users: -1}", "users is -1"),
        ("{id: a, class: Server, name: a, aliases: [[x]]}", "aliases is ['x']: it must be text"),
        ("{id: '', class: Server, name: a}", "id is '': it is empty"),
        ("{id: [a], class: Server, name: a}", "an identity must be text"),
        ("{class: Server, name: a}", "id is missing"),
        ("{id: null, class: Server, name: a}", "id is missing"),
        ("just text", "stands where one item is due"),
    ],
)
def test_a_bad_item_is_refused_by_itself_with_its_row(tmp_path: Path, row: str, message: str) -> None:
    """The other rows of the file are taken, and every row is accounted for."""
    good = "  - {id: good, class: Server, name: god}\n"
    batch = _read(tmp_path / "i.yaml", f"{HEADER}items:\n{good}  - {row}\n")
    assert [item.external_id for item in batch.items] == ["good"]
    [problem] = batch.problems
    assert message in problem.message
    assert problem.file.endswith("i.yaml")
    assert problem.row in (5, 2)  # a row that is no mapping is known by its place
    assert _accounted(batch) == 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"from": "a", "to": "b"}, "type is missing"),
        ({"from": "a", "type": "depends_on"}, "to is missing"),
        ({"from": 7, "type": "depends_on", "to": "b"}, "from is 7: an identity must be text"),
        ({"from": "a", "type": "depends_on", "to": "b", "pool": ""}, "pools.0"),
        ({"from": "a", "type": "depends_on", "to": "b", "pool": [1]}, "pools.0"),
        ({"from": "a", "type": "depends_on", "to": "b", "lasts_minutes": 0}, "lasts_minutes"),
        ({"from": "a", "type": "depends_on", "to": "b", "weight": 3}, "unknown field 'weight'"),
        ({"from": "a", "type": "depends_on", "to": "b", "key": 3}, "key is 3: it must be text"),
    ],
)
def test_a_bad_relationship_is_refused_by_itself(tmp_path: Path, row: dict[str, object], message: str) -> None:
    """It is refused wherever it stands: also when its ends and type were named by rows before it."""
    good = {"kind": "relationship", "from": "a", "type": "depends_on", "to": "b"}
    lines = [good, {"kind": "relationship", **row}, good]
    batch = _read(tmp_path / "i.jsonl", BATCH + "\n".join(map(json.dumps, lines)))
    assert [problem.row for problem in batch.problems] == [3]
    assert message in batch.problems[0].message
    assert [link.row for link in batch.relationships] == [2, 4]
    assert len(batch.refused_links) + batch.unreadable_rows == 1


@pytest.mark.parametrize("need", ["0", "'150%'", "'0%'", "1.5", "-1", "true", "all", "'50 percent'"])
def test_a_need_that_cannot_be_meant_is_refused(tmp_path: Path, need: str) -> None:
    """A need of 0 or 150 % would always, or never, be met."""
    text = (
        f"{HEADER}pools:\n  - {{consumer: shop, name: ok, need: 1}}\n  - {{consumer: shop, name: web, need: {need}}}\n"
    )
    batch = _read(tmp_path / "i.yaml", text)
    assert [problem.row for problem in batch.problems] == [5]
    assert "need" in batch.problems[0].message
    assert batch.refused_pools == [("shop", "web")]


def test_numbers_that_are_equal_but_not_the_same_are_told_apart(tmp_path: Path) -> None:
    """1 was taken before; true and 1.0 are no count all the same."""
    rows = [1, True, 1.0, "1", 1]
    lines = [json.dumps({"kind": "pool", "consumer": "shop", "name": f"p{at}", "need": need})
             for at, need in enumerate(rows)]  # fmt: skip
    batch = _read(tmp_path / "i.jsonl", BATCH + "\n".join(lines))
    assert [pool.name for pool in batch.pools] == ["p0", "p3", "p4"]
    assert [problem.row for problem in batch.problems] == [3, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source: acme\nitems: []\n", "begin with 'cmdb: 1'"),
        ("cmdb: 2\nsource: acme\n", "this program reads version 1"),
        ("cmdb: true\nsource: acme\n", "this program reads version 1"),
        ("cmdb: 1\nitems: []\n", "give --source NAME"),
        (HEADER + "item: []\n", "unknown key 'item'"),
        (HEADER + "absent: []\n", "unknown key 'absent'"),
        (HEADER + "complete: YES\n", "write true or false"),
        (HEADER + "exported_at: yesterday\n", "give a time with its zone"),
        (HEADER + "exported_at: 2026-11-23T02:00:00\n", "give a time with its zone"),
        (HEADER + "items: {id: a}\n", "items is no list"),
        (HEADER + "items:\n  - {id: a, id: b}\n", "'id' stands twice"),
        (HEADER + "---\n" + HEADER, "2 documents"),
        ("- cmdb: 1\n", "this is a list"),
        (HEADER + "items:\n  - {id: a, class: Server, name: a", "this is not YAML"),
        (HEADER + "items:\n  - {id: a, name: !!python/name:os.system x}\n", "tag"),
        (HEADER + 'items:\n  - {id: a, name: "a\\0b"}\n', "NUL"),
    ],
)
def test_a_file_that_is_not_in_the_format_is_refused_whole(tmp_path: Path, text: str, message: str) -> None:
    """The message names the file and what to write instead."""
    with pytest.raises(FileProblem, match=r"i\.yaml") as caught:
        _read(tmp_path / "i.yaml", text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "item", "id": "a"}\n{"kind": "item", "id": "b"}\n', "the first row must be the header"),
        (BATCH + '{"kind": "item", "id": "a", "id": "b"}\n', "'id' stands twice"),
        (BATCH + '{"kind": "item", "id": "a"', "file cut off"),
        (BATCH + '["a"]\n', "no JSON object"),
        (BATCH + '{"kind": "item", "id": "a", "name": "\\ud800"}\n', "surrogate"),
        (BATCH.replace("}", ', "items": []}') + "{}\n", "unknown key 'items'"),
    ],
)
def test_json_lines_that_cannot_be_trusted_are_refused_whole(tmp_path: Path, text: str, message: str) -> None:
    """A cut or ambiguous file says nothing for sure, so nothing of it is taken."""
    with pytest.raises(FileProblem, match=r"i\.jsonl") as caught:
        _read(tmp_path / "i.jsonl", text)
    assert message in str(caught.value)


def test_a_row_of_no_known_kind_makes_the_batch_partial(tmp_path: Path) -> None:
    """Nobody knows what such a row would have kept alive."""
    batch = _read(tmp_path / "i.jsonl", BATCH + '{"kind": "server", "id": "a"}\n{"kind": [], "id": "a"}\n{"id": "a"}')
    assert [problem.row for problem in batch.problems] == [2, 3, 4]
    assert batch.unreadable_rows == 3


def test_yaml_means_what_the_person_wrote(tmp_path: Path) -> None:
    """NO, 0123, 12:30 and 1.10 are text where text is due, and numbers in attributes stay numbers."""
    row = "{id: 0123, class: Server, name: NO, location: 12:30, model: 1.10, serial_number: 0x1F, users: 12, "
    row += "attributes: {country: NO, rack: 007, version: 1.10, units: [1, 2]}}"
    batch = _read(tmp_path / "i.yaml", f"{HEADER}scope: 0123\nitems:\n  - {row}\n")
    assert batch.problems == []
    assert batch.scope == "0123"
    [item] = batch.items
    assert (item.external_id, item.name) == ("0123", "NO")
    assert msgspec.json.decode(item.values) == {
        "location": "12:30", "model": "1.10", "serial_number": "0x1F", "users": 12,
        "attributes": {"country": "NO", "rack": "007", "version": 1.1, "units": [1, 2]},
    }  # fmt: skip


NASTY = ["Ærlig Øst Å", "🙂 server", 'O\'Brien "x"', "`}) DETACH DELETE n //", "a\\b", "tab\tin", "<b>", "'; DROP--"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_names_survive_whatever_letters_they_hold(tmp_path: Path, encoding: str) -> None:
    """Norwegian letters, emoji, quotes and Cypher are names like any other, in every encoding that can hold them."""
    rows = [{"kind": "item", "id": name, "class": "Server", "name": name} for name in NASTY]
    text = BATCH + "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    batch = _read(tmp_path / "i.jsonl", text.encode(encoding))
    assert [(item.external_id, item.name) for item in batch.items] == [(name, name) for name in NASTY]


def test_windows_letters_are_read_and_remarked(tmp_path: Path) -> None:
    """A file in Windows-1252 is read, and the person is asked to check the letters."""
    batch = _read(tmp_path / "i.yaml", (HEADER + "items:\n  - {id: a, class: Server, name: Bodø}\n").encode("cp1252"))
    assert batch.items[0].name == "Bodø"
    assert "Windows-1252" in batch.notes[0]


def test_options_stand_above_the_header(tmp_path: Path) -> None:
    """--source, --scope and --partial override what the file says of itself."""
    batch = _read(tmp_path / "i.yaml", DESIGN, source="cli", scope="bergen", complete=False)
    assert (batch.source, batch.scope, batch.complete) == ("cli", "bergen", False)
    assert _read(tmp_path / "j.yaml", "cmdb: 1\nitems: []\n", source="cli").source == "cli"


def test_an_explicit_null_is_kept_for_it_withdraws(tmp_path: Path) -> None:
    """Null is not the same as leaving a key out."""
    batch = _read(tmp_path / "i.yaml", f"{HEADER}items:\n  - {{id: a, class: Server, name: a, owner: null, ip: ~}}\n")
    assert msgspec.json.decode(batch.items[0].values) == {"owner": None, "ip": None}


def test_a_row_behind_an_alias_is_taken_each_time(tmp_path: Path) -> None:
    """A mapping that YAML shares between two places is not changed by being read."""
    text = "items:\n  - &a {id: a, class: Server, name: a}\n  - *a\n  - {<<: *a, id: b}\n"
    assert [item.external_id for item in _read(tmp_path / "i.yaml", HEADER + text).items] == ["a", "a", "b"]


def test_progress_is_told_now_and_then(tmp_path: Path) -> None:
    """Done never exceeds the total, and ends at it."""
    told: list[tuple[int, int]] = []
    rows = "".join(f'{{"kind": "item", "id": "{n}", "class": "Server", "name": "{n}"}}\n' for n in range(11_000))
    _read(tmp_path / "i.jsonl", BATCH + rows, progress=lambda done, total: told.append((done, total)))
    assert len(told) >= 3
    assert all(0 < done <= total for done, total in told)
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize(
    ("name", "text", "sure"),
    [
        ("a.yaml", "# by hand\n---\n" + HEADER, True),
        ("a.json", '{"source": "x",\n "cmdb": 1}', True),
        ("noext", BATCH + BATCH, True),
        ("a.yaml", "apiVersion: v1\nitems: []\n", False),
        ("a.csv", "cmdb,source\n1,2\n", False),
        ("a.json", '[{"model": "dcim.site", "pk": 1}]', False),
        ("a.bin", b"\xff\x00\x01", False),
    ],
)
def test_a_native_file_is_known_by_its_header(tmp_path: Path, name: str, text: str | bytes, sure: bool) -> None:
    """The content decides, not the extension; other files are left to other importers."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert importer.recognises(open_source(path)) == (1.0 if sure else 0.0)
