"""The difference to today, against the rule itself applied to both estates."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from impact.availability.answer import availability_of
from impact.engine import ImpactEngine
from impact.states import DOWN, STATES, evaluate
from impact.structure import Structure
from impact.whatif import Supposed
from impact.whatif.difference import difference
from impact.whatif.falling import with_down
from impact.whatif.reach import above
from impact.whatif.sides import Sides


def supposing(snapshot: Any, *touched: str) -> Supposed:
    """Return a supposed estate that somebody else has made."""
    return Supposed(snapshot, "", ("as given",), (), (), (), (), touched)


def alone(snapshot: Any, minutes: float | None) -> set[tuple[str, str]]:
    """Return every (service, single point) pair of an estate: each item failed by itself, and the rule applied."""
    structure = Structure.of(ImpactEngine.of(snapshot), minutes=minutes)
    down = structure.down(np.zeros(structure.size, np.bool_))
    pairs = set()
    for point in np.flatnonzero(snapshot.in_service):
        failed = np.zeros(structure.size, np.bool_)
        failed[point] = True
        fallen = structure.down(failed)
        pairs |= {
            (snapshot.name_at(row), snapshot.name_at(int(point)))
            for row in np.flatnonzero(snapshot.is_service & snapshot.in_service).tolist()
            if fallen[row] and not down[row] and not down[point] and row != point
        }
    return pairs


@settings(max_examples=50)
@given(st.data())
def test_single_points_and_states_are_those_of_both_estates(
    questions: Callable[[], Any], compiled: Callable[[Any], Any], data: st.DataObject
) -> None:
    """Two estates of the same items and any links: what is new and gone, and every service's state and counts."""
    before, _, _, minutes = data.draw(questions())
    after, *_ = data.draw(questions())
    names = sorted(before.items.keys() | after.items.keys())
    services = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))

    def whole(spec: Any) -> Any:
        items = {name: dict(spec.items.get(name, {})) for name in names}
        for name in services:
            items[name]["class"] = "BusinessService"
        return compiled(dataclasses.replace(spec, items=items))

    today, then = whole(before), whole(after)
    ids = [today.id(name) for name in names]

    finding = difference(today.snapshot, supposing(then.snapshot, *ids), minutes=minutes)

    pairs_before, pairs = alone(today.snapshot, minutes), alone(then.snapshot, minutes)
    for estate in (today, then):
        structure = Structure.of(ImpactEngine.of(estate.snapshot), minutes=minutes)
        gone = structure.down(np.zeros(structure.size, np.bool_))[: structure.count] | ~estate.snapshot.in_service
        fallen = {estate.snapshot.name_at(row) for row in np.flatnonzero(gone).tolist()}
        pairs_before = {pair for pair in pairs_before if pair[0] not in fallen}
        pairs = {pair for pair in pairs if pair[0] not in fallen}
    # Of a service that stands on what nobody gives, nothing counts as gone.
    hollow = {row["name"] for row in finding.services.plain() if row["data_lost"]}
    told = {
        (row["change"], then.name_of(service), row["name"])
        for row in finding.single_points.plain()
        for service in row["services"]
    }
    lost = {pair for pair in pairs_before - pairs if pair[0] not in hollow}
    assert told == {("new", *pair) for pair in pairs - pairs_before} | {("gone", *pair) for pair in lost}
    for row in finding.services.plain():
        for estate, key in ((today, "state_before"), (then, "state")):
            engine = ImpactEngine.of(estate.snapshot)
            states = evaluate(engine, engine.in_maintenance, minutes=minutes, degraded=engine.degraded_by_status)
            at = estate.row(row["name"])
            live = estate.snapshot.in_service[at]
            assert row[key] == (STATES[states.state[at]] if live else None)


@settings(max_examples=50)
@given(st.data())
def test_what_is_not_reached_does_not_differ(
    questions: Callable[[], Any], compiled: Callable[[Any], Any], data: st.DataObject
) -> None:
    """With an item down, only what stands on it is in another state or has other single points."""
    spec, asked, _, minutes = data.draw(questions())
    items = {name: {**said, "class": "BusinessService"} for name, said in spec.items.items()}
    estate = compiled(dataclasses.replace(spec, items=items))
    snapshot = estate.snapshot
    rows = estate.rows(asked)[:1]
    assume(snapshot.in_service[rows].all())
    ids = tuple(estate.ids(*asked[:1]))

    then = with_down(snapshot, rows)
    finding = difference(snapshot, supposing(then, *ids), minutes=minutes)

    reached = above(snapshot, ids)
    assert finding.services_reached == int((reached & snapshot.in_service).sum())
    for row in np.flatnonzero(~reached).tolist():
        engines = [ImpactEngine.of(each) for each in (snapshot, then)]
        states = [evaluate(each, each.in_maintenance, minutes=minutes).state[row] for each in engines]
        assert states[0] == states[1]
    states = finding.services.plain()
    before = evaluate(ImpactEngine.of(snapshot), ImpactEngine.of(snapshot).in_maintenance, minutes=minutes)
    changed = {row["name"] for row in states}
    assert snapshot.name_at(int(rows[0])) in changed or before.state[rows[0]] == DOWN


def test_nothing_supposed_is_no_difference(estate: Callable[..., Any]) -> None:
    """The same estate twice: nothing known differs, and whoever stands on what was touched was looked at."""
    made = estate("shop -> web1 | web\nshop -> web2 | web", {"shop": {"class": "BusinessService"}}, shop_web=1)

    finding = difference(made.snapshot, supposing(dataclasses.replace(made.snapshot), made.id("web1")))

    assert finding.headline == "nothing known differs; 1 service reached in all"
    assert [len(rows) for rows in (finding.services, finding.items, finding.pools, finding.single_points)] == [0] * 4


def test_services_in_a_worse_state_come_first(estate: Callable[..., Any]) -> None:
    """Then those of more weight; pools that lost margin before those that gained."""
    service = {"class": "BusinessService"}
    today = estate(
        "a -> x | p\na -> y | p\nb -> x\nc -> z | q",
        {"a": {**service, "criticality": "vital"}, "b": service, "c": service},
        a_p=1,
        c_q=1,
    )
    then = estate(
        "a -> x | p\na -> y | p\nb -> x\nc -> z | q\nc -> y | q",
        {"a": {**service, "criticality": "vital"}, "b": service, "c": service},
        a_p=1,
        c_q=1,
    )

    finding = difference(today.snapshot, supposing(with_down(then.snapshot, [then.row("x")]), *then.ids("x", "c")))

    assert [(row["name"], row["state_before"], row["state"]) for row in finding.services.plain()] == [
        ("b", "unaffected", "down"),
        ("a", "unaffected", "at_risk"),
        ("c", "unaffected", "unaffected"),
    ]
    assert [(row["name"], row["change"], row["margin_before"], row["margin"]) for row in finding.pools.plain()] == [
        ("a", "lost", 1, 0),
        ("c", "gained", 0, 1),
    ]
    assert [(row["change"], row["name"]) for row in finding.single_points.plain()] == [("new", "y"), ("gone", "z")]


def test_no_duration_is_a_wrong_question(estate: Callable[..., Any]) -> None:
    """As everywhere: minutes are 0 or more."""
    from cmdb.errors import UsageError

    made = estate("a -> b")

    with pytest.raises(UsageError, match="0 or more"):
        difference(made.snapshot, supposing(made.snapshot), minutes=-1)


SWITCH = """
s -> a | p
s -> b | p
a -> switch
b -> switch
"""


def shared_switch(estate: Callable[..., Any], **more: float) -> Any:
    """The shared switch of the formulas page: servers of 0.99 behind a switch of 0.999."""
    items: dict[str, dict[str, Any]] = {name: {"availability": 0.99} for name in "ab"}
    items["switch"] = {"availability": 0.999}
    items["s"] = {"class": "BusinessService"}
    for name, availability in more.items():
        items[name] = {**items[name], "availability": availability}
    return estate(SWITCH, items, s_p=1)


def test_minutes_are_those_of_the_formulas_page(estate: Callable[..., Any]) -> None:
    """With a perfect switch the service is down when both servers are: 0.0001 in place of 0.0010999."""
    today, then = shared_switch(estate), shared_switch(estate, switch=1)

    finding = difference(today.snapshot, supposing(then.snapshot, then.id("switch")))

    (row,) = finding.services.plain()
    assert row["downtime_minutes_per_month_before"] == pytest.approx(0.0010999 * 43_800, rel=1e-12)
    assert row["downtime_minutes_per_month"] == pytest.approx(0.0001 * 43_800, rel=1e-12)
    assert row["saved_minutes_per_month"] == pytest.approx(0.0009999 * 43_800, rel=1e-12)
    assert finding.saved_minutes_per_month == row["saved_minutes_per_month"]
    assert (row["method_before"], row["method"], row["at_most"]) == ("exact", "exact", False)
    assert finding.headline == (
        "44 minutes less downtime a month expected, of 48 minutes today over the services that differ; "
        "1 service reached in all"
    )


def test_an_item_that_is_down_is_down_all_the_time(estate: Callable[..., Any]) -> None:
    """With one server down the other and the switch must be up: 1 - 0.99 x 0.999."""
    made = shared_switch(estate)

    finding = difference(made.snapshot, supposing(with_down(made.snapshot, [made.row("a")]), made.id("a")))

    (row,) = finding.services.plain()
    assert row["availability"] == pytest.approx(0.99 * 0.999, rel=1e-15)
    assert finding.saved_minutes_per_month == pytest.approx((0.0010999 - 0.01099) * 43_800, rel=1e-12)


def test_figures_are_those_of_the_availability_answer(
    questions: Callable[[], Any], compiled: Callable[[Any], Any]
) -> None:
    """Of both estates, whatever was kept of the work for the first."""

    @settings(max_examples=30, deadline=None)
    @given(st.data())
    def tried(data: st.DataObject) -> None:
        spec, *_ = data.draw(questions())
        shares = st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0])

        def filled() -> Any:
            items = {name: {**said, "availability": data.draw(shares)} for name, said in spec.items.items()}
            items = {
                name: {**said, "class": "BusinessService"} if int(name[1:]) % 3 == 0 else said
                for name, said in items.items()
            }
            return compiled(dataclasses.replace(spec, items=items))

        today, then = filled(), filled()
        ids = [today.id(name) for name in spec.items]

        sides = Sides(today.snapshot, then.snapshot, supposing(then.snapshot, *ids), None, None, None)

        told = {row["id"]: row for row in sides.services()}
        for estate, key in ((today, "availability_before"), (then, "availability")):
            answered = availability_of(estate.snapshot).services.plain()
            expected = {row["id"]: row["availability"] for row in answered}
            assert {id_: told[id_][key] for id_ in expected} == pytest.approx(expected, rel=1e-12, abs=1e-12)

    tried()


def test_a_gain_that_rests_on_lost_data_is_no_gain(estate: Callable[..., Any]) -> None:
    """The only database is gone: nothing is saved, no single point has gone, and the answer says why."""
    service = {"class": "BusinessService"}
    items = {"s": service, "db": {"availability": 0.9}, "web": {"availability": 0.99}}
    today = estate("s -> db\ns -> web", items)
    then = estate("s -> db\ns -> web", {**items, "db": {"availability": 0.9, "status": "retired"}})

    finding = difference(today.snapshot, supposing(then.snapshot, then.id("db")))

    (row,) = finding.services.plain()
    assert (row["data_lost"], row["saved_minutes_per_month"], len(finding.single_points)) == (True, None, 0)
    assert finding.headline == "1 service requires what nobody gives; 1 service reached in all"
    assert "is no gain, only data lost: s" in finding.warnings[0]
