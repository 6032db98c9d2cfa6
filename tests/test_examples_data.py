"""The data of the examples: what the e-mail estate and the made-up estates hold.

Read here without the importers: the examples are judged by the catalogue, by the record's own checks of values and
by plain searches in a graph of a few lines.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import networkx as nx
import pytest
import yaml

from cmdb.catalogue import load_catalogue
from cmdb.model import OUT_OF_SERVICE, Need
from cmdb.model.values import check_item, check_pool, check_relationship

Row = dict[str, Any]
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


class Requirements:
    """What each item in service stands on: hard providers, and pools with their members and need."""

    def __init__(self, items: Iterable[Row], relationships: Iterable[Row], pools: Iterable[Row]) -> None:
        catalogue = load_catalogue()
        self.classes = {row["id"]: row["class"] for row in items if row.get("status") not in OUT_OF_SERVICE}
        self.direct: dict[str, list[str]] = defaultdict(list)
        self.members: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.graph: nx.DiGraph[str] = nx.DiGraph()
        for row in relationships:
            start, end = row["from"], row["to"]
            if start not in self.classes or end not in self.classes:
                continue
            rule = catalogue.rule_for(row["type"], self.classes[start], self.classes[end])
            if rule is None or rule.impact != "hard":
                continue
            consumer, provider = (start, end) if rule.consumer == "from" else (end, start)
            self.graph.add_edge(consumer, provider)
            if "pool" in row:
                self.members[consumer, row["pool"]].append(provider)
            else:
                self.direct[consumer].append(provider)
        needs = {(row["consumer"], row["name"]): row["need"] for row in pools}
        self.spare = {  # how many members may be lost
            pool: len(members) - Need.parse(needs[pool]).required(len(members))
            for pool, members in self.members.items()
        }

    def down_with(self, seed: str) -> set[str]:
        """Return the least set of items that go down when `seed` does, `seed` among them."""
        consumers: dict[str, list[str]] = defaultdict(list)
        in_pools: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for consumer, providers in self.direct.items():
            for provider in providers:
                consumers[provider].append(consumer)
        for pool, members in self.members.items():
            for member in members:
                in_pools[member].append(pool)
        down, lost, queue = {seed}, Counter[tuple[str, str]](), deque([seed])
        while queue:
            provider = queue.popleft()
            lost.update(in_pools[provider])
            broken = [pool[0] for pool in in_pools[provider] if lost[pool] > self.spare[pool]]
            for consumer in itertools.chain(consumers[provider], broken):
                if consumer not in down:
                    down.add(consumer)
                    queue.append(consumer)
        return down

    def single_points_of(self, service: str) -> set[str]:
        """Return the items whose loss alone takes `service` down, by trying each item below it."""
        return {each for each in nx.descendants(self.graph, service) if service in self.down_with(each)}


def of_kind(rows: Iterable[Row], kind: str) -> list[Row]:
    return [row for row in rows if row["kind"] == kind]


def requirements_of(rows: list[Row]) -> Requirements:
    return Requirements(of_kind(rows, "item"), of_kind(rows, "relationship"), of_kind(rows, "pool"))


def check_against_catalogue(items: list[Row], relationships: list[Row], undirected: set[str]) -> None:
    """Assert that every class and type is the catalogue's own and that every link has an impact, those named apart."""
    catalogue = load_catalogue()
    classes = {row["id"]: row["class"] for row in items}
    used = {(row["type"], classes[row["from"]], classes[row["to"]]) for row in relationships}

    assert {name for name in classes.values() if name not in catalogue.classes} == set()
    assert {name for name, _, _ in used if name not in catalogue.types} == set()
    without = {link for link in used if (rule := catalogue.rule_for(*link)) is None or rule.impact == "none"}
    assert {name for name, _, _ in without} == undirected


def check_references(items: list[Row], relationships: list[Row], pools: list[Row]) -> None:
    """Assert that ids are unique, every end exists, and every pool named is stated and has members."""
    ids = [row["id"] for row in items]
    assert len(ids) == len(set(ids))
    known = set(ids)
    assert [row for row in relationships if row["from"] not in known or row["to"] not in known] == []
    identities = [(row["from"], row["type"], row["to"], row.get("key", "")) for row in relationships]
    assert len(identities) == len(set(identities))
    stated = [(row["consumer"], row["name"]) for row in pools]
    assert len(stated) == len(set(stated))
    catalogue, classes = load_catalogue(), {row["id"]: row["class"] for row in items}
    named = set()
    for row in relationships:
        if "pool" in row:
            rule = catalogue.rule_for(row["type"], classes[row["from"]], classes[row["to"]])
            assert rule is not None
            named.add((row[rule.consumer], row["pool"]))
    assert named == set(stated)


# ---- the e-mail of a municipality ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def email() -> dict[str, Any]:
    with (EXAMPLES / "email" / "email.yaml").open(encoding="utf-8") as file:
        document: dict[str, Any] = yaml.safe_load(file)
    return document


@pytest.fixture(scope="module")
def email_requirements(email: dict[str, Any]) -> Requirements:
    return Requirements(email["items"], email["relationships"], email["pools"])


def test_every_reference_of_the_email_estate_resolves(email: dict[str, Any]) -> None:
    """Ids are unique, ends exist, and each pool that a relationship names is stated."""
    assert 60 <= len(email["items"]) <= 110

    check_references(email["items"], email["relationships"], email["pools"])


def test_the_email_estate_speaks_the_catalogues_words(email: dict[str, Any]) -> None:
    """Every link has an impact but the two cables, which are undirected on purpose."""
    check_against_catalogue(email["items"], email["relationships"], {"connects_to"})


def test_the_values_of_the_email_estate_are_accepted(email: dict[str, Any]) -> None:
    """Every value passes the record's own checks, numbers that stand as text included."""
    for row in email["items"]:
        check_item({key: value for key, value in row.items() if key not in ("id", "class", "name")})
    for row in email["relationships"]:
        values = {key: value for key, value in row.items() if key not in ("from", "type", "to", "key", "pool")}
        check_relationship(values | {"pools": [row["pool"]]} if "pool" in row else values)
    for row in email["pools"]:
        check_pool({key: value for key, value in row.items() if key not in ("consumer", "name")})


def test_the_email_estate_has_something_of_everything(email: dict[str, Any]) -> None:
    """Statuses, owners, batteries, standby, soft links, percentages, mean times known and not, Norwegian letters."""
    items, text = email["items"], (EXAMPLES / "email" / "email.yaml").read_text(encoding="utf-8")

    assert {row["status"] for row in items if "status" in row} == {"planned", "retired"}
    assert any(row.get("owner") for row in items)
    assert any("lasts_minutes" in row for row in email["relationships"])
    assert any(row.get("standby") for row in email["relationships"])
    assert any(row["type"] == "sends_data_to" for row in email["relationships"])
    assert any(row["need"] == "50%" for row in email["pools"])
    assert any("full" in row for row in email["pools"])
    known = [row for row in items if "mtbf_hours" in row or "availability" in row]
    assert 0 < len(known) < len(items) / 2
    assert all(letter in text for letter in "æøåÅØ")


def test_the_readme_of_the_email_estate_gives_the_true_answer(email_requirements: Requirements) -> None:
    """Both lines stand on one converter with one supply; nothing else takes the internet down alone."""
    on_one_thing = {"mk-kjeller", "pdu-n1a", "ups-na", "rack-n1", "rom-nord", "raadhus"}

    assert email_requirements.single_points_of("internett") == on_one_thing
    assert {"internett", "epost", "webmail", "mobilpost"} <= email_requirements.down_with("mk-kjeller")
    assert "kalender" not in email_requirements.down_with("mk-kjeller")


def test_the_other_findings_of_the_readme_are_true(email_requirements: Requirements) -> None:
    """Three of four hosts over two rooms: either room takes the cluster down, and Nord takes the directory too."""
    rooms = {"rom-nord", "raadhus", "rom-soer", "brannstasjon"}

    assert email_requirements.single_points_of("vmklynge") == rooms
    assert email_requirements.single_points_of("katalog") == {"rom-nord", "raadhus"}
    assert email_requirements.single_points_of("dns") == {"rom-nord", "raadhus"}


@pytest.mark.parametrize("spared", ["vert-n1", "fw-nord", "lb-soer", "core-nord", "dns-2", "ad-3", "tor-s1", "mbx-2"])
def test_redundancy_of_the_email_estate_holds_elsewhere(email_requirements: Requirements, spared: str) -> None:
    """Half of each other pair may go and no service goes with it."""
    lost = email_requirements.down_with(spared)

    assert {name for name in lost if email_requirements.classes[name].endswith("Service")} == set()


# ---- estates of any size ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def midsize() -> ModuleType:
    path = EXAMPLES / "midsize" / "generate.py"
    specification = importlib.util.spec_from_file_location("examples_midsize_generate", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=["real", "adv"])
def thousand(request: pytest.FixtureRequest, midsize: ModuleType) -> list[Row]:
    return list(midsize.generate(1_000, 1, request.param))


@pytest.fixture(scope="module")
def ten_thousand(midsize: ModuleType) -> list[Row]:
    return list(midsize.generate(10_000, 1))


def services(rows: list[Row]) -> list[str]:
    return [row["id"] for row in of_kind(rows, "item") if row["class"] in ("BusinessService", "TechnicalService")]


def test_every_reference_of_an_estate_resolves(thousand: list[Row]) -> None:
    """The batch row comes first; ids are unique, ends exist, pools are stated and have members."""
    assert [row["kind"] for row in thousand].index("batch") == 0

    check_references(*(of_kind(thousand, kind) for kind in ("item", "relationship", "pool")))


def test_an_estate_speaks_the_catalogues_words(thousand: list[Row]) -> None:
    """Every link has an impact."""
    check_against_catalogue(of_kind(thousand, "item"), of_kind(thousand, "relationship"), set())


def test_the_values_of_an_estate_are_accepted(thousand: list[Row]) -> None:
    """Every value passes the record's own checks."""
    for row in of_kind(thousand, "item"):
        check_item({key: value for key, value in row.items() if key not in ("kind", "id", "class", "name")})


def test_equal_seeds_give_equal_estates(midsize: ModuleType) -> None:
    """The same arguments give the same rows; another seed or profile gives others."""
    first = list(midsize.generate(600, 7))

    assert first == list(midsize.generate(600, 7))
    assert first != list(midsize.generate(600, 8))
    assert first != list(midsize.generate(600, 7, "adv"))


@pytest.mark.parametrize("items", [500, 613, 1_000, 1_234, 5_001])
def test_an_estate_has_exactly_the_items_asked_for(midsize: ModuleType, items: int) -> None:
    """Three relationships an item, unless told otherwise."""
    kinds = Counter(row["kind"] for row in midsize.generate(items, 3))

    assert kinds["item"] == items
    assert kinds["relationship"] == 3 * items


def test_the_tiers_of_an_estate_hold_less_than_three_relationships_an_item(midsize: ModuleType) -> None:
    """Asked for none, the generator gives what the tiers themselves hold; asked for more, it gives more."""

    def count(asked: float) -> int:
        rows = midsize.generate(1_000, 1, relationships_per_item=asked)
        return sum(row["kind"] == "relationship" for row in rows)

    assert 2_500 < count(0) < 2_850
    assert count(3.2) == 3_200


def test_an_estate_has_the_proportions_of_the_formulas(thousand: list[Row], ten_thousand: list[Row]) -> None:
    """About 12 % services: 111 of 1,000, 1.2 thousand of 10,000; at most 45 pools a hundred items."""
    assert len(services(thousand)) == 111
    assert len(services(ten_thousand)) == 1_191
    assert len(of_kind(ten_thousand, "pool")) < 4_500
    sizes = Counter(row["class"] for row in of_kind(ten_thousand, "item"))
    assert sizes["Application"] > sizes["BusinessService"]
    assert sizes["VirtualMachine"] > 10 * sizes["Hypervisor"]


def test_an_estate_has_cycles(thousand: list[Row], ten_thousand: list[Row]) -> None:
    """Services need each other's applications: two in every estate, more in a large one."""
    small, large = ([len(each) for each in cycles(rows)] for rows in (thousand, ten_thousand))

    assert len(small) >= 1
    assert len(large) >= 5
    assert max(large) < 100


def cycles(rows: list[Row]) -> Iterator[set[str]]:
    return (each for each in nx.strongly_connected_components(requirements_of(rows).graph) if len(each) > 1)


def test_losing_identity_takes_most_of_an_estate_down(thousand: list[Row], ten_thousand: list[Row]) -> None:
    """The shared services reach far: more than 60 % of all items stand on identity, all business services do."""
    for rows in (thousand, ten_thousand):
        down = requirements_of(rows).down_with("shared-identity")

        assert len(down) > 0.6 * len(of_kind(rows, "item"))
        assert {name for name in services(rows) if not name.startswith("shared-")} <= down


def test_losing_one_host_takes_no_service_down(thousand: list[Row]) -> None:
    """Clusters need all hosts but one."""
    requirements = requirements_of(thousand)

    assert requirements.down_with("s00-c000-h0") == {"s00-c000-h0"}


def test_monitoring_is_read_by_many_and_needed_by_none(ten_thousand: list[Row]) -> None:
    """Its loss degrades: a link of data is soft, and brings nothing down."""
    read = [row for row in of_kind(ten_thousand, "relationship") if row["from"] == "shared-monitoring"]

    assert sum(row["type"] == "sends_data_to" for row in read) > 50
    assert requirements_of(ten_thousand).down_with("shared-monitoring") == {"shared-monitoring"}


def test_changes_touch_the_share_of_rows_asked_for(midsize: ModuleType) -> None:
    """Items are patched and machines moved; nothing comes or goes, and 0 % changes nothing."""
    before = list(midsize.generate(2_000, 1))
    after = list(midsize.changed(before, 10, 1))

    assert len(before) == len(after)
    assert list(midsize.changed(before, 0, 1)) == before
    different = Counter(old["kind"] for old, new in zip(before, after, strict=True) if old != new)
    assert set(different) == {"item", "relationship"}
    assert math.isclose(different["item"], 200, rel_tol=0.25)
    check_references(*(of_kind(after, kind) for kind in ("item", "relationship", "pool")))


def test_the_generator_writes_json_lines(midsize: ModuleType, tmp_path: Path) -> None:
    """One object a line, Norwegian letters as they are; bad arguments are told, not thrown."""
    out = tmp_path / "estate.jsonl"

    assert midsize.main(["--items", "600", "--seed", "5", "--out", str(out), "--changes", "1"]) == 0
    text = out.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    assert rows == list(midsize.changed(midsize.generate(600, 5), 1, 5))
    assert "Kjøling" in text
    assert midsize.main(["--items", "20"]) == 1


def test_what_no_estate_can_be_is_refused(midsize: ModuleType) -> None:
    """Too few items, an unknown profile, a share outside 0 to 100: a sentence that says what to give."""
    with pytest.raises(ValueError, match="at least 500"):
        midsize.generate(499, 1)
    with pytest.raises(ValueError, match="one of real, adv"):
        midsize.generate(1_000, 1, "other")
    with pytest.raises(ValueError, match="from 0 to 100"):
        midsize.changed([], 101, 1)
