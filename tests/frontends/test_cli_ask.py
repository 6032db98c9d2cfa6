"""`cmdb find` and `cmdb show`: what the record knows, for a person and for a script."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
from click.testing import Result

from frontends.cli.schemas import schema_named

Run = Callable[..., Result]
Answer = Callable[..., Any]


class TestFind:
    """`cmdb find [TEXT] [--class C] [--limit N]` (design, section 7)."""

    def test_the_answer_has_the_keys_of_the_contract(self, estate: Path, answer: Answer) -> None:
        """Whole-object: an item, as it is found."""
        said = answer("find", "nettbutikk")

        jsonschema.validate(said, schema_named("find"))
        assert {key: value for key, value in said.items() if key != "items"} == {"revision": 1, "total": 1}
        assert [{key: value for key, value in each.items() if key != "id"} for each in said["items"]] == [
            {
                "external_ids": {"acme": "shop"},
                "name": "Nettbutikk",
                "class": "BusinessService",
                "status": "operational",
                "criticality": "vital",
            }
        ]
        assert len(said["items"][0]["id"]) == 16

    def test_text_is_found_in_names_and_ids_in_any_case(self, estate: Path, answer: Answer) -> None:
        """An external id is a name too."""
        assert [each["name"] for each in answer("find", "SHOP")["items"]] == ["Nettbutikk"]

    def test_a_class_includes_the_classes_below_it(self, estate: Path, answer: Answer) -> None:
        """A hypervisor is a server."""
        assert {each["name"] for each in answer("find", "--class", "server")["items"]} == {"esx1", "esx2"}

    def test_an_unknown_class_names_those_that_are_close(self, estate: Path, run: Run) -> None:
        """2, and a hint."""
        assert "did you mean Server" in run("find", "--class", "Sever", code=2).stderr

    def test_a_limit_cuts_the_list_and_not_the_total(self, estate: Path, answer: Answer, run: Run) -> None:
        """0 is all; a table says what it leaves out, and so does CSV on standard error."""
        assert (len(answer("find", "--limit", "2")["items"]), answer("find", "--limit", "2")["total"]) == (2, 7)
        assert len(answer("find", "--limit", "0")["items"]) == 7
        assert "… 5 more; see all with --limit 0" in run("find", "--limit", "2").stdout
        assert "5 more items" in run("find", "--limit", "2", "-o", "csv").stderr

    def test_nothing_found_is_said_and_no_failure(self, estate: Path, run: Run) -> None:
        """An empty answer is an answer."""
        assert "No item is called anything like 'zzz'." in run("find", "zzz").stdout

    def test_the_past_is_asked_in_the_same_way(self, estate: Path, run: Run, answer: Answer) -> None:
        """`--as-of` on every read."""
        run("item", "add", "Server", "later")

        assert answer("find", "later")["total"] == 1
        assert answer("find", "later", "--as-of", "1")["total"] == 0

    def test_an_unknown_revision_says_what_there_is(self, estate: Path, run: Run) -> None:
        """1, and the newest."""
        assert "the newest is 1" in run("find", "--as-of", "99", code=1).stderr


class TestShow:
    """`cmdb show ITEM`: fields, relationships with what they mean, pools, availability inputs."""

    def test_an_item_is_told_whole(self, estate: Path, answer: Answer) -> None:
        """What it relies on and in what way, k of n of its pools."""
        said = answer("show", "shop")

        assert (said["item"]["name"], said["item"]["status"], said["item"]["service"]) == (
            "Nettbutikk",
            "operational",
            True,
        )
        assert said["item"]["external_ids"] == {"acme": ["shop"]}
        assert said["item"]["values"]["owner"] == "Åse Bjørnstad"
        assert [(each["name"], each["role"], each["type"], each["means"]) for each in said["relationships"]] == [
            ("db1", "consumer", "depends_on", "goes down with it"),
            ("web1", "consumer", "depends_on", "in pool web, 1 of 2 needed"),
            ("web2", "consumer", "depends_on", "in pool web, 1 of 2 needed"),
        ]
        pool = said["pools"][0]
        assert (pool["name"], pool["need"], pool["n"], pool["assumed"], pool["hard"]) == ("web", 1, 2, False, True)
        assert [member["name"] for member in pool["members"]] == ["web1", "web2"]

    def test_a_link_without_impact_stands_apart_and_says_why(self, estate: Path, answer: Answer, run: Run) -> None:
        """Nothing is concluded from it, and that is said."""
        link = next(each for each in answer("show", "esx1")["relationships"] if each["role"] == "other")

        assert (link["name"], link["impact"]) == ("esx2", "undirected")
        assert "Other relationships, without impact" in run("show", "esx1").stdout

    def test_a_provider_says_whom_it_takes_down(self, estate: Path, answer: Answer) -> None:
        """The other way round, in words of its own."""
        means = {each["name"]: each["means"] for each in answer("show", "web1")["relationships"]}

        assert means == {"Nettbutikk": "in its pool web, 1 of 2 needed", "esx1": "goes down with it"}

    def test_availability_inputs_say_where_they_come_from(self, estate: Path, answer: Answer) -> None:
        """Entered, or the default of the class with its source."""
        entered, default = answer("show", "db1")["availability"], answer("show", "esx1")["availability"]

        assert (entered["basis"], entered["mtbf_hours"], entered["mttr_hours"]) == ("entered", 2000, 4)
        assert default["basis"] == "default"
        assert default["mtbf_hours"] > 0
        assert default["source"]

    def test_a_retired_provider_is_an_unmet_requirement(self, estate: Path, run: Run, answer: Answer) -> None:
        """It brings nothing down, and is named."""
        run("retire", "esx2")

        link = next(each for each in answer("show", "web2")["relationships"] if each["name"] == "esx2")

        assert link["means"] == "no impact: esx2 is retired; the requirement is unmet"

    def test_sources_show_what_loses(self, estate: Path, run: Run, answer: Answer) -> None:
        """A hand's word wins, and the import's stays visible."""
        run("item", "edit", "shop", "--set", "owner=Per")

        said = {each["source"]: each for each in answer("show", "shop", "--sources")["sources"]}

        assert said["acme"]["not_shown"] == ["owner"]
        assert said["acme"]["values"]["owner"] == "Åse Bjørnstad"
        assert said["manual"]["values"] == {"owner": "Per"}
        assert "not shown" in run("show", "shop", "--sources").stdout

    def test_sources_are_those_of_the_revision_asked_for(self, estate: Path, run: Run, answer: Answer) -> None:
        """The past has its own claims."""
        run("item", "edit", "shop", "--set", "owner=Per")

        sources = answer("show", "shop", "--sources", "--as-of", "1")["sources"]

        assert [each["source"] for each in sources] == ["acme"]

    def test_csv_lists_the_fields(self, estate: Path, run: Run) -> None:
        """One a line, own attributes too."""
        rows = dict(csv.reader(io.StringIO(run("show", "esx1", "-o", "csv").stdout)))

        assert (rows["class"], rows["attributes.rack"], rows["external_ids.acme"]) == ("Hypervisor", "N1", "esx1")

    def test_every_way_to_name_an_item_works(self, estate: Path, answer: Answer) -> None:
        """Record id, source:id, external id, Class:name, name."""
        id_ = answer("show", "Nettbutikk")["item"]["id"]

        for name in (id_, "acme:shop", "shop", "BusinessService:Nettbutikk", "Nettbutikk"):
            assert answer("show", name)["item"]["id"] == id_
