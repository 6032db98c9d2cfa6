"""Edits by hand and the past: item, relate, pool, retire, history, diff, log, baseline, revert, purge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Answer = Callable[..., Any]


class TestItems:
    """`cmdb item add` and `cmdb item edit`."""

    def test_an_item_is_added_with_fields_and_attributes(self, estate: Path, answer: Answer) -> None:
        """The revision it made, and the id it has."""
        said = answer(
            *("item", "add", "Server", "srvø", "--set", "users=3", "--set", "availability=99.9%"),
            *("--attribute", "rack=N1", "--attribute", "units:=[1, 2]"),
        )

        assert said.keys() == {"revision", "changed", "id", "warnings"}
        assert (said["revision"], said["changed"]) == (2, True)
        shown = answer("show", "srvø")["item"]
        assert shown["id"] == said["id"]
        assert shown["values"] == {"users": 3, "availability": 0.999, "attributes": {"rack": "N1", "units": [1, 2]}}

    def test_the_same_edit_again_changes_nothing(self, estate: Path, run: Run) -> None:
        """And says so."""
        run("item", "edit", "web1", "--set", "owner=Per")

        assert "Nothing has changed; revision 2 stands." in run("item", "edit", "web1", "--set", "owner=Per").stdout

    def test_a_hand_wins_over_an_import_until_released(self, estate: Path, run: Run, answer: Answer) -> None:
        """Release lets the source speak again."""
        run("item", "edit", "shop", "--set", "owner=Per")
        run("import", str(estate))

        assert answer("show", "shop")["item"]["values"]["owner"] == "Per"

        run("item", "edit", "shop", "--release", "owner")

        assert answer("show", "shop")["item"]["values"]["owner"] == "Åse Bjørnstad"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--set", "owner"), "not of the form"),
            (("--set", "owner="), "--unset owner"),
            (("--set", "users=many"), "users"),
            (("--set", "criticality=urgent"), "must be one of"),
            (("--set", "nosuch=1"), "unknown field"),
            (("--set", "owner=a", "--set", "owner=b"), "given twice"),
            (("--set", "owner=a", "--unset", "owner"), "both set and unset"),
            (("--set", "usage:=[1,"), "no JSON"),
            (("--set", "availability=99.9"), "did you mean '99.9%'"),
            ((), "nothing is to be changed"),
        ],
    )
    def test_an_edit_that_cannot_be_is_refused(
        self, estate: Path, run: Run, answer: Answer, words: tuple[str, ...], said: str
    ) -> None:
        """2, with what to do; no revision."""
        assert said in run("item", "edit", "web1", *words, code=2).stderr
        assert answer("log")["revision"] == 1

    def test_an_id_that_is_taken_is_refused(self, estate: Path, run: Run) -> None:
        """1: nothing is overwritten."""
        run("item", "add", "Server", "a")

        assert "already" in run("item", "add", "Server", "a", code=1).stderr


class TestRelationshipsAndPools:
    """`cmdb relate` and `cmdb pool`."""

    def test_a_relationship_is_recorded_and_taken_away(self, estate: Path, run: Run, answer: Answer) -> None:
        """By the words in which it is read."""
        run("relate", "Betaling", "depends on", "web1")
        assert "Betaling" in {each["name"] for each in answer("show", "web1")["relationships"]}

        run("relate", "Betaling", "depends_on", "web1", "--remove")
        assert "Betaling" not in {each["name"] for each in answer("show", "web1")["relationships"]}

    def test_a_member_joins_a_pool_of_its_consumer(self, estate: Path, run: Run, answer: Answer) -> None:
        """With how long it lasts, and that it stands by."""
        run("item", "add", "Server", "web3")
        run("relate", "shop", "depends_on", "web3", "--pool", "web", "--lasts-minutes", "20", "--standby")

        link = next(each for each in answer("show", "shop")["relationships"] if each["name"] == "web3")

        assert (link["pools"], link["lasts_minutes"], link["standby"]) == (["web"], 20, True)

    def test_an_unknown_pool_says_how_to_make_it(self, estate: Path, run: Run) -> None:
        """1, and the command."""
        assert "cmdb pool" in run("relate", "shop", "depends_on", "esx1", "--pool", "nosuch", code=1).stderr

    @pytest.mark.parametrize("need", ["0", "150%", "half", "-1", "1.5"])
    def test_a_need_that_cannot_be_is_refused(self, estate: Path, run: Run, need: str) -> None:
        """2: a pool that needs nobody can never fail."""
        assert "need" in run("pool", "shop", "web", "--need", need, code=2).stderr

    def test_a_need_stated_by_hand_is_confirmed_for_the_members_there_are(
        self, estate: Path, run: Run, answer: Answer
    ) -> None:
        """So that the doctor can ask when they change."""
        run("pool", "shop", "web", "--need", "2")

        pool = answer("show", "shop")["pools"][0]

        assert (pool["need"], pool["n"], pool["said"]["confirmed_members"]) == (2, 2, 2)

    def test_a_changed_pool_is_asked_about_until_its_need_is_confirmed(
        self, estate: Path, run: Run, answer: Answer
    ) -> None:
        """`--confirm` keeps the need as it is."""
        run("pool", "shop", "web", "--confirm")
        run("item", "add", "Server", "web3")
        run("relate", "shop", "depends_on", "web3", "--pool", "web")

        def asked() -> bool:
            return "confirmed_members_changed" in {each["kind"] for each in answer("doctor")["findings"]}

        assert asked()
        run("pool", "shop", "web", "--confirm")
        assert not asked()
        assert answer("show", "shop")["pools"][0]["need"] == 1

    @pytest.mark.parametrize("words", [(), ("--remove", "--need", "1"), ("--confirm", "--need", "1")])
    def test_a_pool_command_that_contradicts_itself_is_refused(
        self, estate: Path, run: Run, words: tuple[str, ...]
    ) -> None:
        """2, before anything is opened for writing."""
        run("pool", "shop", "web", *words, code=2)

    def test_an_unknown_type_names_those_that_are_close(self, estate: Path, run: Run) -> None:
        """2, and a hint."""
        assert "depends_on" in run("relate", "shop", "dependz_on", "esx1", code=2).stderr

    def test_a_link_to_itself_is_refused(self, estate: Path, run: Run) -> None:
        """2."""
        assert "itself" in run("relate", "shop", "depends_on", "shop", code=2).stderr


class TestThePast:
    """History, differences, baselines, and taking back."""

    def test_the_history_says_who_what_when_and_from_where(self, estate: Path, run: Run, answer: Answer) -> None:
        """Before and after, with the message and how the name was established."""
        run("--by", "ola", "item", "edit", "shop", "--set", "owner=Per", "-m", "flyttet")

        last = answer("history", "shop")["entries"][-1]

        assert (last["revision"], last["by"], last["established"], last["source"], last["message"]) == (
            *(2, "ola", "--by"),
            *("manual", "flyttet"),
        )
        assert {"field": "owner", "before": "Åse Bjørnstad", "after": "Per"} in last["changes"]
        assert "owner: Åse Bjørnstad -> Per" in " ".join(run("history", "shop", "-o", "csv").stdout.split())

    def test_the_history_holds_relationships_and_pools_too(self, estate: Path, answer: Answer) -> None:
        """What is about the item is the item's history."""
        what = {each["what"] for each in answer("history", "shop")["entries"]}

        assert what == {"the item", "depends_on web1", "depends_on web2", "depends_on db1", "pool web"}

    def test_a_difference_names_what_was_created_updated_and_removed(
        self, estate: Path, run: Run, answer: Answer
    ) -> None:
        """In that direction, and in the other."""
        run("item", "add", "Server", "new")
        run("item", "edit", "shop", "--set", "owner=Per")

        forth, back = answer("diff", "1", "3"), answer("diff", "3", "1")

        assert [(each["verdict"], each["label"]) for each in forth["changes"]].count(("created", "Server:new")) == 1
        assert forth["counts"]["item"] == {"created": 1, "updated": 1, "removed": 0}
        assert back["counts"]["item"] == {"created": 0, "updated": 1, "removed": 1}

    def test_a_difference_with_nothing_in_it_says_so(self, estate: Path, run: Run) -> None:
        """An empty answer is an answer."""
        assert "hold the same" in run("diff", "1").stdout

    def test_a_baseline_names_a_revision_once(self, estate: Path, run: Run, answer: Answer) -> None:
        """And can be forgotten."""
        run("baseline", "add", "før", "--note", "before the move")

        assert [(each["name"], each["revision"]) for each in answer("baseline", "list")["baselines"]] == [("før", 1)]
        run("baseline", "add", "før", code=1)
        run("baseline", "drop", "før")
        assert "there is no baseline 'før'" in run("baseline", "drop", "før", code=1).stderr

    def test_a_revision_is_taken_back_by_a_new_one(self, estate: Path, run: Run, answer: Answer) -> None:
        """Nothing is erased."""
        run("item", "edit", "shop", "--set", "owner=Per")
        run("revert", "2")

        assert answer("show", "shop")["item"]["values"]["owner"] == "Åse Bjørnstad"
        assert [each["revision"] for each in answer("log")["revisions"]] == [3, 2, 1]

    def test_what_changed_again_since_is_not_overwritten(self, estate: Path, run: Run) -> None:
        """1, with what it was."""
        run("item", "edit", "shop", "--set", "owner=Per")
        run("item", "edit", "shop", "--set", "owner=Kari")

        assert "cannot be taken back" in run("revert", "2", code=1).stderr

    def test_a_retired_item_keeps_its_history(self, estate: Path, run: Run, answer: Answer) -> None:
        """And brings nothing down any more."""
        run("retire", "esx1", "-m", "skrotet")

        assert answer("show", "esx1")["item"]["in_service"] is False
        assert answer("impact", "esx1")["affected"] == []
        assert answer("history", "esx1")["entries"][-1]["message"] == "skrotet"

    def test_purge_asks_for_a_yes_and_then_leaves_nothing(self, estate: Path, run: Run, answer: Answer) -> None:
        """The one command that erases; the history keeps that it did."""
        assert "nothing was changed" in run("purge", "db1", code=2).stderr
        assert answer("find", "db1")["total"] == 1

        run("purge", "db1", "--yes")

        assert answer("find", "db1")["total"] == 0
        assert answer("find", "db1", "--as-of", "1")["total"] == 0
        assert "purged 1 item" in run("log", "-o", "csv").stdout

    def test_the_imports_are_listed_those_that_changed_nothing_too(
        self, estate: Path, run: Run, answer: Answer
    ) -> None:
        """They say when a source was last heard of."""
        run("import", str(estate))

        runs = answer("runs")["runs"]

        assert [(each["source"], each["scope"], each["refreshes"]) for each in runs] == [
            ("acme", "oslo", False),
            ("acme", "oslo", True),
        ]
        assert runs[-1]["files"][0]["name"] == str(estate)


def test_a_need_above_the_members_is_warned_of_at_once(estate: Path, run: Run) -> None:
    """It is kept, for the members may be on their way."""
    assert "the pool has 2 members in service" in run("pool", "shop", "web", "--need", "3").stderr
