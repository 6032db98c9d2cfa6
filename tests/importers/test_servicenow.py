"""ServiceNow: fields or labels, stored or shown values, every form of JSON, both ways round of a type, visible cuts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cmdb.catalogue import load_catalogue
from cmdb.errors import FileProblem
from cmdb.importing import EmptyView, propose
from cmdb.model import ImportBatch
from cmdb.reconcile import Policy
from importers.reading import open_source
from importers.registry import ReadOptions, guess_importer
from importers.servicenow import importer

WEB, DB, REL = "a" * 32, "b" * 32, "c" * 32


def read(folder: Path, *files: str | bytes | dict[str, Any] | list[Any], complete: bool | None = None) -> ImportBatch:
    sources = []
    for number, content in enumerate(files):
        table = isinstance(content, (str, bytes))
        path = folder / f"f{number}.{'csv' if table else 'json'}"
        raw = content.encode() if isinstance(content, str) else content if isinstance(content, bytes) else None
        path.write_bytes(json.dumps(content).encode() if raw is None else raw)
        sources.append(open_source(path))
    [batch] = importer.read(sources, ReadOptions(complete=complete, words=load_catalogue().words))
    return batch


def items(batch: ImportBatch) -> list[tuple[str, str, str, Any]]:
    return [(row.external_id, row.class_name, row.name, msgspec.json.decode(row.values)) for row in batch.items]


def links(batch: ImportBatch) -> list[tuple[str, str, str]]:
    return [(row.from_ref, row.type_name, row.to_ref) for row in batch.relationships]


FIELDS = f"""sys_id,name,sys_class_name,serial_number,install_status,operational_status,support_group,owned_by,os
{WEB},web1,cmdb_ci_linux_server,S1,1,1,{REL},Åse,Linux
{DB},db1,cmdb_ci_db_mysql_instance,,7,1,DBA,,
"""
LABELS = """Name,Class,Serial number,Status,Operational status,"Support group","Business criticality",Updated
"web1","Linux Server","S1","Installed","Operational","Unix","1 - most critical","2024-01-01"
"shop","Business Service","","On Order","Repair in Progress","","9 - who knows","2024-01-01"
"""


def test_fields_and_stored_values(tmp_path: Path) -> None:
    """Codes are understood by their field; a bare sys_id is nobody's name; another status than operational counts."""
    batch = read(tmp_path, FIELDS.encode("cp1252"))

    assert items(batch) == [
        (WEB, "cmdb_ci_linux_server", "web1",
         {"serial_number": "S1", "status": "operational", "owner": "Åse",
          "attributes": {"os": "Linux", "support_group": REL, "install_status": "1", "operational_status": "1"}}),
        (DB, "cmdb_ci_db_mysql_instance", "db1",
         {"status": "retired", "support_group": "DBA",
          "attributes": {"install_status": "7", "operational_status": "1"}}),
    ]  # fmt: skip
    assert batch.problems == []
    assert any("Windows-1252" in note for note in batch.notes)


def test_labels_and_shown_values(tmp_path: Path) -> None:
    """Without sys_id, class and name make the id; statuses that differ are named; an unknown word is kept."""
    batch = read(tmp_path, LABELS)

    assert [row[:3] for row in items(batch)] == [
        ("linux_server:web1", "Linux Server", "web1"),
        ("business_service:shop", "Business Service", "shop"),
    ]
    assert [row[3]["status"] for row in items(batch)] == ["operational", "maintenance"]
    assert [row[3].get("criticality") for row in items(batch)] == ["vital", None]
    assert "2024" not in str(items(batch))
    assert [(each.row, each.severity) for each in batch.problems] == [(3, "warning"), (3, "warning")]
    assert "status fields differ" in batch.problems[0].message
    assert "'9 - who knows'" in batch.problems[1].message


def test_the_same_from_every_form_of_json(tmp_path: Path) -> None:
    """`result`, `records`, {display_value, value, link} and {link, value} say the same as a table."""
    plain = {"sys_id": WEB, "name": "web1", "sys_class_name": "cmdb_ci_linux_server", "serial_number": "S1"}
    both = {name: {"display_value": text, "value": text} for name, text in plain.items()}
    both["sys_class_name"] = {"display_value": "Linux Server", "value": "cmdb_ci_linux_server"}
    both["owned_by"] = {"display_value": "Åse", "value": REL, "link": f"https://x/api/now/table/sys_user/{REL}"}
    linked = plain | {"location": {"link": f"https://x/api/now/table/cmn_location/{REL}", "value": REL}}

    assert items(read(tmp_path, {"result": [plain]})) == items(read(tmp_path, {"records": [plain]}))
    assert items(read(tmp_path, {"result": [both]}))[0][3] == {"serial_number": "S1", "owner": "Åse"}
    assert items(read(tmp_path, {"result": [linked]}))[0][3] == {"serial_number": "S1", "attributes": {"location": REL}}


def test_relationships_by_name_and_by_sys_id(tmp_path: Path) -> None:
    """Ends are found among the items read, wherever on the command line they stand; a port tells cables apart."""
    relations = f"parent,type,child,port\ndb1,Runs on::Runs,WEB1,\n{WEB},Used by :: Depends on,{DB},443\n"
    batch = read(tmp_path, relations, FIELDS)

    assert links(batch) == [(DB, "Runs on::Runs", WEB), (WEB, "Used by :: Depends on", DB)]
    assert [row.key for row in batch.relationships] == ["", "443"]


def test_what_a_service_has_to_do_with_is_recorded_and_taken_for_no_requirement(tmp_path: Path) -> None:
    """svc_ci_assoc lists the redundant ones too: as requirements each would be a single point that there is none."""
    shop = f"sys_id,name,sys_class_name\n{REL},shop,cmdb_ci_service\n"
    table = f"service_id,ci_id\nshop,web1\n{REL},{DB}\n"
    rows = [{"sys_id": "d" * 32, "service_id": {"value": REL, "display_value": "shop"}, "ci_id": WEB}]
    assert links(read(tmp_path, FIELDS, shop, table)) == [
        (REL, "associated_with", WEB), (REL, "associated_with", DB),
    ]  # fmt: skip
    assert links(read(tmp_path, FIELDS, shop, {"result": rows})) == [(REL, "associated_with", WEB)]
    batch = read(tmp_path, FIELDS, shop, table)
    proposal = propose(EmptyView(), load_catalogue(), [batch], policy=Policy()).proposal
    assert (proposal.relationships["created"], proposal.problems) == (2, [])


@pytest.mark.parametrize(
    ("relations", "message"),
    [
        ("parent,type,child\ntwin,Runs on::Runs,web\n", "2 items are called 'twin'"),
        ("parent,type,child\nnobody,Runs on::Runs,web\n", "no item that was read is called 'nobody'"),
        ("parent,type,child\nweb,,twin\n", "the type is empty"),
        (f"parent,type,child\n{WEB},{REL},{DB}\n", "a sys_id that no file explains"),
        ("parent,type,child\n,Runs on::Runs,web\n", "the parent is empty"),
    ],
)
def test_an_end_that_cannot_be_told_is_refused_with_its_row(tmp_path: Path, relations: str, message: str) -> None:
    """Nothing is half-linked: the row is named, and the batch is partial."""
    table = "name,sys_class_name,sys_id\n"
    table += f"twin,cmdb_ci_server,{WEB}\ntwin,cmdb_ci_appl,{DB}\nweb,cmdb_ci_server,{REL}\n"
    batch = read(tmp_path, table, relations)

    assert batch.relationships == []
    assert [each.row for each in batch.problems] == [2] * len(batch.problems)
    assert message in " ".join(each.message for each in batch.problems)
    assert batch.problems[0].file.endswith("f1.csv")
    assert batch.unreadable_rows >= 1


def test_the_class_of_an_end_settles_which_is_meant(tmp_path: Path) -> None:
    """Dot-walked columns name the class and the halves of the type; cmdb_rel_type explains a bare sys_id."""
    table = f"name,sys_class_name,sys_id\ntwin,cmdb_ci_server,{WEB}\ntwin,cmdb_ci_appl,{DB}\n"
    walked = (
        "parent.name,parent.sys_class_name,child.name,child.sys_class_name,type.parent_descriptor,type.child_descriptor\n"
        "twin,cmdb_ci_appl,twin,cmdb_ci_server,Runs on,Runs\n"
    )
    types = f"sys_id,name,parent_descriptor,child_descriptor\n{REL},Hosted on::Hosts,Hosted on,Hosts\n"
    bare = f"parent,type,child\n{WEB},{REL},{DB}\n"

    assert links(read(tmp_path, table, walked)) == [(DB, "Runs on::Runs", WEB)]
    assert links(read(tmp_path, bare, types)) == [(WEB, "Hosted on::Hosts", DB)]


def test_instances_of_the_instance_api(tmp_path: Path) -> None:
    """What is outbound has the item as parent, what is inbound as child."""
    instance = {
        "attributes": {"sys_id": WEB, "name": "web1", "sys_class_name": "cmdb_ci_linux_server"},
        "outbound_relations": [
            {"sys_id": REL, "type": {"display_value": "Hosted on::Hosts", "value": "d" * 32},
             "target": {"display_value": "rack", "value": "e" * 32}}
        ],
        "inbound_relations": [
            {"sys_id": REL, "type": {"display_value": "Runs on::Runs", "value": "d" * 32},
             "target": {"display_value": "db1", "value": DB}},
            {"sys_id": REL, "type": {"display_value": "Runs on::Runs", "value": "d" * 32}, "target": None},
        ],
    }  # fmt: skip
    batch = read(tmp_path, {"result": instance})

    assert links(batch) == [(WEB, "Hosted on::Hosts", "e" * 32), (DB, "Runs on::Runs", WEB)]
    assert [each.message for each in batch.problems] == [f"one of the inbound_relations of {WEB} has no target"]


def test_a_payload_for_identify_and_reconcile(tmp_path: Path) -> None:
    """Relations name items by index; one that names none is refused."""
    payload = {
        "items": [
            {"className": "cmdb_ci_linux_server", "values": {"name": "web1", "serial_number": "S1", "cpu_count": 4}},
            {"className": "cmdb_ci_appl", "values": {"name": "shop"},
             "sys_object_source_info": {"source_native_key": "vm-7", "source_name": "vCenter"}},
            {"className": "cmdb_ci_appl", "values": {}},
        ],
        "relations": [
            {"parent": 1, "child": 0, "type": "Runs on::Runs"},
            {"parent": 1, "child": 9, "type": "Runs on::Runs"},
            {"parent": 2, "child": 0, "type": "Runs on::Runs"},
        ],
    }  # fmt: skip
    batch = read(tmp_path, payload)

    assert [row[0] for row in items(batch)] == ["linux_server:web1", "vm-7"]
    assert links(batch) == [("vm-7", "Runs on::Runs", "linux_server:web1")]
    assert [(each.row, each.message) for each in batch.problems] == [
        (3, "the row has no sys_id, and no class and name: export sys_id too"),
        (2, "relation 2 names '9', which is the index of no item of the payload: correct it"),
        (3, "relation 3 names '2', which was refused: correct it"),
    ]


def test_exactly_ten_thousand_rows_are_visibly_cut(tmp_path: Path) -> None:
    """A product's export limit makes a complete batch partial; one row fewer does not."""
    rows = [f"{number:032x},s{number},cmdb_ci_server" for number in range(10_000)]
    head = "sys_id,name,sys_class_name\n"

    cut = read(tmp_path, head + "\n".join(rows), complete=True)
    whole = read(tmp_path, head + "\n".join(rows[1:]), complete=True)

    assert cut.cut is not None
    assert "exactly 10,000 rows" in cut.cut
    assert whole.cut is None


def test_both_ways_round_of_a_type_are_one_relationship(tmp_path: Path) -> None:
    """A::B and B::A with swapped ends say the same; the record has one link."""
    catalogue = load_catalogue()
    relations = f"parent,type,child\n{DB},Runs on::Runs,{WEB}\n{WEB},Runs::Runs on,{DB}\n"
    batch = read(tmp_path, FIELDS, relations)

    outcome = propose(EmptyView(), catalogue, [batch], policy=Policy()).as_contract()

    assert outcome["counts"]["created"] == 2
    assert outcome["relationships"]["created"] == 1
    assert outcome["problems"] == []


def test_change_requests_are_no_items(shared_data: Path) -> None:
    """The real payloads of change_request are recognised, and refused with what to export instead."""
    for path in sorted((shared_data / "servicenow").glob("*.json")):
        source = open_source(path)
        if importer.recognises(source) > 0:
            with pytest.raises(FileProblem, match=r"no configuration items|export"):
                importer.read([source], ReadOptions())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"error": {"message": "User Not Authenticated"}}', "User Not Authenticated"),
        ('{"result": 7}', "needs a list of objects"),
        ('{"result": [{"colour": "red"}]}', "export those fields too"),
    ],
)
def test_an_answer_that_is_no_data_is_refused_whole(tmp_path: Path, content: str, message: str) -> None:
    """The message says what to do."""
    path = tmp_path / "f.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileProblem, match=message):
        importer.read([open_source(path)], ReadOptions())


def test_nobody_has_to_name_the_format(tmp_path: Path) -> None:
    """Each form is told from its content, and our own tables are left to their own importer."""
    forms = {
        "a.csv": FIELDS,
        "b.csv": LABELS,
        "c.csv": "Parent,Type,Child\na,b,c\n",
        "f.csv": f"service_id,ci_id\n{WEB},{DB}\n",
        "g.json": json.dumps({"result": [{"sys_id": REL, "service_id": WEB, "ci_id": DB}]}),
        "d.json": json.dumps({"result": [{"sys_id": WEB, "name": "a", "sys_class_name": "cmdb_ci"}]}),
        "e.json": json.dumps({"items": [{"className": "cmdb_ci_appl", "values": {"name": "a"}}], "relations": []}),
    }
    for name, text in forms.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert guess_importer(open_source(tmp_path / name)).name == "servicenow", name
    own = tmp_path / "own.csv"
    own.write_text("id,class,name,support_group\na,Server,a,b\n", encoding="utf-8")
    assert guess_importer(open_source(own)).name == "csv"
