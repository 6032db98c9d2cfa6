"""NetBox dumpdata: what becomes an item, what each rests on, and what is said of rows that are doubtful."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cmdb.catalogue import load_catalogue
from cmdb.errors import FileProblem
from cmdb.model import ImportBatch
from importers.netbox import importer
from importers.reading import open_source
from importers.registry import ReadOptions

OPTIONS = ReadOptions(words=load_catalogue().words)


def row(model: str, pk: int, /, **fields: Any) -> dict[str, Any]:
    return {"model": model, "pk": pk, "fields": fields}


def read(folder: Path, *rows: Any) -> ImportBatch:
    path = folder / "netbox.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    (batch,) = importer.read([open_source(path)], OPTIONS)
    return batch


def related(batch: ImportBatch) -> set[tuple[str, str, str]]:
    return {(each.from_ref, each.type_name, each.to_ref) for each in batch.relationships}


def values_of(batch: ImportBatch, identity: str) -> dict[str, Any]:
    (found,) = [each for each in batch.items if each.external_id == identity]
    return msgspec.json.decode(found.values)  # type: ignore[no-any-return]


OFFICE = [
    row("dcim.region", 1, name="Nord-Norge", slug="nord", parent=None),
    row("dcim.region", 2, name="Troms", slug="troms", parent=1),
    row("dcim.sitegroup", 1, name="Kontorer", slug="kontorer", parent=None),
    row("tenancy.tenant", 1, name="Nordlys Kraft", slug="nordlys"),
    row("dcim.site", 1, name="Tromsø", slug="tromso", status="active", region=2, group=1, tenant=1),
    row("dcim.location", 1, name="Rom 2", slug="rom-2", site=1, parent=None, status="active"),
    row("dcim.rack", 1, name="R1", site=1, location=1, status="reserved", serial="RK-1"),
    row("dcim.manufacturer", 1, name="Dell", slug="dell"),
    row("dcim.devicetype", 1, manufacturer=1, model="R650", slug="r650", subdevice_role=""),
    row("dcim.devicetype", 2, manufacturer=1, model="MX7000", slug="mx7000", subdevice_role="parent"),
    row("dcim.devicerole", 1, name="Server", slug="server"),
    row("dcim.platform", 1, name="Ubuntu 24.04", slug="ubuntu"),
    row("ipam.ipaddress", 5, address="10.0.0.5/24", dns_name="tos1.example.org"),
]


def device(pk: int, name: str | None, **fields: Any) -> dict[str, Any]:
    return row("dcim.device", pk, **{"name": name, "device_type": 1, "role": 1, "site": 1, "status": "active"} | fields)


def test_places_stand_in_each_other(tmp_path: Path) -> None:
    """Rack in location in site in region; a site is also in its group."""
    batch = read(tmp_path, *OFFICE)

    assert related(batch) == {
        ("dcim.region:2", "located_in", "dcim.region:1"),
        ("dcim.site:1", "located_in", "dcim.region:2"),
        ("dcim.site:1", "located_in", "dcim.sitegroup:1"),
        ("dcim.location:1", "located_in", "dcim.site:1"),
        ("dcim.rack:1", "located_in", "dcim.location:1"),
    }
    assert values_of(batch, "dcim.site:1")["owner"] == "Nordlys Kraft"


def test_a_device_tells_all_that_netbox_knows_of_it(tmp_path: Path) -> None:
    """Manufacturer, model, serial, asset tag, address, place and custom fields arrive; bookkeeping does not."""
    batch = read(
        tmp_path,
        *OFFICE,
        device(
            1,
            "tos1",
            rack=1,
            location=1,
            serial="ABC123",
            asset_tag="A-7",
            primary_ip4=5,
            platform=1,
            position="4.0",
            comments="Flyttet i mai",
            created="2020-01-01T00:00:00Z",
            last_updated="2024-01-01T00:00:00Z",
            custom_field_data={"avtale": "gull", "tom": None},
        ),
        row("extras.tag", 3, name="Viktig", slug="viktig"),
        row("extras.taggeditem", 1, content_type=["dcim", "device"], object_id=1, tag=3),
    )

    assert values_of(batch, "dcim.device:1") == {
        "status": "operational",
        "manufacturer": "Dell",
        "model": "R650",
        "serial_number": "ABC123",
        "asset_tag": "A-7",
        "ip": "10.0.0.5",
        "fqdn": "tos1.example.org",
        "location": "Tromsø / Rom 2 / R1",
        "description": "Flyttet i mai",
        "attributes": {
            "role": "Server",
            "platform": "Ubuntu 24.04",
            "position": "4.0",
            "tags": ["Viktig"],
            "custom_fields": {"avtale": "gull"},
        },
    }


def test_a_device_is_in_its_bay_else_its_rack_else_its_place(tmp_path: Path) -> None:
    """The nearest thing that holds a device is the one it is related to."""
    batch = read(
        tmp_path,
        *OFFICE,
        device(1, "chassis", device_type=2, rack=1),
        device(2, "blade", rack=1),
        device(3, "loose", location=1),
        device(4, "somewhere"),
        row("dcim.devicebay", 1, device=1, name="Bay 1", installed_device=2),
    )

    assert {each for each in related(batch) if each[0].startswith("dcim.device:")} == {
        ("dcim.device:1", "mounted_in", "dcim.rack:1"),
        ("dcim.device:2", "mounted_in", "dcim.device:1"),
        ("dcim.device:3", "located_in", "dcim.location:1"),
        ("dcim.device:4", "located_in", "dcim.site:1"),
    }
    assert [each.class_name for each in batch.items if each.external_id == "dcim.device:1"] == ["Enclosure"]


def test_a_device_without_a_name_is_imported_with_a_warning(tmp_path: Path) -> None:
    """NetBox lets a name be null; its type and key stand in, or its place in a virtual chassis."""
    batch = read(
        tmp_path,
        *OFFICE,
        device(1, None, position="11.0"),
        device(2, None, virtual_chassis=1, vc_position=2),
        row("dcim.virtualchassis", 1, name="stabel", master=2),
    )

    names = {each.external_id: each.name for each in batch.items}
    assert names["dcim.device:1"] == "R650 U11 (dcim.device:1)"
    assert names["dcim.device:2"] == "stabel:2"
    assert [(each.id, each.severity) for each in batch.problems] == [
        ("dcim.device:1", "warning"),
        ("dcim.device:2", "warning"),
    ]


def test_devices_of_one_name_stay_apart(tmp_path: Path) -> None:
    """Identity is the model and the key, never the name."""
    batch = read(tmp_path, *OFFICE, device(1, "PP:MDF"), device(2, "PP:MDF"))

    assert [each.external_id for each in batch.items if each.name == "PP:MDF"] == ["dcim.device:1", "dcim.device:2"]


@pytest.mark.parametrize(
    ("theirs", "ours", "kept"),
    [
        ("active", "operational", None),
        ("planned", "planned", None),
        ("staged", "in_build", "staged"),
        ("failed", "maintenance", "failed"),
        ("offline", "maintenance", "offline"),
        ("decommissioning", "operational", "decommissioning"),
    ],
)
def test_statuses_become_the_records(tmp_path: Path, theirs: str, ours: str, kept: str | None) -> None:
    """NetBox's own word is kept as an attribute where ours says less."""
    batch = read(tmp_path, *OFFICE, device(1, "tos1", status=theirs))

    values = values_of(batch, "dcim.device:1")
    assert (values["status"], values["attributes"].get("netbox_status")) == (ours, kept)


def test_an_unknown_status_is_kept_and_warned_of(tmp_path: Path) -> None:
    """A site may add statuses of its own; the device is imported without a status."""
    batch = read(tmp_path, *OFFICE, device(1, "tos1", status="på lager"))

    values = values_of(batch, "dcim.device:1")
    assert "status" not in values
    assert values["attributes"]["netbox_status"] == "på lager"
    assert [(each.id, each.severity) for each in batch.problems] == [("dcim.device:1", "warning")]


def test_what_refers_to_nothing_keeps_its_reference(tmp_path: Path) -> None:
    """A rack that the file lacks is still named: the record makes a placeholder of it, and reports it."""
    batch = read(tmp_path, *OFFICE, device(1, "tos1", rack=99))

    assert ("dcim.device:1", "mounted_in", "dcim.rack:99") in related(batch)


def test_clusters_rest_on_their_hosts_and_carry_their_machines(tmp_path: Path) -> None:
    """Hosts of a cluster are a pool whose need nobody stated; a pinned machine needs its host as well."""
    batch = read(
        tmp_path,
        *OFFICE,
        row("virtualization.clustertype", 1, name="VMware", slug="vmware"),
        row("virtualization.cluster", 1, name="klynge", type=1, status="active", site=1),
        row(
            "virtualization.cluster", 2, name="liten", type=1, status="active", scope_type=["dcim", "site"], scope_id=1
        ),
        device(1, "vert1", cluster=1),
        device(2, "vert2", cluster=1),
        device(3, "vert3", cluster=2),
        row("virtualization.virtualmachine", 1, name="vm1", cluster=1, device=None, status="active"),
        row("virtualization.virtualmachine", 2, name="vm2", cluster=1, device=1, status="offline"),
        row("ipam.service", 1, name="https", virtual_machine=1, device=None, ports="[443, 8443]", protocol="tcp"),
    )

    assert related(batch) >= {
        ("dcim.device:1", "member_of", "virtualization.cluster:1"),
        ("dcim.device:2", "member_of", "virtualization.cluster:1"),
        ("dcim.device:3", "member_of", "virtualization.cluster:2"),
        ("virtualization.cluster:1", "located_in", "dcim.site:1"),
        ("virtualization.cluster:2", "located_in", "dcim.site:1"),
        ("virtualization.virtualmachine:1", "runs_on", "virtualization.cluster:1"),
        ("virtualization.virtualmachine:2", "runs_on", "virtualization.cluster:1"),
        ("virtualization.virtualmachine:2", "runs_on", "dcim.device:1"),
        ("ipam.service:1", "runs_on", "virtualization.virtualmachine:1"),
    }
    (pool,) = batch.pools
    assert (pool.consumer_ref, pool.name) == ("virtualization.cluster:1", "hosts")
    assert msgspec.json.decode(pool.values) == {
        "assumed": True,
        "evidence": "devices whose cluster this is in NetBox: vert1, vert2",
    }
    assert values_of(batch, "ipam.service:1")["attributes"] == {"ports": "443, 8443", "protocol": "tcp"}


def test_one_router_of_a_redundancy_group_is_enough(tmp_path: Path) -> None:
    """VRRP and its like promise that any one member holds the address: a need that is stated, not assumed."""
    batch = read(
        tmp_path,
        *OFFICE,
        device(1, "r1"),
        device(2, "r2"),
        row("dcim.interface", 11, device=1, name="ge0"),
        row("dcim.interface", 12, device=2, name="ge0"),
        row("ipam.fhrpgroup", 1, protocol="vrrp3", group_id=10, name="", description=""),
        row("ipam.fhrpgroupassignment", 1, group=1, interface_type=["dcim", "interface"], interface_id=11),
        row("ipam.fhrpgroupassignment", 2, group=1, interface_type=["dcim", "interface"], interface_id=12),
    )

    (pool,) = batch.pools
    assert (pool.consumer_ref, pool.name) == ("ipam.fhrpgroup:1", "members")
    assert msgspec.json.decode(pool.values)["need"] == 1
    assert "assumed" not in msgspec.json.decode(pool.values)
    assert related(batch) >= {
        ("dcim.device:1", "member_of", "ipam.fhrpgroup:1"),
        ("dcim.device:2", "member_of", "ipam.fhrpgroup:1"),
    }


def test_circuits_carry_the_site_they_come_to(tmp_path: Path) -> None:
    """A line from outside carries its site; a line between two of our sites is undirected."""
    batch = read(
        tmp_path,
        *OFFICE,
        row("dcim.site", 2, name="Ålesund", slug="alesund", status="active"),
        row("circuits.circuittype", 1, name="Internet Access", slug="internet"),
        row("circuits.provider", 1, name="Telenor", slug="telenor"),
        row("circuits.providernetwork", 1, name="MPLS", provider=1),
        row("circuits.circuit", 1, cid="T-1", provider=1, type=1, status="active"),
        row("circuits.circuit", 2, cid="T-2", provider=1, type=None, status="active"),
        row("circuits.circuittermination", 1, circuit=1, term_side="A", site=None, provider_network=1),
        row("circuits.circuittermination", 2, circuit=1, term_side="Z", site=1, provider_network=None),
        row("circuits.circuittermination", 3, circuit=2, term_side="A", termination_type="dcim.site", termination_id=1),
        row("circuits.circuittermination", 4, circuit=2, term_side="Z", site=2, provider_network=None),
    )

    assert {each for each in related(batch) if "circuit" in each[0]} == {
        ("circuits.circuit:1", "owned_by", "circuits.provider:1"),
        ("circuits.circuit:2", "owned_by", "circuits.provider:1"),
        ("circuits.providernetwork:1", "owned_by", "circuits.provider:1"),
        ("circuits.circuit:1", "depends_on", "circuits.providernetwork:1"),
        ("circuits.circuit:1", "terminates_at", "dcim.site:1"),
        ("circuits.circuit:2", "connects_to", "dcim.site:1"),
        ("circuits.circuit:2", "connects_to", "dcim.site:2"),
    }
    classes = {each.external_id: each.class_name for each in batch.items}
    assert classes["circuits.circuit:1"] == "InternetConnection"
    assert classes["circuits.circuit:2"] == "Circuit"


def test_a_cable_is_never_half_linked(tmp_path: Path) -> None:
    """A cable with one end, or at a port nobody described, connects nothing and says why."""
    batch = read(
        tmp_path,
        *OFFICE,
        device(1, "tos1"),
        row("dcim.interface", 11, device=1, name="eth0"),
        row("dcim.cable", 1, status="connected", label=""),
        row("dcim.cable", 2, status="connected", label=""),
        row(
            "dcim.cabletermination",
            1,
            cable=1,
            cable_end="A",
            termination_type=["dcim", "interface"],
            termination_id=11,
        ),
        row(
            "dcim.cabletermination",
            2,
            cable=2,
            cable_end="A",
            termination_type=["dcim", "interface"],
            termination_id=11,
        ),
        row(
            "dcim.cabletermination",
            3,
            cable=2,
            cable_end="B",
            termination_type=["dcim", "interface"],
            termination_id=77,
        ),
        row(
            "dcim.cabletermination",
            4,
            cable=9,
            cable_end="B",
            termination_type=["dcim", "interface"],
            termination_id=11,
        ),
    )

    assert not [each for each in batch.relationships if "cable" in each.key]
    assert [(each.id, each.severity) for each in batch.problems] == [
        ("dcim.cabletermination:4", "warning"),
        ("dcim.cable:1", "warning"),
        ("dcim.cable:2", "refused"),
    ]


def test_a_dump_from_before_netbox_3_3_keeps_its_ends_in_the_cable(tmp_path: Path) -> None:
    """Cables had two pairs of fields then, and content types may be numbers."""
    batch = read(
        tmp_path,
        *OFFICE,
        device(1, "a"),
        device(2, "b"),
        row("contenttypes.contenttype", 33, app_label="dcim", model="interface"),
        row("dcim.interface", 11, device=1, name="eth0"),
        row("dcim.interface", 12, device=2, name="eth0"),
        row("dcim.cable", 1, termination_a_type=33, termination_a_id=11, termination_b_type=33, termination_b_id=12),
    )

    assert ("dcim.device:1", "connects_to", "dcim.device:2") in related(batch)


def test_rows_nobody_can_tell_apart_are_refused(tmp_path: Path) -> None:
    """A row without model, fields or pk is counted, so that the batch counts as partial."""
    batch = read(tmp_path, *OFFICE, "x", {"model": "dcim.site", "fields": {}}, row("dcim.site", True))

    assert batch.unreadable_rows == 3
    assert [each.row for each in batch.problems] == [len(OFFICE) + 1, len(OFFICE) + 2, len(OFFICE) + 3]


def test_the_same_object_twice_is_kept_once(tmp_path: Path) -> None:
    """Equal rows are one; a row that differs from the first is refused."""
    batch = read(tmp_path, *OFFICE, device(1, "a"), device(1, "a"), device(1, "b"))

    assert [each.name for each in batch.items if each.external_id == "dcim.device:1"] == ["a"]
    assert [(each.row, each.severity) for each in batch.problems] == [(len(OFFICE) + 3, "refused")]


def test_what_is_no_item_is_named(tmp_path: Path) -> None:
    """Rows that were read as evidence, or not at all, are counted in the notes."""
    batch = read(tmp_path, *OFFICE, row("ipam.vlan", 1, vid=7), row("my_plugin.thing", 1))

    text = "\n".join(batch.notes)
    assert "1 ipam.vlan, 1 my_plugin.thing" in text
    assert "1 manufacturers" in text


def test_a_file_of_another_kind_is_a_problem_of_the_file(tmp_path: Path) -> None:
    """What is neither dumpdata nor pages is refused whole; an error that NetBox answered is shown."""
    path = tmp_path / "answer.json"
    path.write_text('{"detail": "Invalid token"}', encoding="utf-8")
    with pytest.raises(FileProblem, match="Invalid token"):
        importer.read([open_source(path)], OPTIONS)

    path.write_text('{"cmdb": 1, "items": []}', encoding="utf-8")
    with pytest.raises(FileProblem, match="neither a dumpdata"):
        importer.read([open_source(path)], OPTIONS)
    assert importer.recognises(open_source(path)) == 0


def test_the_options_say_source_scope_and_completeness(tmp_path: Path) -> None:
    """A dump does not say that it is whole: it counts as partial until a person says so."""
    path = tmp_path / "netbox.json"
    path.write_text(json.dumps(OFFICE), encoding="utf-8")

    (plain,) = importer.read([open_source(path)], OPTIONS)
    (told,) = importer.read(
        [open_source(path)], ReadOptions(source="nb2", scope="nord", complete=True, words=load_catalogue().words)
    )

    assert (plain.source, plain.scope, plain.complete, plain.cut) == ("netbox", "", None, None)
    assert (told.source, told.scope, told.complete) == ("nb2", "nord", True)
    assert importer.recognises(open_source(path)) > 0.9
