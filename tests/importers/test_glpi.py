"""GLPI: asset lists in three languages, REST, impact relations, and inventories of agents, real ones among them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cmdb.catalogue import load_catalogue
from cmdb.errors import FileProblem
from cmdb.importing import EmptyView, propose
from cmdb.model import ImportBatch
from cmdb.reconcile import Policy
from importers.glpi import importer
from importers.reading import open_source
from importers.registry import ReadOptions, guess_importer


def read(folder: Path, files: dict[str, Any]) -> ImportBatch:
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8")
    return read_paths(*(folder / name for name in files))


def read_paths(*paths: Path) -> ImportBatch:
    [batch] = importer.read([open_source(path) for path in paths], ReadOptions(words=load_catalogue().words))
    return batch


def items(batch: ImportBatch) -> list[tuple[str, str, str, Any]]:
    return [(row.external_id, row.class_name, row.name, msgspec.json.decode(row.values)) for row in batch.items]


def links(batch: ImportBatch) -> list[tuple[str, str, str]]:
    return [(row.from_ref, row.type_name, row.to_ref) for row in batch.relationships]


ENGLISH = (
    '"Name";"Entity";"Status";"Manufacturer";"Type";"Model";"Serial number";"Inventory number";"Location";"User";'
    '"Group";"Operating System - Name";"Last update";"Comments";"ID"\n'
    '"srv1";"Root > Demo";"In production";"Dell";"Server";"R640";"S1";"A1";"Oslo > Hall 2";"kari";"Unix";"Debian";'
    '"2026-01-01";"by the door";"12"\n'
    '"srv2";"Root > Demo";"Shelf";"";"";"";"";"";"";"";"";"";"";"";"13"\n'
    ';"Root > Demo";;;;;;;;;;;;;\n'
)
FRENCH = (
    "Nom;Entité;Statut;Fabricant;Type;Modèle;Numéro de série;Numéro d'inventaire;Lieu;Utilisateur;Groupe;"
    "Système d'exploitation - Nom;Dernière modification;Commentaires;ID\n"
    "srv1;Root > Demo;In production;Dell;Server;R640;S1;A1;Oslo > Hall 2;kari;Unix;Debian;2026-02-02;by the door;12\n"
)


def test_asset_lists_say_the_same_in_any_language(tmp_path: Path) -> None:
    """Headers are localised, locations are paths whose parts lie in each other; the type is the file's name."""
    batch = read(tmp_path, {"Computer.csv": ENGLISH})
    french = read(tmp_path, {"computers.csv": FRENCH})

    assert items(batch) == [
        ("Computer:12", "Computer", "srv1",
         {"status": "operational", "manufacturer": "Dell", "model": "R640", "serial_number": "S1", "asset_tag": "A1",
          "location": "Oslo > Hall 2", "owner": "kari", "support_group": "Unix", "description": "by the door",
          "attributes": {"entity": "Root > Demo", "type": "Server", "os": "Debian"}}),
        ("Location:Oslo", "Location", "Oslo", {}),
        ("Location:Oslo > Hall 2", "Location", "Hall 2", {}),
        ("Computer:13", "Computer", "srv2", {"attributes": {"entity": "Root > Demo", "status": "Shelf"}}),
    ]  # fmt: skip
    assert links(batch) == [
        ("Location:Oslo > Hall 2", "located_in", "Location:Oslo"),
        ("Computer:12", "located_in", "Location:Oslo > Hall 2"),
    ]
    assert items(french)[0] == items(batch)[0]
    assert [(each.row, each.severity) for each in batch.problems] == [(3, "warning"), (4, "refused")]


def test_objects_of_the_rest_service(tmp_path: Path) -> None:
    """Their type shows in the name of their type's table; keys of other tables are nobody's name."""
    objects = [
        {"id": 7, "entities_id": 0, "name": "sw1", "serial": "X1", "otherserial": "A7", "networkequipmenttypes_id": 3,
         "networkequipmentmodels_id": "C9300", "locations_id": 5, "states_id": 2, "is_deleted": 0},
        {"id": 8, "entities_id": 0, "name": "gone", "networkequipmenttypes_id": 3, "is_deleted": 1},
    ]  # fmt: skip
    batch = read(tmp_path, {"answer.json": objects})

    assert items(batch) == [
        ("NetworkEquipment:7", "NetworkEquipment", "sw1",
         {"serial_number": "X1", "asset_tag": "A7", "model": "C9300", "attributes": {"type": "3"}})
    ]  # fmt: skip
    assert links(batch) == [("NetworkEquipment:7", "located_in", "Location:5")]


RELATIONS = (
    "id;itemtype_source;items_id_source;itemtype_impacted;items_id_impacted\n"
    "1;Computer;1;Appliance;9\n2;Computer;2;Appliance;9\n3;NetworkEquipment;3;Computer;1\n4;Computer;;Appliance;9\n"
)


def test_impact_relations_as_a_table_and_as_objects(tmp_path: Path) -> None:
    """The source impacts the impacted; several suppliers of one type are counted, and make no pool."""
    fields = ("id", "itemtype_source", "items_id_source", "itemtype_impacted", "items_id_impacted")
    objects = [
        dict(zip(fields, line.split(";"), strict=True)) | {"items_id_source": int(line.split(";")[2])}
        for line in RELATIONS.splitlines()[1:4]
    ]
    batch = read(tmp_path, {"ImpactRelation.csv": RELATIONS})

    assert links(batch) == [
        ("Computer:1", "impacts", "Appliance:9"),
        ("Computer:2", "impacts", "Appliance:9"),
        ("NetworkEquipment:3", "impacts", "Computer:1"),
    ]
    assert links(read(tmp_path, {"relations.json": objects})) == links(batch)
    assert batch.pools == []
    assert [(each.row, each.message) for each in batch.problems] == [
        (5, "items_id_source is empty: an impact has two ends, each with type and id")
    ]
    assert any(note.startswith("items impacted 1 by several of Computer") for note in batch.notes)


def device(name: str, ports: list[dict[str, Any]], mac: str) -> dict[str, Any]:
    network = {"type": "Networking", "name": name, "mac": mac, "serial": f"S-{name}", "ips": ["127.0.0.1", "10.0.0.1"]}
    return {
        "content": {"network_device": network, "network_ports": ports, "versionclient": "4"},
        "deviceid": f"dev-{name}",
        "action": "netinventory",
        "itemtype": "NetworkEquipment",
    }


def test_neighbours_are_linked_by_name_or_mac_when_one_device_answers(tmp_path: Path) -> None:
    """Seen from both ends it is one cable; what no device read answers to is counted, not made up."""
    first = device(
        "sw1",
        [
            {"ifdescr": "Gi1", "connections": [{"sysname": "SW2", "ifdescr": "Gi9"}]},
            {"ifdescr": "Gi2", "connections": [{"mac": "00:00:00:00:00:03"}]},
            {"ifdescr": "Gi3", "connections": [{"mac": ["00:00:00:00:00:02", "00:00:00:00:00:03"]}]},
            {"ifdescr": "Gi4", "connections": [{"sysname": "phone", "sysmac": "00:00:00:00:00:09"}]},
        ],
        "00:00:00:00:00:01",
    )
    second = device(
        "sw2", [{"ifdescr": "Gi9", "connections": [{"sysname": "sw1", "ifdescr": "Gi1"}]}], "00:00:00:00:00:02"
    )
    host = {
        "content": {
            "hardware": {"name": "kvm1", "uuid": "U-1", "vmsystem": "Physical", "chassis_type": "Rack Mount Chassis"},
            "bios": {"ssn": "SER", "smodel": "R640", "smanufacturer": "Dell"},
            "networks": [{"mac": "00:00:00:00:00:03", "ipaddress": "10.1.1.1"}],
            "virtualmachines": [
                {"name": "vm1", "uuid": "U-2", "status": "running", "vmtype": "kvm"},
                {"name": "box", "uuid": "U-3", "status": "off", "vmtype": "docker"},
                {"status": "off"},
            ],
            "databases_services": [{"type": "postgresql", "name": "pg", "port": 5432, "databases": [{"name": "shop"}]}],
        },
        "deviceid": "kvm1-2026",
        "action": "inventory",
    }
    guest = {"content": {"hardware": {"name": "vm1", "uuid": "u-2", "vmsystem": "KVM"}}, "deviceid": "vm1-2026"}
    batch = read(tmp_path, {"a.json": first, "b.json": second, "c.json": host, "d.json": guest})

    assert [row[:3] for row in items(batch)] == [
        ("NetworkEquipment:dev-sw1", "NetworkEquipment", "sw1"),
        ("NetworkEquipment:dev-sw2", "NetworkEquipment", "sw2"),
        ("Computer:kvm1-2026", "Computer", "kvm1"),
        ("ComputerVirtualMachine:u-3", "Container", "box"),
        ("DatabaseInstance:Computer:kvm1-2026/pg:5432", "DatabaseInstance", "pg"),
        ("Database:Computer:kvm1-2026/pg:5432/shop", "Database", "shop"),
        ("Computer:vm1-2026", "VirtualMachine", "vm1"),
    ]
    assert items(batch)[2][3] == {
        "serial_number": "SER", "model": "R640", "manufacturer": "Dell", "ip": "10.1.1.1",
        "attributes": {"uuid": "U-1", "chassis_type": "Rack Mount Chassis"},
    }  # fmt: skip
    assert links(batch) == [
        ("NetworkEquipment:dev-sw1", "connects_to", "NetworkEquipment:dev-sw2"),
        ("NetworkEquipment:dev-sw1", "connects_to", "Computer:kvm1-2026"),
        ("Computer:vm1-2026", "runs_on", "Computer:kvm1-2026"),
        ("ComputerVirtualMachine:u-3", "runs_on", "Computer:kvm1-2026"),
        ("DatabaseInstance:Computer:kvm1-2026/pg:5432", "runs_on", "Computer:kvm1-2026"),
        ("Database:Computer:kvm1-2026/pg:5432/shop", "hosted_on", "DatabaseInstance:Computer:kvm1-2026/pg:5432"),
    ]
    assert batch.relationships[0].key == "NetworkEquipment:dev-sw1 Gi1 - NetworkEquipment:dev-sw2 Gi9"
    assert [(Path(each.file).name, each.row) for each in batch.problems] == [("c.json", 3)]
    assert any(note.startswith("3 neighbours of sw1 are known by name or MAC only") for note in batch.notes)


def test_the_real_inventories(shared_data: Path) -> None:
    """Five devices, six guests; neighbours are none of the devices, and nothing is made up for them."""
    paths = sorted((shared_data / "glpi").glob("*.json"))
    contents = [json.loads(path.read_text(encoding="utf-8"))["content"] for path in paths]
    guests = [each for content in contents for each in content.get("virtualmachines", ())]
    names = {(content.get("network_device") or content["hardware"])["name"] for content in contents}

    batch = read_paths(*paths)

    assert {guess_importer(open_source(path)).name for path in paths} == {"glpi"}
    assert {row.name for row in batch.items} == names | {each["name"] for each in guests}
    assert Counter(row.class_name for row in batch.items) == {
        "Computer": 2,
        "NetworkEquipment": 3,
        "Container": sum("image" in each for each in guests),
        "VirtualMachine": sum("image" not in each for each in guests),
    }
    assert Counter(row.type_name for row in batch.relationships)["runs_on"] == len(guests) == 6
    assert batch.problems == []
    outcome = propose(EmptyView(), load_catalogue(), [batch], policy=Policy()).as_contract()
    assert outcome["problems"] == []
    assert outcome["counts"]["placeholders"] == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("glpi.csv", "Name;Entity;Status\na;b;c\n", "name the file after it"),
        ("x.csv", "Relation;Itemtype;Id;Name\nImpact;Computer;1;a\n", "does not say whose"),
        ("x.json", '["ERROR_SESSION_TOKEN_INVALID", "session_token is invalid"]', "session_token is invalid"),
        ("x.json", "7", "no export of GLPI"),
    ],
)
def test_what_is_no_export_is_refused_whole(tmp_path: Path, name: str, content: str, message: str) -> None:
    """The message says what to do."""
    with pytest.raises(FileProblem, match=message):
        read(tmp_path, {name: content})


def test_nobody_has_to_name_the_format(tmp_path: Path) -> None:
    """Asset lists and impact tables are told by their columns."""
    forms = {"Computer.csv": ENGLISH, "f.csv": FRENCH, "r.csv": RELATIONS}
    for name, text in forms.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert {guess_importer(open_source(tmp_path / name)).name for name in forms} == {"glpi"}
