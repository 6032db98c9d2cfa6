"""`cmdb change` from what is asked for to how it went, on the screen and for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

CHANGE = """\
title: Patch databasen
items: [{item: db1, minutes: 30}]
start: 2027-01-07T22:00
end: 2027-01-07T23:00
zone: Europe/Oslo
team: database
back_out: {state: written, minutes: 45}
tests: partial
"""
WEB = """\
title: Oppgrader web%s
items: [{item: web%s, minutes: 30}]
start: 2027-01-0%sT22:00:00+01:00
end: 2027-01-0%sT23:00:00+01:00
back_out: {state: tested, minutes: 10, reference: CASE-1}
tests: full
"""


@pytest.fixture
def change(folder: Path, estate: Path, answer: Any) -> str:
    """A draft by kari, on the database that both services stand on; gives its number."""
    (folder / "change.yaml").write_text(CHANGE, encoding="utf-8")
    number: str = answer("change", "new", "--file", "change.yaml")["number"]
    return number


@pytest.fixture
def web(folder: Path, estate: Path, answer: Any) -> Any:
    """Make a draft on a web server, by its number and the day."""

    def making(server: int, day: int = 7) -> str:
        file = folder / f"web{server}.yaml"
        file.write_text(WEB % (server, server, day, day), encoding="utf-8")
        number: str = answer("change", "new", "--file", str(file))["number"]
        return number

    return making


@pytest.fixture
def roles(estate: Path, run: Any) -> None:
    """Nils is change manager, Berit and Arne are the board."""
    run("change", "roster", "add", "change_manager", "Nils")
    run("change", "roster", "add", "cab", "Berit")
    run("change", "roster", "add", "cab", "Arne")


def test_a_file_is_a_draft_with_everything_it_says(change: str, answer: Any) -> None:
    said = answer("change", "show", change)

    assert (said["number"], said["state"], said["version"]) == ("CHG-000001", "draft", 1)
    assert (said["title"], said["requester"], said["zone"]) == ("Patch databasen", "kari", "Europe/Oslo")
    assert said["start"] == "2027-01-07T22:00:00+01:00"
    assert said["back_out"]["state"] == "written"
    assert [each["number"] for each in answer("change", "list")["changes"]] == ["CHG-000001"]


def test_an_assessment_has_every_key_of_the_contract(change: str, answer: Any) -> None:
    said = answer("change", "assess", "1")

    assert {
        *("revision", "number", "score", "band", "failure_probability", "expected_loss", "loss_if_fails"),
        *("budget_share", "reasons", "floors", "missing", "counterfactuals", "impact", "warnings"),
    } <= set(said)
    assert {"factor", "points", "kind", "text"} <= set(said["reasons"][0])
    assert {each["name"] for each in said["impact"]["affected"]} == {"Nettbutikk", "Betaling"}
    assert (said["assessment"], said["state"]) == ("CHG-000001/1", "draft")


def test_a_file_alone_is_assessed_and_nothing_is_recorded(folder: Path, estate: Path, answer: Any, run: Any) -> None:
    (folder / "change.yaml").write_text(CHANGE, encoding="utf-8")
    said = answer("change", "assess", "--file", "change.yaml", "--fail-on", "high", code=3)

    assert (said["number"], said["band"]) == (None, "very_high")
    assert answer("change", "list", "--all")["changes"] == []
    run("change", "assess", "--file", "change.yaml")


def test_a_kept_assessment_computes_to_the_same(change: str, answer: Any) -> None:
    answer("change", "assess", "1")

    said = answer("change", "assess", "--recompute", "CHG-000001/1")
    assert (said["same"], said["score"]) == (True, said["score_now"])


def test_very_high_needs_the_board_and_the_owner_and_nobody_twice(
    change: str, roles: None, answer: Any, run: Any
) -> None:
    said = answer("change", "submit", "1")
    assert said["state"] == "assessed"

    assert "asked for CHG-000001" in run("change", "approve", "1", code=1).stderr
    assert "holds none of the roles" in run("change", "approve", "1", "--by", "Nils", code=1).stderr
    first = answer("change", "approve", "1", "--by", "Berit", "--reason", "må gjøres")
    assert (first["state"], first["approvals"][0]["role"]) == ("assessed", "cab")
    assert first["approvals"][0]["established"] == "--by"
    assert "has approved" in run("change", "approve", "1", "--by", "berit", code=1).stderr
    second = answer("change", "approve", "1", "--by", "Åse Bjørnstad")
    assert (second["state"], second["approvals"][1]["role"]) == ("approved", "service_owner")


def test_what_is_low_needs_nobody(web: Any, answer: Any) -> None:
    web(1)

    assert answer("change", "submit", "1")["state"] == "approved"
    assert answer("change", "schedule", "1")["state"] == "scheduled"
    assert answer("change", "start", "1")["state"] == "implementing"
    assert answer("change", "finish", "1", "--result", "successful")["state"] == "review"
    said = answer("change", "review", "1", "--hit", "pay", "--outage-minutes", "3")
    assert (said["state"], said["outcome"]["outage_minutes"]) == ("closed", 3)
    assert said["proposed"] == ["cmdb relate 'BusinessService:Betaling' depends_on 'VirtualMachine:web1'"]


def test_two_harmless_changes_are_fatal_together(web: Any, answer: Any, run: Any) -> None:
    web(1)
    web(2)
    answer("change", "submit", "1")
    said = answer("change", "submit", "2")

    assert said["state"] == "assessed"
    found = answer("change", "conflicts", "--fail-on", "joint", code=3)["conflicts"]
    assert (found[0]["kind"], found[0]["changes"]) == ("joint", ["CHG-000001", "CHG-000002"])
    assert {"kind", "changes", "items", "service", "start", "end"} <= set(found[0])
    assert "fatal together" in run("change", "conflicts").stdout
    # What was approved before the other came holds no longer.
    refused = run("change", "schedule", "1", code=3)
    assert "new conflict: fatal together: " in refused.stderr
    assert answer("change", "show", "1")["state"] == "assessed"
    # Moved to another night there is none, and both may go on.
    moved = ("--start", "2027-01-08T22:00:00+01:00", "--end", "2027-01-08T23:00:00+01:00")
    run("change", "edit", "2", *moved)
    assert answer("change", "assess", "2")["state"] == "approved"
    assert answer("change", "assess", "1")["state"] == "approved"


def test_an_override_goes_on_and_is_kept(web: Any, answer: Any, run: Any) -> None:
    web(1)
    answer("change", "submit", "1")
    web(2)
    answer("change", "submit", "2")

    said = answer("change", "schedule", "1", "--override", "web2 flyttes")
    assert (said["state"], said["override"]) == ("scheduled", "web2 flyttes")
    assert "in spite of" in answer("change", "log", "1")["log"][-1]["what"]


def test_rejection_needs_a_reason_and_only_legal_steps_are_taken(change: str, answer: Any, run: Any) -> None:
    assert "cannot be started" in run("change", "start", "1", code=1).stderr
    run("change", "submit", "1")
    assert "without a written reason" in run("change", "reject", "1", code=1).stderr
    said = answer("change", "reject", "1", "--reason", "for få på jobb")
    assert said["state"] == "rejected"
    assert "cannot be submitted" in run("change", "submit", "1", code=1).stderr
    log = answer("change", "log", "1")["log"]
    assert log[-1]["what"] == "rejected: for få på jobb"
    assert [each["version"] for each in log] == list(range(1, len(log) + 1))
    assert {each["revision"] for each in log} == {1}


def test_an_emergency_takes_one_yes_and_waits_for_the_board(change: str, roles: None, answer: Any, run: Any) -> None:
    run("change", "edit", "1", "--type", "emergency")
    run("change", "submit", "1")
    said = answer("change", "approve", "1", "--by", "Nils")
    assert (said["state"], said["unratified"]) == ("approved", True)
    assert "to be ratified" in run("change", "list").stdout
    assert "no member of the board" in run("change", "ratify", "1", "--by", "Nils", code=1).stderr
    assert answer("change", "ratify", "1", "--by", "Arne")["unratified"] is False


def test_a_standard_change_counts_only_with_its_model(change: str, roles: None, answer: Any, run: Any) -> None:
    run("change", "edit", "1", "--type", "standard", "--model", "db-patch")
    said = answer("change", "assess", "1")
    assert said["counts_as"] == "normal"
    assert "judged as normal" in said["warnings"][0]

    model = ("change", "model", "add", "db-patch", "--class", "DatabaseInstance", "--action", "outage")
    assert "neither change manager nor on the board" in run(*model, code=1).stderr
    run(*model, "--by", "Nils")
    assert answer("change", "assess", "1")["counts_as"] == "standard"
    run("change", "model", "withdraw", "db-patch")
    assert answer("change", "assess", "1")["counts_as"] == "normal"


def test_of_two_people_the_second_is_told_what_differs(change: str, run: Any, answer: Any) -> None:
    run("change", "edit", "1", "--team", "drift", "--by", "Per")
    refused = run("change", "edit", "1", "--team", "web", "--upon", "1", code=1).stderr

    assert "was changed meanwhile by Per" in refused
    assert "team is drift" in refused
    assert answer("change", "show", "1")["team"] == "drift"


def test_an_edit_voids_what_was_approved(change: str, roles: None, answer: Any, run: Any) -> None:
    run("change", "submit", "1")
    run("change", "approve", "1", "--by", "Berit")
    said = answer("change", "edit", "1", "--team", "drift")

    assert (said["state"], said["approvals"][0]["void"]) == ("submitted", "the request was edited afterwards")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("end: 2027-01-07T21:00", "end"),
        ("start: i morgen", "is no time"),
        ("zone: Oslo", "there is no time zone"),
        ("items: [{item: db9}]", "db9"),
        ("items: []", "at least one item"),
        ("titel: x", "there is no such key"),
        ("tests: mange", "must be one of"),
        ("planned_outage_minutes: -3", "planned_outage_minutes"),
        ("items: [{item: db1, action: replace}]", "needs the item that takes its place"),
    ],
)
def test_what_a_file_has_wrong_is_told_and_nothing_is_recorded(
    folder: Path, estate: Path, run: Any, answer: Any, line: str, told: str
) -> None:
    key = line.split(":")[0]
    kept = [each for each in CHANGE.splitlines() if not each.startswith(f"{key}:")]
    (folder / "wrong.yaml").write_text("\n".join([*kept, line, ""]), encoding="utf-8")

    refused = run("change", "new", "--file", "wrong.yaml", code=1).stderr
    assert "wrong.yaml" in refused
    assert told in refused
    assert answer("change", "list", "--all")["changes"] == []


def test_a_time_without_zone_and_a_retired_item_are_refused(folder: Path, estate: Path, run: Any) -> None:
    said = ("change", "new", "--title", "x", "--item", "web1")
    refused = run(*said, "--start", "2027-01-07T22:00", code=2).stderr
    assert "names no time zone" in refused
    run("retire", "web1")
    assert "web1 is retired" in run(*said, code=1).stderr
    assert "there is no change 9" in run("change", "assess", "9", code=1).stderr


def test_a_replacement_hands_over_what_the_old_one_had(folder: Path, estate: Path, answer: Any, run: Any) -> None:
    run("item", "add", "Hypervisor", "esx3", "--set", "status=in_build")
    (folder / "replace.yaml").write_text(
        "title: Bytt vert\nitems: [{item: esx1, action: replace, with: esx3, minutes: 30}]\n"
        "start: 2027-01-07T22:00:00+01:00\nend: 2027-01-07T23:00:00+01:00\nrequester: Per\n",
        encoding="utf-8",
    )
    run("change", "new", "--file", "replace.yaml")
    for role, name in (("cab", "Berit"), ("service_owner", "Arne")):
        run("change", "roster", "add", role, name)
    run("change", "submit", "1")
    run("change", "approve", "1", "--by", "Berit")
    run("change", "approve", "1", "--by", "Arne")
    run("change", "schedule", "1")
    run("change", "start", "1")
    said = answer("change", "finish", "1", "--result", "successful", "--apply")

    assert said["proposed"] == ["esx3 takes over the relationships and pools of esx1, which retires"]
    assert answer("find", "esx1")["items"][0]["status"] == "retired"
    broken = {each["name"] for each in answer("impact", "esx3")["affected"]}
    assert {"web1", "db1", "Nettbutikk", "Betaling"} <= broken


def test_what_became_different_since_the_last_assessment_is_told_and_kept(web: Any, answer: Any, run: Any) -> None:
    web(1)
    answer("change", "assess", "1")
    assert answer("change", "assess", "1")["became_different"] == []
    run("outage", "open", "web2")
    said = answer("change", "assess", "1")["became_different"]

    assert said[0].startswith("risk low")
    assert any("web2 is down or degraded now" in each for each in said)
    assert any("new conflict: fatal together: " in each or "new conflict: no reserve: " in each for each in said)
    assert "Since CHG-000001/2: risk low" in answer("change", "log", "1")["log"][-1]["what"]
    run("outage", "close", "web2")
    assert "since the last assessment: risk" in run("change", "assess", "1").stdout
