"""The shipped catalogue: complete, consistent, quick to load, and true to the vocabularies it promises to know."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

import cmdb.catalogue
from cmdb.catalogue import ROOT, describe, load_catalogue, loading
from cmdb.catalogue.shipping import DATA, shipped_json
from cmdb.model import CRITICALITIES, STATUSES

CATALOGUE = load_catalogue()

# ServiceNow's "parent descriptor::child descriptor": the class of the stored parent and child, the end that goes down
# (or is degraded) with the other, and how. "-" is no impact, "?" is undirected.
SERVICENOW_TYPES = [
    ("Depends on::Used by", "ServiceInstance", "Server", "parent", "hard"),
    ("Hosted on::Hosts", "LBService", "CloudLoadBalancer", "parent", "hard"),
    ("Hosted on::Hosts", "ClusterNode", "Server", "parent", "hard"),
    ("Runs on::Runs", "Application", "Server", "parent", "hard"),
    ("Runs on::Runs", "Hypervisor", "Server", "parent", "hard"),
    ("Virtualized by::Virtualizes", "Server", "VirtualMachine", "parent", "hard"),
    ("Uses::Used by", "VirtualMachine", "StorageVolume", "parent", "hard"),
    ("Consumes::Consumed by", "BusinessApplication", "ServiceInstance", "parent", "hard"),
    ("Use End Point To::Use End Point From", "VirtualMachine", "Endpoint", "parent", "hard"),
    ("Implement End Point To::Implement End Point From", "Endpoint", "StorageVolume", "parent", "hard"),
    ("Implement End Point To::Implement End Point From", "NetworkInterface", "Endpoint", "child", "hard"),
    ("Contains::Contained by", "Network", "Subnet", "child", "hard"),
    ("Contains::Contained by", "AvailabilityZone", "VirtualMachine", "child", "hard"),
    ("Contains::Contained by", "Rack", "Server", "child", "hard"),
    ("Contains::Contained by", "ServiceInstance", "Server", "parent", "hard"),
    ("Contains::Contained by", "Application", "Component", "parent", "hard"),
    ("Contains::Contained by", "ResourceGroup", "VirtualMachine", "-", "none"),
    ("Contains::Contained by", "CloudAccount", "CloudRegion", "-", "none"),
    ("Owns::Owned by", "LBPool", "LBPoolMember", "parent", "hard"),
    ("Owns::Owned by", "LBPoolMember", "LBPool", "child", "hard"),
    ("Owns::Owned by", "NetworkInterface", "IPAddress", "child", "hard"),
    ("Cluster of::Cluster", "DatabaseCluster", "CloudDatabase", "parent", "hard"),
    ("Cluster of::Cluster", "ClusterNode", "Cluster", "child", "hard"),
    ("Members::Member of", "Cluster", "Hypervisor", "parent", "hard"),
    ("Defines resources for::Gets resources from", "Hypervisor", "Resource", "child", "hard"),
    ("Provides::Provided by", "Provider", "Circuit", "child", "hard"),
    ("Provides power for::Receives power from", "PDU", "Server", "child", "hard"),
    ("Provides storage for::Stored on", "StorageArray", "Server", "child", "hard"),
    ("Controller for::Controlled by", "StorageController", "StorageArray", "child", "hard"),
    ("Located in Zone::Zone contains", "Server", "Room", "parent", "hard"),
    ("Applicative Flow To::Applicative Flow From", "Application", "Application", "child", "soft"),
    ("Sends data to::Receives data from", "Application", "Database", "child", "soft"),
    ("Exports to::Imports from", "Application", "Application", "child", "soft"),
    ("Exchanges data with::Exchanges data with", "Application", "Application", "?", "none"),
    ("Connects to::Connected by", "Server", "Switch", "?", "none"),
    ("IP Connection::IP Connection", "Server", "Server", "?", "none"),
    ("Managed by::Manages", "Server", "Application", "-", "none"),
    ("Manages::Managed by", "Application", "Server", "-", "none"),
    ("Provisioned From::Provisioned", "VirtualMachine", "Unknown", "-", "none"),
    ("Instantiates::Instantiated by", "Unknown", "VirtualMachine", "-", "none"),
    ("Registered on::Has registered", "VirtualMachine", "Hypervisor", "-", "none"),
    ("Allocated to::Allocated from", "StorageVolume", "Server", "-", "none"),
    ("Protected by::Protects", "Server", "Server", "-", "none"),
    ("Replicates to::Replicated by", "Database", "Database", "-", "none"),
]
POOLED = {
    ("Owns::Owned by", "LBPool"): "members",
    ("Owns::Owned by", "LBPoolMember"): "members",
    ("Cluster of::Cluster", "DatabaseCluster"): "hosts",
    ("Cluster of::Cluster", "ClusterNode"): "hosts",
    ("Members::Member of", "Cluster"): "hosts",
    ("Provides power for::Receives power from", "PDU"): "power",
    ("Controller for::Controlled by", "StorageController"): "controllers",
}
SPELLINGS = [
    str,
    str.upper,
    lambda text: text.replace("::", " :: "),
    lambda text: f"“{text}”",
    lambda text: f" {text} ",
]


def consumer_of(name: str, parent_class: str, child_class: str) -> tuple[str, str, str | None]:
    """Read a ServiceNow row as an importer does: which stored column is the consumer, how hard, in which pool."""
    named = CATALOGUE.type_named(name, "servicenow")
    assert named is not None, name
    type_name, swap = named
    if CATALOGUE.types[type_name].undirected:
        assert not swap
        return "?", "none", None
    ends = (child_class, parent_class) if swap else (parent_class, child_class)
    rule = CATALOGUE.rule_for(type_name, *ends)
    assert rule is not None, (name, parent_class, child_class)
    if rule.impact == "none":
        return "-", "none", None
    column = ("child", "parent") if swap else ("parent", "child")
    return column[rule.consumer == "to"], rule.impact, rule.pool.name if rule.pool else None


@pytest.mark.parametrize(("name", "parent", "child", "consumer", "impact"), SERVICENOW_TYPES)
def test_every_servicenow_type_of_the_table_resolves_both_ways_round(
    name: str, parent: str, child: str, consumer: str, impact: str
) -> None:
    """ "A::B" and "B::A" with parent and child exchanged say the same, in any spelling."""
    head, _, tail = name.partition("::")
    flipped = {"parent": "child", "child": "parent"}
    pool = POOLED.get((name, parent))

    for spelt in SPELLINGS:
        assert consumer_of(spelt(name), parent, child) == (consumer, impact, pool)
        assert consumer_of(spelt(f"{tail}::{head}"), child, parent) == (flipped.get(consumer, consumer), impact, pool)


@pytest.mark.parametrize(
    ("parent", "child"), [("Certificate", "Server"), ("Endpoint", "Application"), ("Provider", "Circuit")]
)
def test_a_containment_without_a_rule_is_not_guessed(parent: str, child: str) -> None:
    """Contains is evaluated only for pairs of classes that somebody has thought about."""
    assert CATALOGUE.rule_for("contains", parent, child) is None


@pytest.mark.parametrize(
    "name", ["Uses::Hosts", "Depends on::", "::", "", "Depends on::Used by::x", "Registered on::X"]
)
def test_a_pair_that_is_no_reading_of_one_type_is_not_guessed(name: str) -> None:
    """Both halves must be known and be the two readings of one type."""
    assert CATALOGUE.type_named(name, "servicenow") is None


@pytest.mark.parametrize(
    ("name", "vocabulary", "expected"),
    [
        ("depends_on", "", ("depends_on", False)),
        ("Depends on", "", ("depends_on", False)),
        ("DEPENDS_ON", "", ("depends_on", False)),
        ("used_by", "", ("depends_on", True)),
        ("Used by::Depends on", "", ("depends_on", True)),
        ("dependsOn", "backstage", ("depends_on", False)),
        ("dependencyOf", "backstage", ("depends_on", True)),
        ("partOf", "backstage", ("part_of", False)),
        ("hasPart", "backstage", ("part_of", True)),
        ("providesApi", "backstage", ("provides_api", False)),
        ("apiProvidedBy", "backstage", ("provides_api", True)),
        ("consumesApi", "backstage", ("consumes_api", False)),
        ("ownedBy", "backstage", ("owned_by", False)),
        ("ownerOf", "backstage", ("owned_by", True)),
        ("lnkApplicationSolutionToFunctionalCI", "itop", ("depends_on", False)),
        ("lnkServerToVolume", "itop", ("stores_on", True)),
        ("powerA_id", "itop", ("powered_by", False)),
        ("Impacted by", "glpi", ("impacts", True)),
        ("rack", "netbox", ("mounted_in", False)),
        ("rack", "", None),
        ("connected by", "", ("connects_to", False)),
        ("no such thing", "servicenow", None),
    ],
)
def test_types_are_known_by_the_names_of_each_product(
    name: str, vocabulary: str, expected: tuple[str, bool] | None
) -> None:
    """A product's word counts in its own vocabulary; names, labels and inverses of ours count in every one."""
    assert CATALOGUE.type_named(name, vocabulary) == expected


@pytest.mark.parametrize(
    ("name", "vocabulary", "expected"),
    [
        ("Server", "", "Server"),
        ("server", "", "Server"),
        ("cmdb_ci_linux_server", "servicenow", "Server"),
        ("Linux Server", "servicenow", "Server"),
        ("cmdb_ci_linux_server", "", None),
        ("Farm", "itop", "Cluster"),
        ("Service", "", "Service"),
        ("Service", "itop", "BusinessService"),
        ("Service", "netbox", "Application"),
        ("Group", "itop", "Group"),
        ("Group", "glpi", "Team"),
        ("Group", "backstage", "Team"),
        ("dcim.powerfeed", "netbox", "PowerFeed"),
        ("NetworkEquipment", "glpi", "NetworkDevice"),
        ("Component", "backstage", "Component"),
        ("Spaceship", "", None),
        ("", "", None),
    ],
)
def test_classes_are_known_by_the_names_of_each_product(name: str, vocabulary: str, expected: str | None) -> None:
    """The vocabulary's own meaning comes before our class of the same name."""
    assert CATALOGUE.class_named(name, vocabulary) == expected


@pytest.mark.parametrize(
    ("text", "vocabulary", "expected"),
    [
        ("in_build", "", "in_build"),
        ("In build", "servicenow", "in_build"),
        ("End of support", "servicenow", "operational"),
        ("Pending retirement", "", "operational"),
        ("1", "servicenow.install_status", "operational"),
        ("7", "servicenow.install_status", "retired"),
        ("2", "servicenow.install_status", "planned"),
        ("2", "servicenow.operational_status", "maintenance"),
        ("6", "servicenow.operational_status", "retired"),
        ("1", "servicenow", None),
        ("Installed", "servicenow.install_status", "operational"),
        ("production", "itop", "operational"),
        ("staged", "netbox", "in_build"),
        ("failed", "netbox", "maintenance"),
        ("decommissioning", "netbox", "operational"),
        ("experimental", "backstage", "in_test"),
        ("perhaps", "netbox", None),
    ],
)
def test_foreign_statuses_become_the_nine(text: str, vocabulary: str, expected: str | None) -> None:
    """A field's codes are asked first, then the product's words, then our own; an unknown word is no status."""
    assert CATALOGUE.status_named(text, vocabulary) == expected
    assert CATALOGUE.words(vocabulary).status(text) == expected


@pytest.mark.parametrize("status", ["offline", "active", "planned", "staged", "failed", "inventory", "decommissioning"])
def test_every_netbox_device_status_is_known(status: str) -> None:
    """No status that NetBox ships with is left to chance."""
    assert CATALOGUE.status_named(status, "netbox") in STATUSES


@pytest.mark.parametrize(
    ("text", "vocabulary", "expected"),
    [
        ("vital", "", "vital"),
        ("1 - most critical", "servicenow", "vital"),
        ("4 - not critical", "servicenow", "low"),
        ("high", "itop", "high"),
        ("mission critical", "", "vital"),
        ("1", "", None),
    ],
)
def test_foreign_criticalities_become_the_four(text: str, vocabulary: str, expected: str | None) -> None:
    """ServiceNow's numbered grades and iTop's three are read as ours."""
    assert CATALOGUE.criticality_named(text, vocabulary) == expected
    assert CATALOGUE.words(vocabulary).criticality(text) == expected


def test_our_own_statuses_and_criticalities_are_words_of_every_vocabulary() -> None:
    """A file in any format may use the record's own words, unless the product means something else by them."""
    for vocabulary in ("", "servicenow", "itop", "netbox", "glpi", "backstage", "never heard of"):
        assert [CATALOGUE.status_named(status, vocabulary) for status in STATUSES] == list(STATUSES)
        assert [CATALOGUE.criticality_named(each, vocabulary) for each in CRITICALITIES] == list(CRITICALITIES)


def test_names_can_be_labels_and_relationship_types_in_the_graph() -> None:
    """Query text is rendered from these names, so they hold letters, digits and underscores only."""
    for name in CATALOGUE.classes:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name)
    for name, kind in CATALOGUE.types.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert kind.neo4j_name == name.upper()


def test_every_class_descends_from_the_root() -> None:
    """One tree: the default rules, written for the root, hold for everything."""
    for name, item_class in CATALOGUE.classes.items():
        assert (name, *item_class.ancestors)[-1] == ROOT
        assert CATALOGUE.is_a(name, ROOT)
        assert CATALOGUE.is_a(name, name)


def test_every_availability_default_names_its_source() -> None:
    """A default is a citation or says that it is an expert prior; there is no bare number."""
    rated = [each for each in CATALOGUE.classes.values() if each.mtbf_hours is not None]

    assert len(rated) > 50
    for each in rated:
        assert each.mttr_hours is not None
        assert each.source
        assert each.stale_source == "expert prior"
        assert 0.9 < each.mtbf_hours / (each.mtbf_hours + each.mttr_hours) < 1


def test_services_have_no_availability_default_of_their_own() -> None:
    """A service fails through what it rests on; an invented default would be a promise."""
    services = [each for each in CATALOGUE.classes.values() if each.service]

    assert {"BusinessService", "TechnicalService", "ServiceInstance", "BusinessProcess", "System"} <= {
        each.name for each in services
    }
    assert [each.name for each in services if each.mtbf_hours is not None] == []


def test_a_rule_that_pools_never_pools_without_impact() -> None:
    """A pool decides about its consumer, so its members must matter."""
    for kind in CATALOGUE.types.values():
        assert not kind.undirected or kind.rules == ()
        assert all(rule.impact != "none" for rule in kind.rules if rule.pool)


def test_the_compiled_form_equals_the_yaml() -> None:
    """After an edit of the YAML: python -m cmdb.catalogue.shipping"""
    assert (DATA / "shipped.json").read_bytes() == shipped_json()


def test_the_digest_does_not_depend_on_the_process() -> None:
    """Equal content has an equal digest, so that a cached snapshot is found again."""
    loading.shipped_definitions.cache_clear()
    loading._shipped.cache_clear()

    again = load_catalogue()

    assert again is not CATALOGUE
    assert again.digest == CATALOGUE.digest
    assert re.fullmatch(r"[0-9a-f]{32}", again.digest)


def test_suggestions_are_near() -> None:
    """A slip of the pen finds the class or type that was meant; nonsense finds nothing."""
    assert CATALOGUE.suggest_class("Sevrer")[0] == "Server"
    assert CATALOGUE.suggest_type("dependson") == ["depends_on"]
    assert "hosted_on" in CATALOGUE.suggest_type("hostd on::Hosts")
    assert CATALOGUE.suggest_class("xyzzy") == []


def test_a_class_that_the_catalogue_lost_can_still_be_read() -> None:
    """A record outlives the site's file: its items then count as plain configuration items."""
    assert CATALOGUE.ancestors("FishPump") == (ROOT,)
    assert CATALOGUE.is_a("FishPump", ROOT)
    assert not CATALOGUE.is_service("FishPump")
    assert CATALOGUE.rule_for("depends_on", "FishPump", "Server") == CATALOGUE.rule_for("depends_on", "Unknown", "Rack")
    assert CATALOGUE.rule_for("no_such_type", "Server", "Server") is None


def test_describe_tells_every_class_and_type_once() -> None:
    """The command line shows what is there, each class below its parent."""
    rows = describe(CATALOGUE)

    assert sorted(str(row["name"]) for row in rows["classes"]) == sorted(CATALOGUE.classes)
    assert [row["name"] for row in rows["types"]] == sorted(CATALOGUE.types)
    seen: set[object] = set()
    for row in rows["classes"]:
        assert row["parent"] is None or row["parent"] in seen
        seen.add(row["name"])


def test_what_is_visible_is_what_is_promised() -> None:
    """`__all__` holds every public name of the package, and nothing else."""
    visible = {
        name
        for name, value in vars(cmdb.catalogue).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }

    assert visible == set(cmdb.catalogue.__all__)
