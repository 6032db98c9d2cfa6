"""From an estate to a risk: what goes down, what is only exposed, users, budgets, what is missing, what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import UsageError
from cmdb.model.calendar import CalendarRule
from cmdb.model.change import BackOut, ChangeRequest, ChangeStanding, Step
from cmdb.model.circumstances import ChangeSettings, Circumstances, PastChange
from cmdb.model.outage import Outage
from impact.engine import ImpactEngine
from impact.risk.answer import assess, recomputed
from impact.risk.given_down import GivenDown
from impact.states import DOWN, evaluate

NOW = dt.datetime(2026, 11, 24, 21, tzinfo=dt.UTC)
SERVER = {"class": "Server", "mtbf_hours": 998.0, "mttr_hours": 2.0}


def mail(estate: Any) -> Any:
    service = {"class": "BusinessService", "criticality": "vital", "users": 400, "downtime_budget_minutes": 120}
    return estate(
        """
        mail -> db
        mail -> web1 | web
        mail -> web2 | web
        mail -> web3 | web
        """,
        {"mail": service, "db": SERVER | {"mttr_hours": 4.0}, "web1": SERVER, "web2": SERVER, "web3": SERVER},
        mail_web=2,
    )


def change(estate: Any, *names: str, **more: Any) -> ChangeStanding:
    asked: dict[str, Any] = {
        "steps": tuple(Step(estate.id(name), minutes=30) for name in names),
        "start": "2026-11-26T22:00:00+01:00",
        "end": "2026-11-26T23:00:00+01:00",
        "back_out": BackOut("written", 45),
        "tests": "partial",
        "team": "database",
    }
    return ChangeStanding("CHG-000001", ChangeRequest("Patch", **{**asked, **more}), state="submitted")


def test_the_only_database_is_the_worked_example(estate: Any) -> None:
    past = [PastChange("x", NOW.isoformat(), at < 8, team="other") for at in range(180)]
    found = assess(mail(estate).snapshot, change(mail(estate), "db"), Circumstances(NOW, history=tuple(past)))

    (service,) = found.services
    assert (service.name, service.down, service.users, service.weight) == ("mail", 1.0, 400, 8)
    assert (service.planned_minutes, service.budget_left_minutes) == (30, 120)
    assert found.outage_minutes_if_fails == 100
    assert found.loss_if_fails == pytest.approx(5333.3, abs=0.1)
    assert (found.number, found.band, found.approvers) == ("CHG-000001", "very_high", ["cab", "service_owner"])
    assert found.headline.startswith("Very high (")
    assert "If it fails, 400 users of mail lose it for about 100 min." in found.headline
    assert "nothing takes over for mail" in found.headline
    assert [each["name"] for each in found.as_contract()["impact"]["affected"]] == ["mail"]
    score, band = recomputed(found.as_contract()["inputs"])
    assert (score.score, band) == (found.score, found.band)


def test_one_of_three_is_low_and_two_at_once_are_not(estate: Any) -> None:
    made = mail(estate)
    one = assess(made.snapshot, change(made, "web1"), Circumstances(NOW))
    two = assess(made.snapshot, change(made, "web1", "web2"), Circumstances(NOW))

    own = 2 / 1000
    expected = 1 - (1 - own) ** 2 * (1 - 4 / 1002)
    assert one.services[0].down == pytest.approx(expected)
    assert (two.services[0].down, two.band) == (1.0, "very_high")
    assert one.score < two.score


def test_steps_one_by_one_never_have_two_down(estate: Any) -> None:
    made = mail(estate)
    rolling = assess(made.snapshot, change(made, "web1", "web2", "web3", sequence="one_by_one"), Circumstances(NOW))
    one = assess(made.snapshot, change(made, "web1"), Circumstances(NOW))

    assert rolling.services[0].down == pytest.approx(one.services[0].down)
    assert rolling.services[0].planned_minutes == pytest.approx(90)


def test_what_is_only_at_risk_goes_down_where_it_fails(estate: Any) -> None:
    made = mail(estate)
    steps = (Step(made.id("db"), "at_risk", minutes=30),)
    found = assess(made.snapshot, change(made, steps=steps), Circumstances(NOW))

    (service,) = found.services
    assert (service.down, service.down_if_fails) == (0.0, 1.0)
    assert found.expected_loss == pytest.approx(400 * 8 * found.failure_probability * 100 / 60)


def test_an_open_outage_makes_a_harmless_change_fatal(estate: Any) -> None:
    made = mail(estate)
    outage = Outage("OUT-000001", made.id("web2"), "2026-11-24T10:00:00Z")
    found = assess(made.snapshot, change(made, "web1"), Circumstances(NOW, outages=(outage,)))

    assert found.services[0].down == 1.0
    assert "1 open outage counts as going on when it starts" in found.warnings


def test_overlapping_changes_that_share_a_service_count(estate: Any) -> None:
    made = mail(estate)
    other = ChangeStanding("CHG-000002", change(made, "web3").request, state="scheduled")
    draft = ChangeStanding("CHG-000003", change(made, "web3").request)
    found = assess(made.snapshot, change(made, "web1"), Circumstances(NOW, changes=(other, draft)))

    assert (found.overlapping, found.inputs["concurrent"]) == (["CHG-000002"], 1)


def test_a_freeze_lifts_the_band_and_is_named(estate: Any) -> None:
    made = mail(estate)
    freeze = CalendarRule("f", "freeze", "Black Friday", "2026-11-26T00:00", "Europe/Oslo", 3 * 1440)
    found = assess(made.snapshot, change(made, "web1"), Circumstances(NOW, calendar=(freeze,)))

    assert (found.band, found.band_of_score) == ("very_high", "medium")
    assert [each.rule for each in found.floors] == ["freeze"]
    assert found.calendar == ["web1 is inside the freeze Black Friday"]
    assert any("leave the freeze" in each.steps for each in found.counterfactuals)


def test_what_nobody_said_is_listed_and_never_helps(estate: Any) -> None:
    bare = estate("mail -> db", {"mail": {"class": "BusinessService"}, "db": {"class": "Server"}})
    known = estate(
        "mail -> db",
        {
            "mail": {"class": "BusinessService", "users": 50, "criticality": "high"},
            "db": SERVER | {"mttr_hours": 1.0},
        },
    )
    asked = ChangeRequest("Patch", steps=(Step(bare.id("db")),))
    less = assess(bare.snapshot, ChangeStanding("", asked), Circumstances(NOW))
    more = assess(known.snapshot, ChangeStanding("", asked), Circumstances(NOW))

    assert {each.what for each in less.missing} >= {"users", "criticality", "usage", "start", "planned_outage_minutes"}
    assert less.score >= more.score
    assert less.number is None


def test_the_users_of_a_service_below_are_counted_above(estate: Any) -> None:
    made = estate(
        "shop -> login\nlogin -> db",
        {
            "shop": {"class": "BusinessService", "users": 100, "criticality": "low"},
            "login": {"class": "BusinessService", "criticality": "low"},
            "db": SERVER,
        },
    )
    found = assess(made.snapshot, change(made, "db"), Circumstances(NOW))

    assert [each.name for each in found.services] == ["shop"]


def test_the_profile_of_the_week_gives_the_users_of_the_slot(estate: Any) -> None:
    usage = [0.0] * 168
    usage[3 * 24 + 22] = 70.0  # Thursday, 22 to 23 in Oslo
    made = estate("shop -> db", {"shop": {"class": "BusinessService", "users": 900, "usage": usage}, "db": SERVER})
    found = assess(
        made.snapshot,
        change(made, "db", zone="Europe/Oslo", back_out=BackOut("none")),
        Circumstances(NOW, settings=ChangeSettings(zone="UTC")),
    )

    assert found.services[0].users == 70
    assert found.inputs["services"][0].get("quietest_users") == 0


@pytest.mark.parametrize(
    ("items", "told"),
    [((), "names no item"), (("gone",), "is not in the record"), (("old",), "old is retired")],
)
def test_a_change_on_nothing_unknown_or_retired_is_refused(estate: Any, items: tuple[str, ...], told: str) -> None:
    made = estate("mail -> db\nold", {"old": {"class": "Server", "status": "retired"}})
    steps = tuple(Step(made.id(name) if name != "gone" else "0123456789abcdef") for name in items)

    with pytest.raises(UsageError, match=told):
        assess(made.snapshot, change(made, steps=steps), Circumstances(NOW))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_chances_by_trying_every_state_of_the_world(questions: Any, compiled: Any, data: st.DataObject) -> None:
    """q of a service is the sum over all states in which it is down, the items of the change being down."""
    drawn = data.draw(questions())
    spec = drawn[0] if isinstance(drawn, tuple) else drawn
    made = compiled(spec)
    snapshot = made.snapshot
    engine = ImpactEngine.of(snapshot)
    live = np.flatnonzero(snapshot.in_service).tolist()
    if not 2 <= len(live) <= 8:
        return
    down = data.draw(st.sampled_from(live))
    chance = GivenDown.of(engine)
    own = chance._data.own
    if len(own) > len(snapshot) and own[len(snapshot) :].any():
        return
    if chance._data.common:
        return
    expected = np.zeros(len(snapshot))
    others = [row for row in live if row != down and own[row] > 0]
    for failed in itertools.product((False, True), repeat=len(others)):
        probability = float(
            np.prod([own[row] if out else 1 - own[row] for row, out in zip(others, failed, strict=True)])
        )
        gone = [down, *(row for row, out in zip(others, failed, strict=True) if out)]
        expected += probability * (evaluate(engine, gone).state == DOWN)
    found = chance.chances([down], live)

    for row, each in zip(live, found, strict=True):
        assert each.value == pytest.approx(expected[row], abs=1e-9)
