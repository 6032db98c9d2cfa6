"""iTop: codes and labels, arrows and stars, REST, link sets from both ends, redundancy strings as stated needs."""

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
from importers.itop import importer
from importers.itop.redundancy import need_of
from importers.reading import open_source
from importers.registry import ReadOptions, guess_importer


def read(folder: Path, files: dict[str, Any]) -> ImportBatch:
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8-sig")
    options = ReadOptions(words=load_catalogue().words)
    [batch] = importer.read([open_source(folder / name) for name in files], options)
    return batch


def items(batch: ImportBatch) -> list[tuple[str, str, str, Any]]:
    return [(row.external_id, row.class_name, row.name, msgspec.json.decode(row.values)) for row in batch.items]


def links(batch: ImportBatch) -> list[tuple[str, str, str, list[str]]]:
    return sorted(
        (row.from_ref, row.type_name, row.to_ref, msgspec.json.decode(row.values or b"{}").get("pools", []))
        for row in batch.relationships
    )


def needs(batch: ImportBatch) -> list[tuple[str, str, Any]]:
    return sorted((row.consumer_ref, row.name, msgspec.json.decode(row.values).get("need")) for row in batch.pools)


CODES = (
    "id,name *,org_id->name,status,business_criticity,serialnumber,rack_id->name,location_id->name,powerA_id->name,"
    "powerB_id->name,redundancy,cpu,osfamily_id->name"
    """
1,web1,Demo,production,high,S1,R1,Oslo,PDU A,PDU B,1,8,Linux
2,web2,Demo,stock,odd,,,Oslo,PDU A,PDU A,disabled,,
,,Demo,production,low,,,,,,,,
"""
)
RACKS = "id,name,location_id->name\n9,R1,Oslo\n"
PDUS = "id,name,rack_id->name,powerstart_id->name\n5,PDU A,R1,Grid\n6,PDU B,R1,Grid\n"
POWER = {"PDU.csv": PDUS, "PowerSource.csv": "id,name\n7,Grid\n"}


def test_codes_arrows_and_stars(tmp_path: Path) -> None:
    """Keys are found by name, the nearest place is stated, A and B are a pool with the need that iTop states."""
    batch = read(tmp_path, {"Server.csv": CODES, "Rack.csv": RACKS, **POWER})

    assert items(batch)[:2] == [
        ("Server::1", "Server", "web1",
         {"status": "operational", "criticality": "high", "serial_number": "S1", "owner": "Demo", "location": "Oslo",
          "attributes": {"cpu": "8", "osfamily": "Linux"}}),
        ("Server::2", "Server", "web2",
         {"status": "planned", "owner": "Demo", "location": "Oslo", "attributes": {"business_criticity": "odd"}}),
    ]  # fmt: skip
    assert links(batch) == [
        ("PDU::5", "fed_by", "PowerSource::7", []),
        ("PDU::5", "mounted_in", "Rack::9", []),
        ("PDU::6", "fed_by", "PowerSource::7", []),
        ("PDU::6", "mounted_in", "Rack::9", []),
        ("Rack::9", "located_in", "Location::Oslo", []),
        ("Server::1", "mounted_in", "Rack::9", []),
        ("Server::1", "powered_by", "PDU::5", ["power"]),
        ("Server::1", "powered_by", "PDU::6", ["power"]),
        ("Server::2", "located_in", "Location::Oslo", []),
        ("Server::2", "powered_by", "PDU::5", []),
    ]
    assert needs(batch) == [("Server::1", "power", 1)]
    assert [(each.row, each.severity) for each in batch.problems if "Server" in each.file] == [
        (3, "warning"),
        (4, "refused"),
    ]


def test_labels_say_the_same_as_codes(tmp_path: Path) -> None:
    """Localised headers and values, keys shown by their friendly names."""
    labels = (
        "id (Primary Key),CI sub-class,Name,Organization->Name,Status,Business criticality,Serial number,Rack->Name,"
        "Location->Name,PowerA source->Name,PowerB source->Name,Redundancy,CPU,OS family->Name\n"
        "1,Server,web1,Demo,production,high,S1,R1,Oslo,PDU A,PDU B,"
        "The device is up if at least one power connection (A or B) is up,8,Linux\n"
    )
    one = read(tmp_path, {"anything.csv": labels, "Rack.csv": RACKS, **POWER})
    other = read(tmp_path, {"Server.csv": CODES, "Rack.csv": RACKS, **POWER})

    assert items(one)[0] == items(other)[0]
    assert [link for link in links(one) if link[0] == "Server::1"] == [
        link for link in links(other) if link[0] == "Server::1"
    ]
    assert needs(one) == needs(other)


FARM: dict[str, Any] = {
    "Farm.csv": "id,name,redundancy\n20,F1,50%\n",
    "Hypervisor.csv": "id,name,farm_id->name,server_id->name\n30,H1,F1,S1\n31,H2,F1,S2\n",
    "VirtualMachine.csv": "id,name,virtualhost_id->name,virtualhost_id->finalclass\n40,vm1,F1,Farm\n41,vm2,H1,\n",
}


def test_farms_are_pools_of_their_hypervisors(tmp_path: Path) -> None:
    """Server to hypervisor to farm to machine, as iTop's own impact goes; half of the hypervisors must be up."""
    batch = read(tmp_path, FARM)

    assert links(batch) == [
        ("Hypervisor::30", "member_of", "Farm::20", ["hosts"]),
        ("Hypervisor::30", "runs_on", "Server::S1", []),
        ("Hypervisor::31", "member_of", "Farm::20", ["hosts"]),
        ("Hypervisor::31", "runs_on", "Server::S2", []),
        ("VirtualMachine::40", "runs_on", "Farm::20", []),
        ("VirtualMachine::41", "runs_on", "Hypervisor::30", []),
    ]
    assert needs(batch) == [("Farm::20", "hosts", "50%")]
    assert "redundancy: 50%" in msgspec.json.decode(batch.pools[0].values)["evidence"]


@pytest.mark.parametrize(("redundancy", "need"), [("disabled", None), ("", None), ("2", 2), ("66.7%", "66.7%")])
def test_an_application_solution_is_redundant_only_when_it_says_so(
    tmp_path: Path, redundancy: str, need: int | str | None
) -> None:
    """Off unless it says so: then each of its items is required by itself."""
    batch = read(
        tmp_path,
        {
            "ApplicationSolution.csv": f"id,name,redundancy\n1,shop,{redundancy}\n",
            "WebServer.csv": "id,name,system_id->name\n2,a,vm1\n3,b,vm1\n",
            "VirtualMachine.csv": "id,name,virtualhost_id\n4,vm1,30\n",
            "links.csv": "applicationsolution_id->name,functionalci_id\nshop,2\nshop,3\n",
            "Hypervisor.csv": "id,name\n30,h\n",
        },
    )
    pools = [] if need is None else ["cis"]
    assert links(batch) == [
        ("ApplicationSolution::1", "depends_on", "WebServer::2", pools),
        ("ApplicationSolution::1", "depends_on", "WebServer::3", pools),
        ("VirtualMachine::4", "runs_on", "Hypervisor::30", []),
        ("WebServer::2", "runs_on", "VirtualMachine::4", []),
        ("WebServer::3", "runs_on", "VirtualMachine::4", []),
    ]
    assert needs(batch) == ([] if need is None else [("ApplicationSolution::1", "cis", need)])


REST = {
    "code": 0,
    "message": "Found: 3",
    "objects": {
        "NetworkDevice::1": {"code": 0, "class": "NetworkDevice", "key": "1", "fields": {
            "id": "1", "name": "sw1", "finalclass": "NetworkDevice", "org_id": "3", "organization_name": "Demo",
            "location_id": "0", "friendlyname": "sw1", "connectablecis_list": [
                {"connectableci_id": "2", "connectableci_id_finalclass_recall": "Server", "connection_type": "downlink",
                 "network_port": "Gi1"}]}},
        "Server::2": {"code": 0, "class": "Server", "key": "2", "fields": {
            "id": "2", "name": "srv", "status": "production", "rack_id": "7", "rack_name": "R7",
            "networkdevice_list": [{"networkdevice_id": "1", "networkdevice_id_finalclass_recall": "NetworkDevice",
                                    "connection_type": "downlink", "network_port": "Gi1"}],
            "logicalvolumes_list": [{"volume_id": "8", "volume_name": "lun8"}], "applicationsolution_list": [
                {"applicationsolution_id": "9", "applicationsolution_name": "shop"}]}},
        "DBServer::3": {"code": 0, "class": "DBServer", "key": "3", "fields": {
            "id": "3", "name": "db", "system_id": "2", "system_id_finalclass_recall": "Server"}},
    },
}  # fmt: skip


def test_rest_with_link_sets_from_both_ends(tmp_path: Path) -> None:
    """A link that both of its ends show is one relationship; keys of one class need no row of the target."""
    batch = read(tmp_path, {"rest.json": REST})

    assert [row[:3] for row in items(batch)] == [
        ("NetworkDevice::1", "NetworkDevice", "sw1"),
        ("Server::2", "Server", "srv"),
        ("DBServer::3", "DBServer", "db"),
    ]
    assert links(batch) == [
        ("ApplicationSolution::9", "depends_on", "Server::2", []),
        ("DBServer::3", "runs_on", "Server::2", []),
        ("Server::2", "mounted_in", "Rack::7", []),
        ("Server::2", "stores_on", "LogicalVolume::8", []),
        ("Server::2", "uplinks_to", "NetworkDevice::1", []),
    ]
    assert batch.problems == []


def test_an_uplink_row_points_the_other_way(tmp_path: Path) -> None:
    """Seen from the network device, what it has as uplink is above it; the mirrored row says nothing new."""
    table = "networkdevice_id,connectableci_id,connection_type\n1,2,uplink\n2,1,downlink\n"
    devices = "id,name,networkdevicetype_id->name\n1,low,Switch\n2,high,Router\n"
    batch = read(tmp_path, {"links.csv": table, "NetworkDevice.csv": devices})

    assert links(batch) == [("NetworkDevice::1", "uplinks_to", "NetworkDevice::2", [])]


def test_links_packed_into_a_cell(tmp_path: Path) -> None:
    """`|` parts the links of a set, `;` the attributes of a link."""
    solution = "id,name,functionalcis_list\n1,shop,functionalci_id->name:a|functionalci_id:3;reason:x\n"
    batch = read(tmp_path, {"ApplicationSolution.csv": solution, "Server.csv": "id,name\n2,a\n3,b\n"})

    assert links(batch) == [
        ("ApplicationSolution::1", "depends_on", "Server::2", []),
        ("ApplicationSolution::1", "depends_on", "Server::3", []),
    ]


def test_related_objects_are_impacts(tmp_path: Path) -> None:
    """`core/get_related` says who impacts whom, where nothing else says how."""
    answer = {"code": 0, "objects": REST["objects"]}
    answer["relations"] = {"Server::2": [{"key": "DBServer::3"}, {"key": "Team::4"}]}
    batch = read(tmp_path, {"related.json": answer})

    assert [link for link in links(batch) if link[1] == "impacts"] == [("Server::2", "impacts", "Team::4", [])]


def test_an_end_that_nobody_can_tell_is_refused_with_its_row(tmp_path: Path) -> None:
    """Two items of a name, and a name of none, where the class is not told."""
    tables = {
        "DBServer.csv": "id,name,system_id->name\n1,db,twin\n2,db2,nobody\n",
        "Server.csv": "id,name\n3,twin\n",
        "PC.csv": "id,name\n4,twin\n",
    }
    batch = read(tmp_path, tables)

    assert links(batch) == []
    assert [(Path(each.file).name, each.row, each.message) for each in batch.problems] == [
        ("DBServer.csv", 2, "system_id is 'twin', which 2 items are: export system_id as a number too"),
        ("DBServer.csv", 3,
         "system_id is 'nobody', which no item that was read is: import its class in the same command"),
    ]  # fmt: skip
    assert batch.unreadable_rows == 2


def test_a_redundancy_that_is_not_understood_is_said(tmp_path: Path) -> None:
    """It is no need: all but one is assumed, and the doubt has its row."""
    batch = read(tmp_path, FARM | {"Farm.csv": "id,name,redundancy\n20,F1,perhaps\n"})

    assert needs(batch) == [("Farm::20", "hosts", None)]
    assert "'perhaps' is not understood" in batch.problems[0].message
    assert need_of("The farm is up if all hypervisors are up") == "100%"
    assert need_of("The solution is up if at least 50 % of the CIs are up") == "50%"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "id,name\n1,a\n", "name the file after the class"),
        ("x.json", '{"code": 1, "message": "Error: Invalid login", "objects": null}', "Invalid login"),
        ("x.json", '{"hello": 1}', "no answer of iTop"),
    ],
)
def test_what_is_no_export_is_refused_whole(tmp_path: Path, name: str, content: str, message: str) -> None:
    """The message says what to do."""
    with pytest.raises(FileProblem, match=message):
        read(tmp_path, {name: content})


def test_nobody_has_to_name_the_format(tmp_path: Path) -> None:
    """Arrows, codes, link columns and Class::id tell; what describes items is counted and left out."""
    forms = {
        "Server.csv": CODES, "r.json": REST, "l.csv": "applicationsolution_id,functionalci_id\n1,2\n",
        "Organization.csv": "id,name,parent_id->name\n1,Demo,\n",
    }  # fmt: skip
    batch = read(tmp_path, forms)
    assert {guess_importer(open_source(tmp_path / name)).name for name in forms} == {"itop"}
    assert "no configuration items, not imported: 1 Organization" in batch.notes
    (tmp_path / "any.csv").write_text("Server,Volume,Size\na,b,1\n", encoding="utf-8")
    assert importer.recognises(open_source(tmp_path / "any.csv")) == 0


def test_the_record_takes_it_whole(tmp_path: Path) -> None:
    """Every class and type is in the catalogue, and the pools are those of its rules."""
    batch = read(tmp_path, FARM | POWER | {"Server.csv": CODES.rpartition("\n,,")[0] + "\n"})

    outcome = propose(EmptyView(), load_catalogue(), [batch], policy=Policy()).as_contract()

    assert [each for each in outcome["problems"] if each["severity"] == "refused"] == []
    assert outcome["pools"]["created"] == 2
