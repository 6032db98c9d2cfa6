"""Mapping files for any table: named files and sheets, header rows, list cells, split columns, stated relationships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from cmdb.errors import FileProblem
from cmdb.model import ImportBatch
from importers.csv_pairs import importer as csv_importer
from importers.csv_pairs.drafting import draft_mapping
from importers.csv_pairs.mapping import read_mapping
from importers.excel import importer as excel_importer
from importers.reading import open_source
from importers.registry import ReadOptions, guess_importer


def mapped(folder: Path, text: str) -> str:
    (folder / "mapping.yaml").write_text(text, encoding="utf-8")
    return str(folder / "mapping.yaml")


def read_csvs(folder: Path, mapping: str, files: dict[str, str]) -> ImportBatch:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    options = ReadOptions(mapping=mapped(folder, mapping))
    [batch] = csv_importer.read([open_source(folder / name) for name in files], options)
    return batch


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def items(batch: ImportBatch) -> list[tuple[str, str, str, Any]]:
    return [(row.external_id, row.class_name, row.name, msgspec.json.decode(row.values)) for row in batch.items]


def links(batch: ImportBatch) -> list[tuple[str, str, str, list[str]]]:
    return [
        (row.from_ref, row.type_name, row.to_ref, msgspec.json.decode(row.values or b"{}").get("pools", []))
        for row in batch.relationships
    ]


def pools(batch: ImportBatch) -> list[tuple[str, str, Any]]:
    return [(row.consumer_ref, row.name, msgspec.json.decode(row.values)) for row in batch.pools]


SERVERS = """
source: sheets
tables:
  - file: servers*.csv
    header_row: 3
    columns: {Server: name, Kind: class, Tags: attributes.tags}
    templates: {id: "server:{Server}"}
    classes: {Linux box: Server, VM: VirtualMachine, "?": null}
    defaults: {class: Hardware}
    lists: {attributes.tags: ","}
    split: {Service env: {separator: "|", into: [Service, null, environment]}}
    relationships:
      - {type: mounted_in, to: "rack:{Rack}"}
      - {type: depends_on, from: "service:{Service}", to: "server:{Server}"}
      - {type: depends_on, to: "server:{Needs}", separator: ",", pool: {name: needs, need: "{Up}"}}
      - {type: powered_by, to: "pdu:{Feed A}", key: A, pool: {name: power, evidence: both feeds}}
      - {type: powered_by, to: "pdu:{Feed B}", key: B, pool: power}
  - {file: "notes*.csv", read: false}
"""


def test_one_entry_explains_everything_of_a_table(tmp_path: Path) -> None:
    """Header row, classes, list cells, split columns, relationships of a row, and the pools that their ends make."""
    table = (
        "Servers of the hall,,,,,,,,\nas of Monday,,,,,,,,\n"
        "Server,Kind,Tags,Service env,Rack,Needs,Up,Feed A,Feed B\n"
        'web,Linux box,"a, b",shop|x|prod,R1,"db1, db2,",1,P1,P2\n'
        "db1,VM,,,,web,,P1,\n"
        "db2,?,,shop,,\n"
        ",VM,,,R9,,,,\n"
    )
    batch = read_csvs(tmp_path, SERVERS, {"servers-2026.csv": table, "notes.csv": "what,ever\n1,2\n"})

    assert [row[:3] for row in items(batch)] == [
        ("server:web", "Server", "web"),
        ("server:db1", "VirtualMachine", "db1"),
        ("server:db2", "Hardware", "db2"),
    ]
    web = items(batch)[0][3]
    assert (web["environment"], web["attributes"]["tags"], web["attributes"]["Service"]) == ("prod", ["a", "b"], "shop")
    assert sorted(links(batch)) == [
        ("server:db1", "depends_on", "server:web", []),
        ("server:db1", "powered_by", "pdu:P1", []),
        ("server:web", "depends_on", "server:db1", ["needs"]),
        ("server:web", "depends_on", "server:db2", ["needs"]),
        ("server:web", "mounted_in", "rack:R1", []),
        ("server:web", "powered_by", "pdu:P1", ["power"]),
        ("server:web", "powered_by", "pdu:P2", ["power"]),
        ("service:shop", "depends_on", "server:db2", []),
        ("service:shop", "depends_on", "server:web", []),
    ]
    assert pools(batch) == [
        ("server:web", "needs", {"need": 1, "evidence": "stated in the columns Needs"}),
        ("server:web", "power", {"evidence": "both feeds"}),
    ]
    assert [(each.row, each.message) for each in batch.problems] == [
        (7, "id is put together from 'Server', which is empty: fill the cell")
    ]
    assert any("notes.csv is not read" in note for note in batch.notes)


def test_the_relationships_of_a_refused_item_count_as_seen(tmp_path: Path) -> None:
    """A row that cannot be read must not take away what the record has of it."""
    mapping = "source: s\nitems:\n  relationships: [{type: mounted_in, to: 'rack:{Rack}'}]\n"
    batch = read_csvs(tmp_path, mapping, {"a.csv": "id,class,name,users,Rack\na,Server,a,many,R1\n"})

    assert batch.relationships == []
    assert batch.refused_links == [("a", "rack:R1")]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("tables: [{kind: items}]", "needs a file or a sheet"),
        ("tables: [{file: '*', columns: {a: colour}}]", "'colour' is no field of items"),
        ("relationships: {relationships: [{type: a, to: '{b}'}]}", "states no relationships of its own"),
        ("items: {relationships: [{type: a}]}", "items.relationships.0.to"),
        ("items: {split: {a: {separator: '', into: [b]}}}", "items.split.a.separator"),
    ],
)
def test_what_a_mapping_cannot_mean_is_refused(tmp_path: Path, mapping: str, message: str) -> None:
    """Every complaint names the place in the file."""
    with pytest.raises(FileProblem, match=message):
        read_mapping(mapped(tmp_path, mapping))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("{split: {Nope: {separator: ',', into: [b]}}}", "splits a column 'Nope'"),
        ("{split: {name: {separator: ',', into: [id]}}}", "which is a column already"),
        ("{relationships: [{type: a, to: '{Nope}'}]}", "names a column 'Nope'"),
    ],
)
def test_a_mapping_that_does_not_fit_the_table_is_refused(tmp_path: Path, table: str, message: str) -> None:
    """Once, for the whole file, with the columns there are."""
    with pytest.raises(FileProblem, match=message):
        read_csvs(tmp_path, f"source: s\nitems: {table}\n", {"a.csv": "id,class,name\na,Server,a\n"})


BOOK: dict[str, list[list[Any]]] = {
    "Read me": [["Ask Kari before you edit"], [], ["Thanks"]],
    "Servers": [
        ["Our servers"],
        ["Name", "Serial", "Bought", "Cores", "Ratio", "Live", "Rack"],
        ["web", "00042", None, 4, 0.1, True, "R1"],
        [None] * 7,
        ["db", 7, None, 16.0, 1e-7, False, None],
    ],
    "Links": [["From", "Type", "To"], ["server:web", "depends_on", "server:db"]],
}
BOOK_MAPPING = """
source: book
tables:
  - sheet: serv*
    header_row: 2
    columns: {Serial: serial_number, Live: status}
    templates: {id: "server:{Name}"}
    defaults: {class: Server}
    values: {status: {"true": operational, "false": retired}}
    relationships: [{type: mounted_in, to: "rack:{Rack}"}]
"""


def test_a_workbook_through_a_mapping(tmp_path: Path) -> None:
    """Sheets are told by name or by header; texts stay texts, numbers and truth values read as they show."""
    path = workbook(tmp_path / "b.xlsx", BOOK)
    [batch] = excel_importer.read([open_source(path)], ReadOptions(mapping=mapped(tmp_path, BOOK_MAPPING)))

    assert items(batch) == [
        ("server:web", "Server", "web", {"serial_number": "00042", "status": "operational",
                                         "attributes": {"Cores": "4", "Ratio": "0.1", "Rack": "R1"}}),
        ("server:db", "Server", "db", {"serial_number": "7", "status": "retired",
                                       "attributes": {"Cores": "16", "Ratio": "1e-07"}}),
    ]  # fmt: skip
    assert [row.row for row in batch.items] == [3, 5]
    assert links(batch) == [
        ("server:web", "mounted_in", "rack:R1", []),
        ("server:web", "depends_on", "server:db", []),
    ]
    assert "sheet 'Read me' of " in " ".join(batch.notes)
    assert guess_importer(open_source(path)).name == "excel"


def test_a_workbook_that_nothing_explains_is_refused(tmp_path: Path) -> None:
    """The message names the sheet and its columns."""
    path = workbook(tmp_path / "b.xlsx", {"Data": [["colour", "size"], ["red", 1]]})
    with pytest.raises(FileProblem, match=r"b\.xlsx \(Data\):1: the columns colour, size are neither items"):
        excel_importer.read([open_source(path)], ReadOptions(source="s"))


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    """Cut off anywhere, it is a FileProblem and no traceback."""
    whole = workbook(tmp_path / "b.xlsx", BOOK).read_bytes()
    for size in (10, len(whole) // 2, len(whole) - 30):
        (tmp_path / "cut.xlsx").write_bytes(whole[:size])
        with pytest.raises(FileProblem, match="damaged or cut off"):
            excel_importer.read([open_source(tmp_path / "cut.xlsx")], ReadOptions(source="s"))


def test_a_draft_is_a_mapping_that_reads_the_table(tmp_path: Path) -> None:
    """What is guessed from the names of the columns imports as it stands."""
    table = 'Hostname;S/N;State;Rack no;Tags\nweb;S1;Live;R1;"a,b"\ndb;S2;Gone;R2;"b,c"\n'
    (tmp_path / "servers.csv").write_text(table, encoding="utf-8")
    draft = draft_mapping(open_source(tmp_path / "servers.csv"))

    assert '"Hostname": "name"    # "web", "db"' in draft
    assert '# status: {"Live": ..., "Gone": ...}' in draft
    assert '# lists: {"attributes.Tags": ","}' in draft
    draft = draft.replace("values: {}", "values: {status: {Live: operational, Gone: retired}}")
    batch = read_csvs(tmp_path, draft, {"servers.csv": table})
    assert [(row[0], row[1], row[3]["status"]) for row in items(batch)] == [
        ("S1", "Hardware", "operational"),
        ("S2", "Hardware", "retired"),
    ]
    assert batch.problems == []


def test_a_draft_of_a_workbook_has_an_entry_for_each_sheet(tmp_path: Path) -> None:
    """A table of ends is known to be one of relationships."""
    book = {"Servers": [["id", "name"], ["a", "x"]], "Links": [["Parent", "Child"], ["a", "b"]]}
    path = workbook(tmp_path / "b.xlsx", book)
    mapping = mapped(tmp_path, draft_mapping(open_source(path)))

    [batch] = excel_importer.read([open_source(path)], ReadOptions(mapping=mapping))

    assert [row[:3] for row in items(batch)] == [("a", "Hardware", "x")]
    assert links(batch) == [("a", "depends_on", "b", [])]


RALPH = """
source: ralph
tables:
  - {file: "*Warehouse*.csv", templates: {id: "warehouse:{id}"}, defaults: {class: Location}, rest: ignore}
  - {file: "warehouses*.csv", templates: {id: "warehouse:{id}"}, defaults: {class: Location}, rest: ignore}
  - file: regions.csv
    templates: {id: "region:{id}"}
    defaults: {class: Region}
    columns: {users: attributes.users}
    lists: {attributes.users: ","}
  - file: server_room.csv
    templates: {id: "room:{id}"}
    defaults: {class: Room}
    relationships: [{type: located_in, to: "dc:{data_center}"}]
  - file: rack.csv
    templates: {id: "rack:{name}"}
    columns: {id: null}
    defaults: {class: Rack}
    relationships: [{type: located_in, to: "room:{server_room}"}]
  - file: back_office_assets.csv
    columns: {sn: serial_number, id: asset_tag, model: attributes.model}
    templates: {id: "bo:{id}", name: "{sn}"}
    defaults: {class: Hardware}
    split: {service_env: {separator: "|", into: [Service, environment]}}
    relationships:
      - {type: located_in, to: "warehouse:{warehouse}"}
      - {type: located_in, to: "region:{region}"}
      - {type: depends_on, from: "service:{Service}", to: "bo:{id}"}
  - file: management_ip_*.csv
    columns: {hostname: name, sn: serial_number, model_str: model, management_ip: ip, rack_str: location, id: null,
              model: null, remarks: description, status: null}
    templates: {id: "sn:{sn}"}
    defaults: {class: StorageArray}
    rest: ignore
"""


def test_the_real_files_of_ralph(shared_data: Path, tmp_path: Path) -> None:
    """Comma, semicolon and tab, quoted commas, Polish letters, and a row wider than its header."""
    folder = shared_data / "ralph" / "src" / "ralph" / "data_importer" / "tests" / "samples"
    paths = sorted(folder.rglob("*.csv"))
    options = ReadOptions(mapping=mapped(tmp_path, RALPH))
    # An id of one file of warehouses is another's in the next: each file is an example of its own.
    found = {path.name: csv_importer.read([open_source(path)], options)[0] for path in paths}

    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in paths}
    assert {name: len(batch.items) + len(batch.problems) for name, batch in found.items()} == lines
    assert {name: [each.message for each in batch.problems] for name, batch in found.items() if batch.problems} == {}
    assert [row.name for row in found["warehouses_semicolon.csv"].items][:2] == ["London", "Zakopane"]
    assert [row.name for row in found["warehouses_tab.csv"].items][:2] == ["Warsaw", "Paris"]
    assert [row.name for row in found["1_Warehouse.csv"].items][:2] == ["From dir Poznań", "From dir Warszawa"]
    assert items(found["regions.csv"])[0] == (
        "region:11", "Region", "USA", {"attributes": {"users": ["iron.man", "superman", "batman"]}})  # fmt: skip
    assert items(found["rack.csv"]) == [("rack:Rack_csv_test", "Rack", "Rack_csv_test",
                                         {"attributes": {"server_room": "1"}})]  # fmt: skip
    assert links(found["back_office_assets.csv"])[:3] == [
        ("bo:112122", "located_in", "warehouse:1", []),
        ("bo:112122", "located_in", "region:1", []),
        ("service:service_1", "depends_on", "bo:112122", []),
    ]
    assert items(found["management_ip_existing.csv"])[0][3]["ip"] == "10.0.0.103"


def test_the_mapping_that_the_documents_show_is_one(tmp_path: Path) -> None:
    """What people copy from the how-to is taken as it stands."""
    guide = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "import-excel.md"
    shown = guide.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]

    assert read_mapping(mapped(tmp_path, shown)).tables[0].relationships[2].pool is not None
