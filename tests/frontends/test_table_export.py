"""The record as CSV files and as a workbook: what was imported goes out, and comes back to nothing new."""

from __future__ import annotations

import csv
import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import UsageError
from cmdb.model import ImportBatch
from frontends.cli.native_writing import write_lines
from frontends.cli.table_writing import write_csv_folder, write_workbook
from importers.csv_pairs import importer as csv_importer
from importers.csv_pairs.escaping import neutralised, restored
from importers.excel import importer as excel_importer
from importers.native import importer as native_importer
from importers.reading import open_source
from importers.registry import ReadOptions

# What a source may say: texts that a spreadsheet would execute, cut, round or trim, and whatever is no text.
letters = st.characters(codec="utf-8", exclude_characters="\0")
nasty = st.sampled_from(
    ["=1+1", "+47 123", "-5", "@cmd", "'=x", "''-y", "\tx", " x ", "a\r\nb", "a;b", "#N/A", "_x000D_", "00042", "1e3",
     "true", "", "NULL", "é\u2028", "\ufeffx", '"', "a,b", "a\nb"]
)  # fmt: skip
texts = st.one_of(nasty, st.text(letters, max_size=12))
names = texts.map(str.strip).filter(bool)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
    | texts,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)  # fmt: skip
attributes = st.dictionaries(
    st.one_of(st.sampled_from(["os", "pool", "rack no", "Os"]), texts), json_values, max_size=4
)
item_values = st.fixed_dictionaries(
    {},
    optional={
        "description": st.one_of(st.none(), texts), "owner": texts, "users": st.integers(0, 10**6),
        "availability": st.floats(0, 1), "status": st.sampled_from(["operational", "retired", None]),
        "usage": st.just([1.5] * 168), "attributes": attributes, "aliases": st.lists(names, min_size=1, max_size=2),
        "yearly_cost": st.floats(0, 1e12, allow_nan=False),
    },
)  # fmt: skip
link_values = st.fixed_dictionaries(
    {},
    optional={
        "key": names, "pool": st.one_of(names, st.lists(names, min_size=2, max_size=2, unique=True)),
        "required": st.booleans(), "standby": st.one_of(st.none(), st.booleans()),
        "lasts_minutes": st.floats(0.1, 1e6), "attributes": attributes,
    },
)  # fmt: skip
pool_values = st.fixed_dictionaries(
    {},
    optional={
        "need": st.one_of(st.integers(1, 9), st.just("66.7%")), "evidence": texts, "assumed": st.booleans(),
        "switch_minutes": st.one_of(st.none(), st.integers(0, 100)), "beta": st.floats(0, 1),
    },
)  # fmt: skip


@st.composite
def exports(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The rows of an export: one batch or two, each with items, relationships and pools."""
    rows: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 2))):
        scope = draw(st.sampled_from(["", "oslo"]))
        rows.append({"kind": "batch", "cmdb": 1, "source": f"s{number}", **({"scope": scope} if scope else {})})
        ids = draw(st.lists(names, min_size=2, max_size=4, unique=True))
        rows += [
            {"kind": "item", "id": each, "class": "Server", "name": draw(names)} | draw(item_values) for each in ids
        ]
        ends = {"from": ids[0], "type": "depends_on", "to": ids[1]}
        rows.append({"kind": "relationship", **ends, **draw(link_values)})
        if draw(st.booleans()):
            rows.append({"kind": "pool", "consumer": ids[0], "name": draw(names), **draw(pool_values)})
    return rows


def said(batches: list[ImportBatch]) -> list[Any]:
    """What batches say, without the rows they say it in."""
    return [
        (
            batch.source,
            batch.scope,
            [(*each[2:5], msgspec.json.decode(each.values), each.aliases) for each in batch.items],
            [(*each[2:6], each.values) for each in batch.relationships],
            [each[2:] for each in batch.pools],
            [(each.id, each.message) for each in batch.problems],
        )
        for batch in batches
    ]


def native(rows: list[dict[str, Any]], folder: Path) -> list[ImportBatch]:
    found = []
    starts = [number for number, row in enumerate(rows) if row["kind"] == "batch"] + [len(rows)]
    for first, last in itertools.pairwise(starts):
        path = folder / f"{first}.jsonl"
        with path.open("wb") as stream:
            write_lines(rows[first:last], stream)
        found += native_importer.read([open_source(path)], ReadOptions())
    return found


@given(exports())
@settings(max_examples=60)
def test_tables_say_what_the_native_format_says(rows: list[dict[str, Any]]) -> None:
    """Property: read back from CSV or Excel, every row has the very values it has in the native format."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = said(native(rows, folder))

        write_csv_folder(json.loads(json.dumps(rows)), folder / "csv")
        write_workbook(json.loads(json.dumps(rows)), folder / "book.xlsx")
        from_csv = []
        for mapping in sorted((folder / "csv").rglob("mapping.yaml")):
            files = [open_source(mapping.parent / f"{kind}.csv") for kind in ("items", "relationships", "pools")
                     if (mapping.parent / f"{kind}.csv").exists()]  # fmt: skip
            from_csv += csv_importer.read(files, ReadOptions(mapping=str(mapping)))
        from_excel = excel_importer.read([open_source(folder / "book.xlsx")], ReadOptions())

        assert said(from_csv) == expected
        assert said(from_excel) == expected


@given(st.one_of(nasty, st.text(letters)))
def test_a_neutralised_cell_is_read_back_as_it_was(text: str) -> None:
    """Property: no spreadsheet executes it, and reading takes away exactly what writing put there."""
    written = neutralised(text)

    assert restored(written) == text
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r")) or float(written) is not None


def test_the_cells_that_a_spreadsheet_would_execute(tmp_path: Path) -> None:
    """In CSV they begin with a quote; in Excel they are texts and no formulas."""
    rows = [
        {"kind": "batch", "cmdb": 1, "source": "s"},
        {
            "kind": "item",
            "id": "a",
            "class": "Server",
            "name": "=HYPERLINK(A1)",
            "owner": "@x",
            "attributes": {"t": "+1"},
        },
    ]
    write_csv_folder(json.loads(json.dumps(rows)), tmp_path / "out")
    write_workbook(json.loads(json.dumps(rows)), tmp_path / "out.xlsx")

    with (tmp_path / "out" / "items.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["id", "class", "name", "owner", "attributes.t"], ["a", "Server", "'=HYPERLINK(A1)", "'@x", "+1"]
        ]  # fmt: skip
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["items 1"]
    assert [(cell.value, cell.data_type) for cell in sheet[2]][2:] == [
        ("=HYPERLINK(A1)", "s"),
        ("@x", "s"),
        ("+1", "s"),
    ]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    rows = [{"kind": "batch", "cmdb": 1, "source": "s"}, {"kind": "item", "id": "a", "class": "Server", "name": "a"}]
    (tmp_path / "items.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        write_csv_folder(rows, tmp_path)
    assert (tmp_path / "items.csv").read_text(encoding="utf-8") == "mine"
    with pytest.raises(UsageError, match="nothing to export"):
        write_workbook([], tmp_path / "a.xlsx")
