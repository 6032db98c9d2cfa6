"""NetBox as CSV: what its lists export (labels) and what its bulk import takes (field names)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cmdb.catalogue import load_catalogue
from cmdb.errors import FileProblem
from cmdb.importing import EmptyView, propose
from cmdb.model import ImportBatch
from cmdb.reconcile import Policy
from importers.netbox import importer
from importers.reading import open_source
from importers.registry import ReadOptions, guess_importer


def read(folder: Path, files: dict[str, str]) -> ImportBatch:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    options = ReadOptions(words=load_catalogue().words)
    [batch] = importer.read([open_source(folder / name) for name in files], options)
    return batch


def items(batch: ImportBatch) -> dict[str, tuple[str, str, Any]]:
    return {row.external_id: (row.class_name, row.name, msgspec.json.decode(row.values)) for row in batch.items}


def links(batch: ImportBatch) -> list[tuple[str, str, str, list[str]]]:
    return sorted(
        (row.from_ref, row.type_name, row.to_ref, msgspec.json.decode(row.values or b"{}").get("pools", []))
        for row in batch.relationships
    )


LISTS = {
    "netbox_devices.csv": (
        "ID,Name,Status,Tenant,Role,Manufacturer,Type,Serial number,Site,Rack,Position,IPv4 Address,"
        "Cluster,Interfaces\n"
        "1,web1,Active,Kari,Server,Dell,R640,S1,Oslo,R1,12,10.0.0.1/24,C1,4\n"
        "2,web2,Offline,—,Server,Dell,R640,,Oslo,R1,,,C1,\n"
        "3,sw1,Active,,Access Switch,Cisco,C9300,,Oslo,R1,,,,48\n"
        "4,pdu1,Active,,PDU,APC,AP1,,Oslo,R1,,,,\n"
    ),
    "netbox_racks.csv": "ID,Name,Site,Location,Status,Height\n10,R1,Oslo,,Active,42\n11,R1,Bergen,,Active,42\n",
    "netbox_sites.csv": "ID,Name,Status,Region\n20,Oslo,Active,Norway\n21,Bergen,Planned,Norway\n",
    "netbox_clusters.csv": "ID,Name,Type,Group,Status,Site\n30,C1,VMware,,Active,\n",
    "netbox_virtual machines.csv": (
        "ID,Name,Status,Site,Cluster,Device,vCPUs,Memory (MB)\n40,vm1,Active,Oslo,C1,,2,2048\n"
    ),
    "netbox_cables.csv": (
        "ID,Termination A,Device A,Site A,Termination B,Device B,Site B,Status,Type\n"
        "50,eth0,web1,Oslo,Gi1,sw1,Oslo,Connected,CAT6\n51,PSU1,web1,Oslo,Outlet 1,pdu1,Oslo,Connected,Power\n"
        "52,x,nowhere,Oslo,,,,Connected,CAT6\n"
    ),
    "netbox_power ports.csv": "ID,Device,Name,Maximum draw\n60,web1,PSU1,400\n",
    "netbox_power outlets.csv": "ID,Device,Name,Power port,Feed leg\n61,pdu1,Outlet 1,,\n",
}


def test_what_the_lists_export(tmp_path: Path) -> None:
    """Labels and shown values; everything is found by name within its site, and keeps NetBox's own numbers."""
    batch = read(tmp_path, LISTS)
    found = items(batch)

    assert found["dcim.device:1"] == (
        "Server", "web1",
        {"status": "operational", "owner": "Kari", "ip": "10.0.0.1", "serial_number": "S1", "model": "R640",
         "manufacturer": "Dell", "location": "Oslo / R1", "attributes": {"position": "12", "role": "Server"}},
    )  # fmt: skip
    del found["dcim.device:1"]
    assert {identity: (row[0], row[1]) for identity, row in found.items()} == {
        "dcim.device:2": ("Server", "web2"), "dcim.device:3": ("Switch", "sw1"), "dcim.device:4": ("PDU", "pdu1"),
        "dcim.rack:10": ("Rack", "R1"), "dcim.rack:11": ("Rack", "R1"), "dcim.site:20": ("Site", "Oslo"),
        "dcim.site:21": ("Site", "Bergen"), "virtualization.cluster:30": ("Cluster", "C1"),
        "virtualization.virtualmachine:40": ("VirtualMachine", "vm1"),
    }  # fmt: skip
    assert links(batch) == [
        ("dcim.device:1", "member_of", "virtualization.cluster:30", ["hosts"]),
        ("dcim.device:1", "mounted_in", "dcim.rack:10", []),
        ("dcim.device:1", "powered_by", "dcim.device:4", []),
        ("dcim.device:1", "uplinks_to", "dcim.device:3", []),
        ("dcim.device:2", "member_of", "virtualization.cluster:30", ["hosts"]),
        ("dcim.device:2", "mounted_in", "dcim.rack:10", []),
        ("dcim.device:3", "mounted_in", "dcim.rack:10", []),
        ("dcim.device:4", "mounted_in", "dcim.rack:10", []),
        ("dcim.rack:10", "located_in", "dcim.site:20", []),
        ("dcim.rack:11", "located_in", "dcim.site:21", []),
        ("dcim.site:20", "located_in", "dcim.region:Norway", []),
        ("dcim.site:21", "located_in", "dcim.region:Norway", []),
        ("virtualization.virtualmachine:40", "runs_on", "virtualization.cluster:30", []),
    ]
    assert [(row.consumer_ref, row.name) for row in batch.pools] == [("virtualization.cluster:30", "hosts")]
    assert [(Path(each.file).name, each.row) for each in batch.problems] == [("netbox_cables.csv", 4)]
    assert {guess_importer(open_source(tmp_path / name)).name for name in LISTS} == {"netbox"}


IMPORTS = {
    "devices.csv": (
        "name,role,manufacturer,device_type,serial,status,site,rack\n"
        "web1,Server,Dell,R640,S1,active,Oslo,R1\nweb1,Server,Dell,R640,S2,active,Bergen,R1\n"
        "web1,Server,Dell,R640,S3,active,Bergen,R1\n,Server,Dell,R640,,active,Oslo,\npdu1,PDU,APC,AP1,,active,Oslo,R1\n"
    ),
    "feeds.csv": (
        "site,power_panel,rack,name,status,type,supply,phase,voltage\n"
        "Oslo,P1,R1,A,active,primary,ac,single-phase,230\nOslo,P1,R1,B,active,redundant,ac,single-phase,230\n"
    ),
    "cables.csv": (
        "side_a_site,side_a_device,side_a_type,side_a_name,side_b_site,side_b_power_panel,side_b_type,side_b_name,status\n"
        "Oslo,pdu1,dcim.powerport,In 1,Oslo,P1,dcim.powerfeed,A,connected\n"
    ),
}


def test_what_the_bulk_import_takes(tmp_path: Path) -> None:
    """Field names and no numbers: an id is made of model, site and name; the same name in another site is another."""
    batch = read(tmp_path, IMPORTS)

    assert [(row.external_id, row.class_name) for row in batch.items] == [
        ("dcim.device:Oslo/web1", "Server"),
        ("dcim.device:Bergen/web1", "Server"),
        ("dcim.device:Oslo/pdu1", "PDU"),
        ("dcim.powerfeed:P1/A", "PowerFeed"),
        ("dcim.powerfeed:P1/B", "PowerFeed"),
    ]
    assert links(batch) == [
        ("dcim.device:Bergen/web1", "mounted_in", "dcim.rack:Bergen/R1", []),
        ("dcim.device:Oslo/pdu1", "fed_by", "dcim.powerfeed:P1/A", []),
        ("dcim.device:Oslo/pdu1", "mounted_in", "dcim.rack:Oslo/R1", []),
        ("dcim.device:Oslo/web1", "mounted_in", "dcim.rack:Oslo/R1", []),
        ("dcim.powerfeed:P1/A", "fed_by", "dcim.powerpanel:Oslo/P1", []),
        ("dcim.powerfeed:P1/B", "fed_by", "dcim.powerpanel:Oslo/P1", []),
        ("dcim.rack:Oslo/R1", "fed_by", "dcim.powerfeed:P1/A", ["feeds"]),
        ("dcim.rack:Oslo/R1", "fed_by", "dcim.powerfeed:P1/B", ["feeds"]),
    ]
    assert [(each.row, each.id) for each in batch.problems] == [(4, "dcim.device:web1"), (5, None)]


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    """The message says how NetBox names its files."""
    with pytest.raises(FileProblem, match=r"netbox_devices\.csv"):
        read(tmp_path, {"x.csv": "colour,size\nred,1\n"})
    (tmp_path / "own.csv").write_text("id,class,name,facility\na,Site,a,b\n", encoding="utf-8")
    assert importer.recognises(open_source(tmp_path / "own.csv")) == 0
    (tmp_path / "any.csv").write_text("Name,Role,Site,Type,Owner\na,Server,Oslo,R640,Kari\n", encoding="utf-8")
    assert importer.recognises(open_source(tmp_path / "any.csv")) == 0


def test_the_record_takes_it_whole_and_twice_changes_nothing(tmp_path: Path) -> None:
    """Every class and type is in the catalogue; the same files say the same."""
    batch = read(tmp_path, LISTS)
    outcome = propose(EmptyView(), load_catalogue(), [batch], policy=Policy()).as_contract()

    assert outcome["problems"] == []
    assert outcome["counts"]["created"] == len(batch.items)
    assert (items(read(tmp_path, LISTS)), links(read(tmp_path, LISTS))) == (items(batch), links(batch))
