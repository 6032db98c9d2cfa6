"""`cmdb spof`: the contract, key by key, and what a person reads."""

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
HIDDEN = """\
cmdb: 1
source: acme
items:
  - {id: shop, class: BusinessService, name: Nettbutikk, criticality: vital, users: 300}
  - {id: lone, class: BusinessService, name: Ensom}
  - {id: app, class: Application, name: app}
  - {id: web1, class: VirtualMachine, name: web1}
  - {id: web2, class: VirtualMachine, name: web2}
  - {id: esx, class: Hypervisor, name: esx}
relationships:
  - {from: shop, type: depends_on, to: app}
  - {from: app, type: depends_on, to: web1, pool: web}
  - {from: app, type: depends_on, to: web2, pool: web}
  - {from: web1, type: hosted_on, to: esx}
  - {from: web2, type: hosted_on, to: esx}
pools:
  - {consumer: app, name: web, need: 1}
"""


@pytest.fixture
def hidden(estate: Path, run: Run) -> Path:
    """A record whose redundant machines stand on one host; the estate of the other tests is beside it."""
    file = estate.parent / "hidden.yaml"
    file.write_text(HIDDEN, encoding="utf-8")
    run("init", "--store", f"sqlite:///{estate.parent / 'hidden.db'}")
    run("import", str(file), "--store", f"sqlite:///{estate.parent / 'hidden.db'}")
    return estate.parent / "hidden.db"


def test_it_has_every_key_and_its_schema_holds(answer: Answer, estate: Path) -> None:
    """Keys may be added, never renamed or dropped (design, section 7)."""
    said = answer("spof")

    jsonschema.validate(said, schema_named("spof"))
    assert {"revision", "spofs", "warnings"} <= said.keys()
    points = {each["name"]: each for each in said["spofs"]}
    assert points.keys() == {"db1", "esx1"}
    assert {"id", "name", "class", "services", "weight", "hidden_by"} <= points["db1"].keys()
    assert len(points["db1"]["services"]) == 2
    assert points["db1"]["weight"] == 8 * 300 + 4 * 10


def test_a_service_or_an_item_may_be_named(answer: Answer, estate: Path) -> None:
    """Only what that service stands on, or only what that item takes."""
    ids = {each["name"]: each["id"] for each in answer("find")["items"]}

    assert all(each["services"] == [ids["Betaling"]] for each in answer("spof", "Betaling")["spofs"])
    assert [each["name"] for each in answer("spof", "--item", "esx1")["spofs"]] == ["esx1"]
    assert answer("spof", "--item", "web1")["spofs"] == []
    assert [each["name"] for each in answer("spof", "web1")["spofs"]] == ["esx1"]


def test_a_hidden_one_is_explained(hidden: Path, answer: Answer, run: Run) -> None:
    """With the pool, and how each of its members comes to stand on the item."""
    store = ("--store", f"sqlite:///{hidden}")

    said = answer("spof", "--hidden", *store)
    shown = run("spof", *store).stdout

    (point,) = said["spofs"]
    assert (point["name"], point["hidden"]) == ("esx", True)
    (pool,) = point["hidden_by"]
    assert (pool["consumer_name"], pool["pool"]) == ("app", "web")
    assert sorted(each["path_names"] for each in pool["members"]) == [["web1", "esx"], ["web2", "esx"]]
    assert "redundancy that does not help" in shown
    assert "app / web" in shown
    assert "Ensom" in shown, "what is not modelled is named"


def test_a_services_own_software_is_left_out_on_request(hidden: Path, answer: Answer, run: Run) -> None:
    """And how much was left out is told."""
    store = ("--store", f"sqlite:///{hidden}")

    assert {each["name"] for each in answer("spof", *store)["spofs"]} == {"app", "esx"}
    said = answer("spof", "--no-obvious", *store)
    assert [each["name"] for each in said["spofs"]] == ["esx"]
    assert said["obvious_left_out"] == 1
    assert "left out" in run("spof", "--no-obvious", *store).stdout


def test_csv_has_one_line_a_point(run: Run, estate: Path) -> None:
    """With the pools that it defeats."""
    rows = list(csv.DictReader(io.StringIO(run("spof", "-o", "csv").stdout)))

    assert {row["name"] for row in rows} == {"db1", "esx1"}


def test_a_list_that_is_cut_says_so(run: Run, answer: Answer, estate: Path) -> None:
    """With the true count."""
    said = answer("spof", "--limit", "1")

    assert (len(said["spofs"]), said["total"], said["truncated"]) == (1, 2, True)
    assert "1 more" in run("spof", "--limit", "1").stdout


def test_an_unknown_service_is_an_error(run: Run, estate: Path) -> None:
    """A sentence that says what to do, no traceback."""
    assert "nobody" in run("spof", "nobody", code=1).stderr


def test_a_baseline_leaves_what_is_new(answer: Answer, run: Run, estate: Path) -> None:
    """And tells what is gone, and why; a revision that is not there is an error."""
    run("baseline", "add", "before")
    run("retire", "db1")

    said = answer("spof", "--baseline", "before")
    shown = run("spof", "--baseline", "before").stdout

    jsonschema.validate(said, schema_named("spof"))
    assert said["spofs"] == []
    assert {each["why"] for each in said["since"]["gone"]} == {"data_lost"}
    assert said["since"]["improved"] == 0
    assert "data lost" in shown
    assert "Gone since then" in shown
    run("spof", "--baseline", "nonsense", code=1)


def test_what_if_is_told_first(answer: Answer, run: Run, estate: Path, folder: Path) -> None:
    """Nobody may take it for what is recorded."""
    (folder / "steps.yaml").write_text("what_if: 1\nsteps:\n  - {down: web2}\n", encoding="utf-8")

    said = answer("spof", "--now", "--what-if", "steps.yaml")

    assert "supposed" in said["warnings"][0]
    assert "web1" in {each["name"] for each in said["spofs"]}
