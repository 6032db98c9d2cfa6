"""The same files twice change nothing, whatever product they are from; nor does what goes out as tables."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from cmdb.record import Record
from cmdb.settings import Settings
from frontends.cli.table_writing import write_workbook
from importers.reading import open_source
from importers.registry import ReadOptions, guess_importer, importer_named

FILES: dict[str, dict[str, str]] = {
    "servicenow": {
        "cmdb_ci.csv": "sys_id,name,sys_class_name,install_status\n"
        + f"{'1' * 32},c1,cmdb_ci_cluster,1\n{'2' * 32},n1,cmdb_ci_cluster_node,1\n"
        + f"{'3' * 32},n2,cmdb_ci_cluster_node,1\n",
        "cmdb_rel_ci.csv": "parent,type,child\nc1,Cluster of::Cluster,n1\nn2,Cluster of::Cluster,c1\n",
    },
    "itop": {
        "Farm.csv": "id,name,redundancy,org_id->name\n1,f,50%,Demo\n",
        "Hypervisor.csv": "id,name,farm_id->name\n2,h1,f\n3,h2,f\n",
        "VirtualMachine.csv": "id,name,virtualhost_id->name\n4,vm,f\n",
    },
    "glpi": {
        "Computer.csv": "Name;Entity;Status;Location;ID\nsrv;Root;In production;Oslo > Hall 2;1\n",
        "Appliance.csv": "Name;Entity;Status;ID\nshop;Root;Production;2\n",
        "ImpactRelation.csv": (
            "id;itemtype_source;items_id_source;itemtype_impacted;items_id_impacted\n1;Computer;1;Appliance;2\n"
        ),
    },
    "netbox": {
        "netbox_devices.csv": "ID,Name,Role,Type,Site,Rack,Status,Tags\n1,web,Server,R640,Oslo,R1,Active,=a\n",
        "netbox_racks.csv": "ID,Name,Site,Status\n2,R1,Oslo,Active\n",
        "netbox_sites.csv": "ID,Name,Status\n3,Oslo,Active\n",
    },
}


@pytest.mark.parametrize("name", [*FILES, "rvtools"])
def test_the_same_files_twice_change_nothing(tmp_path: Path, name: str) -> None:
    """Also as tables, out of the record and in again."""
    paths = []
    for file, text in FILES.get(name, {}).items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        paths.append(tmp_path / file)
    if name == "rvtools":
        book = openpyxl.Workbook()
        book.worksheets[0].title = "vInfo"
        for row in (
            ["VM", "Powerstate", "Cluster", "Host"],
            ["a", "poweredOn", "C", "h1"],
            ["b", "poweredOff", "C", "h2"],
        ):
            book.worksheets[0].append(row)
        book.save(tmp_path / "rv.xlsx")
        paths.append(tmp_path / "rv.xlsx")
    assert guess_importer(open_source(paths[0])).name == name
    settings = Settings.read(store=f"sqlite:///{tmp_path / 'cmdb.db'}", cache_dir=tmp_path)

    with Record.open(settings, create=True) as record:
        options = ReadOptions(words=record.catalogue.words)
        batches = [importer_named(name).read([open_source(path) for path in paths], options) for _ in range(2)]
        first, again = record.import_batches(batches[0]), record.import_batches(batches[1])
        write_workbook(record.export(None, None), tmp_path / "out.xlsx")
        tables = record.import_batches(importer_named("excel").read([open_source(tmp_path / "out.xlsx")], options))

    assert [each for each in first.proposal.problems if each.severity != "warning"] == []
    assert first.proposal.items["placeholders"] == 0
    assert (first.revision, again.revision, tables.revision) == (1, 1, 1)
    assert first.proposal.items["created"] > 0
