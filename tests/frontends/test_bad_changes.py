"""What a request cannot ask for, line by line of what goes wrong: a clear message, and nothing half-written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

WHEN = ("--start", "2027-01-07T22:00:00+01:00", "--end", "2027-01-07T23:00:00+01:00")
NEW = ("change", "new", "--title", "Patch", "--item")
NEVER = ("--start", "2027-01-05T22:00", "--zone", "Europe/Oslo", "--minutes", "60")

REFUSED = {
    "end before start": ((*NEW, "db1", "--start", WHEN[1], "--end", "2027-01-07T21:00:00+01:00"), 2, "is not after"),
    "end at start": ((*NEW, "db1", "--start", WHEN[1], "--end", WHEN[1]), 2, "is not after"),
    "end before start by zone": (
        (*NEW, "db1", "--start", "2027-01-07T22:00:00+01:00", "--end", "2027-01-07T22:30:00+02:00"),
        2,
        "correct the zone",
    ),
    "zone missing": ((*NEW, "db1", "--start", "2027-01-07T22:00"), 2, "names no time zone"),
    "zone missing of an outage": (("outage", "open", "db1", "--start", "2026-01-07T22:00"), 2, "names no time zone"),
    "a window on a day there is none": (
        ("calendar", "add", "window", "Aldri", *NEVER, "--rrule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        2,
        "Aldri never opens",
    ),
    "a window that is over": (
        ("calendar", "add", "window", "Forbi", "--start", "2020-01-05T22:00", *NEVER[2:]),
        2,
        "Forbi never opens",
    ),
    "an item nobody knows": ((*NEW, "db9", *WHEN), 1, "no item is called 'db9'"),
    "an item that is retired": ((*NEW, "old1", *WHEN), 1, "old1 is retired"),
    "an outage of an item nobody knows": (("outage", "open", "db9"), 1, "no item is called 'db9'"),
    "started before it is asked for": (("change", "start", "1"), 1, "cannot be started"),
    "reviewed before it is done": (("change", "review", "1"), 1, "cannot be reviewed"),
    "scheduled before it is approved": (("change", "schedule", "1"), 1, "cannot be scheduled"),
    "approved before it is assessed": (("change", "approve", "1"), 1, "not assessed"),
    "ratified though no emergency": (("change", "ratify", "1"), 1, "no emergency"),
    "calibrated on an empty history": (("change", "calibrate"), 2, "no closed change has a prediction"),
    "an intercept from an empty history": (("change", "calibrate", "--apply"), 2, "no closed change has a prediction"),
    "a history in an empty file": (("change", "history", "import", "empty.csv", "--source", "x"), 1, "is empty"),
}


def kept(answer: Any) -> list[Any]:
    """Return everything of changes, outages and the calendar that the record holds."""
    return [
        answer("change", "list", "--all"),
        answer("change", "log", "1"),
        answer("change", "show", "1"),
        answer("outage", "list", "--all"),
        answer("calendar", "list"),
    ]


@pytest.fixture
def draft(folder: Path, estate: Path, run: Any) -> None:
    """A draft by kari on the database, and a server that is retired."""
    (folder / "empty.csv").write_text("", encoding="utf-8")
    run("item", "add", "Server", "old1")
    run("retire", "old1")
    run(*NEW, "db1", *WHEN)


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_said_what_is_wrong_and_nothing_is_written(draft: None, run: Any, answer: Any, case: str) -> None:
    words, code, told = REFUSED[case]
    before = kept(answer)

    refused = run(*words, code=code)
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""
    assert kept(answer) == before


def test_the_requester_does_not_approve_whatever_name_the_letters_have(draft: None, run: Any, answer: Any) -> None:
    run("change", "roster", "add", "cab", "kari")
    run("change", "submit", "1")
    before = kept(answer)

    for name in ("kari", "Kari", " KARI "):
        assert "asked for CHG-000001" in run("change", "approve", "1", "--by", name, code=1).stderr
    assert kept(answer) == before


def test_the_second_of_two_people_is_told_what_differs(draft: None, run: Any, answer: Any) -> None:
    run("change", "edit", "1", "--team", "drift", "--title", "Patch i natt", "--by", "Per")
    before = kept(answer)

    refused = run("change", "edit", "1", "--team", "web", "--upon", "1", code=1).stderr
    assert "was changed meanwhile by Per" in refused
    assert "team is drift" in refused
    assert kept(answer) == before


def test_an_item_that_retires_after_the_request_is_named(draft: None, run: Any, answer: Any) -> None:
    run(*NEW, "web1", *WHEN)
    run("retire", "web1")
    before = kept(answer)

    refused = run("change", "assess", "2", code=2).stderr
    assert "web1" in refused
    assert "retired" in refused
    assert kept(answer) == before


def test_a_history_without_changes_says_so_and_teaches_nothing(folder: Path, draft: None, answer: Any) -> None:
    before = answer("change", "assess", "1")["failure_probability"]
    (folder / "none.json").write_text('{"result": []}', encoding="utf-8")

    answer("change", "history", "import", "none.json", "--source", "snow")
    assert answer("change", "assess", "1")["failure_probability"] == before


def test_a_budget_that_is_spent_raises_the_risk_and_never_divides_by_nothing(
    draft: None, run: Any, answer: Any
) -> None:
    run("item", "edit", "shop", "--set", "downtime_budget_minutes=3000")
    enough = answer("change", "assess", "1")
    began = dt.datetime.now(dt.UTC) - dt.timedelta(days=5)
    over = began + dt.timedelta(days=3)
    run("outage", "open", "shop", "--start", began.isoformat(), "--end", over.isoformat())
    spent = answer("change", "assess", "1")
    run("item", "edit", "shop", "--set", "downtime_budget_minutes=0")
    none = answer("change", "assess", "1")

    # Of what is left at least one minute counts: nothing is divided by zero or by less.
    assert enough["budget_share"] < 1 < spent["budget_share"] == none["budget_share"]
    assert enough["score"] <= spent["score"] == none["score"]


def test_an_outage_of_what_a_service_stands_on_spends_its_budget_once(draft: None, run: Any, answer: Any) -> None:
    """Outages of one web server cost the shop nothing; both at once, or its database, do, for as long as they last."""
    run("item", "edit", "shop", "--set", "downtime_budget_minutes=1000")
    planned = answer("change", "assess", "1")["budget_share"] * 1000

    def down(item: str, start: int, minutes: int) -> float:
        began = noon + dt.timedelta(minutes=start)
        over = began + dt.timedelta(minutes=minutes)
        run("outage", "open", item, "--start", began.isoformat(), "--end", over.isoformat())
        return planned / answer("change", "assess", "1")["budget_share"]  # type: ignore[no-any-return]

    noon = dt.datetime.now(dt.UTC) - dt.timedelta(days=3)
    assert down("web1", 0, 100) == pytest.approx(1000)
    assert down("web2", 60, 100) == pytest.approx(960)  # together for 40 minutes
    assert down("db1", 200, 300) == pytest.approx(660)
    assert down("shop", 250, 300) == pytest.approx(610)  # 250 of them are the same
