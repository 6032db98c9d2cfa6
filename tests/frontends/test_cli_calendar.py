"""`cmdb calendar`: rules in and out, and what they forbid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import icalendar
import pytest

WINDOW = ("--start", "2027-01-05T22:00", "--zone", "Europe/Oslo", "--minutes", "360")


def test_a_rule_is_added_listed_and_taken_back(estate: Path, run: Any, answer: Any) -> None:
    said = answer("calendar", "add", "window", "Natt", *WINDOW, "--rrule", "FREQ=WEEKLY;BYDAY=TU", "--service", "shop")
    assert (said["kind"], said["zone"], said["minutes"], len(said["services"])) == ("window", "Europe/Oslo", 360, 1)
    assert "already" in run("calendar", "add", "window", "Natt", *WINDOW, code=1).stderr
    listed = run("calendar", "list").stdout
    assert "Natt" in listed
    assert "Nettbutikk" in listed
    assert "holds no longer" in run("calendar", "remove", "natt").stdout
    assert answer("calendar", "list")["rules"] == []
    assert answer("calendar", "add", "window", "Natt", *WINDOW)["withdrawn"] is False


def test_a_class_brings_its_kinds_along(estate: Path, answer: Any) -> None:
    said = answer("calendar", "add", "freeze", "Jul", *WINDOW, "--class", "Hypervisor")
    assert "Hypervisor" in said["classes"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--start", "2020-01-05T22:00", "--zone", "Europe/Oslo", "--minutes", "60"), "never opens again"),
        (("--start", "2027-01-05T22:00", "--zone", "Oslo", "--minutes", "60"), "is no time zone"),
        (("--start", "2027-01-05T22:00", "--zone", "UTC", "--minutes", "0"), "minutes is 0"),
        ((*WINDOW, "--rrule", "FREQ=SOMETIMES"), "is not understood"),
        ((*WINDOW, "--class", "Nothing"), "is no class"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused(estate: Path, run: Any, answer: Any, words: Any, told: str) -> None:
    assert told in run("calendar", "add", "window", "Natt", *words, code=2).stderr
    assert answer("calendar", "list")["rules"] == []


def test_rules_go_out_and_come_back_the_same(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    rule = ("--rrule", "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20271231T000000Z", "--except", "2027-01-07T22:00")
    answer("calendar", "add", "window", "Vindu på natta", *WINDOW, *rule, "--item", "web1")
    answer("calendar", "add", "freeze", "Årsoppgjør", *WINDOW)
    before = answer("calendar", "list")["rules"]
    run("calendar", "export", "rules.ics")
    again = answer("calendar", "import", "rules.ics")

    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    assert answer("calendar", "list")["rules"] == before
    events = icalendar.Calendar.from_ical((folder / "rules.ics").read_bytes()).walk("VEVENT")
    assert [str(each["summary"]) for each in events] == ["Vindu på natta", "Årsoppgjør"]


FOREIGN = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//elsewhere//EN
BEGIN:VEVENT
UID:ferie-1
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20270701
DTEND;VALUE=DATE:20270715
SUMMARY:Fellesferie
END:VEVENT
END:VCALENDAR
"""


def test_another_tools_calendar_becomes_freezes(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    (folder / "ferie.ics").write_text(FOREIGN, encoding="utf-8", newline="\r\n")
    assert "does not say what it is" in run("calendar", "import", "ferie.ics", code=1).stderr
    answer("calendar", "import", "ferie.ics", "--kind", "freeze", "--zone", "Europe/Oslo")

    (rule,) = answer("calendar", "list")["rules"]
    assert (rule["name"], rule["start"], rule["minutes"]) == ("Fellesferie", "2027-07-01T00:00", 14 * 1440)
    (folder / "wrong.ics").write_text("hei", encoding="utf-8")
    assert "wrong.ics" in run("calendar", "import", "wrong.ics", "--kind", "freeze", code=1).stderr


def test_the_forward_schedule_can_be_subscribed_to(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    new = ("change", "new", "--title", "Bytt ut båten", "--item", "web1", "--zone", "Europe/Oslo")
    answer(*new, "--start", "2027-01-07T22:00", "--end", "2027-01-07T23:00")
    run("change", "submit", "1")
    run("calendar", "export", "plan.ics", "--changes")

    (event,) = icalendar.Calendar.from_ical((folder / "plan.ics").read_bytes()).walk("VEVENT")
    assert (str(event["uid"]), str(event["summary"])) == ("CHG-000001@cmdb", "CHG-000001 Bytt ut båten")
    assert event.decoded("dtstart").isoformat() == "2027-01-07T22:00:00+01:00"
    assert str(event["status"]) == "TENTATIVE"
    assert int(event["sequence"]) == answer("change", "show", "1")["version"]


def test_a_freeze_makes_a_change_very_high(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    run("calendar", "add", "freeze", "Jul", "--start", "2027-01-07T00:00", "--zone", "Europe/Oslo", "--minutes", "1440")
    new = ("change", "new", "--title", "x", "--item", "web1", "--zone", "Europe/Oslo")
    answer(*new, "--start", "2027-01-07T22:00", "--end", "2027-01-07T23:00")
    said = answer("change", "assess", "1")

    assert said["band"] == "very_high"
    assert [each["rule"] for each in said["floors"]] == ["freeze"]
    assert "Jul" in said["calendar"][0]
