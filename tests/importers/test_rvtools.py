"""RVTools: hosts, clusters as pools, machines; what a tab says twice, "False" as text, and the two real workbooks."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from cmdb.catalogue import load_catalogue
from cmdb.errors import FileProblem
from cmdb.importing import EmptyView, propose
from cmdb.model import ImportBatch
from cmdb.reconcile import Policy
from importers.reading import open_source
from importers.registry import ReadOptions, guess_importer
from importers.rvtools import importer

Sheets = dict[str, list[list[Any]]]


def write(path: Path, sheets: Sheets) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def read(*paths: Path) -> ImportBatch:
    [batch] = importer.read([open_source(path) for path in paths], ReadOptions())
    return batch


def shown(batch: ImportBatch) -> list[tuple[str, str, dict[str, Any]]]:
    return [(row.external_id, row.class_name, msgspec.json.decode(row.values)) for row in batch.items]


ESTATE: Sheets = {
    "vInfo": [
        ["VM", "Powerstate", "Template", "SRM Placeholder", "Datacenter", "Cluster", "Host", "Path", "VM UUID"],
        ["web", "poweredOn", "False", "False", "DC1", "C1", "esx1", "[SAN 1] web/web.vmx", "u-1"],
        ["gold", "poweredOff", "True", "False", "DC1", "C1", "esx3", "[SAN 1] gold/gold.vmx", "u-2"],
        ["lone", "poweredOff", False, True, "DC2", None, "esx9", None, "u-3"],
        [None] * 9,
        ["web", "poweredOn", "False", "False", "DC2", "C1", "esx8", None, "u-4"],
        ["web", "poweredOn", "False", "False", "DC2", "C1", "esx8", None, "u-4"],
        [None, "poweredOn"],
    ],
    "vHost": [
        ["Host", "Datacenter", "Cluster", "Vendor", "Model", "in Maintenance Mode", "# CPU"],
        ["esx1", "DC1", "C1", "HP", "BL460c", "False", 2],
        ["esx2", "DC1", "C1", "HP", "BL460c", "True", 2],
    ],
    "vCluster": [["Name", "HA enabled"], ["C1", "True"]],
    "vNetwork": [
        ["VM", "Mac Address", "IPv4 Address", "Network"],
        ["lone", "00:50:56:00:00:01", "10.0.0.9, fe80::1", "n1"],
    ],
    "vHealth": [["Name", "Message"], ["web", "old tools"]],
}


def test_a_small_estate_whole(tmp_path: Path) -> None:
    """Hosts of a cluster are its pool; machines run on their cluster, else on their host; templates have no status."""
    batch = read(write(tmp_path / "rv.xlsx", ESTATE))

    assert sorted(shown(batch)) == [
        ("cluster:dc1/c1", "Cluster", {"location": "DC1"}),
        ("cluster:dc2/c1", "Cluster", {"location": "DC2"}),
        ("datastore:san 1", "StorageVolume", {}),
        ("host:esx1", "Hypervisor",
         {"location": "DC1", "manufacturer": "HP", "model": "BL460c", "attributes": {"cpus": "2"}}),
        ("host:esx2", "Hypervisor",
         {"location": "DC1", "manufacturer": "HP", "model": "BL460c", "status": "maintenance",
          "attributes": {"cpus": "2"}}),
        ("host:esx3", "Hypervisor", {"location": "DC1"}),
        ("host:esx8", "Hypervisor", {"location": "DC2"}),
        ("host:esx9", "Hypervisor", {"location": "DC2"}),
        ("vm:u-1", "VirtualMachine",
         {"location": "DC1", "status": "operational", "attributes": {"powerstate": "poweredOn", "host": "esx1"}}),
        ("vm:u-2", "VirtualMachine",
         {"location": "DC1", "attributes": {"powerstate": "poweredOff", "host": "esx3", "template": True}}),
        ("vm:u-3", "VirtualMachine",
         {"location": "DC2", "status": "maintenance", "mac": "00:50:56:00:00:01", "ip": "10.0.0.9",
          "attributes": {"powerstate": "poweredOff", "host": "esx9", "srm_placeholder": True, "networks": ["n1"]}}),
        ("vm:u-4", "VirtualMachine",
         {"location": "DC2", "status": "operational", "attributes": {"powerstate": "poweredOn", "host": "esx8"}}),
    ]  # fmt: skip
    assert sorted((row.from_ref, row.type_name, row.to_ref) for row in batch.relationships) == [
        ("host:esx1", "member_of", "cluster:dc1/c1"),
        ("host:esx2", "member_of", "cluster:dc1/c1"),
        ("host:esx3", "member_of", "cluster:dc1/c1"),
        ("host:esx8", "member_of", "cluster:dc2/c1"),
        ("vm:u-1", "runs_on", "cluster:dc1/c1"),
        ("vm:u-1", "stores_on", "datastore:san 1"),
        ("vm:u-2", "runs_on", "cluster:dc1/c1"),
        ("vm:u-2", "stores_on", "datastore:san 1"),
        ("vm:u-3", "runs_on", "host:esx9"),
        ("vm:u-4", "runs_on", "cluster:dc2/c1"),
    ]
    assert sorted((row.consumer_ref, row.name, msgspec.json.decode(row.values)) for row in batch.pools) == [
        ("cluster:dc1/c1", "hosts", {"evidence": "hosts of the cluster in RVTools: esx1, esx2, esx3"}),
        ("cluster:dc2/c1", "hosts", {"evidence": "hosts of the cluster in RVTools: esx8"}),
    ]
    assert [(Path(each.file).name, each.row, each.id) for each in batch.problems] == [
        ("rv.xlsx (vInfo)", 7, "vm:u-4"),
        ("rv.xlsx (vInfo)", 8, None),
        ("rv.xlsx (vCluster)", 2, "C1"),
    ]
    assert batch.unreadable_rows == 1
    assert any(note.startswith("3 hosts are only named by machines and 2 are shown in vHost") for note in batch.notes)
    assert "not read: vHealth" in batch.notes


def test_without_ha_a_machine_needs_its_host(tmp_path: Path) -> None:
    """A cluster that restarts nothing does not save a machine from the loss of its host."""
    estate = {name: rows for name, rows in ESTATE.items() if name != "vHealth"}
    estate["vCluster"] = [["Name", "Datacenter", "HA enabled"], ["C1", "DC1", "False"]]
    batch = read(write(tmp_path / "rv.xlsx", estate))

    assert ("vm:u-1", "host:esx1") in [(row.from_ref, row.to_ref) for row in batch.relationships]
    assert ("vm:u-4", "host:esx8") not in [(row.from_ref, row.to_ref) for row in batch.relationships]


def test_names_alone_identify_only_when_they_are_single(tmp_path: Path) -> None:
    """Without the column VM UUID the second machine of a name is refused with its row."""
    sheet = [["VM", "Powerstate", "Host"], ["a", "poweredOn", "h"], ["a", "poweredOff", "h"]]
    batch = read(write(tmp_path / "rv.xlsx", {"vInfo": sheet}))

    assert [row.external_id for row in batch.items] == ["host:h", "vm:a"]
    assert [(each.row, each.id) for each in batch.problems] == [(3, "vm:a")]
    assert "VM UUID" in batch.problems[0].message


def test_csv_files_of_the_tabs_say_the_same(tmp_path: Path) -> None:
    """RVTools exports its tabs as CSV too, in any order."""
    paths = []
    for name, rows in ESTATE.items():
        text = io.StringIO()
        csv.writer(text).writerows([["" if cell is None else cell for cell in row] for row in rows])
        paths.append(tmp_path / f"RVTools_tab{name}.csv")
        paths[-1].write_text(text.getvalue(), encoding="utf-8")
    paths = [path for path in reversed(paths) if "vHealth" not in path.name]

    assert sorted(shown(read(*paths))) == sorted(shown(read(write(tmp_path / "rv.xlsx", ESTATE))))
    assert {guess_importer(open_source(path)).name for path in paths if "vInfo" in path.name} == {"rvtools"}


def test_a_workbook_of_other_sheets_is_left_alone(tmp_path: Path) -> None:
    """It is not recognised, and read all the same it is refused with what was sought."""
    path = write(tmp_path / "other.xlsx", {"Sheet1": [["id", "name"], ["1", "a"]]})

    assert importer.recognises(open_source(path)) == 0
    with pytest.raises(FileProblem, match="none of the tabs vHost, vInfo"):
        read(path)


def sheet_of(path: Path, name: str) -> list[list[str]]:
    """Read a sheet without the importer and without openpyxl: from the XML itself."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(path) as packed:
        names = [
            each.get("name") for each in ET.fromstring(packed.read("xl/workbook.xml")).iterfind(".//m:sheet", space)
        ]
        strings = [
            "".join(text.text or "" for text in each.iter(f"{{{space['m']}}}t"))
            for each in ET.fromstring(packed.read("xl/sharedStrings.xml")).iterfind("m:si", space)
        ]
        root = ET.fromstring(packed.read(f"xl/worksheets/sheet{names.index(name) + 1}.xml"))
    rows = []
    for row in root.iterfind(".//m:row", space):
        cells: dict[str, str] = {}
        for cell in row.iterfind("m:c", space):
            value = cell.find("m:v", space)
            if value is not None and value.text:
                text = strings[int(value.text)] if cell.get("t") == "s" else value.text
                cells["".join(letter for letter in cell.get("r", "") if letter.isalpha())] = text
        if cells:
            rows.append([cells.get(chr(65 + column), "") for column in range(26)])
    return rows


def test_the_real_workbook_counts(shared_data: Path) -> None:
    """805 machines, 38 host names in vInfo, 34 in vHost, 6 in both, 4 clusters, thousands of blank rows."""
    path = shared_data / "rvtools" / "SizingWorkshop-RVTools.xlsx"
    info, hosts = sheet_of(path, "vInfo"), sheet_of(path, "vHost")
    vms = {row[info[0].index("VM")] for row in info[1:]}
    named = {row[info[0].index("Host")] for row in info[1:]}
    described = {row[0] for row in hosts[1:]}
    assert (len(info) - 1, len(named), len(described), len(named & described)) == (805, 38, 34, 6)

    batch = read(path)

    assert Counter(row.class_name for row in batch.items) == {
        "VirtualMachine": 805,
        "Hypervisor": len(named | described),
        "Cluster": 4,
    }
    assert {row.name for row in batch.items if row.class_name == "VirtualMachine"} == vms
    powers = Counter(row[info[0].index("Powerstate")] for row in info[1:])
    said = Counter(msgspec.json.decode(row.values).get("status") for row in batch.items if row.external_id[:3] == "vm:")
    templates = sum(row[info[0].index("Template")] == "True" for row in info[1:])
    assert said["operational"] + said["maintenance"] + templates == sum(powers.values())
    assert Counter(row.type_name for row in batch.relationships)["runs_on"] == 805
    assert len(batch.pools) == 4
    assert batch.problems == []


@pytest.mark.parametrize("name", ["SizingWorkshop-RVTools.xlsx", "rvtools-small-complete.xlsx"])
def test_the_real_workbooks_are_taken_whole(shared_data: Path, name: str) -> None:
    """They are recognised, and reconciled into an empty record nothing is refused."""
    source = open_source(shared_data / "rvtools" / name)
    assert guess_importer(source).name == "rvtools"
    batch = read(shared_data / "rvtools" / name)

    outcome = propose(EmptyView(), load_catalogue(), [batch], policy=Policy()).as_contract()

    assert outcome["problems"] == []
    assert outcome["counts"]["created"] == len(batch.items)
    assert outcome["counts"]["placeholders"] == 0
