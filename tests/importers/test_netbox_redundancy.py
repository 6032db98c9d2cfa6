"""NetBox: which cables prove a dependence, which a pool, and which prove nothing."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cmdb.catalogue import load_catalogue
from cmdb.model import ImportBatch
from importers.netbox import importer
from importers.reading import open_source
from importers.registry import ReadOptions

OPTIONS = ReadOptions(words=load_catalogue().words)
ROLES = {
    "server": 1,
    "access-switch": 2,
    "distribution-switch": 3,
    "core-switch": 4,
    "router": 5,
    "pdu": 6,
    "patch-panel": 7,
    "san-switch": 8,
    "oob-switch": 9,
    "ats": 10,
    "firewall": 11,
}


class Plan:
    """A small NetBox, drawn device by device and cable by cable."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.keys: dict[str, int] = {}
        self.ports: dict[str, tuple[str, int]] = {}
        self._next = itertools.count(1)
        self.add("dcim.site", 1, name="Sted", slug="sted", status="active")
        for slug, key in ROLES.items():
            self.add("dcim.devicerole", key, name=slug, slug=slug)

    def add(self, model: str, pk: int, /, **fields: Any) -> None:
        self.rows.append({"model": model, "pk": pk, "fields": fields})

    def device(self, name: str, role: str, **fields: Any) -> None:
        key = self.keys[name] = next(self._next)
        self.add("dcim.device", key, name=name, role=ROLES[role], site=1, status="active", **fields)

    def port(self, device: str, name: str, model: str = "dcim.interface", **fields: Any) -> str:
        key = next(self._next)
        self.add(model, key, device=self.keys[device], name=name, **fields)
        self.ports[f"{device} {name}"] = (model, key)
        return f"{device} {name}"

    def panel_port(self, panel: str, number: int) -> None:
        """Add rear port Rn and front port Fn, tied to each other."""
        rear = self.ports[self.port(panel, f"R{number}", "dcim.rearport", positions=1)][1]
        self.port(panel, f"F{number}", "dcim.frontport", rear_port=rear, rear_port_position=1)

    def cable(self, a: str, b: str, status: str = "connected") -> str:
        """Add a cable between two ports, named "device port"; interfaces are made as needed."""
        for end in (a, b):
            if end not in self.ports:
                self.port(*end.split(" ", 1))
        key = next(self._next)
        self.add("dcim.cable", key, status=status, label="")
        for side, end in (("A", a), ("B", b)):
            model, port = self.ports[end]
            self.add(
                "dcim.cabletermination",
                next(self._next),
                cable=key,
                cable_end=side,
                termination_type=model.split("."),
                termination_id=port,
            )
        return f"dcim.cable:{key}"

    def pdu(self, name: str, outlets: int, inputs: int = 1, split: bool = False, role: str = "pdu") -> None:
        self.device(name, role)
        ports = [self.ports[self.port(name, f"inn{n}", "dcim.powerport")][1] for n in range(inputs)]
        for number in range(outlets):
            behind = ports[number % inputs] if split or inputs == 1 else None
            self.port(name, f"ut{number}", "dcim.poweroutlet", power_port=behind)

    def feed(self, name: str, rack: int | None = None, kind: str = "primary") -> None:
        key = self.keys[name] = next(self._next)
        self.add("dcim.powerfeed", key, name=name, power_panel=1, rack=rack, type=kind, status="active")
        self.ports[name] = ("dcim.powerfeed", key)

    def read(self, folder: Path) -> Told:
        path = folder / "netbox.json"
        path.write_text(json.dumps(self.rows), encoding="utf-8")
        (batch,) = importer.read([open_source(path)], OPTIONS)
        return Told(batch)


class Told:
    """What the batch says, by the names of the items."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.names = {each.external_id: each.name for each in batch.items}

    def links(self, *types: str) -> set[tuple[str, str, str, str]]:
        """Return (from, type, to, pools) of every relationship of these types; undirected ends by name."""
        found = set()
        for each in self.batch.relationships:
            ends = [self.names[each.from_ref], self.names[each.to_ref]]
            if each.type_name in types:
                start, end = sorted(ends) if each.type_name == "connects_to" else ends
                found.add((start, each.type_name, end, ",".join(self._pools(each.values))))
        return found

    def pools(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            (self.names[each.consumer_ref], each.name): msgspec.json.decode(each.values) for each in self.batch.pools
        }

    @staticmethod
    def _pools(values: bytes) -> list[str]:
        return msgspec.json.decode(values).get("pools", []) if values else []


@pytest.fixture
def plan() -> Plan:
    return Plan()


def test_two_pdus_are_a_pool_with_their_cables_as_evidence(plan: Plan, tmp_path: Path) -> None:
    """A device with power ports on two different PDUs outlives either; how many it needs nobody stated."""
    plan.pdu("A", 2)
    plan.pdu("B", 2)
    plan.device("tos", "server")
    for port, outlet in (("psu0", "A ut0"), ("psu1", "B ut0")):
        plan.cable(plan.port("tos", port, "dcim.powerport"), outlet)

    told = plan.read(tmp_path)

    assert told.links("powered_by") == {("tos", "powered_by", "A", "power"), ("tos", "powered_by", "B", "power")}
    pool = told.pools()["tos", "power"]
    assert pool["assumed"] is True
    assert "need" not in pool
    assert "psu0 to ut0" in pool["evidence"]
    assert "dcim.cable:" in pool["evidence"]


def test_two_supplies_on_one_pdu_are_no_pool(plan: Plan, tmp_path: Path) -> None:
    """Both cables stay, as parallel links; the one PDU is required."""
    plan.pdu("A", 2)
    plan.device("tos", "server")
    for number in range(2):
        plan.cable(plan.port("tos", f"psu{number}", "dcim.powerport"), f"A ut{number}")

    told = plan.read(tmp_path)

    assert told.links("powered_by") == {("tos", "powered_by", "A", "")}
    assert len([each for each in told.batch.relationships if each.type_name == "powered_by"]) == 2
    assert not told.pools()


def test_a_pdu_with_two_inputs_has_a_pool_of_feeds(plan: Plan, tmp_path: Path) -> None:
    """The chain is panel, feed, PDU, device; a feed's type stands in the evidence."""
    plan.add("dcim.powerpanel", 1, name="Tavle", site=1)
    plan.pdu("A", 1, inputs=2)
    plan.feed("F1")
    plan.feed("F2", kind="redundant")
    plan.cable("A inn0", "F1")
    plan.cable("A inn1", "F2")

    told = plan.read(tmp_path)

    assert told.links("fed_by", "located_in") >= {
        ("A", "fed_by", "F1", "feeds"),
        ("A", "fed_by", "F2", "feeds"),
        ("F1", "fed_by", "Tavle", ""),
        ("Tavle", "located_in", "Sted", ""),
    }
    assert "F2, redundant" in told.pools()["A", "feeds"]["evidence"]


def test_a_pdu_whose_halves_hang_on_one_input_each_makes_nothing_redundant(plan: Plan, tmp_path: Path) -> None:
    """Each input is an item of its own: the outlets behind it go with its feed, those of the other half do not."""
    plan.add("dcim.powerpanel", 1, name="Tavle", site=1)
    plan.pdu("A", 2, inputs=2, split=True)
    for number in range(2):
        plan.feed(f"F{number}")
        plan.cable(f"A inn{number}", f"F{number}")
    plan.device("tos", "server")
    plan.cable(plan.port("tos", "psu0", "dcim.powerport"), "A ut0")
    plan.device("nas", "server")
    plan.cable(plan.port("nas", "psu0", "dcim.powerport"), "A ut1")

    told = plan.read(tmp_path)

    assert told.links("powered_by", "depends_on", "fed_by") == {
        ("tos", "powered_by", "A inn0", ""),
        ("nas", "powered_by", "A inn1", ""),
        ("A inn0", "fed_by", "F0", ""),
        ("A inn1", "fed_by", "F1", ""),
        ("A inn0", "depends_on", "A", ""),
        ("A inn1", "depends_on", "A", ""),
        ("F0", "fed_by", "Tavle", ""),
        ("F1", "fed_by", "Tavle", ""),
    }
    assert not told.pools()


def test_a_transfer_switch_changes_over_whatever_its_outlets_say(plan: Plan, tmp_path: Path) -> None:
    """Its outlets can name only one input in NetBox, yet both inputs carry them."""
    plan.pdu("ATS", 2, inputs=2, split=True, role="ats")
    plan.device("tos", "server")
    plan.cable(plan.port("tos", "psu0", "dcim.powerport"), "ATS ut0")
    for number in range(2):
        plan.feed(f"F{number}")
        plan.cable(f"ATS inn{number}", f"F{number}")
    plan.add("dcim.powerpanel", 1, name="Tavle", site=1)

    told = plan.read(tmp_path)

    assert ("ATS", "feeds") in told.pools()
    assert ("tos", "powered_by", "ATS", "") in told.links("powered_by")


@pytest.mark.parametrize(
    ("kinds", "type_name", "pool"),
    [
        (["primary", "redundant"], "fed_by", "feeds"),
        (["primary", "primary"], "depends_on", ""),
        (["primary"], "fed_by", ""),
    ],
)
def test_feeds_of_a_rack_stand_in_for_each_other_only_by_their_type(
    plan: Plan, tmp_path: Path, kinds: list[str], type_name: str, pool: str
) -> None:
    """Without cables the type is all there is: two primary feeds are both required."""
    plan.add("dcim.rack", 1, name="R1", site=1, status="active")
    plan.add("dcim.powerpanel", 1, name="Tavle", site=1)
    for number, kind in enumerate(kinds):
        plan.feed(f"F{number}", rack=1, kind=kind)

    told = plan.read(tmp_path)

    assert {each for each in told.links("fed_by", "depends_on") if each[0] == "R1"} == {
        ("R1", type_name, f"F{number}", pool) for number in range(len(kinds))
    }
    assert set(told.pools()) == ({("R1", "feeds")} if pool else set())


def test_a_feed_with_a_cable_says_nothing_of_the_rack(plan: Plan, tmp_path: Path) -> None:
    """The cable says more exactly what hangs on the feed."""
    plan.add("dcim.rack", 1, name="R1", site=1, status="active")
    plan.add("dcim.powerpanel", 1, name="Tavle", site=1)
    plan.pdu("A", 1)
    plan.feed("F0", rack=1)
    plan.cable("A inn0", "F0")

    told = plan.read(tmp_path)

    assert not [each for each in told.links("fed_by", "depends_on") if each[0] == "R1"]


def test_two_switches_above_are_a_pool_of_uplinks(plan: Plan, tmp_path: Path) -> None:
    """Access below distribution below core below router, and servers below switches: roles prove it."""
    for name in ("d1", "d2"):
        plan.device(name, "distribution-switch")
    plan.device("a1", "access-switch")
    plan.device("tos", "server")
    for cable in (("a1 up1", "d1 p1"), ("d2 p1", "a1 up2"), ("d2 p2", "a1 up3"), ("tos eth0", "a1 p1")):
        plan.cable(*cable)

    told = plan.read(tmp_path)

    assert told.links("uplinks_to", "connects_to") == {
        ("a1", "uplinks_to", "d1", "uplinks"),
        ("a1", "uplinks_to", "d2", "uplinks"),
        ("tos", "uplinks_to", "a1", ""),
    }
    assert set(told.pools()) == {("a1", "uplinks")}
    assert len([each for each in told.batch.relationships if each.type_name == "uplinks_to"]) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [("core-switch", "core-switch"), ("router", "router"), ("server", "server"), ("server", "oob-switch")],
)
def test_what_roles_do_not_prove_stays_undirected(plan: Plan, tmp_path: Path, one: str, other: str) -> None:
    """Peers and management networks say nothing about who needs whom; parallel cables are kept apart."""
    plan.device("x", one)
    plan.device("y", other)
    cables = {plan.cable("x p1", "y p1"), plan.cable("x p2", "y p2")}

    told = plan.read(tmp_path)

    assert told.links("uplinks_to", "connects_to") == {("x", "connects_to", "y", "")}
    assert {each.key for each in told.batch.relationships if each.type_name == "connects_to"} == cables


def test_a_management_port_is_no_uplink(plan: Plan, tmp_path: Path) -> None:
    """Losing the way to a server's management card does not stop the server."""
    plan.device("tos", "server")
    plan.device("a1", "access-switch")
    plan.cable(plan.port("tos", "idrac", mgmt_only=True), "a1 p1")

    assert plan.read(tmp_path).links("uplinks_to", "connects_to") == {("a1", "connects_to", "tos", "")}


def test_san_paths_are_a_pool_beside_the_uplinks(plan: Plan, tmp_path: Path) -> None:
    """The storage network is another way than the local network: neither stands in for the other."""
    plan.device("tos", "server")
    for name, role in (("a1", "access-switch"), ("a2", "access-switch"), ("s1", "san-switch"), ("s2", "san-switch")):
        plan.device(name, role)
        plan.cable(f"tos til-{name}", f"{name} p1")

    assert set(plan.read(tmp_path).pools()) == {("tos", "uplinks"), ("tos", "san_paths")}


def test_a_planned_cable_proves_nothing(plan: Plan, tmp_path: Path) -> None:
    """The second uplink is not there yet: the first is required, and the note says what was left out."""
    plan.device("a1", "access-switch")
    for name in ("d1", "d2"):
        plan.device(name, "distribution-switch")
    plan.cable("a1 up1", "d1 p1")
    plan.cable("a1 up2", "d2 p1", status="planned")

    told = plan.read(tmp_path)

    assert told.links("uplinks_to", "connects_to") == {("a1", "uplinks_to", "d1", "")}
    assert "only planned, hence left out: 1 cable" in told.batch.notes


def test_panels_are_traced_through_and_what_all_uplinks_pass_is_required(plan: Plan, tmp_path: Path) -> None:
    """Both uplinks run through the same two panels: a pool of switches, and each panel by itself.

    a1 up1 - F1 [P] R1 - R1 [Q] F1 - c1,  a1 up2 - F2 [P] R2 - R2 [Q] F2 - c2
    """
    plan.device("a1", "access-switch")
    plan.device("P", "patch-panel")
    plan.device("Q", "patch-panel")
    for number in (1, 2):
        plan.device(f"c{number}", "core-switch")
        plan.panel_port("P", number)
        plan.panel_port("Q", number)
        plan.cable(f"a1 up{number}", f"P F{number}")
        plan.cable(f"P R{number}", f"Q R{number}")
        plan.cable(f"Q F{number}", f"c{number} p1")

    told = plan.read(tmp_path)

    assert told.links("uplinks_to", "depends_on") == {
        ("a1", "uplinks_to", "c1", "uplinks"),
        ("a1", "uplinks_to", "c2", "uplinks"),
        ("a1", "depends_on", "P", ""),
        ("a1", "depends_on", "Q", ""),
    }
    assert told.links("connects_to") == {
        ("P", "connects_to", "a1", ""),
        ("P", "connects_to", "Q", ""),
        ("Q", "connects_to", "c1", ""),
        ("Q", "connects_to", "c2", ""),
    }
    assert "through P, Q" in told.pools()["a1", "uplinks"]["evidence"]


def test_a_panel_that_only_one_uplink_passes_costs_that_uplink(plan: Plan, tmp_path: Path) -> None:
    """The uplink stands as an item that needs its panel and its switch; the pool counts uplinks.

    a1 up1 - [P] - c1,  a1 up2 - [Q] - c2
    """
    plan.device("a1", "access-switch")
    for panel, switch in (("P", "c1"), ("Q", "c2")):
        plan.device(panel, "patch-panel")
        plan.device(switch, "core-switch")
        plan.panel_port(panel, 1)
        plan.cable(f"a1 til-{panel}", f"{panel} F1")
        plan.cable(f"{panel} R1", f"{switch} p1")

    told = plan.read(tmp_path)

    assert told.links("uplinks_to", "depends_on") == {
        ("a1", "uplinks_to", "a1 uplink to c1", "uplinks"),
        ("a1", "uplinks_to", "a1 uplink to c2", "uplinks"),
        ("a1 uplink to c1", "depends_on", "c1", ""),
        ("a1 uplink to c1", "depends_on", "P", ""),
        ("a1 uplink to c2", "depends_on", "c2", ""),
        ("a1 uplink to c2", "depends_on", "Q", ""),
    }


def test_positions_of_a_shared_rear_port_are_kept_apart(plan: Plan, tmp_path: Path) -> None:
    """A trunk of many fibres joins position to position: a1 reaches c1, not c2."""
    for panel in ("P", "Q"):
        plan.device(panel, "patch-panel")
        rear = plan.ports[plan.port(panel, "R", "dcim.rearport", positions=2)][1]
        for number in (1, 2):
            plan.port(panel, f"F{number}", "dcim.frontport", rear_port=rear, rear_port_position=number)
    plan.cable("P R", "Q R")
    for number in (1, 2):
        plan.device(f"a{number}", "access-switch")
        plan.device(f"c{number}", "core-switch")
        plan.cable(f"a{number} up", f"P F{number}")
        plan.cable(f"Q F{number}", f"c{number} p1")

    told = plan.read(tmp_path)

    assert told.links("uplinks_to") == {("a1", "uplinks_to", "c1", ""), ("a2", "uplinks_to", "c2", "")}


def test_members_of_a_stack_share_their_uplinks(plan: Plan, tmp_path: Path) -> None:
    """Each member has one uplink of its own and reaches the other's through the stack."""
    plan.add("dcim.virtualchassis", 1, name="stabel", master=None)
    for number in (1, 2):
        plan.device(f"a{number}", "access-switch", virtual_chassis=1, vc_position=number)
        plan.device(f"c{number}", "core-switch")
        plan.cable(f"a{number} up", f"c{number} p1")

    told = plan.read(tmp_path)

    assert told.links("uplinks_to") == {
        (f"a{low}", "uplinks_to", f"c{high}", "uplinks") for low in (1, 2) for high in (1, 2)
    }
    assert set(told.pools()) == {("a1", "uplinks"), ("a2", "uplinks"), ("stabel", "members")}
    assert "stack" in told.pools()["a1", "uplinks"]["evidence"]


def test_a_loop_of_panels_ends(plan: Plan, tmp_path: Path) -> None:
    """Cables that lead back to themselves are followed once."""
    plan.device("P", "patch-panel")
    plan.panel_port("P", 1)
    plan.panel_port("P", 2)
    plan.device("a1", "access-switch")
    plan.cable("P R1", "P F2")
    plan.cable("a1 up", "P F1")

    told = plan.read(tmp_path)

    assert told.links("connects_to", "uplinks_to") == {("P", "connects_to", "a1", "")}
    assert [each.severity for each in told.batch.problems] == ["warning"]


def test_every_stated_link_has_a_rule_in_the_catalogue(plan: Plan, tmp_path: Path) -> None:
    """Nothing but undirected cables is left unevaluated."""
    catalogue = load_catalogue()
    plan.pdu("A", 1)
    plan.device("tos", "server")
    plan.device("a1", "access-switch")
    plan.device("fw", "firewall")
    plan.cable(plan.port("tos", "psu", "dcim.powerport"), "A ut0")
    plan.cable("tos eth0", "a1 p1")
    plan.cable("a1 up", "fw p1")
    batch = plan.read(tmp_path).batch

    classes = {each.external_id: each.class_name for each in batch.items}

    for each in batch.relationships:
        rule = catalogue.rule_for(each.type_name, classes[each.from_ref], classes[each.to_ref])
        assert rule is not None
        assert rule.impact == "hard"
