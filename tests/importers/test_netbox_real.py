"""NetBox's own demo data, and the file of our demonstration, each checked against a reading without the importer."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.catalogue import load_catalogue
from cmdb.model import ImportBatch
from importers.netbox import importer
from importers.reading import open_source
from importers.registry import ReadOptions

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "netbox-demo" / "netbox.json"
Tables = dict[str, dict[int, dict[str, Any]]]


def read(path: Path) -> ImportBatch:
    (batch,) = importer.read([open_source(path)], ReadOptions(words=load_catalogue().words))
    return batch


def tables_of(path: Path) -> Tables:
    tables: Tables = defaultdict(dict)
    for row in json.loads(path.read_text(encoding="utf-8")):
        if "pk" in row:
            tables[row["model"]][row["pk"]] = row["fields"]
    return tables


@pytest.fixture(params=["demo", "shared"])
def export(request: pytest.FixtureRequest) -> Path:
    if request.param == "demo":
        return EXAMPLE
    folder: Path = request.getfixturevalue("shared_data")
    return folder / "netbox" / "netbox-demo-v3.6.json"


@pytest.fixture
def real(shared_data: Path) -> Path:
    return shared_data / "netbox" / "netbox-demo-v3.6.json"


def test_netbox_is_recognised_by_its_content(export: Path, tmp_path: Path) -> None:
    """Nobody has to say --format, whatever the file is called; other JSON is left to other formats."""
    renamed = tmp_path / "eksport.txt"
    renamed.write_bytes(export.read_bytes())
    other = tmp_path / "other.json"
    other.write_text('{"cmdb": 1, "items": [{"id": "dcim.device:1"}]}', encoding="utf-8")

    assert importer.recognises(open_source(renamed)) > 0.9
    assert importer.recognises(open_source(other)) == 0


def test_every_row_is_an_item_or_evidence_or_named(export: Path) -> None:
    """Nothing is passed over in silence: items, rows read as evidence and rows not imported add up to the file."""
    batch = read(export)
    in_file = Counter(row["model"] for row in json.loads(export.read_text(encoding="utf-8")))
    as_items = Counter(each.external_id.partition(":")[0] for each in batch.items)
    text = "; ".join(batch.notes)

    for model, count in in_file.items():
        assert as_items[model] == count or f"{count:,} " in text, model
    noted = sum(
        int(each.split()[0].replace(",", ""))
        for note in batch.notes
        if note.startswith(("read as evidence", "not imported"))
        for each in note.split(": ", 1)[1].split(", ")
    )
    assert sum(as_items.values()) + noted == sum(in_file.values())


def test_every_cable_is_a_relationship(export: Path) -> None:
    """Each cable has two ends in the file, and stands in the key of at least one relationship between their owners."""
    batch, tables = read(export), tables_of(export)
    owners: dict[int, list[str]] = defaultdict(list)
    for end in tables["dcim.cabletermination"].values():
        model = ".".join(end["termination_type"])
        at = tables[model][end["termination_id"]]
        owner = f"dcim.device:{at['device']}" if "device" in at else f"{model}:{end['termination_id']}"
        owners[end["cable"]].append(f"circuits.circuit:{at['circuit']}" if "circuit" in at else owner)

    told = {
        each.key: {each.from_ref, each.to_ref} for each in batch.relationships if each.key.startswith("dcim.cable:")
    }

    assert {key: set(ends) for key, ends in owners.items()} == {
        key: told[f"dcim.cable:{key}"] for key in tables["dcim.cable"]
    }


def test_nothing_dangles_and_every_link_has_a_rule(export: Path) -> None:
    """Every reference names an item of the file, and every directed link is evaluated."""
    catalogue, batch = load_catalogue(), read(export)
    classes = {each.external_id: each.class_name for each in batch.items}

    for each in batch.relationships:
        rule = catalogue.rule_for(each.type_name, classes[each.from_ref], classes[each.to_ref])
        if each.type_name == "connects_to":
            assert catalogue.types[each.type_name].undirected
        elif each.type_name == "owned_by":
            assert classes[each.to_ref] == "Provider"
        else:
            assert rule is not None, each
            assert rule.impact != "none", each
    assert not [each for each in batch.problems if each.severity != "warning"]


def test_every_pool_has_two_members_or_more(export: Path) -> None:
    """A pool says that several stand in for each other: one is none, and each has its evidence and its mark."""
    batch = read(export)
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in batch.relationships:
        pools = json.loads(each.values).get("pools", []) if each.values else []
        for pool in pools:
            consumer, provider = (
                (each.to_ref, each.from_ref) if each.type_name == "member_of" else (each.from_ref, each.to_ref)
            )
            members[consumer, pool].add(provider)

    assert set(members) == {(each.consumer_ref, each.name) for each in batch.pools}
    assert all(len(those) > 1 for those in members.values())
    assert all(json.loads(each.values)["assumed"] and json.loads(each.values)["evidence"] for each in batch.pools)


def test_the_real_file_has_the_counts_of_an_independent_reading(real: Path) -> None:
    """72 devices, 180 machines, 42 racks, 108 cables in 216 terminations, 48 feeds."""
    batch, tables = read(real), tables_of(real)
    counted = {model: len(rows) for model, rows in tables.items()}
    assert [counted[model] for model in ("dcim.device", "virtualization.virtualmachine", "dcim.rack")] == [72, 180, 42]
    assert [counted[model] for model in ("dcim.cable", "dcim.cabletermination", "dcim.powerfeed")] == [108, 216, 48]

    imported = Counter(each.external_id.partition(":")[0] for each in batch.items)
    classes = Counter(each.class_name for each in batch.items)

    assert imported == {model: len(rows) for model, rows in tables.items() if model in imported and rows}
    assert set(imported) >= {"dcim.region", "dcim.site", "dcim.location", "dcim.virtualchassis", "dcim.powerpanel"}
    assert set(imported) >= {"virtualization.cluster", "circuits.circuit", "circuits.provider"}
    roles = {key: role["name"] for key, role in tables["dcim.devicerole"].items()}
    by_role = Counter(roles[each["role"]] for each in tables["dcim.device"].values())
    assert classes["Switch"] == sum(count for role, count in by_role.items() if "Switch" in role)
    assert classes["Router"] == by_role["Router"]
    assert classes["PDU"] == by_role["PDU"]
    assert classes["NetworkDevice"] == by_role["Patch Panel"]


def test_nameless_and_homonymous_devices_of_the_real_file_are_kept(real: Path) -> None:
    """A null name gets a stand-in and a warning; three panels called PP:MDF stay three."""
    batch, tables = read(real), tables_of(real)
    nameless = {f"dcim.device:{key}" for key, fields in tables["dcim.device"].items() if fields["name"] is None}
    assert nameless
    panels = {f"dcim.device:{key}" for key, fields in tables["dcim.device"].items() if fields["name"] == "PP:MDF"}
    assert len({tables["dcim.device"][int(key.split(":")[1])]["site"] for key in panels}) == 3

    names = {each.external_id: each.name for each in batch.items}

    assert {each.id for each in batch.problems} == nameless
    assert all(names[key] for key in nameless)
    assert {key for key, name in names.items() if name == "PP:MDF"} == panels


def test_what_the_real_file_proves_to_be_redundant(real: Path) -> None:
    """24 racks with an A and a B feed, 4 stacks, 3 buildings with two core switches over one line each."""
    batch, tables = read(real), tables_of(real)
    feeds = defaultdict(set)
    for feed in tables["dcim.powerfeed"].values():
        feeds[feed["rack"]].add(feed["type"])
    racks = {f"dcim.rack:{rack}" for rack, kinds in feeds.items() if kinds == {"primary", "redundant"}}
    pools = {(each.consumer_ref, each.name) for each in batch.pools}

    assert {consumer for consumer, name in pools if name == "feeds"} == racks
    assert len(racks) == 24
    assert {consumer for consumer, name in pools if name == "members"} == {
        f"dcim.virtualchassis:{key}" for key in tables["dcim.virtualchassis"]
    }
    assert {consumer for consumer, name in pools if name == "uplinks"} == {f"dcim.device:{key}" for key in (93, 94, 95)}
    single = {
        each.to_ref
        for each in batch.relationships
        if each.from_ref == "dcim.device:93" and each.type_name == "depends_on"
    }
    assert single == {"circuits.circuit:30", "dcim.device:87", "dcim.device:90"}


def test_the_demonstration_proves_what_its_readme_says() -> None:
    """Two supplies on one strip are no pool; the cluster, the stack and the routers are."""
    batch, tables = read(EXAMPLE), tables_of(EXAMPLE)
    names = {each.external_id: each.name for each in batch.items}
    pools = {(names[each.consumer_ref], each.name) for each in batch.pools}

    assert ("tro-vert1", "power") in pools
    assert ("tro-lager1", "power") not in pools
    assert {name for name, pool in pools if pool == "uplinks"} >= {"tro-tor1", "tro-tor2", "tro-vert1"}
    assert sum(pool == "hosts" for _, pool in pools) == len(tables["virtualization.cluster"])
    assert len([each for each in batch.problems if "has no name" in each.message]) == 1


SHORT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 400) | st.floats(allow_nan=False, allow_infinity=False) | SHORT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SHORT, inner, max_size=3),
    max_leaves=4,
)


@given(st.data())
def test_no_damaged_row_breaks_the_reading(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever a field holds and whichever rows are lacking, the rest is read and nothing is half-linked."""
    rows = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    for _ in range(data.draw(st.integers(1, 25))):
        row = rows[data.draw(st.integers(0, len(rows) - 1))]
        if data.draw(st.booleans()) and row["fields"]:
            row["fields"][data.draw(st.sampled_from(sorted(row["fields"])))] = data.draw(ANY_VALUE)
        else:
            rows.remove(row)
    path = tmp_path_factory.mktemp("damaged") / "netbox.json"
    path.write_text(json.dumps(rows), encoding="utf-8")

    batch = read(path)

    assert all(each.from_ref != each.to_ref for each in batch.relationships)
    identities = [each.external_id for each in batch.items]
    assert len(identities) == len(set(identities))
