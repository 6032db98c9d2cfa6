"""The NetBox file of the demonstration: whole in itself, and as its README says. Read here without the importer."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

Tables = dict[str, dict[int, dict[str, Any]]]
REFERENCES = {
    "circuits.circuit": {"provider": "circuits.provider", "type": "circuits.circuittype"}
    | {"termination_a": "circuits.circuittermination", "termination_z": "circuits.circuittermination"},
    "circuits.circuittermination": {"circuit": "circuits.circuit", "site": "dcim.site", "cable": "dcim.cable"},
    "dcim.cabletermination": {
        "cable": "dcim.cable",
        "_device": "dcim.device",
        "_rack": "dcim.rack",
        "_site": "dcim.site",
    },
    "dcim.device": {"device_type": "dcim.devicetype", "role": "dcim.devicerole", "site": "dcim.site"}
    | {"location": "dcim.location", "rack": "dcim.rack", "cluster": "virtualization.cluster"}
    | {"virtual_chassis": "dcim.virtualchassis", "primary_ip4": "ipam.ipaddress", "tenant": "tenancy.tenant"},
    "dcim.devicetype": {"manufacturer": "dcim.manufacturer"},
    "dcim.frontport": {"device": "dcim.device", "rear_port": "dcim.rearport", "cable": "dcim.cable"},
    "dcim.interface": {"device": "dcim.device", "cable": "dcim.cable"},
    "dcim.location": {"site": "dcim.site"},
    "dcim.powerfeed": {"power_panel": "dcim.powerpanel", "rack": "dcim.rack", "cable": "dcim.cable"},
    "dcim.poweroutlet": {"device": "dcim.device", "power_port": "dcim.powerport", "cable": "dcim.cable"},
    "dcim.powerpanel": {"site": "dcim.site", "location": "dcim.location"},
    "dcim.powerport": {"device": "dcim.device", "cable": "dcim.cable"},
    "dcim.rack": {"site": "dcim.site", "location": "dcim.location", "role": "dcim.rackrole"},
    "dcim.rearport": {"device": "dcim.device", "cable": "dcim.cable"},
    "dcim.region": {"parent": "dcim.region"},
    "dcim.site": {"region": "dcim.region", "tenant": "tenancy.tenant"},
    "dcim.virtualchassis": {"master": "dcim.device"},
    "ipam.service": {"device": "dcim.device", "virtual_machine": "virtualization.virtualmachine"},
    "virtualization.cluster": {"type": "virtualization.clustertype", "site": "dcim.site"},
    "virtualization.virtualmachine": {"cluster": "virtualization.cluster", "device": "dcim.device"}
    | {"primary_ip4": "ipam.ipaddress", "role": "dcim.devicerole", "platform": "dcim.platform"},
    "virtualization.vminterface": {"virtual_machine": "virtualization.virtualmachine"},
}


@pytest.fixture(scope="module")
def netbox() -> Tables:
    tables: Tables = defaultdict(dict)
    text = (EXAMPLES / "netbox-demo" / "netbox.json").read_text(encoding="utf-8")
    for record in json.loads(text):
        if "pk" in record:
            assert record["pk"] not in tables[record["model"]]
            tables[record["model"]][record["pk"]] = record["fields"]
    return tables


def test_every_key_of_the_netbox_file_resolves(netbox: Tables) -> None:
    """A field that names another object names one that is in the file."""
    for model, fields in REFERENCES.items():
        for key, row in netbox[model].items():
            for field, target in fields.items():
                assert row[field] is None or row[field] in netbox[target], f"{model}:{key} {field}"


def test_every_cable_of_the_netbox_file_has_two_ends_that_know_it(netbox: Tables) -> None:
    """Ends A and B, each a port that names the cable and its end, no port with two cables."""
    ends = defaultdict(list)
    taken = set()
    for row in netbox["dcim.cabletermination"].values():
        model, key = ".".join(row["termination_type"]), row["termination_id"]
        port = netbox[model][key]
        assert (port["cable"], port["cable_end"]) == (row["cable"], row["cable_end"])
        assert port.get("device") == row["_device"]
        assert (model, key) not in taken
        taken.add((model, key))
        ends[row["cable"]].append(row["cable_end"])
    assert set(ends) == set(netbox["dcim.cable"])
    assert all(sorted(each) == ["A", "B"] for each in ends.values())


def test_each_rack_of_the_netbox_file_has_feeds_from_two_boards(netbox: Tables) -> None:
    """A primary and a redundant feed, each from another board of the rack's own site."""
    feeds = defaultdict(list)
    for row in netbox["dcim.powerfeed"].values():
        feeds[row["rack"]].append((row["type"], row["power_panel"]))
    assert set(feeds) == set(netbox["dcim.rack"])
    for rack, each in feeds.items():
        kinds, panels = zip(*sorted(each), strict=True)
        assert kinds == ("primary", "redundant")
        assert len(set(panels)) == 2
        assert {netbox["dcim.powerpanel"][panel]["site"] for panel in panels} == {netbox["dcim.rack"][rack]["site"]}


def test_the_netbox_file_holds_what_its_readme_says(netbox: Tables) -> None:
    """Sizes, the traps, and the pair of supplies on one strip."""
    sizes = {model: len(netbox[f"dcim.{model}"]) for model in ("site", "rack", "device", "cable", "powerpanel")}
    names = [row["name"] for row in netbox["dcim.device"].values()]
    strips = defaultdict(set)
    for row in netbox["dcim.powerport"].values():
        for other in netbox["dcim.poweroutlet"].values():
            if row["cable"] is not None and other["cable"] == row["cable"]:
                strips[netbox["dcim.device"][row["device"]]["name"]].add(other["device"])
    hosts = [row for row in netbox["dcim.device"].values() if row["cluster"] is not None]

    assert sizes == {"site": 2, "rack": 4, "device": 22, "cable": 52, "powerpanel": 4}
    assert names.count(None) == 1
    assert len({row["name"] for row in netbox["dcim.powerpanel"].values()}) == 2
    assert {name for name, feeds in strips.items() if len(feeds) == 1} == {"tro-lager1", "ålv-måleport1"}
    assert Counter(row["status"] for row in hosts) == {"active": 3, "planned": 1}
    statuses = Counter(row["status"] for row in netbox["virtualization.virtualmachine"].values())
    assert statuses == {"active": 6, "offline": 1, "planned": 1}
