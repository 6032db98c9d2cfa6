"""`cmdb what-if` and `--what-if`: the difference to today, and that the record stays as it is."""

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

STEPS = """\
what_if: 1
title: a second database host
steps:
  - add_item: {like: esx1, name: esx3}
  - pair: {item: db1, on: esx3, name: db2}
  - down: esx1
"""


@pytest.fixture
def steps(estate: Path, folder: Path) -> str:
    """A file of steps beside the estate."""
    (folder / "steps.yaml").write_text(STEPS, encoding="utf-8")
    return "steps.yaml"


class TestAnswer:
    """The contract and the screen."""

    def test_it_is_its_schemas(self, steps: str, answer: Answer, folder: Path) -> None:
        """Both the file that is read and the answer that is given."""
        from importers.reading import open_source, read_yaml

        said = answer("what-if", steps)

        jsonschema.validate(said, schema_named("what-if"))
        jsonschema.validate(read_yaml(open_source(folder / steps)).value, schema_named("hypothesis"))
        assert said["hypothetical"] is True
        assert said["title"] == "a second database host"
        assert said["steps"] == [
            "esx3 is like esx1: it requires nothing",
            "db1 is a pair for the 2 that require it; db2 is like db1: it requires the same, but esx3 in place of esx1",
            "esx1 is down",
        ]
        assert [(each["name"], each["class"]) for each in said["added"]] == [
            ("esx3", "Hypervisor"),
            ("db2", "DatabaseInstance"),
        ]

    def test_a_pair_saves_the_services(self, steps: str, answer: Answer) -> None:
        """With the host of one database down the other carries on, at risk; today both services would be down."""
        said = answer("what-if", steps)
        today = answer("what-if", "--down", "esx1")

        assert {each["name"]: each["state"] for each in said["services"]} == {
            "Nettbutikk": "at_risk",
            "Betaling": "at_risk",
        }
        assert {each["name"]: each["state"] for each in today["services"]} == {"Nettbutikk": "down", "Betaling": "down"}
        assert today["headline"] == "2 services are down; 1 pool loses redundancy; 2 services reached in all"

    def test_single_points_come_and_go(self, steps: str, answer: Answer) -> None:
        """A pair takes away what only one could do; a host that is down leaves the other alone."""
        pair = answer("what-if", "--pair", "db1 on esx2")["single_points"]
        down = answer("what-if", "--down", "esx2")["single_points"]

        assert [(each["change"], each["name"], each["weight"]) for each in pair] == [
            ("gone", "db1", 2440),
            ("gone", "esx1", 2440),
        ]
        assert [(each["change"], each["name"], each["weight"]) for each in down] == [("new", "web1", 2400)]

    def test_one_service_can_be_asked_about(self, estate: Path, answer: Answer) -> None:
        """Its figures alone are worked out; any item may be named."""
        said = answer("what-if", "--pair", "db1 on esx2", "--service", "pay")

        assert [each["name"] for each in said["services"]] == ["Betaling"]
        assert {len(each["services"]) for each in said["single_points"]} == {1}
        assert said["headline"].endswith("1 service looked at")
        assert answer("what-if", "--down", "esx1", "--service", "db1")["services"][0]["state"] == "down"

    def test_pools_gain_and_lose(self, estate: Path, answer: Answer) -> None:
        """Members, need and what is to spare, today and then."""
        said = answer("what-if", "--add-member", "shop:web=like web1 on esx2", "--need", "shop:web=3")

        (pool,) = said["pools"]
        assert [pool[key] for key in ("pool", "need_before", "n_before", "margin_before", "need", "n", "margin")] == [
            *("web", 1, 2, 1),
            *(3, 3, 0),
        ]
        assert pool["change"] == "lost"

    def test_minutes_are_saved(self, estate: Path, answer: Answer) -> None:
        """The difference of two figures of the availability answer."""
        said = answer("what-if", "--set", "db1.mtbf_hours=20000")
        today = {each["name"]: each for each in answer("availability")["services"]}

        assert len(said["services"]) == 2
        for each in said["services"]:
            assert each["availability_before"] == today[each["name"]]["availability"]
            saved = each["downtime_minutes_per_month_before"] - each["downtime_minutes_per_month"]
            assert each["saved_minutes_per_month"] == saved > 0
        assert said["saved_minutes_per_month"] == sum(each["saved_minutes_per_month"] for each in said["services"])
        assert "less downtime a month expected" in said["headline"]

    def test_what_is_removed_is_data_lost(self, estate: Path, answer: Answer) -> None:
        """A requirement that nobody meets brings nothing down, and is no gain."""
        said = answer("what-if", "--remove", "db1")

        assert all(each["data_lost"] for each in said["services"])
        assert len(said["services"]) == 2
        assert "only data lost: " in said["warnings"][0]

    def test_a_person_reads_what_is_supposed_first(self, steps: str, run: Run) -> None:
        """Title, steps, the sentence, services, redundancy; no line wider than the terminal."""
        text = run("what-if", steps).stdout

        lines = text.splitlines()
        assert lines[0] == "Supposed, a second database host (nothing of it is recorded):"
        assert "2 services are worse off; " in text
        assert "4 new single points of failure; 2 single points of failure gone; " in " ".join(text.split())
        assert "minutes more downtime a month expected" in " ".join(text.split())
        assert "pair of db1" in text
        assert max(map(len, lines)) <= 100

    def test_a_spreadsheet_gets_the_services(self, estate: Path, run: Run) -> None:
        """One a line, with every column of the contract."""
        done = run("what-if", "--down", "db1", "-o", "csv")

        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        assert [(row["name"], row["state_before"], row["state"]) for row in rows] == [
            ("Nettbutikk", "unaffected", "down"),
            ("Betaling", "unaffected", "down"),
        ]

    def test_the_record_stays_as_it_is(self, steps: str, run: Run, answer: Answer) -> None:
        """No revision is made, and what was supposed is nowhere."""
        before = answer("find")

        run("what-if", steps)
        run("impact", "web2", "--what-if", steps)

        assert answer("find") == before
        assert [each["revision"] for each in answer("log")["revisions"]] == [1]


class TestOnOtherCommands:
    """`--what-if FILE` supposes first and then asks."""

    def test_impact_says_that_it_is_hypothetical(self, steps: str, answer: Answer, run: Run) -> None:
        """The steps stand before all warnings; the answer is that of the other estate."""
        said = answer("impact", "web2", "--what-if", steps)

        assert said["warnings"][0].startswith("hypothetical: it is supposed that esx3 is like esx1")
        assert {each["name"]: each["state"] for each in said["affected"]} == {"Nettbutikk": "down"}
        assert answer("impact", "web2")["affected"][0]["state"] == "at_risk"
        assert "supposed, and not recorded: esx3 is like esx1" in run("impact", "web2", "--what-if", steps).stderr

    def test_single_points_while_something_is_down(self, estate: Path, folder: Path, answer: Answer) -> None:
        """With the second host down, the first web server has become one."""
        (folder / "down.yaml").write_text("what_if: 1\nsteps:\n  - down: esx2\n", encoding="utf-8")

        said = answer("spof", "shop", "--what-if", "down.yaml")

        assert {each["name"] for each in said["spofs"]} == {"db1", "esx1", "web1"}
        assert said["warnings"][0] == "hypothetical: it is supposed that esx2 is down"
        assert {each["name"] for each in answer("spof", "shop")["spofs"]} == {"db1", "esx1"}

    def test_cut_sets_are_those_of_the_other_estate(self, steps: str, answer: Answer) -> None:
        """With a pair that has lost one, the other is a cut set by itself."""
        said = answer("cutsets", "pay", "--order", "1", "--what-if", steps)

        names = {each["id"]: each["name"] for each in [*answer("find")["items"], *answer("what-if", steps)["added"]]}
        assert {names[id_] for (id_,) in said["cut_sets"]} == {"Betaling", "db2", "esx3"}
        today = answer("cutsets", "pay", "--order", "1")["cut_sets"]
        assert {names[id_] for (id_,) in today} == {"Betaling", "db1", "esx1"}
        assert said["warnings"][0].startswith("hypothetical: ")

    def test_availability_is_that_of_the_other_estate(self, estate: Path, folder: Path, answer: Answer) -> None:
        """And says so before anything else."""
        (folder / "two.yaml").write_text("what_if: 1\nsteps:\n  - pair: {item: db1, on: esx2}\n", encoding="utf-8")

        said = answer("availability", "pay", "--what-if", "two.yaml")

        assert said["services"][0]["availability"] > answer("availability", "pay")["services"][0]["availability"]
        assert said["warnings"][0].startswith("hypothetical: it is supposed that db1 is a pair")

    def test_what_is_supposed_can_be_asked_about(self, steps: str, answer: Answer) -> None:
        """An item that is only supposed is named as any other."""
        said = answer("impact", "db2", "--what-if", steps)

        assert {each["name"] for each in said["affected"]} == {"Nettbutikk", "Betaling"}


BAD_FILES = {
    "nothing": ("", "1", "the file is empty"),
    "a list": ("- down: esx1\n", "1", "must be a mapping with what_if: 1"),
    "no head": ("steps:\n  - down: esx1\n", "1", "what_if: 1 is missing"),
    "no steps": ("what_if: 1\n", "1", "steps is missing or empty"),
    "another key": ("what_if: 1\nstep: []\nsteps:\n  - down: esx1\n", "1", "unknown key 'step'"),
    "no step": ("what_if: 1\nsteps:\n  - down: esx1\n  - esx1\n", "4", "step 2 must be a mapping of one key"),
    "two in one": ("what_if: 1\nsteps:\n  - {down: esx1, perfect: db1}\n", "3", "step 1 must be a mapping of one key"),
    "unknown step": ("what_if: 1\nsteps:\n  - up: esx1\n", "3", "there is no step 'up'; there are add_item"),
    "no item": ("what_if: 1\nsteps:\n  - down: {}\n", "3", "down has no item"),
    "another field": ("what_if: 1\nsteps:\n  - down: {item: esx1, at: 3}\n", "3", "down knows no 'at'; it knows item"),
    "a list for a text": ("what_if: 1\nsteps:\n  - down: [esx1]\n", "3", "it must be a mapping of item"),
    "a need of 0": ("what_if: 1\nsteps:\n  - need: {consumer: shop, pool: web, need: 0}\n", "3", "need is 0"),
    "no such pool": (
        "what_if: 1\nsteps:\n  - need: {consumer: shop, pool: x, need: 1}\n",
        "3",
        "has no pool 'x'; it has web",
    ),
    "availability 99.9": (
        "what_if: 1\nsteps:\n  - set: {item: db1, availability: 99.9}\n",
        "3",
        "did you mean '99.9%'",
    ),
    "a negative mtbf": ("what_if: 1\nsteps:\n  - set: {item: db1, mtbf_hours: -1}\n", "3", "mtbf_hours"),
    "nobody": ("what_if: 1\nsteps:\n  - down: esx1\n  - perfect: esx9\n", "4", "step 2: no item is called 'esx9'"),
    "both": (
        "what_if: 1\nsteps:\n  - add_member: {consumer: shop, pool: web, item: db1, like: db1}\n",
        "3",
        "either item",
    ),
    "a member already": (
        "what_if: 1\nsteps:\n  - add_member: {consumer: shop, pool: web, item: web1}\n",
        "3",
        "is a member of pool web already",
    ),
    "a host of nobody": (
        "what_if: 1\nsteps:\n  - add_item: {like: esx1, on: esx2}\n",
        "3",
        "esx1 requires no Hypervisor by itself",
    ),
    "an unknown type": (
        "what_if: 1\nsteps:\n  - relate: {from: shop, type: likes, to: db1}\n",
        "3",
        "unknown relationship type 'likes'",
    ),
    "to itself": (
        "what_if: 1\nsteps:\n  - relate: {from: shop, type: depends_on, to: shop}\n",
        "3",
        "cannot be related to itself",
    ),
    "not related": (
        "what_if: 1\nsteps:\n  - unrelate: {from: pay, type: depends_on, to: web1}\n",
        "3",
        "there is no relationship",
    ),
    "a pair for nobody": (
        "what_if: 1\nsteps:\n  - pair: web1\n",
        "3",
        "nobody requires web1 by itself; it is a member of",
    ),
    "twice one name": (
        "what_if: 1\nsteps:\n  - add_item: {like: db1, name: x}\n  - add_item: {like: db1, name: x}\n",
        "4",
        "supposed already",
    ),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_makes_no_sense_is_told_with_its_line(kind: str, estate: Path, folder: Path, run: Run) -> None:
    """What is wrong, where, and what to do; nothing is answered."""
    text, line, message = BAD_FILES[kind]
    (folder / "bad.yaml").write_text(text, encoding="utf-8")

    for words in (["what-if", "bad.yaml"], ["impact", "db1", "--what-if", "bad.yaml"]):
        done = run(*words, code=1)

        assert done.stdout == ""
        assert message in done.stderr
        if kind != "nothing":
            assert f"bad.yaml:{line}: " in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing is supposed"),
        (["--set", "db1"], "give ITEM.FIELD=VALUE"),
        (["--set", "db1.mtbf=3"], "unknown field 'mtbf'"),
        (["--set", "db1.availability=2"], "did you mean '2%'"),
        (["--need", "web=2"], "give CONSUMER:POOL=N"),
        (["--need", "shop:web=none"], "need is 'none'"),
        (["--add-member", "shop=web1"], "give CONSUMER:POOL=ITEM"),
        (["--down", "db1", "--for", "-1"], "0 or more"),
    ],
)
def test_options_that_make_no_sense_are_a_wrong_question(
    words: list[str], message: str, estate: Path, run: Run
) -> None:
    """Exit 2, and what the form would be."""
    done = run("what-if", *words, code=2)

    assert message in done.stderr
    assert done.stdout == ""
