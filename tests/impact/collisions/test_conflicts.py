"""Conflicts between changes: the golden night, each kind, and joint losses against trying every set at every minute."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.calendar import CalendarRule
from cmdb.model.change import BackOut, ChangeRequest, ChangeStanding, Step
from cmdb.model.circumstances import ChangeSettings, Circumstances
from cmdb.model.outage import Outage
from impact.collisions import conflicts_of
from impact.engine import ImpactEngine
from impact.states import DOWN, evaluate

NIGHT = dt.datetime(2026, 11, 26, 22, tzinfo=dt.UTC)
NOW = Circumstances(NIGHT - dt.timedelta(days=3))


def work(estate: Any, number: int, start: int, end: int, *names: str, **more: Any) -> ChangeStanding:
    """Return a change from `start` to `end`, minutes after ten in the evening."""
    begin, finish = (NIGHT + dt.timedelta(minutes=minutes) for minutes in (start, end))
    action = more.pop("action", "outage")
    request = ChangeRequest(
        f"C{number}",
        steps=tuple(Step(estate.id(name), action, minutes=end - start) for name in names),
        start=begin.isoformat(),
        end=finish.isoformat(),
        **more,
    )
    return ChangeStanding(f"C{number}", request, state="scheduled")


def told(found: Any, *kinds: str) -> list[tuple[str, ...]]:
    """Return (kind, changes, from minute, to minute) of the conflicts of these kinds."""

    def minute(text: str) -> int:
        return int((dt.datetime.fromisoformat(text) - NIGHT).total_seconds() // 60)

    rows = [
        (each.kind, tuple(each.changes), minute(each.start), minute(each.end))
        for each in found.conflicts
        if not kinds or each.kind in kinds
    ]
    return rows  # type: ignore[return-value]


@pytest.fixture
def golden(estate: Any) -> Any:
    made = estate(
        """
        mail -> w1 | web
        mail -> w2 | web
        mail -> w3 | web
        mail -> d1 | db
        mail -> d2 | db
        mail -> n1 | dns
        mail -> n2 | dns
        """,
        {"mail": {"class": "BusinessService", "users": 400}},
        mail_web=2,
        mail_db=1,
        mail_dns=1,
    )
    changes = [
        work(made, 1, 0, 60, "w1"),
        work(made, 2, 30, 90, "w2"),
        work(made, 3, 45, 75, "d1"),
        work(made, 4, 70, 100, "d2"),
        work(made, 5, 80, 110, "n1"),
    ]
    return made, changes


def test_the_golden_night(golden: Any) -> None:
    made, changes = golden
    found = conflicts_of(made.snapshot, changes, NOW)

    assert told(found, "joint") == [("joint", ("C1", "C2"), 30, 60), ("joint", ("C3", "C4"), 70, 75)]
    assert found.conflicts[0].text.startswith("mail survives each of them") or "mail" in found.conflicts[0].text
    assert {each.service_name for each in found.conflicts if each.kind == "joint"} == {"mail"}


def test_margin_of_the_golden_night(golden: Any) -> None:
    made, changes = golden
    careful = Circumstances(NOW.now, settings=ChangeSettings(reserve=2))
    found = conflicts_of(made.snapshot, changes, careful)

    spans = [(start, end) for _, _, start, end in told(found, "margin")]
    covered = {minute for start, end in spans for minute in range(start, end)}
    assert covered == set(range(30)) | set(range(60, 70)) | set(range(75, 110))


def test_kinds_of_pairs(estate: Any) -> None:
    made = estate(
        "shop -> web\nweb -> host\nshop -> mid | p\nshop -> mid2 | p\nmail -> far",
        {"shop": {"class": "BusinessService"}, "mail": {"class": "BusinessService"}},
        shop_p=1,
    )

    def kinds(*changes: ChangeStanding) -> list[str]:
        return [each.kind for each in conflicts_of(made.snapshot, changes, NOW).conflicts]

    assert kinds(work(made, 1, 0, 60, "host"), work(made, 2, 30, 90, "host")) == ["direct"]
    assert kinds(work(made, 1, 0, 60, "host"), work(made, 2, 30, 90, "web")) == ["dependency"]
    assert kinds(work(made, 1, 0, 60, "host"), work(made, 2, 30, 90, "mid")) == ["shared_impact"]
    assert kinds(work(made, 1, 0, 60, "host"), work(made, 2, 60, 90, "host")) == []
    assert kinds(work(made, 1, 0, 60, "host"), work(made, 2, 30, 90, "far")) == []
    late = BackOut("written", 30)
    assert kinds(work(made, 1, 0, 60, "host", back_out=late), work(made, 2, 60, 90, "host")) == ["direct"]


def test_people_who_cannot_be_in_two_places(estate: Any) -> None:
    made = estate("shop -> a\nmail -> b", {})
    one = work(made, 1, 0, 60, "a", team="Drift", assignees=("Åse", "Per"))

    def texts(**more: Any) -> list[str]:
        found = conflicts_of(made.snapshot, [one, work(made, 2, 30, 90, "b", **more)], NOW)
        return [each.text for each in found.conflicts if each.kind == "resource"]

    assert texts(assignees=("åse",)) == ["Åse is to work on both at the same time"]
    assert texts(team="drift") == ["team Drift is to work on both at the same time"]
    assert texts(team="web") == []


def test_an_open_outage_makes_one_change_a_joint_loss(golden: Any) -> None:
    made, changes = golden
    outage = Outage("OUT-1", made.id("w3"), NIGHT.isoformat())
    found = conflicts_of(made.snapshot, changes[:1], Circumstances(NOW.now, outages=(outage,)))

    assert told(found) == [("joint", ("C1",), 0, 60)]
    assert found.warnings == ["1 open outage counts as going on throughout"]


def test_windows_and_freezes_are_conflicts_and_an_emergency_may_break_a_freeze(golden: Any) -> None:
    made, changes = golden
    freeze = CalendarRule("f", "freeze", "Jul", "2026-11-26T22:30", "UTC", 600)
    window = CalendarRule("w", "window", "Natt", "2026-11-01T22:00", "UTC", 60, "FREQ=DAILY")
    calendar = Circumstances(NOW.now, calendar=(freeze, window))

    found = conflicts_of(made.snapshot, changes[:2], calendar, about=["C2"])
    assert told(found, "window", "freeze") == [("freeze", ("C2",), 30, 90), ("window", ("C2",), 60, 90)]
    urgent = work(made, 9, 30, 90, "n1", type="emergency")
    assert told(conflicts_of(made.snapshot, [urgent], calendar), "freeze") == []


def test_about_keeps_what_concerns_a_change_and_says_what_has_no_date(golden: Any) -> None:
    made, changes = golden
    undated = ChangeStanding("C9", ChangeRequest("x", steps=(Step(made.id("w1")),)), state="submitted")
    found = conflicts_of(made.snapshot, [*changes, undated], NOW, about=["C3", "C9"])

    assert told(found, "joint") == [("joint", ("C3", "C4"), 70, 75)]
    assert found.not_dated == ["C9"]


def test_what_is_only_at_risk_counts_as_down(golden: Any) -> None:
    made, changes = golden
    risky = work(made, 2, 30, 90, "w2", action="at_risk")

    assert told(conflicts_of(made.snapshot, [changes[0], risky], NOW), "joint") == [("joint", ("C1", "C2"), 30, 60)]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_joint_losses_by_trying_every_set_at_every_minute(questions: Any, compiled: Any, data: st.DataObject) -> None:
    spec, _, outages, _ = data.draw(questions())
    items = {
        name: dict(item) | ({"class": "BusinessService"} if data.draw(st.integers(0, 3)) == 0 else {})
        for name, item in spec.items.items()
    }
    made = compiled(type(spec)(items, spec.links, spec.pools))
    snapshot, names = made.snapshot, sorted(spec.items)
    times = st.integers(0, 6)
    changes, spans = [], []
    for number in range(data.draw(st.integers(1, 4))):
        start = data.draw(times)
        end = start + 1 + data.draw(st.integers(0, 3))
        chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
        changes.append(work(made, number, start, end, *chosen))
        spans.append((start, end, [made.row(name) for name in chosen if snapshot.in_service[made.row(name)]]))
    open_ = [Outage("O", made.id(name), NIGHT.isoformat()) for name in outages]
    out = [made.row(name) for name in outages]
    engine = ImpactEngine.of(snapshot)
    resting = np.union1d(engine.in_maintenance, out).astype(np.int64)

    def lost(rows: list[int], base: Any) -> set[int]:
        before = evaluate(engine, base).state == DOWN
        after = evaluate(engine, np.union1d(base, rows).astype(np.int64)).state == DOWN
        return set(np.flatnonzero(after & ~before & snapshot.is_service).tolist())

    expected: set[tuple[int, tuple[str, ...], int]] = set()
    for minute in range(12):
        active = [at for at, (start, end, rows) in enumerate(spans) if start <= minute < end and rows]
        minimal: dict[int, list[set[int]]] = {}
        for size in range(1, len(active) + 1):
            for chosen in itertools.combinations(active, size):
                rows = [row for at in chosen for row in spans[at][2]]
                for service in lost(rows, resting):
                    if any(each <= set(chosen) for each in minimal.setdefault(service, [])):
                        continue
                    minimal[service].append(set(chosen))
                    alone = size == 1 and (not out or service in lost(rows, engine.in_maintenance))
                    if not alone:
                        expected.add((minute, tuple(sorted(f"C{at}" for at in chosen)), service))
    found = conflicts_of(snapshot, changes, Circumstances(NOW.now, outages=tuple(open_)))
    got = {
        (minute, tuple(each.changes), snapshot.row_of(each.service))
        for each in found.conflicts
        if each.kind == "joint" and each.service is not None
        for minute in range(
            *(int((dt.datetime.fromisoformat(text) - NIGHT).total_seconds() // 60) for text in (each.start, each.end))
        )
    }

    assert got == expected
