"""`cmdb outage`, and that what is down counts in every answer from then on."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest


def states(said: Any) -> dict[str, tuple[str, str]]:
    """Return (before, after) of the affected, by name."""
    return {each["name"]: (each["state_before"], each["state"]) for each in said["affected"]}


def test_an_open_outage_counts_until_it_is_closed(estate: Path, answer: Any, run: Any) -> None:
    assert states(answer("impact", "web1"))["Nettbutikk"] == ("unaffected", "at_risk")
    said = answer("outage", "open", "web2", "--reference", "INC7", "-m", "henger")
    assert (said["number"], said["name"], said["state"], said["end"]) == ("OUT-000001", "web2", "down", None)

    counted = answer("impact", "web1")
    assert states(counted)["Nettbutikk"] == ("at_risk", "down")
    assert counted["warnings"][0] == "1 open outage counts: web2 is down (OUT-000001)"
    assert "web2 (down)" in answer("needs", "shop")["warnings"][0]
    assert "web2 is down" in answer("what-if", "--down", "web1")["warnings"][0]
    for words in (("spof", "shop"), ("availability", "shop"), ("cutsets", "shop"), ("network",), ("capacity",)):
        told = answer(*words)["warnings"][0]
        assert told == "1 open outage does not count, for the design is judged: web2 is down (OUT-000001); see --now"
        assert answer(*words, "--now")["warnings"][0] == "1 open outage counts: web2 is down (OUT-000001)"
    by_design = {each["name"] for each in answer("spof", "shop")["spofs"]}
    now = {each["name"] for each in answer("spof", "shop", "--now")["spofs"]}
    assert "web1" in now - by_design
    assert (
        answer("availability", "shop", "--now")["services"][0]["availability"]
        < (answer("availability", "shop")["services"][0]["availability"])
    )

    pairs = {len(each) for each in answer("cutsets", "shop")["cut_sets"]}
    assert 2 in pairs
    singles = [each for each in answer("cutsets", "shop", "--now")["cut_sets"] if len(each) == 1]
    assert answer("find", "web1")["items"][0]["id"] in {each[0] for each in singles}
    run("outage", "close", "web2")
    assert "there is no outage web2" in run("outage", "close", "web2", code=1).stderr
    assert states(answer("impact", "web1"))["Nettbutikk"] == ("unaffected", "at_risk")
    assert [each["number"] for each in answer("outage", "list", "--all")["outages"]] == ["OUT-000001"]
    assert answer("outage", "list")["outages"] == []


def test_what_is_degraded_is_no_outage_of_what_stands_on_it(estate: Path, answer: Any) -> None:
    answer("outage", "open", "db1", "--degraded")

    said = answer("impact", "db1")
    assert said["down"][0]["state_before"] == "degraded"
    assert states(said)["Nettbutikk"] == ("degraded", "down")


def test_what_was_open_then_counts_in_a_question_about_then(estate: Path, answer: Any, run: Any) -> None:
    run("outage", "open", "web2", "--start", "2020-01-01T00:00:00Z")
    assert states(answer("impact", "web1", "--as-of", "1"))["Nettbutikk"] == ("at_risk", "down")
    run("outage", "close", "1", "--end", "2020-01-02T00:00:00Z")
    assert states(answer("impact", "web1", "--as-of", "1"))["Nettbutikk"] == ("unaffected", "at_risk")


def test_mistakes_are_withdrawn_with_a_reason(estate: Path, answer: Any, run: Any) -> None:
    run("outage", "open", "web2")
    assert "is open on it" in run("outage", "open", "web2", code=1).stderr
    assert "written reason" in run("outage", "withdraw", "1", code=1).stderr
    assert answer("outage", "withdraw", "1", "--reason", "feil vert")["withdrawn"] is True
    assert answer("outage", "list")["outages"] == []
    assert "is withdrawn" in run("outage", "close", "1", code=1).stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("open", "web2", "--start", "2999-01-01T00:00:00Z"), "lies ahead"),
        (("open", "web2", "--start", "2020-01-02T00:00"), "names no time zone"),
        (("open", "web2", "--start", "2020-01-02T00:00:00Z", "--end", "2020-01-01T00:00:00Z"), "before it begins"),
    ],
)
def test_what_cannot_be_is_refused(estate: Path, run: Any, answer: Any, words: tuple[str, ...], told: str) -> None:
    assert told in run("outage", *words, code=2).stderr
    assert answer("outage", "list", "--all")["outages"] == []


def test_what_the_record_does_not_hold_fails_like_an_unknown_item(estate: Path, run: Any, answer: Any) -> None:
    """No usage error (2): the words are right, and there is no such thing (1)."""
    assert "there is no change 9" in run("outage", "open", "web2", "--change", "9", code=1).stderr
    assert "there is no outage 4" in run("outage", "close", "4", code=1).stderr
    assert "there is no assessment" in run("change", "assess", "--recompute", "CHG-000001/1", code=1).stderr
    assert "there is no calendar rule" in run("calendar", "remove", "Jul", code=1).stderr
    assert "no suggestion has the id" in run("suggest", "pools", "--accept", "x", code=1).stderr
    assert answer("outage", "list", "--all")["outages"] == []


CSV = """\
item,start,end,state,reference,text
web1,2026-11-01T10:00:00+01:00,2026-11-01T11:00:00+01:00,down,INC1,strøm
db1,2026-11-02T10:00:00+01:00,,degraded,INC2,treg
db9,2026-11-02T10:00:00+01:00,,down,INC3,
web1,i går,,down,INC4,
"""


def test_a_table_is_taken_in_once_and_its_wrong_rows_are_named(
    folder: Path, estate: Path, answer: Any, run: Any
) -> None:
    file = folder / "outages.csv"
    file.write_text(CSV, encoding="utf-8")
    said = answer("outage", "import", str(file), "--source", "jira", code=4)

    assert (said["created"], said["refused"]) == (2, 2)
    assert [each["row"] for each in said["problems"]] == [4, 5]
    again = answer("outage", "import", str(file), "--source", "jira", code=4)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    file.write_text(CSV.replace("+01:00,,degraded", "+01:00,2026-11-02T12:00:00+01:00,degraded"), encoding="utf-8")
    assert answer("outage", "import", str(file), "--source", "jira", code=4)["updated"] == 1
    assert "nothing" not in run("outage", "list", "--all").stdout.casefold()
    wrong = folder / "wrong.csv"
    wrong.write_text("hva,når\nx,y\n", encoding="utf-8")
    assert "it needs item and start" in run("outage", "import", str(wrong), "--source", "x", code=1).stderr


def test_json_is_taken_in_as_well(folder: Path, estate: Path, answer: Any) -> None:
    file = folder / "outages.json"
    file.write_text('[{"item": "web1", "start": "2026-11-01T10:00:00Z", "planned": true}]', encoding="utf-8")

    assert answer("outage", "import", str(file), "--source", "jira")["created"] == 1
    assert answer("outage", "list")["outages"][0]["planned"] is True


def test_what_is_down_now_carries_no_load_and_passes_no_traffic(folder: Path, run: Any, answer: Any) -> None:
    (folder / "net.yaml").write_text(
        """\
cmdb: 1
source: acme
scope: net
complete: true
items:
  - {id: shop, class: BusinessService, name: Nettbutikk, load: 150}
  - {id: a, class: Server, name: a, capacity: 100}
  - {id: b, class: Server, name: b, capacity: 100}
  - {id: s1, class: Switch, name: s1}
  - {id: s2, class: Switch, name: s2}
  - {id: power, class: PowerFeed, name: strøm}
relationships:
  - {from: shop, type: depends_on, to: a, pool: noder}
  - {from: shop, type: depends_on, to: b, pool: noder}
  - {from: a, type: connects_to, to: s1}
  - {from: b, type: connects_to, to: s1}
  - {from: a, type: connects_to, to: s2}
  - {from: b, type: connects_to, to: s2}
  - {from: s2, type: depends_on, to: power}
pools:
  - {consumer: shop, name: noder, need: 1}
""",
        encoding="utf-8",
    )
    run("import", "net.yaml")
    run("outage", "open", "b")
    (pool,) = answer("capacity")["pools"]
    (now,) = answer("capacity", "--now")["pools"]
    assert (pool["n"], pool["capacity"], pool["verdict"]) == (2, 200.0, "no_redundancy")
    assert (now["n"], now["capacity"], now["verdict"]) == (1, 100.0, "overloaded")
    assert "b is down" in answer("capacity", "--now")["warnings"][0]
    assert "1 open outage counts" in run("capacity", "--now").stdout

    assert "b is down now" in run("network", "a", "b", "--now", code=2).stderr
    run("outage", "close", "b")
    run("outage", "open", "power")
    assert answer("network", "a", "b")["routes"][0]["paths"] == 2
    found = answer("network", "a", "b", "--now")
    assert found["routes"][0]["paths"] == 1
    assert "strøm is down" in found["warnings"][0]
    assert answer("network", "--now")["devices"] == answer("network")["devices"] - 1


def test_capacity_and_network_say_the_same_now_where_nothing_is_down(estate: Path, answer: Any) -> None:
    for words in (("capacity",), ("network",)):
        assert answer(*words, "--now") == answer(*words)


def test_windows_of_a_status_page_are_taken_in_by_other_names(
    folder: Path, shared_data: Path, run: Any, answer: Any
) -> None:
    """Real windows: overlapping, of no length, and maintenance, which is planned; an independent count agrees."""
    file = shared_data / "github-status" / "downtime_windows.csv"
    run("init")
    run("item", "add", "BusinessService", "Kodelager")
    words = ["outage", "import", str(file), "--source", "statuspage", "--item", "Kodelager"]
    for ours, theirs in (("start", "downtime_start"), ("end", "downtime_end"), ("reference", "incident_id"),
                         ("text", "title"), ("planned", "impact"), ("state", "impact")):  # fmt: skip
        words += ["--column", f"{ours}={theirs}"]
    for value in (
        "planned:maintenance=yes",
        "planned:*=no",
        "state:critical=down",
        "state:major=down",
        "state:*=degraded",
    ):
        words += ["--value", value]
    said = answer(*words)
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert (said["created"], said["refused"], len(rows)) == (819, 0, 819)
    assert answer(*words)["unchanged"] == 819
    listed = answer("outage", "list", "--all", "--limit", "0")["outages"]
    assert sum(each["planned"] for each in listed) == sum(row["impact"] == "maintenance" for row in rows) == 18
    assert sum(each["start"] == each["end"] for each in listed) == 22
    assert sum(each["state"] == "down" for each in listed) == sum(r["impact"] in ("major", "critical") for r in rows)

    assert "it has no column downtime_begin" in run(*words, "--column", "start=downtime_begin", code=1).stderr
    assert "say OURS=THEIRS" in run(*words, "--column", "begin=x", code=2).stderr
    assert "say OURS:THEIRS=WORD" in run(*words, "--value", "state=x", code=2).stderr
