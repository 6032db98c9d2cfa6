"""`cmdb impact` and `cmdb needs`: the contract, key by key, and what a person reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from frontends.cli.schemas import schema_named

Run = Callable[..., Result]
Answer = Callable[..., Any]


@pytest.fixture
def ids(estate: Path, answer: Answer) -> dict[str, str]:
    """Record ids by name."""
    return {each["name"]: each["id"] for each in answer("find")["items"]}


class TestImpactContract:
    """`cmdb impact ITEM... -o json` (design, section 7)."""

    def test_it_has_every_key_and_its_schema_holds(self, answer: Answer, ids: dict[str, str]) -> None:
        """Keys may be added, never renamed or dropped."""
        said = answer("impact", "esx1")

        jsonschema.validate(said, schema_named("impact"))
        top = {
            *("revision", "down", "affected", "counts", "services"),
            *("not_followed", "no_service_known", "truncated", "warnings"),
        }
        assert top <= said.keys()
        assert {"id", "name"} <= said["down"][0].keys()
        affected = {
            *("id", "external_ids", "name", "class", "state", "state_before", "redundancy_lost"),
            *("criticality", "users", "distance", "because"),
        }
        assert [affected - each.keys() for each in said["affected"]] == [set()] * len(said["affected"])
        reason = {
            *("kind", "provider", "type", "pool", "n", "need", "down", "degraded", "margin", "assumed", "causes"),
        }
        reasons = [each for row in said["affected"] for each in row["because"]]
        assert [reason - each.keys() for each in reasons] == [set()] * len(reasons)
        assert set(said["not_followed"][0]) >= {"item", "type", "count", "why"}

    def test_it_says_what_breaks_and_why(self, answer: Answer, ids: dict[str, str]) -> None:
        """The whole answer on a small estate: the services, their states, the deciding reasons."""
        said = answer("impact", "esx1")

        assert said["revision"] == 1
        assert [each["id"] for each in said["down"]] == [ids["esx1"]]
        states = {each["name"]: each["state"] for each in said["affected"]}
        assert states == {"Nettbutikk": "down", "Betaling": "down", "db1": "down", "web1": "down"}
        assert said["counts"] == {"down": 4, "degraded": 0, "at_risk": 0}
        assert said["services"] == [ids["Nettbutikk"], ids["Betaling"]]
        assert (said["no_service_known"], said["truncated"]) == ([], False)
        assert [(each["item"], each["type"], each["count"], each["why"]) for each in said["not_followed"]] == [
            (ids["esx1"], "connects_to", 1, "undirected")
        ]
        shop = next(each for each in said["affected"] if each["name"] == "Nettbutikk")
        assert shop["external_ids"] == {"acme": "shop"}
        assert (shop["criticality"], shop["users"], shop["redundancy_lost"]) == ("vital", 300, True)
        assert [(each["kind"], each["provider"]) for each in shop["because"]] == [("hard", ids["db1"])]

    def test_a_lost_member_is_a_risk_with_its_pools_figures(self, answer: Answer, ids: dict[str, str]) -> None:
        """n, need, down and margin of the deciding pool."""
        said = answer("impact", "web2")

        shop = next(each for each in said["affected"] if each["name"] == "Nettbutikk")
        reason = shop["because"][0]
        assert shop["state"] == "at_risk"
        assert [reason[key] for key in ("kind", "pool", "n", "need", "down", "degraded", "margin", "assumed")] == [
            *("pool", "web", 2, 1, 1, 0, 0, False)
        ]
        assert reason["causes"] == [ids["web2"]]

    def test_several_items_go_down_together(self, answer: Answer, ids: dict[str, str]) -> None:
        """Each is harmless alone, both are not."""
        said = answer("impact", "web1", "web2")

        assert {each["name"]: each["state"] for each in said["affected"]} == {"Nettbutikk": "down"}

    def test_a_limit_cuts_the_list_and_no_count(self, answer: Answer, ids: dict[str, str]) -> None:
        """Nothing is cut silently."""
        said = answer("impact", "esx1", "--limit", "1")

        assert (len(said["affected"]), said["counts"]["down"], said["truncated"]) == (1, 4, True)

    def test_the_past_is_read_by_number_and_by_baseline(self, answer: Answer, run: Run, ids: dict[str, str]) -> None:
        """`--as-of`; that it is read with today's catalogue is said."""
        run("baseline", "add", "before")
        run("relate", "Betaling", "depends_on", "web2")

        assert len(answer("impact", "web2")["affected"]) == 2
        assert len(answer("impact", "web2", "--as-of", "1")["affected"]) == 1
        assert len(answer("impact", "web2", "--as-of", "before")["affected"]) == 1
        assert "today's catalogue" in run("impact", "web2", "--as-of", "1").stderr


class TestImpactForAPerson:
    """The table: a sentence first, then services, then the rest, then what was not looked at."""

    def test_the_sentence_counts_services_and_people(self, estate: Path, run: Run) -> None:
        """What a change manager reads out."""
        shown = run("impact", "esx1").stdout

        assert shown.splitlines()[0] == (
            "Taking esx1 down brings 2 services down; up to 310 users would notice; 4 items affected in all; 1"
        )

    def test_services_come_before_other_items_and_carry_their_reason(self, estate: Path, run: Run) -> None:
        """A state is a word and a sign, never a colour alone."""
        shown = run("impact", "esx1").stdout

        assert shown.index("\nServices\n") < shown.index("Nettbutikk") < shown.index("\nOther items down\n")
        assert "✗ down" in shown
        assert "db1 is down" in shown
        assert "\x1b" not in shown

    def test_what_was_not_looked_at_is_said(self, estate: Path, run: Run) -> None:
        """An answer that hides what it did not follow would reassure falsely."""
        shown = run("impact", "esx1").stdout

        assert "Not looked at: 1 link" in shown
        assert "has no direction" in shown

    def test_nothing_known_to_break_is_not_nothing_breaks(self, estate: Path, run: Run) -> None:
        """Where a link was not evaluated, no answer says that all is well."""
        run("item", "add", "Server", "alone")
        run("relate", "alone", "connects_to", "esx2")

        assert "nothing known to break; 1 link was not evaluated" in run("impact", "alone").stdout

    def test_no_line_is_wider_than_the_terminal(self, estate: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever the width."""
        for width in (60, 80, 132):
            monkeypatch.setenv("COLUMNS", str(width))

            assert max(map(len, run("impact", "esx1").stdout.splitlines())) <= width

    def test_in_a_pipe_a_row_is_a_line(self, estate: Path, process: Callable[..., Any]) -> None:
        """For grep."""
        lines = process("impact", "esx1").stdout.splitlines()

        assert lines[0].endswith("1 link was not evaluated.")
        assert sum("Nettbutikk" in line for line in lines) == 1

    def test_a_cut_table_says_how_much_it_leaves_out(self, estate: Path, run: Run) -> None:
        """Never silent."""
        assert "… 3 more; see all with --limit 0" in run("impact", "esx1", "--limit", "1").stdout

    def test_csv_has_a_line_for_every_affected_item(self, estate: Path, run: Run) -> None:
        """With the reason in words."""
        rows = list(csv.DictReader(io.StringIO(run("impact", "esx1", "-o", "csv").stdout)))

        assert {row["name"]: row["because"] for row in rows}["Betaling"] == "db1 is down"
        assert {row["name"]: row["external_ids"] for row in rows}["Betaling"] == "acme:pay"


@pytest.mark.parametrize(
    ("item", "state", "code"),
    [
        ("esx1", "down", 3),
        ("web2", "down", 0),
        ("web2", "degraded", 0),
        ("web2", "at-risk", 3),
        ("Nettbutikk", "at-risk", 0),
    ],
)
def test_a_gate_trips_when_a_service_gets_so_bad(estate: Path, run: Run, item: str, state: str, code: int) -> None:
    """`--fail-on` for pipelines: 3, with the answer given all the same."""
    assert run("impact", item, "--fail-on", state, code=code).stdout


def test_a_gate_counts_any_item_where_no_service_is_known(estate: Path, run: Run) -> None:
    """Missing data must not open a gate."""
    run("item", "add", "Server", "a")
    run("item", "add", "Server", "b")
    run("relate", "a", "depends_on", "b")

    run("impact", "b", "--fail-on", "down", code=3)


@pytest.mark.parametrize(("output", "begins"), [("mermaid", "---"), ("dot", "digraph"), ("graphml", "<?xml")])
@pytest.mark.parametrize("words", [("impact", "esx1"), ("needs", "Nettbutikk")], ids=lambda words: words[0])
def test_an_answer_is_drawn_for_other_programs(
    estate: Path, run: Run, words: tuple[str, ...], output: str, begins: str
) -> None:
    """Pictures are on standard output, whole."""
    shown = run(*words, "-o", output).stdout

    assert shown.startswith(begins)
    assert "Nettbutikk" in shown


@pytest.mark.parametrize("minutes", ["-5", "nan"])
def test_a_time_that_cannot_be_is_refused(estate: Path, run: Run, minutes: str) -> None:
    """2, with what to give."""
    assert "minutes" in run("impact", "esx1", "--for", minutes, code=2).stderr


def test_an_unknown_item_is_named_with_those_that_are_close(estate: Path, run: Run) -> None:
    """1, and how to look."""
    said = run("impact", "esx", code=1).stderr

    assert "no item is called 'esx'" in said
    assert "esx1" in said


def test_an_ambiguous_name_lists_the_items(estate: Path, run: Run) -> None:
    """Nothing is guessed."""
    run("item", "add", "BusinessService", "Nettbutikk", "--id", "another")
    assert "2 items are called 'Nettbutikk'" in run("impact", "Nettbutikk", code=1).stderr


class TestNeeds:
    """`cmdb needs`: what an item stands on."""

    def test_the_answer_holds_its_schema(self, answer: Answer, ids: dict[str, str]) -> None:
        """Every item with its requirements."""
        said = answer("needs", "Nettbutikk")

        jsonschema.validate(said, schema_named("needs"))
        assert said["total"] == 5
        assert {each["name"] for each in said["items"]} == {"Nettbutikk", "web1", "web2", "db1", "esx1", "esx2"}

    def test_a_tree_shows_pools_as_k_of_n_and_opens_an_item_once(self, estate: Path, run: Run) -> None:
        """esx1 carries two; it stands on nothing, so there is nothing to open twice."""
        shown = run("needs", "Nettbutikk").stdout.splitlines()

        assert shown[0] == "Nettbutikk stands on 5 items."
        assert "├─ depends_on db1  DatabaseInstance" in shown
        assert "└─ pool web needs 1 of 2" in shown

    def test_a_depth_leaves_the_rest_out_and_says_so(self, estate: Path, run: Run, answer: Answer) -> None:
        """Nothing is cut silently."""
        assert "(more below)" in run("needs", "Nettbutikk", "--depth", "1").stdout
        assert answer("needs", "Nettbutikk", "--depth", "1")["truncated"] is True

    def test_a_table_stops_after_a_few_steps_but_counts_all(self, estate: Path, run: Run) -> None:
        """The sentence tells of everything, the tree of the first steps."""
        names = ["a", "b", "c", "d", "e", "f"]
        for name in names:
            run("item", "add", "Server", name)
        for upper, lower in pairwise(names):
            run("relate", upper, "depends_on", lower)

        shown = run("needs", "a").stdout

        assert "a stands on 5 items." in shown
        assert "depends_on e" not in shown
        assert "… 2 more; further down" in shown
        assert "depends_on f" in run("needs", "a", "--depth", "0").stdout

    def test_csv_lists_the_items(self, estate: Path, run: Run) -> None:
        """One a line, with what each requires."""
        rows = list(csv.DictReader(io.StringIO(run("needs", "Nettbutikk", "-o", "csv").stdout)))

        assert rows[0]["name"] == "Nettbutikk"
        assert rows[0]["requires"].startswith("db1; 1 of 2 in pool web (web")


def test_a_soft_reason_says_what_its_provider_is(estate: Path, run: Run) -> None:
    """Down and degraded are told apart."""
    run("relate", "db1", "sends_data_to", "Betaling")
    run("item", "add", "BusinessService", "Rapport")
    run("relate", "db1", "sends_data_to", "Rapport")

    rows = csv.DictReader(io.StringIO(run("impact", "esx1", "-o", "csv").stdout))

    assert {row["name"]: (row["state"], row["because"]) for row in rows}["Rapport"] == ("degraded", "db1 is down")
