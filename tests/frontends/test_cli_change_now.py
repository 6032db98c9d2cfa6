"""`cmdb change effect`, `change brief`, `cmdb now` and `cmdb audit` on the command line."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

WHEN = ("--start", "2027-01-07T22:00:00+01:00", "--end", "2027-01-07T23:00:00+01:00")


def new(run: Any, item: str, *more: str, **said: str) -> None:
    run("change", "new", "--title", said.get("title", f"Patch {item}"), "--item", item, *WHEN, *more)


def test_an_effect_is_told_by_interval_and_by_branch(estate: Path, run: Any, answer: Any) -> None:
    new(run, "web1", "--back-out", "written", "--back-out-minutes", "30")
    run("change", "new", "--title", "b", "--item", "web2", "--start", "2027-01-07T22:30:00+01:00", "--end",
        "2027-01-07T22:45:00+01:00")  # fmt: skip
    run("change", "submit", "2")
    found = answer("change", "effect", "1")

    phases = [
        (each["phase"], len(each["meanwhile"]), [s["state"] for s in each["services"]]) for each in found["intervals"]
    ]
    assert phases == [
        ("work", 0, ["at_risk"]),
        ("work", 1, ["down"]),
        ("work", 0, ["at_risk"]),
        ("back_out", 0, ["at_risk"]),
    ]
    assert [each["state"] for each in found["succeeds"]] == ["down"]
    assert [(each["name"], each["owner"]) for each in found["told"]] == [("Nettbutikk", "Åse Bjørnstad")]
    assert "Who must be told" in run("change", "effect", "1").stdout
    assert "Åse Bjørnstad" in run("change", "effect", "1", "-o", "csv").stdout


def test_what_is_only_at_risk_breaks_something_only_where_it_fails(estate: Path, run: Any, answer: Any) -> None:
    new(run, "db1", "--action", "at_risk")
    found = answer("change", "effect", "1")

    assert found["succeeds"] == []
    assert {each["state"] for each in found["fails"]} == {"down"}


def test_a_decommissioning_is_judged_on_the_topology_afterwards(estate: Path, run: Any, answer: Any) -> None:
    new(run, "web1", "--action", "decommission")
    after = answer("change", "effect", "1")["afterwards"]

    assert "web2" in after["new_single_points"]
    assert "Afterwards" in run("change", "effect", "1").stdout


def test_a_replacement_takes_over_what_stood_on_the_old_one(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    run("item", "add", "Hypervisor", "esx3")
    text = "title: x\nitems: [{item: esx1, action: replace, with: esx3}]\n"
    (folder / "replace.yaml").write_text(text, encoding="utf-8")
    after = answer("change", "effect", "--file", "replace.yaml")["afterwards"]

    assert "esx3" in after["new_single_points"]
    assert after["data_lost"] == []


def test_a_brief_is_one_page_and_escapes_what_it_is_given(folder: Path, estate: Path, run: Any) -> None:
    new(run, "db1", "--justification", "<b>|viktig|</b>", title="Bytt <script>alert(1)</script> på natta")
    page = run("change", "brief", "1", "-o", "html").stdout
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;|viktig|&lt;/b&gt;" in page
    text = run("change", "brief", "1").stdout
    for heading in (
        "What and why",
        "Risk",
        "What breaks",
        "Collisions",
        "Best slots",
        "Back-out",
        "Approvals",
        "Who is told",
    ):
        assert f"## {heading}" in text
    assert "\\|viktig\\|" in text
    run("change", "brief", "1", "-o", "html", "--to", "brief.html")
    assert (folder / "brief.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "cannot be written" in run("change", "brief", "1", "--to", "no/where.md", code=1).stderr


def test_now_says_what_is_down_running_and_unsafe(estate: Path, run: Any, answer: Any) -> None:
    assert "All is well" in run("now").stdout
    start = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    end = start + dt.timedelta(minutes=60)
    when = ("--start", start.isoformat(), "--end", end.isoformat())
    low = ("--back-out", "written", "--back-out-minutes", "20", "--tests", "full")
    run("change", "new", "--title", "a", "--item", "web1", *when, *low)
    for step in ("submit", "schedule", "start"):
        run("change", step, "1")
    run("outage", "open", "web2", "-m", "henger")
    found = answer("now")

    assert [each["name"] for each in found["outages"]] == ["web2"]
    assert [(each["name"], each["state"]) for each in found["services"]] == [("Nettbutikk", "down")]
    (running,) = found["running"]
    assert (running["number"], running["passed"]) == ("CHG-000001", False)
    assert 25 < running["minutes_left"] <= 30
    assert [each["number"] for each in found["unsafe"]] == ["CHG-000001"]
    shown = run("now").stdout
    for heading in ("Open outages", "Running changes", "no longer safe"):
        assert heading in shown
    assert "CHG-000001" in run("now", "-o", "csv").stdout


def test_pools_that_lost_their_reserve_are_named(estate: Path, run: Any, answer: Any) -> None:
    run("outage", "open", "web2")

    assert [(each["name"], each["pool"], each["down"]) for each in answer("now")["without_reserve"]] == [
        ("Nettbutikk", "web", 1)
    ]


MOVED = """\
cmdb: 1
source: acme
scope: oslo
complete: false
items:
  - {id: db1, class: DatabaseInstance, name: db1, mtbf_hours: 2000, mttr_hours: %s}
"""


@pytest.fixture
def moved(folder: Path, run: Any) -> Any:
    def moving(hours: int) -> None:
        file = folder / "moved.yaml"
        file.write_text(MOVED % hours, encoding="utf-8")
        run("import", str(file))

    return moving


def test_what_discovery_saw_without_a_change_request_is_listed(estate: Path, run: Any, answer: Any, moved: Any) -> None:
    moved(9)
    run("item", "edit", "web1", "--set", "owner=Per")
    (found,) = answer("audit", "--since", "1", "--fail", code=3)["unauthorised"]

    assert (found["name"], found["source"], found["nearest"]) == ("db1", "acme", None)
    assert found["fields"] == [{"field": "mttr_hours", "before": 4, "after": 9}]
    assert "mttr_hours: 4 → 9" in run("audit", "--since", "1").stdout
    assert "Nothing since revision" in run("audit", "--since", "3").stdout


def test_an_implemented_change_covers_its_items(estate: Path, run: Any, answer: Any, moved: Any) -> None:
    start = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    when = ("--start", start.isoformat(), "--end", (start + dt.timedelta(minutes=60)).isoformat())
    for role, name in (("cab", "Berit"), ("service_owner", "Arne")):
        run("change", "roster", "add", role, name)
    run("change", "new", "--title", "a", "--item", "db1", *when)
    run("change", "submit", "1")
    run("change", "approve", "1", "--by", "Berit")
    run("change", "approve", "1", "--by", "Arne")
    run("change", "schedule", "1")
    run("change", "start", "1")
    moved(9)
    assert answer("audit", "--since", "1")["unauthorised"] == []
    run("change", "finish", "1", "--result", "successful")
    run("change", "review", "1")
    moved(11)
    # The source had not looked since the work ended.
    assert answer("audit", "--since", "1")["unauthorised"] == []
    moved(12)
    (found,) = answer("audit", "--since", "1")["unauthorised"]
    assert found["nearest"] == "CHG-000001"


def test_a_successor_that_is_not_in_service_yet_counts_as_in_service_afterwards(
    folder: Path, estate: Path, run: Any, answer: Any
) -> None:
    run("item", "add", "Hypervisor", "esx3", "--set", "status=in_build")
    text = "title: x\nitems: [{item: esx1, action: replace, with: esx3}]\n"
    (folder / "replace.yaml").write_text(text, encoding="utf-8")
    after = answer("change", "effect", "--file", "replace.yaml")["afterwards"]

    assert after["new_single_points"] == ["esx3"]
    assert after["data_lost"] == []


def soon(hours: float) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)).isoformat(timespec="minutes")


def test_the_effect_is_kept_on_the_change_and_told_anew_when_the_estate_moves(
    estate: Path, run: Any, answer: Any
) -> None:
    run("change", "new", "--title", "Patch web1", "--item", "web1", "--start", soon(24), "--end", soon(25))
    run("change", "submit", "1")
    kept = answer("change", "show", "1")
    (service,) = kept["effect"]["succeeds"]
    assert (kept["effect"]["succeeds"], kept["became_different"]) == ({service: "at_risk"}, [])
    assert [each["phase"] for each in kept["effect"]["intervals"]] == ["work"]
    assert kept["effect"]["pictures"] == [{service: "at_risk"}]

    run("retire", "web2")
    told = "as planned Nettbutikk was at risk and is down now"
    assert told in answer("change", "show", "1")["became_different"]
    assert f"since then: {told}" in run("change", "show", "1").stdout
    assert told in answer("change", "effect", "1")["became_different"]
    assert f"since the last assessment: {told}" in run("change", "effect", "1").stdout
    (different,) = answer("now")["different"] + answer("now")["unsafe"]
    assert different["number"] == "CHG-000001"

    (row,) = answer("change", "assess", "--moved")["changes"]
    assert told in row["different"]
    assert told in answer("change", "log", "1")["log"][-1]["what"]
    assert answer("change", "show", "1")["effect"]["succeeds"] == {service: "down"}
    assert answer("change", "assess", "--moved")["changes"] == []
    assert "every assessment holds" in run("change", "assess", "--moved").stdout
    assert "name none" in run("change", "assess", "1", "--moved", code=2).stderr


def test_the_effect_is_told_anew_when_the_calendar_moves(estate: Path, run: Any, answer: Any) -> None:
    times = ("--start", soon(24), "--end", soon(25))
    run("change", "new", "--title", "Patch web1", "--item", "web1", *times)
    run("change", "submit", "1")
    run("change", "new", "--title", "Patch web2", "--item", "web2", *times)
    assert answer("change", "show", "1")["became_different"] == []
    run("change", "submit", "2")

    different = answer("change", "show", "1")["became_different"]
    assert "at the same time as CHG-000002" in different
    assert "as planned Nettbutikk was at risk and is down now" in different
    rows = {each["number"]: each for each in answer("change", "assess", "--moved")["changes"]}
    assert set(rows) == {"CHG-000001"}
    run("change", "cancel", "2", "--reason", "ikke i natt")
    assert "no longer at the same time as CHG-000002" in answer("change", "show", "1")["became_different"]


def test_approved_changes_that_moved_lose_their_approval_when_they_are_assessed_anew(
    estate: Path, run: Any, answer: Any
) -> None:
    run("change", "new", "--title", "Patch web1", "--item", "web1", "--start", soon(24), "--end", soon(25),
        "--back-out", "written", "--back-out-minutes", "5", "--tests", "full", "--minutes", "5")  # fmt: skip
    run("change", "submit", "1")
    state = answer("change", "show", "1")["state"]
    run("change", "roster", "add", "change_manager", "Berit")
    run("change", "roster", "add", "cab", "Berit")
    if state == "assessed":
        run("change", "approve", "1", "--by", "Berit")
    assert answer("change", "show", "1")["state"] == "approved"
    run("retire", "web2")

    (row,) = answer("change", "assess", "--moved")["changes"]
    assert (row["state_before"], row["state"]) == ("approved", "assessed")
    assert answer("now")["unsafe"] == []


def test_the_kept_effect_tells_the_worst_and_most_critical_first(estate: Path, run: Any) -> None:
    """Only the first few are told; that they are kept by record id must not decide which."""
    run("item", "add", "BusinessService", "Sak", "--set", "criticality=low")  # its record id comes before the others'
    run("relate", "Sak", "depends_on", "db1")
    run("change", "new", "--title", "Bytt disk", "--item", "db1", "--start", soon(24), "--end", soon(25))
    run("change", "submit", "1")
    shown = run("change", "show", "1").stdout
    assert "as planned      Nettbutikk down, Betaling down, Sak down" in shown
    assert "Nettbutikk down, Betaling down, Sak down" in run("change", "effect", "1").stdout
    assert "3 services get worse as planned" in run("change", "effect", "1").stdout
