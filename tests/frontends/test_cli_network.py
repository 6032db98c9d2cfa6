"""`cmdb network` and `cmdb capacity`: for a person, a script and a spreadsheet, on the estate of the how-to."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from frontends.cli.schemas import schema_named

Run = Callable[..., Result]
Answer = Callable[..., Any]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "network" / "network.yaml"


@pytest.fixture
def network(folder: Path, run: Run) -> None:
    """The estate of the how-to, imported."""
    run("import", str(EXAMPLE))


@pytest.mark.usefixtures("network")
class TestNetwork:
    """`cmdb network [ITEM ITEM] [--reliability]`."""

    def test_the_whole_network(self, answer: Answer, run: Run) -> None:
        """Parts, single devices and links; the trunk of two links is none."""
        said = answer("network", "--reliability")

        jsonschema.validate(said, schema_named("network"))
        assert [(part["devices"], part["ends"], part["links"]) for part in said["parts"]] == [(5, 3, 10)]
        assert [each["name"] for each in said["single_devices"]] == ["access", "core1", "core2"]
        assert len(said["single_links"]) == 4
        assert said["parts"][0]["all_terminal"]["method"] == "exact"
        assert "3 devices and 4 links are single points" in run("network").stdout

    def test_two_items(self, answer: Answer, run: Run) -> None:
        """The application starts at its server; what is on every path is named."""
        said = answer("network", "shop-app", "db1")

        jsonschema.validate(said, schema_named("routes"))
        (route,) = said["routes"]
        assert (route["start"]["name"], route["paths"], route["connected"]) == ("web1", 1, True)
        assert [each["name"] for each in route["single_devices"]] == ["access"]
        assert 0.99 < route["availability"]["low"] == route["availability"]["high"] < 1
        assert "on every path" in run("network", "shop-app", "db1").stdout
        row = next(csv.DictReader(io.StringIO(run("network", "web1", "db1", "-o", "csv").stdout)))
        assert (row["connected"], row["paths"]) == ("yes", "1")

    def test_out_of_time_a_probability_is_an_interval(self, answer: Answer, run: Run) -> None:
        """With almost no time it is an interval or exact, and says which; none at all is refused."""
        (route,) = answer("network", "shop-app", "db1", "--budget", "0.000001")["routes"]
        found = route["availability"]
        assert found["low"] <= found["high"]
        assert found["method"] == ("exact" if found["low"] == found["high"] else "interval")
        assert "--budget" in run("network", "shop-app", "db1", "--budget", "0", code=2).stderr

    def test_one_item_alone_is_a_usage_error(self, run: Run) -> None:
        """2, with what to do."""
        assert "name two items" in run("network", "web1", code=2).stderr
        assert "both items are the same" in run("network", "web1", "web1", code=2).stderr

    def test_losing_a_switch_with_another_path_is_affected_still_reachable(self, answer: Answer, run: Run) -> None:
        """And losing the one on every path takes the whole pool, which is up."""
        core = answer("impact", "core2")
        assert {each["name"]: each["state"] for each in core["affected"]} == {"Shop": "at_risk", "shop-app": "at_risk"}
        lost = answer("impact", "access")
        assert {each["name"]: each["state"] for each in lost["affected"]} == {"Shop": "down", "shop-app": "down"}
        assert "access" in {each["name"] for each in answer("spof", "Shop")["spofs"]}
        assert "pool databases: 0 of 2 up, 1 needed" in run("impact", "access").stdout
        assert "a link of the network: counts for what is reached over it" in run("show", "access").stdout
        needs = run("needs", "shop").stdout
        assert "Shop stands on 9 items, with 2 requirements over the network." in needs
        assert "- shop-app reaches db1 by paths that all run through access" in needs
        assert run("network", "shop-app", "db1").stdout.startswith("shop-app reaches db1")
        assert answer("network", "shop-app", "db1")["start_name"] == "shop-app"


@pytest.mark.usefixtures("network")
class TestCapacity:
    """`cmdb capacity [ITEM]... [--growth PERCENT]`."""

    def test_four_nodes_of_a_hundred(self, answer: Answer, run: Run) -> None:
        """A load of 290 takes three, and 10 % more takes all."""
        said = answer("capacity")

        jsonschema.validate(said, schema_named("capacity"))
        (row,) = said["pools"]
        assert (row["need"], row["required"], row["survives"], row["becomes_essential"]) == (3, 3, 1, True)
        assert "one failure is too many: cluster/nodes" in run("capacity").stdout
        assert "until then" not in run("capacity", "cluster", "--growth", "3").stdout
        (line,) = csv.DictReader(io.StringIO(run("capacity", "-o", "csv").stdout))
        assert (line["load"], line["capacity"], line["verdict"]) == ("290.0", "400.0", "redundant")

    def test_a_need_that_follows_the_load_takes_two_losses_for_an_outage(self, answer: Answer) -> None:
        """Two of four nodes do not carry it."""
        assert answer("impact", "node1")["counts"] == {"down": 0, "degraded": 0, "at_risk": 2}
        assert answer("impact", "node1", "node2")["counts"]["down"] == 2

    def test_growth_that_is_no_number_is_refused(self, run: Run) -> None:
        """2, and why."""
        assert "growth" in run("capacity", "--growth", "nan", code=2).stderr


SPENT = """
cmdb: 1
source: demo
items:
  - {id: f0, class: UPS, name: UPS A}
  - {id: f1, class: UPS, name: UPS B}
  - {id: s1, class: Switch, name: sw-1}
  - {id: s2, class: Switch, name: sw-2}
  - {id: web, class: Server, name: web}
  - {id: db, class: Server, name: db}
  - {id: shop, class: BusinessService, name: Nettbutikk, users: 900, criticality: high}
relationships:
  - {from: shop, type: depends_on, to: web}
  - {from: web, type: reaches, to: db}
  - {from: web, type: connects_to, to: s1}
  - {from: web, type: connects_to, to: s2}
  - {from: db, type: connects_to, to: s1}
  - {from: db, type: connects_to, to: s2}
  - {from: s1, type: powered_by, to: f0, pool: power}
  - {from: s1, type: powered_by, to: f1, pool: power}
  - {from: s2, type: powered_by, to: f1}
pools:
  - {consumer: s1, name: power, need: 1}
"""


def test_two_paths_that_one_failure_would_take_are_no_reassurance(folder: Path, run: Run, answer: Answer) -> None:
    """Both switches are up and both paths are left; all of it now hangs on one UPS."""
    (folder / "spent.yaml").write_text(SPENT, encoding="utf-8")
    run("import", "spent.yaml")

    said = answer("impact", "f0")

    names = {each["id"]: each["name"] for each in answer("find")["items"]}
    states = {each["name"]: (each["state"], [names[id_] for id_ in each["new_spofs"]]) for each in said["affected"]}
    assert states["Nettbutikk"] == ("at_risk", ["UPS B"])
    assert states["web"] == ("at_risk", ["UPS B"])
    (reason,) = next(each["because"] for each in said["affected"] if each["name"] == "web")
    assert (reason["kind"], [names[id_] for id_ in reason["causes"]]) == ("network", ["sw-1"])
    text = run("impact", "f0").stdout
    assert "now falls with UPS B alone" in text
    assert "reaches db through what is at risk: sw-1" in text
