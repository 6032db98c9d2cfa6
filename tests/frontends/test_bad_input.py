"""Bad files of every kind through `cmdb import`: what is said, the exit code, and what the record holds afterwards.

A row of a table is one command: the files, the exit code that is due, where the trouble is said to be (file:row), the
words it is said with, and the ids that came into the record. Whatever stood there before must stand there still.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from frontends.cli.main import cli

Run = Callable[..., Result]
Content = str | bytes | Callable[[], str]
NOTHING: frozenset[str] = frozenset()

STANDING = """\
cmdb: 1
source: before
items:
  - {id: gammel, class: Server, name: Gammel tjener}
  - {id: kasse, class: Application, name: Kasse}
relationships:
  - {from: kasse, type: runs_on, to: gammel}
"""
HEAD = "cmdb: 1\nsource: acme\n"
A = "  - {id: a, class: Server, name: a}\n"
B = "  - {id: b, class: Server, name: b}\n"
POOLED = "relationships:\n  - {from: a, type: depends_on, to: b, pool: p}\npools:\n"
LINES = '{"kind":"batch","cmdb":1,"source":"acme"}\n{"kind":"item","id":"a","class":"Server","name":"a"}\n'
CSV = "id,class,name\na,Server,a\n"
LINKS = "from,type,to,pool\na,depends_on,b,p\n"
SHEETS = ("--source", "sheets")
ENTITY = "apiVersion: backstage.io/v1alpha1\nkind: {}\nmetadata: {{name: {}}}\nspec: {{type: service}}\n"
SHOP = ENTITY.format("Component", "shop")
BOMB = "x0: &x0 [y,y,y,y,y,y,y,y,y,y]\n" + "".join(
    f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


def items(*rows: str) -> str:
    return HEAD + "items:\n" + "".join(rows)


def row(fields: str) -> str:
    return items(A, f"  - {{{fields}}}\n")


def long_line(before: str, after: str = "\n") -> Callable[[], str]:
    return lambda: before + "x" * (50 * 1024**2) + after


class Case(NamedTuple):
    """One import; `where` is file:row, or the file alone where no row is to blame."""

    files: dict[str, Content]
    where: str
    says: str
    kept: frozenset[str] = NOTHING
    options: tuple[str, ...] = ()


def native(text: Content, where: str, says: str, *kept: str, name: str = "in.yaml") -> Case:
    return Case({name: text}, f"{name}:{where}" if where else name, says, frozenset(kept))


def sheet(text: Content, where: str, says: str, *kept: str) -> Case:
    return Case({"items.csv": text}, f"items.csv:{where}" if where else "items.csv", says, frozenset(kept), SHEETS)


def netbox(content: Any, where: str, says: str, *kept: str) -> Case:
    text = content if isinstance(content, str) else json.dumps(content)
    options = ("--format", "netbox")
    return Case({"nb.json": text}, f"nb.json:{where}" if where else "nb.json", says, frozenset(kept), options)


def backstage(text: str, where: str, says: str, *kept: str) -> Case:
    return Case({"c.yaml": text}, f"c.yaml:{where}", says, frozenset(kept), ("--format", "backstage"))


def guessed(name: str, text: str, where: str, says: str, *kept: str, options: tuple[str, ...] = ()) -> Case:
    return Case({name: text}, f"{name}:{where}" if where else name, says, frozenset(kept), options)


ATTACK = '<!DOCTYPE nmaprun [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<nmaprun>&e;</nmaprun>\n'
STATE = '{"version": %s, "serial": 1, "lineage": "l", "resources": [%s]}\n'
RESOURCE = '{"mode": "managed", "type": "t", "name": "%s", "instances": [{"attributes": {%s}}]}'

REFUSED_FILES = {
    "an empty file": native(b"", "", "the file is empty"),
    "blanks alone": native("  \n\n", "", "nothing but blanks", name="in.json"),
    "a missing file": Case({}, "in.yaml", "no such file", options=("in.yaml",)),
    "YAML cut off": native(row("id: b, class: Ser")[:-2], "5", "this is not YAML"),
    "JSON cut off": native('{"cmdb": 1, "source": "acme",\n"items": [{"id": "a', "2", "is it cut off", name="in.json"),
    "JSON Lines cut off": native(LINES + '{"kind": "item", "id"', "3", "is the file cut off", name="in.jsonl"),
    "a broken letter": native(items(A, A).encode() + "# øæå ".encode() + b"\xe5\n", "6", "byte 0xE5"),
    "UTF-16 without a mark": native(items(A).encode("utf-16-le"), "1", "UTF-16 without a byte order mark"),
    "NUL in the file": native(items(A) + "# \0\n", "5", "NUL"),
    "NUL as an escape": native(row('id: b, class: Server, name: "b\\0"'), "5", "NUL"),
    "NUL in JSON Lines": native(LINES + '{"kind":"item","id":"b\\u0000"}\n', "3", "NUL", name="in.jsonl"),
    "half a surrogate pair": native(LINES + '{"kind":"item","id":"\\ud800"}\n', "3", "surrogate", name="in.jsonl"),
    "gzip": native(b"\x1f\x8b\x08\0\0", "", "compressed with gzip"),
    "a bomb of aliases": native(HEAD + BOMB, "", "aliases repeat more than"),
    "an anchor inside itself": native(HEAD + "items: &x\n  - *x\n", "4", "nothing can hold itself"),
    "5,000 lists in lists": native(HEAD + "items: " + "[" * 5000, "3", "nested deeper than 100"),
    "100,000 lists in lists": native('{"cmdb": 1, "source": "acme", "items": ' + "[" * 100_000, "", "nested deeper",
                                     name="in.json"),
    "a tag that runs code": native(HEAD + "items: !!python/object/apply:os.system [id]\n", "3", "is not understood"),
    "a template": native(HEAD + "items:\n  - {{ server }}\n", "4", "template"),
    "tabs": native(HEAD + "items:\n\t- {id: a}\n", "4", "not with tabs"),
    "not a number": native(row("id: b, class: Server, name: b, load: .nan"), "5", ".nan is no amount"),
    "NaN": native(LINES + '{"kind":"item","id":"b","load":NaN}\n', "3", "use null", name="in.jsonl"),
    "a number too large": native(LINES + f'{{"kind":"item","users":{10**30}}}\n', "3", "64 bits", name="in.jsonl"),
    "a key twice in YAML": native(row("id: b, class: Server, name: b, name: c"), "5", "'name' stands twice"),
    "a key twice in JSON": native('{"cmdb": 1, "source": "acme", "items": [\n{"id": "a", "id": "b"}]}', "2",
                                  "'id' stands twice", name="in.json"),
    "a key twice in JSON Lines": native(LINES + '{"kind":"item","id":"b","id":"c"}\n', "3", "'id' stands twice",
                                        name="in.jsonl"),
    "a header key twice": native(HEAD + "source: other\nitems: []\n", "3", "'source' stands twice"),
    "50 MB in a JSON line": native(long_line(LINES + '{"kind":"item","id":"', '"}\n'), "3", "this line is longer",
                                   name="in.jsonl"),
    "no header": native("items:\n" + A, "1", "begin with 'cmdb: 1'"),
    "another version": native("cmdb: 2\nsource: acme\nitems: []\n", "1", "reads version 1"),
    "no source": native("cmdb: 1\nitems: []\n", "1", "whose inventory"),
    "an unknown header key": native(HEAD + "sorce: b\n", "1", "unknown key 'sorce'"),
    "a time that is none": native(HEAD + "exported_at: yesterday\n", "1", "like 2026-11-23T02:00:00Z"),
    "no list": native(HEAD + "items: {a: b}\n", "1", "items is no list"),
    "rows before the header": native(LINES.split("\n")[1] + "\n" + LINES, "1", "must be the header", name="in.jsonl"),
    "a list in JSON Lines": native(LINES + "[1]\n", "3", "no JSON object", name="in.jsonl"),
    "CSV, empty": sheet("", "", "the file is empty"),
    "CSV, blanks": sheet("\n\n", "", "nothing but blanks"),
    "CSV, a quote never closed": sheet(CSV + 'b,Server,"b\n', "3", "never closed"),
    "CSV, a column twice": sheet("id,class,name,name\n", "1", "'name' twice"),
    "CSV, NUL": sheet(b"id,class,name\na,Server,\0\n", "2", "NUL"),
    "CSV, columns nobody knows": sheet("foo,bar\n1,2\n", "1", "explain them in a mapping file"),
    "CSV, 50 MB in a line": sheet(long_line(CSV + "b,Server,"), "3", "this line is longer"),
    "CSV, a workbook": sheet(b"PK\x03\x04\x14\0", "", "Excel workbook"),
    "NetBox, cut off": netbox('[{"model": "dcim.site", "pk": 1,\n"fields": {"na', "2", "is it cut off"),
    "NetBox, a page of a login": netbox("<html>", "1", "this is not JSON"),
    "NetBox, an error": netbox({"detail": "Invalid token."}, "", "check address and token"),
    "NetBox, a key twice": netbox('[{"model": "dcim.site", "pk": 1, "pk": 2}]', "1", "'pk' stands twice"),
    "Backstage, cut off": backstage(SHOP[:-2], "4", "this is not YAML"),
    "Backstage, a template": backstage(SHOP.replace("shop", "${{ values.name }} "), "3", "template"),
    "Backstage, a bomb": backstage(SHOP + BOMB, "", "aliases repeat more than"),
    "Nmap, an external entity": guessed("s.xml", ATTACK, "1", "entities are refused"),
    "Nmap, cut off": guessed("s.xml", '<nmaprun>\n<host><status state="up"/>\n', "", "was the file cut off"),
    "Terraform, another version": guessed("s.tfstate", STATE % (2, ""), "", "3 and 4 are read"),
    "Terraform, cut off": guessed("s.tfstate", STATE[:40] % 4, "1", "is it cut off"),
    "Kubernetes, a template": guessed("k.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  {{ x }}\n", "4", "template"),
    "Compose, no mapping": guessed("c.yaml", "services:\n  - image: x\n", "", "it must be a mapping of names",
                                   options=("--format", "compose")),
    "Debian, no field": guessed("Packages", "Package: acl\nVersion: 1\nnonsense\n", "3", "is no field"),
    "GML, cut off": guessed("g.gml", "graph [\n node [ id 0 ]\n", "2", "never closed"),
    "Nagios, cut off": guessed("o.cfg", "define host {\n host_name a\n", "1", "never closed"),
    "one of two files": Case({"good.yaml": items(A), "bad.yaml": HEAD + "items: [\n"}, "bad.yaml:", "not YAML"),
}  # fmt: skip

REFUSED_ROWS = {
    "an unknown class": native(row("id: b, class: Servr, name: b"), "5", "did you mean Server", "a"),
    "an unknown type": native(items(A, B) + "relationships:\n  - {from: a, type: depend_on, to: b}\n", "7",
                              "did you mean depends_on", "a", "b"),
    "an id twice": native(items(A, B, A.replace("Server", "Router")), "6", "row 4 of in.yaml has the same id",
                          "a", "b"),
    "a link to itself": native(items(A) + "relationships:\n  - {from: a, type: depends_on, to: a}\n", "6",
                               "cannot be related to itself", "a"),
    "a need of 0": native(items(A, B) + POOLED + "  - {consumer: a, name: p, need: 0}\n", "9", "give at least 1",
                          "a", "b"),
    "a need of 150 %": native(items(A, B) + POOLED + "  - {consumer: a, name: p, need: 150%}\n", "9",
                              "above 0 and at most at 100", "a", "b"),
    "a need below 0": native(items(A, B) + POOLED + "  - {consumer: a, name: p, need: -1}\n", "9", "whole count",
                             "a", "b"),
    "a pool of nobody": native(items(A) + "pools:\n  - {consumer: zz, name: p, need: 1}\n", "6", "nobody knows 'zz'",
                               "a"),
    "a pool twice": native(items(A, B) + POOLED + "  - {consumer: a, name: p, need: 1}\n"
                           + "  - {consumer: a, name: p, need: 2}\n", "10", "row 9 of in.yaml", "a", "b"),
    "no id": native(row("class: Server, name: b"), "5", "id is missing", "a"),
    "a list for an id": native(row("id: [1], class: Server, name: b"), "5", "an identity must be text", "a"),
    "a number for an id in JSON": native(LINES + '{"kind":"item","id":7,"class":"Server","name":"b"}\n', "3",
                                         "put it in quotes", "a", name="in.jsonl"),
    "no name": native(row("id: b, class: Server, name: ~"), "5", "name is missing", "a"),
    "an endless name": native(items(A, f"  - {{id: b, class: Server, name: {'x' * 70_000}}}\n"), "5", "too long", "a"),
    "an unknown field": native(row("id: b, class: Server, name: b, nmae: c"), "5", "unknown field 'nmae'", "a"),
    "an unknown criticality": native(row("id: b, class: Server, name: b, criticality: huge"), "5", "'vital'", "a"),
    "a bare 99.9": native(row("id: b, class: Server, name: b, availability: 99.9"), "5", "did you mean '99.9%'", "a"),
    "a text for a row": native(items(A, "  - hello\n"), "5", "stands where one item is due", "a"),
    "an unknown kind of row": native(LINES + '{"kind":"itm","id":"b"}\n', "3", "it must be batch, item", "a",
                                     name="in.jsonl"),
    "CSV, an unknown class": sheet(CSV + "b,Servr,b\n", "3", "did you mean Server", "a"),
    "CSV, no id": sheet(CSV + ",Server,b\n", "3", "it is empty", "a"),
    "CSV, an id twice": sheet(CSV + "a,Router,a\n", "3", "has the same id", "a"),
    "CSV, a row too wide": sheet(CSV + "b,Server,b,c\n", "3", "the header 3", "a"),
    "CSV, a need of 150 %": Case({"items.csv": CSV + "b,Server,b\n", "links.csv": LINKS,
                                  "pools.csv": "consumer,name,need\na,p,150%\n"}, "pools.csv:2", "at most at 100",
                                 frozenset("ab"), SHEETS),
    "NetBox, no object": netbox({"count": 2, "next": None, "results": [
        {"id": 1, "url": "https://nb.example/api/dcim/sites/1/", "name": "Tromsø", "slug": "tromso"}, 7]},
        "2", "needs a url and an id", "dcim.site:1"),
    "Backstage, an unknown kind": backstage(SHOP + "---\n" + ENTITY.format("Gizmo", "g"), "6",
                                            "unknown class 'Gizmo'", "component:default/shop"),
    "Backstage, no name": backstage(SHOP + "---\n" + SHOP.replace("name: shop", ""), "6", "metadata.name",
                                    "component:default/shop"),
    "Backstage, an entity twice": backstage(SHOP + "---\n" + SHOP.replace("service", "website"), "6",
                                            "with other content", "component:default/shop"),
    "Terraform, no id": guessed("s.tfstate", STATE % (4, RESOURCE % ("a", "") + "," + RESOURCE % ("b", '"id": "1"')),
                                "1", "has no id in the state", "l/t.b"),
    "Nmap, no address": guessed("s.xml", '<nmaprun><host><status state="up"/></host>\n<host><status state="up"/>'
                                '<address addr="192.0.2.1" addrtype="ipv4"/></host></nmaprun>\n', "1", "has no address",
                                "192.0.2.1"),
    "Kubernetes, no name": guessed("k.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: n}\n---\napiVersion: v1\n"
                                   "kind: Node\nmetadata: {}\n", "5", "an object has a name", "node/n"),
    "Jaeger, no child": guessed("d.json", '[{"parent": "a", "child": "b", "callCount": 1}, {"parent": "a"}]', "2",
                                "names no parent and child", "a", "b"),
    "Ansible, a bad range": guessed("h.ini", "[web]\nok\nweb[9:1] ansible_host=x\n", "3", "runs backwards",
                                    "ok", "group/web"),
    "GML, an edge to nowhere": guessed("g.gml", "graph [\n node [ id 0 ]\n edge [ source 0 target 9 ]\n]\n", "3",
                                       "which the graph has not", "g/0"),
}  # fmt: skip

TAKEN = {
    "a mark before UTF-8": (items(A).encode("utf-8-sig"), "in.yaml"),
    "a mark before JSON": (b'\xef\xbb\xbf{"cmdb":1,"source":"acme","items":[{"id":"a","class":"Server","name":"a"}]}',
                           "in.json"),
    "a mark before CSV": (CSV.encode("utf-8-sig"), "in.csv"),
    "UTF-16": (items(A).encode("utf-16"), "in.yaml"),
    "UTF-16 CSV": (CSV.replace(",", "\t").encode("utf-16"), "in.csv"),
    "Windows-1252": ((items(A) + "# på norsk\n").encode("cp1252"), "in.yaml"),
    "the same row twice": (items(A, A), "in.yaml"),
    "50 MB of comment": (long_line(items(A) + "# "), "in.yaml"),
}  # fmt: skip


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory, importers_found: str) -> Path:
    """A record of one import, to be copied."""
    folder = tmp_path_factory.mktemp("standing")
    (folder / "before.yaml").write_text(STANDING, encoding="utf-8")
    store = f"sqlite:///{folder}/cmdb.db"
    done = CliRunner().invoke(cli, ["--store", store, "import", str(folder / "before.yaml")])
    assert done.exit_code == 0, done.output
    return folder / "cmdb.db"


@pytest.fixture
def record(folder: Path, standing: Path) -> Path:
    """The standing record as the one of this folder."""
    shutil.copy(standing, folder / "cmdb.db")
    return folder


def laid_out(folder: Path, files: dict[str, Content]) -> list[str]:
    for name, content in files.items():
        text = content() if callable(content) else content
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(files)


def exported(run: Run, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("export", *options).stdout.splitlines()]


def ids_beside_what_stood(run: Run) -> set[str]:
    """Return the ids that an import brought; what stood before must be there, and as it was."""
    before = exported(run, "--source", "before")
    assert [each["id"] for each in before if each["kind"] == "item"] == ["gammel", "kasse"]
    assert [(each["from"], each["to"]) for each in before if each["kind"] == "relationship"] == [("kasse", "gammel")]
    return {each["id"] for each in exported(run) if each["kind"] == "item"} - {"gammel", "kasse"}


@pytest.mark.parametrize("case", REFUSED_FILES.values(), ids=REFUSED_FILES.keys())
def test_a_file_that_cannot_be_read_is_named_with_its_row_and_changes_nothing(
    case: Case, record: Path, run: Run, answer: Callable[..., Any]
) -> None:
    """Exit 1; the message says file, row and what is wrong; revision and content stay as they were."""
    before = exported(run)
    said = run("import", *laid_out(record, case.files), *case.options, code=1).stderr

    assert f"cmdb: {case.where}" in said
    assert case.says in said
    assert exported(run) == before
    assert answer("find")["revision"] == 1


@pytest.mark.parametrize("case", REFUSED_ROWS.values(), ids=REFUSED_ROWS.keys())
def test_a_bad_row_is_named_and_the_good_ones_are_imported(
    case: Case, record: Path, run: Run, answer: Callable[..., Any]
) -> None:
    """Exit 4; the one problem says file and row; exactly the good rows are in the record."""
    said = answer("import", *laid_out(record, case.files), *case.options, code=4)

    (problem,) = said["problems"]
    assert f"{problem['file']}:{problem['row']}" == case.where
    assert case.says in problem["message"]
    assert ids_beside_what_stood(run) == case.kept


@pytest.mark.parametrize(("content", "name"), TAKEN.values(), ids=TAKEN.keys())
def test_what_only_looks_bad_is_imported(content: Content, name: str, record: Path, run: Run) -> None:
    """Encodings and marks that spreadsheets write, rows said twice in the same words, a long comment."""
    run("import", *laid_out(record, {name: content}), "--source", "acme")

    assert ids_beside_what_stood(run) == {"a"}


def test_dangling_references_get_placeholders_with_file_and_row(
    record: Path, run: Run, answer: Callable[..., Any]
) -> None:
    """Nothing is half-linked: the other end is there, marked, and the report says which row wants it."""
    text = items(A) + "relationships:\n  - {from: a, type: depends_on, to: ingen}\n"
    said = answer("import", *laid_out(record, {"in.yaml": text}))

    assert [(each["file"], each["row"], each["id"]) for each in said["doubts"]] == [("in.yaml", 6, "ingen")]
    assert said["counts"]["placeholders"] == 1
    assert answer("impact", "acme:ingen")["counts"]["down"] == 1


def test_a_header_without_rows_is_an_inventory_of_nothing(record: Path, run: Run) -> None:
    """One line of JSON Lines is JSON too; it is taken for what it says, whatever the file is called."""
    said = run("import", *laid_out(record, {"in.json": LINES.split("\n")[0]})).stdout

    assert "Nothing has changed" in said


def test_a_cycle_is_imported_and_brings_nothing_down_by_itself(
    record: Path, run: Run, answer: Callable[..., Any]
) -> None:
    """Mutual dependence is no error; taking one down brings the others down, once."""
    links = "".join(f"  - {{from: {one}, type: depends_on, to: {other}}}\n" for one, other in ("ab", "ba"))
    run("import", *laid_out(record, {"in.yaml": items(A, B) + "relationships:\n" + links}))

    assert answer("impact", "gammel")["counts"]["down"] == 1
    assert answer("impact", "a")["counts"]["down"] == 1


def test_what_yaml_1_1_misreads_is_text(record: Path, run: Run) -> None:
    """NO, 0123, 12:30 and a date stay as they are written, as ids, names, fields and attributes."""
    fields = "id: NO, class: Server, name: 2026-11-23, serial_number: 0123, owner: 12:30, location: on"
    run(
        "import", *laid_out(record, {"in.yaml": items(f"  - {{{fields}, attributes: {{a: NO, b: 0123, c: 12:30}}}}\n")})
    )

    (item,) = [each for each in exported(run, "--source", "acme") if each["kind"] == "item"]
    assert item["id"] == "NO"
    assert item["name"] == "2026-11-23"
    assert (item["serial_number"], item["owner"], item["location"]) == ("0123", "12:30", "on")
    assert item["attributes"] == {"a": "NO", "b": "0123", "c": "12:30"}


NAMES = (
    "O'Brien \"Q\" `b`", "👩‍💻🔥", "Blåbærsyltetøy ÆØÅ", "x'}) MATCH (n) DETACH DELETE n //", "'); DROP TABLE items;--",
    "<script>alert(1)</script>", "a\u202eb", "\u001b[31mred", "two\nlines", "$(reboot)", "{{ x }}", "a,b;c\td",
)  # fmt: skip


def test_names_of_every_kind_are_data_in_every_answer(record: Path, run: Run, answer: Callable[..., Any]) -> None:
    """They come back letter by letter, and no table or picture lets a control character through."""
    document = {"cmdb": 1, "source": "acme", "items": [], "relationships": []}
    for number, name in enumerate(NAMES):
        document["items"].append({"id": f"n{number}", "class": "Server", "name": name})  # type: ignore[attr-defined]
        document["relationships"].append({"from": f"n{number}", "type": "depends_on", "to": "before:gammel"})  # type: ignore[attr-defined]
    run("import", *laid_out(record, {"in.json": json.dumps(document)}))

    affected = answer("impact", "gammel")["affected"]
    assert set(NAMES) <= {each["name"] for each in affected}
    for form in ("table", "mermaid", "dot", "graphml"):
        said = run("impact", "gammel", "-o", form).stdout
        assert "\x1b" not in said
        assert "\u202e" not in said or form != "table"
        assert "<script>" not in said or form in ("table", "dot")
