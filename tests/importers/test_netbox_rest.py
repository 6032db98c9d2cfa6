"""NetBox REST pages: nested objects, and exports that were cut short."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from cmdb.catalogue import load_catalogue
from cmdb.model import ImportBatch
from importers.netbox import importer
from importers.reading import open_source
from importers.registry import ReadOptions

OPTIONS = ReadOptions(words=load_catalogue().words)
HOST = "https://netbox.example.org/api"


def thing(path: str, pk: int, **fields: Any) -> dict[str, Any]:
    return {"id": pk, "url": f"{HOST}/{path}/{pk}/", "display": fields.get("name", str(pk)), **fields}


SITE = thing("dcim/sites", 1, name="Tromsø", slug="tromso")
ROLE = thing("dcim/device-roles", 1, name="Server", slug="server")
SWITCH_ROLE = thing("dcim/device-roles", 2, name="Access Switch", slug="access-switch")
TYPE = thing(
    "dcim/device-types", 1, model="R650", slug="r650", manufacturer=thing("dcim/manufacturers", 1, name="Dell")
)
RACK = thing("dcim/racks", 1, name="R1")
ACTIVE = {"value": "active", "label": "Active"}


def device(pk: int, name: str, role: dict[str, Any] = ROLE, **fields: Any) -> dict[str, Any]:
    common = {"device_type": TYPE, "role": role, "site": SITE, "rack": RACK, "status": ACTIVE, "device_count": 0}
    return thing("dcim/devices", pk, name=name, **common, **fields)


def port(path: str, kind: str, pk: int, of: dict[str, Any], name: str) -> dict[str, Any]:
    short = {key: of[key] for key in ("id", "url", "display", "name")}
    return {"object_type": kind, "object_id": pk, "object": thing(path, pk, name=name, device=short)}


def page(results: list[Any], **more: Any) -> dict[str, Any]:
    return {"count": len(results), "next": None, "previous": None, "results": results} | more


def read(folder: Path, *contents: Any, options: ReadOptions = OPTIONS) -> ImportBatch:
    sources = []
    for number, content in enumerate(contents):
        path = folder / f"page{number}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        sources.append(open_source(path))
        assert importer.recognises(sources[-1]) > 0.5 or not content
    (batch,) = importer.read(sources, options)
    return batch


def related(batch: ImportBatch) -> set[tuple[str, str, str]]:
    return {(each.from_ref, each.type_name, each.to_ref) for each in batch.relationships}


def test_nested_objects_say_who_is_meant_and_what_they_are_called(tmp_path: Path) -> None:
    """One page of devices is enough for class, maker, model and place; the rack is referred to by its id."""
    four = thing("ipam/ip-addresses", 5, address="10.0.0.5/24", family=4)
    batch = read(tmp_path, page([device(1, "tos1", primary_ip4=four, tags=[thing("extras/tags", 1, name="Viktig")])]))

    (item,) = batch.items
    assert (item.external_id, item.class_name, item.name) == ("dcim.device:1", "Server", "tos1")
    assert msgspec.json.decode(item.values) == {
        "status": "operational",
        "manufacturer": "Dell",
        "model": "R650",
        "location": "Tromsø / R1",
        "ip": "10.0.0.5",
        "attributes": {"role": "Server", "tags": ["Viktig"]},
    }
    assert related(batch) == {("dcim.device:1", "mounted_in", "dcim.rack:1")}
    assert batch.cut is None


def test_a_page_of_cables_is_enough_to_link_devices(tmp_path: Path) -> None:
    """A cable's ends say whose port each is, so pages of interfaces and ports need not be given."""
    server, switch = device(1, "tos1"), device(2, "sw1", SWITCH_ROLE)
    pdu = thing("dcim/devices", 3, name="pdu1")
    cables = [
        thing(
            "dcim/cables",
            7,
            label="blå",
            status={"value": "connected", "label": "Connected"},
            a_terminations=[port("dcim/interfaces", "dcim.interface", 11, server, "eth0")],
            b_terminations=[port("dcim/interfaces", "dcim.interface", 12, switch, "ge-0/0/1")],
        ),
        thing(
            "dcim/cables",
            8,
            a_terminations=[port("dcim/power-ports", "dcim.powerport", 21, server, "psu0")],
            b_terminations=[port("dcim/power-outlets", "dcim.poweroutlet", 22, pdu, "ut1")],
        ),
    ]
    batch = read(tmp_path, page([server, switch]), cables)

    assert {each for each in related(batch) if each[1] != "mounted_in"} == {
        ("dcim.device:1", "uplinks_to", "dcim.device:2"),
        ("dcim.device:1", "powered_by", "dcim.device:3"),
    }
    (uplink,) = [each for each in batch.relationships if each.type_name == "uplinks_to"]
    assert uplink.key == "dcim.cable:7"
    assert msgspec.json.decode(uplink.values) == {"attributes": {"ports": "eth0 - ge-0/0/1", "cable_label": "blå"}}
    assert (batch.files[uplink.file].name, uplink.row) == (str(tmp_path / "page1.json"), 1)


def test_a_circuit_brings_its_ends_along(tmp_path: Path) -> None:
    """REST nests both ends into a circuit; the site is told from there where no page of terminations was given."""
    circuit = thing(
        "circuits/circuits",
        1,
        cid="T-1",
        provider=thing("circuits/providers", 2, name="Telenor"),
        type=thing("circuits/circuit-types", 1, name="MPLS", slug="mpls"),
        termination_z=thing("circuits/circuit-terminations", 9, site=SITE, term_side="Z"),
        termination_a=None,
    )
    batch = read(tmp_path, page([circuit]))

    assert related(batch) == {
        ("circuits.circuit:1", "terminates_at", "dcim.site:1"),
        ("circuits.circuit:1", "owned_by", "circuits.provider:2"),
    }


def test_what_an_object_is_can_be_told_from_its_shape(tmp_path: Path) -> None:
    """A plain list without urls is understood by the fields its objects have."""
    path = tmp_path / "devices.json"
    path.write_text(json.dumps([{"id": 1, "name": "tos1", "device_type": {"id": 1}, "site": {"id": 4}}]), "utf-8")
    (batch,) = importer.read([open_source(path)], OPTIONS)

    assert [each.external_id for each in batch.items] == ["dcim.device:1"]
    assert related(batch) == {("dcim.device:1", "located_in", "dcim.site:4")}


def test_every_page_given_is_a_whole_export(tmp_path: Path) -> None:
    """Two pages of one query hold what the server counted, in either order."""
    first = page([device(1, "a")], count=2, next=f"{HOST}/dcim/devices/?limit=1&offset=1")
    last = page([device(2, "b")], count=2, previous=f"{HOST}/dcim/devices/?limit=1")

    for pages in ([first, last], [last, first]):
        batch = read(tmp_path, *pages)
        assert batch.cut is None
        assert {each.name for each in batch.items} == {"a", "b"}


def test_an_unread_page_is_said(tmp_path: Path) -> None:
    """An export without its next page is cut, whatever the person says of it."""
    first = page([device(1, "a")], count=3, next=f"{HOST}/dcim/devices/?limit=1&offset=1")
    batch = read(tmp_path, first, options=ReadOptions(complete=True, words=load_catalogue().words))

    assert batch.cut == "1 of 3 devices were read: a next page was not given"


def test_fewer_rows_than_counted_are_said(tmp_path: Path) -> None:
    """A page that was shortened by hand is cut too, also where it is the only one."""
    assert read(tmp_path, page([device(1, "a")], count=2)).cut == "1 of 2 devices were read: a next page was not given"


def test_two_queries_are_counted_apart(tmp_path: Path) -> None:
    """Devices of another site do not make up for a page that is lacking."""
    north = page([device(1, "a")], count=2, next=f"{HOST}/dcim/devices/?limit=1&offset=1&site=nord")
    south = page([device(2, "b"), device(3, "c")])

    assert read(tmp_path, north, south).cut is not None


def test_an_object_on_two_pages_counts_once(tmp_path: Path) -> None:
    """Pages shift while they are fetched: the same object again is no second one, and one is lacking."""
    first = page([device(1, "a")], count=2, next=f"{HOST}/dcim/devices/?limit=1&offset=1")
    last = page([device(1, "a")], count=2, previous=f"{HOST}/dcim/devices/?limit=1")
    batch = read(tmp_path, first, last)

    assert len(batch.items) == 1
    assert batch.cut == "1 of 2 devices were read: a next page was not given"


def test_a_list_of_pages_in_one_file_is_read_whole(tmp_path: Path) -> None:
    """`jq -s` puts pages into one list; rows are numbered through."""
    batch = read(tmp_path, [page([device(1, "a")]), page([device(2, "b")])])

    assert [(each.name, each.row) for each in batch.items] == [("a", 1), ("b", 2)]


def test_what_is_no_object_makes_the_batch_partial(tmp_path: Path) -> None:
    """An entry without url and id cannot be told apart from any other."""
    batch = read(tmp_path, page([device(1, "a"), {"name": "x"}, 7]))

    assert batch.unreadable_rows == 2
    assert [each.row for each in batch.problems] == [2, 3]


def short(of: dict[str, Any]) -> dict[str, Any]:
    return {key: of[key] for key in ("id", "url", "display", "name")}


def test_far_ends_stand_in_for_cables_that_nobody_exported(tmp_path: Path) -> None:
    """REST tells of each port what is at the far end; both ports tell of one path, and a cable that is there counts."""
    switch, server = device(1, "sw1", SWITCH_ROLE), device(2, "tos1")
    panel = thing("dcim/power-panels", 1, name="P1", site=SITE)
    cable = {name: thing("dcim/cables", number) for name, number in (("net", 7), ("power", 8))}
    near = thing("dcim/interfaces", 11, name="Gi1", device=short(switch), cable=cable["net"])
    far = thing("dcim/interfaces", 12, name="eth0", device=short(server), cable=cable["net"])
    feed = thing("dcim/power-feeds", 1, name="A", power_panel=panel, status=ACTIVE, cable=cable["power"])
    inlet = thing("dcim/power-ports", 1, name="PSU1", device=short(server), cable=cable["power"])

    def ends(one: dict[str, Any], kind: str, other: dict[str, Any]) -> dict[str, Any]:
        told = {key: value for key, value in other.items() if key != "cable"}
        return one | {"connected_endpoints": [told], "connected_endpoints_type": kind}

    ports = [ends(near, "dcim.interface", far), ends(far, "dcim.interface", near)]
    power = [ends(feed, "dcim.powerport", inlet)], [ends(inlet, "dcim.powerfeed", feed)]
    batch = read(tmp_path, page([switch, server]), page(ports), page([panel]), *(page(each) for each in power))

    found = related(batch)
    assert len([each for each in found if {each[0], each[2]} == {"dcim.device:1", "dcim.device:2"}]) == 1
    assert any({each[0], each[2]} == {"dcim.device:2", "dcim.powerfeed:1"} for each in found)
    assert batch.problems == []
    assert any("2 paths taken from connected_endpoints" in each for each in batch.notes)

    side = {"a_terminations": [port("dcim/interfaces", "dcim.interface", 11, switch, "Gi1")],
            "b_terminations": [port("dcim/interfaces", "dcim.interface", 12, server, "eth0")]}  # fmt: skip
    whole = read(tmp_path, page([switch, server]), page(ports), page([cable["net"] | side]))
    assert not any("connected_endpoints" in each for each in whole.notes)
