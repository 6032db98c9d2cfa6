"""`cmdb change slots`, `plan`, `history` and `calibrate` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "servicenow"


def test_the_best_slot_is_in_the_window_and_outside_the_freeze(
    folder: Path, estate: Path, run: Any, answer: Any
) -> None:
    week = ([10] * 8 + [400] * 8 + [10] * 8) * 7
    (folder / "usage.yaml").write_text(
        "cmdb: 1\nsource: acme\nscope: oslo\ncomplete: false\nitems:\n"
        f"  - {{id: shop, class: BusinessService, name: Nettbutikk, usage: {week}}}\n",
        encoding="utf-8",
    )
    run("import", "usage.yaml")
    new = ("change", "new", "--title", "x", "--item", "db1", "--zone", "Europe/Oslo", "--minutes", "60")
    run(*new, "--start", "2031-01-07T10:00", "--end", "2031-01-07T11:00")
    window = ("--zone", "Europe/Oslo", "--minutes", "120", "--rrule", "FREQ=DAILY")
    run("calendar", "add", "window", "Kveld", "--start", "2026-01-01T22:00", *window)
    found = answer("change", "slots", "1", "--from", "2031-01-07T00:00:00+01:00", "--days", "2")

    assert found["considered"] == 10
    assert found["slots"][0]["start"] == "2031-01-07T21:00:00+00:00"
    assert {"start", "end", "user_minutes"} <= set(found["slots"][0])
    assert found["now_planned"]["user_minutes"] > found["slots"][0]["user_minutes"]
    shown = run("change", "slots", "1", "--from", "2031-01-07T00:00:00+01:00", "--days", "2").stdout
    assert "Best: Tue 2031-01-07 22:00 to Tue 23:00" in shown
    assert "Users at stake by hour of the week" in shown
    run("calendar", "add", "freeze", "Hele", "--start", "2031-01-01T00:00", "--zone", "UTC", "--minutes", "40000")
    assert answer("change", "slots", "1", "--from", "2031-01-07T00:00:00+01:00", "--days", "2")["slots"] == []


PLAN = "title: Patch\nitems: [web1, web2]\nminutes: 30\n"


def test_a_plan_has_as_few_waves_as_the_pools_allow(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    found = answer("change", "plan", "plan.yaml")

    assert ([len(wave) for wave in found["waves"]], found["optimal"], found["lower_bound"]) == ([1, 1], True, 2)
    assert len(found["slots"]) == 2
    assert found["slots"][0]["end"] <= found["slots"][1]["start"]
    assert "2 waves, no fewer will do" in run("change", "plan", "plan.yaml").stdout
    run("outage", "open", "web2")
    refused = answer("change", "plan", "plan.yaml", code=3)
    assert refused["waves"] == []
    assert "web1 alone brings Nettbutikk down" in refused["infeasible"][0]["text"]


def test_changes_are_planned_as_wholes(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    for name in ("web1", "web2"):
        run("change", "new", "--title", name, "--item", name, "--minutes", "30")
    (folder / "plan.yaml").write_text("changes: [1, CHG-000002]\norder: [[2, 1]]\n", encoding="utf-8")

    assert answer("change", "plan", "plan.yaml")["waves"] == [["CHG-000002"], ["CHG-000001"]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title: x\n", "either items or changes"),
        ("items: [nobody]\n", "nobody"),
        ("items: [web1]\nat_most: 0\n", "at_most"),
        ("items: [web1]\nwaves: 3\n", "waves"),
        ("items: [web1]\norder: [[web1, web2]]\n", "web2 is not among what is planned"),
        ("items: [web1, web2]\nzones: {a: [web1]}\n", "web2 is in no zone"),
    ],
)
def test_what_a_plan_has_wrong_is_told(folder: Path, estate: Path, run: Any, text: str, told: str) -> None:
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    refused = run("change", "plan", "plan.yaml", code=1).stderr
    assert "plan.yaml" in refused
    assert told in refused


HISTORY = """\
nr,ferdig,gikk,klasse,lag,p
A1,2026-10-01,successful,DatabaseInstance,database,0.1
A2,2026-10-02,unsuccessful,DatabaseInstance,database,0.3
A3,i går,no,,,
A4,2026-10-02,kanskje,,,
"""
COLUMNS = [
    word
    for pair in ("number=nr", "closed_at=ferdig", "failed=gikk", "classes=klasse", "team=lag", "predicted=p")
    for word in ("--column", pair)
]


def test_past_changes_count_and_calibrate(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    assert "no closed change has a prediction" in run("change", "calibrate", code=2).stderr
    (folder / "h.csv").write_text(HISTORY, encoding="utf-8")
    said = answer("change", "history", "import", "h.csv", "--source", "old", *COLUMNS, code=4)
    assert (said["changes"], said["failed"], said["refused"]) == (2, 1, 2)
    assert [each["row"] for each in said["problems"]] == [4, 5]
    assert answer("change", "history", "import", "h.csv", "--source", "old", *COLUMNS, code=4)["unchanged"] is True
    groups = {(each["kind"], each["name"]): (each["failed"], each["changes"]) for each in _groups(answer)}
    assert groups["team", "database"] == (1, 2)

    found = answer("change", "calibrate")
    assert (found["changes"], found["failures"], found["enough"]) == (2, 1, False)
    assert found["brier"] == pytest.approx((0.1**2 + 0.7**2) / 2)
    assert "too few" in run("change", "calibrate", "--apply", code=1).stderr
    assert "Predicted and seen" in run("change", "calibrate").stdout
    (folder / "c.yaml").write_text("title: x\nitems: [db1]\nteam: database\n", encoding="utf-8")
    assert answer("change", "assess", "--file", "c.yaml")["inputs"]["history"]["groups"][0]["told_failed"] == 1


def _groups(answer: Any) -> Any:
    return answer("change", "history", "list")["groups"]


def test_enough_failures_move_the_intercept_and_say_so(folder: Path, estate: Path, run: Any, answer: Any) -> None:
    rows = [f"B{at},2026-10-01,{'failed' if at < 30 else 'successful'},,,0.02" for at in range(300)]
    (folder / "h.csv").write_text("\n".join(["nr,ferdig,gikk,klasse,lag,p", *rows, ""]), encoding="utf-8")
    run("change", "history", "import", "h.csv", "--source", "old", *COLUMNS)
    (folder / "c.yaml").write_text("title: x\nitems: [db1]\n", encoding="utf-8")
    before = answer("change", "assess", "--file", "c.yaml")
    found = answer("change", "calibrate", "--apply")
    after = answer("change", "assess", "--file", "c.yaml")

    assert found["alarm"] is True
    assert after["failure_probability"] > before["failure_probability"]
    assert "expert prior" in before["weights"]
    assert after["weights"].startswith("intercept: estimated from 300 changes")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["CHG0000001.json", "planned_crs.json", "CHG0040007_custom_cr_fields.json"])
def test_real_change_requests_of_servicenow_that_are_not_over_count_for_nothing(
    estate: Path, answer: Any, name: str
) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real inventories are not beside the project")
    said = answer("change", "history", "import", str(SHARED / name), "--source", "snow")

    assert said["changes"] == 0
    assert said["not_over"] >= 1


def test_closed_change_requests_of_servicenow_count_by_class_and_group(folder: Path, estate: Path, answer: Any) -> None:
    (folder / "snow.json").write_text(
        '{"result": [{"number": {"value": "CHG1"}, "state": {"display_value": "Closed", "value": "3"},'
        ' "close_code": {"display_value": "Unsuccessful", "value": "unsuccessful"},'
        ' "closed_at": {"value": "2026-10-01 10:00:00"}, "cmdb_ci": {"display_value": "db1", "value": "x"},'
        ' "assigned_to": {"display_value": "Kari Nordmann"}, "assignment_group": {"display_value": "Database"}}]}',
        encoding="utf-8",
    )
    said = answer("change", "history", "import", "snow.json", "--source", "snow")
    assert (said["changes"], said["failed"]) == (1, 1)
    assert [(each["kind"], each["name"]) for each in _groups(answer)] == [
        ("class", "DatabaseInstance"),
        ("team", "Database"),
    ]


def test_an_incident_soon_after_makes_a_change_a_failed_one(estate: Path, run: Any, answer: Any) -> None:
    new = ("change", "new", "--title", "x", "--item", "web1", "--tests", "full", "--back-out", "written")
    run(*new, "--back-out-minutes", "5", "--start", "2026-10-01T22:00+01:00", "--end", "2026-10-01T22:30+01:00")
    run("change", "submit", "1")
    run("change", "schedule", "1")
    run("change", "start", "1")
    ended = ("--started", "2026-10-01T21:00Z", "--ended", "2026-10-01T21:30Z")
    run("change", "finish", "1", "--result", "successful", *ended)
    run("change", "review", "1", "--outage-minutes", "5")
    found = answer("change", "calibrate")
    # One of two web servers takes nothing down, so five minutes of it cost nobody anything.
    assert (found["failures"], found["losses_compared"], found["loss_ratio"]) == (0, 1, 0.0)
    run("outage", "open", "web1", "--start", "2026-10-03T10:00Z", "--end", "2026-10-03T11:00Z")
    assert answer("change", "calibrate")["failures"] == 1


def test_weights_are_a_sites_own_and_say_where_they_come_from(
    folder: Path, estate: Path, run: Any, answer: Any
) -> None:
    (folder / "c.yaml").write_text("title: x\nitems: [db1]\ntests: none\n", encoding="utf-8")
    before = answer("change", "assess", "--file", "c.yaml")
    assert answer("change", "settings", "set", "no_tests_term", "2")["before"] == 0.5
    after = answer("change", "assess", "--file", "c.yaml")

    assert after["failure_probability"] > before["failure_probability"]
    assert after["weights"].startswith("no_tests_term: set by kari on ")
    listed = {each["name"]: each for each in answer("change", "settings", "list")["settings"]}
    assert listed["no_tests_term"]["value"] == 2
    assert listed["emergency_term"]["origin"] == "expert prior"
    for name, value in (("weight", "1"), ("shrinkage", "0"), ("zone", "Oslo"), ("reserve", "x"), ("lead_weight", "-1")):
        assert run("change", "settings", "set", name, value, code=2).stderr.startswith("cmdb: ")
    assert len(answer("change", "settings", "list")["settings"]) == len(listed)
