"""CSV pairs: which table is which, what a mapping file explains, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cmdb.errors import FileProblem, UsageError
from cmdb.model import ImportBatch
from importers.csv_pairs import importer
from importers.reading import open_source
from importers.registry import ReadOptions


def _read(folder: Path, *tables: str | bytes, mapping: str | None = None, source: str | None = "sheets") -> ImportBatch:
    paths = []
    for number, table in enumerate(tables):
        path = folder / f"t{number}.csv"
        path.write_bytes(table if isinstance(table, bytes) else table.encode())
        paths.append(path)
    if mapping is not None:
        (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    options = ReadOptions(source=source, mapping=None if mapping is None else str(folder / "mapping.yaml"))
    [batch] = importer.read([open_source(path) for path in paths], options)
    return batch


ITEMS = "ID;Class;Name;Users;Aliases;Rack no\nsrv1;Server;Web én;12;web|w1;R7\n\nsrv2;Server;db;;;\n;;;;;\n"
LINKS = "From,Type,To,Key,Pool,Standby,Lasts minutes\nsrv1,depends_on,srv2,k,a;b,False,30\nsrv1,depends_on,srv3,,a,,\n"
POOLS = "consumer\tname\tneed\tfull\nsrv1\ta\t50%\t\nsrv1\tb\t2\t3\n"


def test_the_header_tells_which_table_is_which(tmp_path: Path) -> None:
    """Items, relationships and pools are known in any order, whatever parts their cells."""
    batch = _read(tmp_path, POOLS, LINKS, ITEMS, mapping="list_separator: ';'\n")
    assert [(item.row, item.external_id, item.name) for item in batch.items] == [
        (2, "srv1", "Web én"),
        (4, "srv2", "db"),
    ]
    assert msgspec.json.decode(batch.items[0].values) == {"users": 12, "attributes": {"Rack no": "R7"}}
    assert [(link.row, link.key, msgspec.json.decode(link.values)) for link in batch.relationships] == [
        (2, "k", {"pools": ["a", "b"], "standby": False, "lasts_minutes": 30}),
        (3, "", {"pools": ["a"]}),
    ]
    assert [msgspec.json.decode(pool.values) for pool in batch.pools] == [{"need": "50%"}, {"need": 2, "full": 3}]
    assert batch.problems == []
    assert [file.size for file in batch.files] == [len(table.encode()) for table in (POOLS, LINKS, ITEMS)]


MAPPING = """
source: cmdb2
scope: oslo
complete: true
decimal_comma: true
list_separator: "|"
items:
  columns: {hostname: name, Live: status, Rack: attributes.rack, Note: null, MTBF: mtbf_hours}
  templates: {id: "server:{Asset}"}
  defaults: {class: Server, environment: 0123}
  values:
    status: {YES: operational, no: retired, "?": null}
    attributes.rack: {r7: Rack 7}
relationships:
  columns: {Server: from, Needs: to}
  templates: {from: "server:{Server}"}
  defaults: {type: depends_on}
  rest: ignore
"""


def test_a_mapping_file_explains_other_columns(tmp_path: Path) -> None:
    """Columns, defaults, words, templates, lists and decimal commas are read as the mapping says."""
    items = "Asset;Hostname;Live;Rack;Note;Aliases;MTBF\n7;web;Yes;R7;hidden;a|b;1,5\n8;db;?;R8;;;2\n;lost;;;;;\n"
    links = "Server;Needs;Pool;Comment\n7;server:8;p|q;x\n"
    batch = _read(tmp_path, items, links, mapping=MAPPING, source=None)
    assert (batch.source, batch.scope, batch.complete) == ("cmdb2", "oslo", True)
    assert [(item.external_id, item.class_name, item.aliases) for item in batch.items] == [
        ("server:7", "Server", ("a", "b")),
        ("server:8", "Server", ()),
    ]
    assert [msgspec.json.decode(item.values) for item in batch.items] == [
        {"environment": "0123", "status": "operational", "mtbf_hours": 1.5,
         "attributes": {"rack": "Rack 7", "Asset": "7"}},
        {"environment": "0123", "mtbf_hours": 2, "attributes": {"rack": "R8", "Asset": "8"}},
    ]  # fmt: skip
    [link] = batch.relationships
    assert (link.from_ref, link.type_name, link.to_ref) == ("server:7", "depends_on", "server:8")
    assert msgspec.json.decode(link.values) == {"pools": ["p", "q"]}
    [problem] = batch.problems
    assert problem.row == 4
    assert "'Asset', which is empty" in problem.message
    assert batch.unreadable_rows == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,Server,,1", "name is missing"),
        ("a,,a,1", "class is missing"),
        (",Server,a,1", "id is ''"),
        ("a,Server,a,many", "users is 'many'"),
        ("a,Server,a,1,extra", "the row has 5 cells, the header 4"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    """The rows around it are taken, and every row is accounted for."""
    batch = _read(tmp_path, f'id,class,name,users\nx,Server,"two\nlines",1\n{row}\ny,Server,y,\n')
    assert [(item.row, item.external_id) for item in batch.items] == [(2, "x"), (5, "y")]
    assert [problem.row for problem in batch.problems] == [4]
    assert message in batch.problems[0].message


@pytest.mark.parametrize("need", ["0", "150%", "0%", "1.5", "all"])
def test_a_need_that_cannot_be_meant_is_refused(tmp_path: Path, need: str) -> None:
    """A need of 0 or 150 % would always, or never, be met."""
    batch = _read(tmp_path, f"consumer,name,need\nshop,web,{need}\n")
    assert batch.pools == []
    assert "need" in batch.problems[0].message
    assert batch.refused_pools == [("shop", "web")]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("colour,size\nred,1\n", "neither items (id, class, name)"),
        ("id,name\na,a\n", "no column says the class of the items"),
        ("from,to\na,b\n", "no column says the type"),
        ("id,class,name,Name \na,b,c,d\n", "are both 'name'"),
        ("id,class,name,name\na,b,c,d\n", "twice"),
        ("consumer,name,colour\na,b,c\n", "'colour' is no field of pools"),
        ('id,class,name\na,Server,"never closed\n', "never closed"),
        ("id,class,name\na,Server,a\0b\n", "NUL"),
    ],
)
def test_a_table_that_does_not_tell_what_it_is_is_refused_whole(tmp_path: Path, table: str, message: str) -> None:
    """What would make every row wrong is said once, for the file."""
    with pytest.raises(FileProblem, match=r"t0\.csv") as caught:
        _read(tmp_path, table)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("item: {}\n", "unknown key 'item'"),
        ("items: {columns: {Hostname: name}}\n", "names a column 'Hostname'"),
        ("items: {columns: {name: naem}}\n", "'naem' is no field of items"),
        ("items: {defaults: {colour: red}}\n", "'colour' is no field of items"),
        ("items: {templates: {id: 'x{Nr}'}}\n", "names a column 'Nr'"),
        ("items: {rest: keep}\n", "items.rest"),
        ("complete: YES\n", "complete: Input should be a valid boolean"),
        ("items: {columns: {id: name, id: name}}\n", "stands twice"),
        ("- a\n", "the file"),
    ],
)
def test_a_wrong_mapping_file_is_refused_with_every_complaint(tmp_path: Path, mapping: str, message: str) -> None:
    """A misspelt field or column would otherwise silently become an attribute."""
    with pytest.raises(FileProblem) as caught:
        _read(tmp_path, "id,class,name\na,Server,a\n", mapping=mapping)
    assert message in str(caught.value)


def test_a_table_without_a_source_is_a_usage_error(tmp_path: Path) -> None:
    """A CSV file cannot say whose it is, so somebody must."""
    with pytest.raises(UsageError, match="--source"):
        _read(tmp_path, ITEMS, source=None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_names_survive_whatever_letters_they_hold(tmp_path: Path, encoding: str) -> None:
    """Norwegian letters, quotes and Cypher are names like any other, in each encoding a spreadsheet saves."""
    names = ["Ærlig Øst Å", 'O\'Brien "x"', "`}) DETACH DELETE n //", "a;b,c|d", "NO", "0123", "=1+1"]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    table = "id,class,name\n" + "".join(f"{name},Server,{name}\n" for name in quoted)
    batch = _read(tmp_path, table.encode(encoding))
    assert [(item.external_id, item.name) for item in batch.items] == [(name, name) for name in names]
    assert bool(batch.notes) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("from;type;to\n", 0.8, 0.8),
        ("ID,Class,Name\n", 0.7, 0.7),
        ("a,b\n", 0.1, 0.1),
        ("cmdb: 1\n", 0, 0),
        ('{"a": 1}', 0, 0),
        ("\x00", 0, 0),
    ],
)
def test_a_table_is_known_by_its_header(tmp_path: Path, text: str, least: float, most: float) -> None:
    """Our own columns make it sure; any other CSV is left to whoever is surer."""
    path = tmp_path / "table"
    path.write_text(text, encoding="utf-8")
    assert least <= importer.recognises(open_source(path)) <= most
