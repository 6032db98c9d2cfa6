"""Single points of failure: each is one, no other is, and the impact answer agrees."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import CmdbError
from impact.breaks import impact_of
from impact.engine import ImpactEngine
from impact.spof import spof_of
from impact.states import DOWN, evaluate

SERVICE = {"class": "BusinessService"}
SHARED_HOST = """
    shop -> web1 | web
    shop -> web2 | web
    web1 -> host
    web2 -> rack
    rack -> host
"""


def by_name(known, finding):  # type: ignore[no-untyped-def]
    return {each.name: {known.name_of(id_) for id_ in each.services} for each in finding.spofs}


def test_a_host_behind_a_pair_is_a_hidden_single_point(estate) -> None:
    """The pool is named, and how each member comes to stand on the host."""
    known = estate(SHARED_HOST, {"shop": {**SERVICE, "criticality": "high", "users": 30}}, shop_web=1)

    finding = spof_of(known.snapshot)

    assert by_name(known, finding) == {"host": {"shop"}}
    (point,) = finding.spofs
    assert point.weight == 4 * 30
    assert point.hidden
    (pool,) = point.hidden_by
    assert (pool.consumer_name, pool.pool, pool.n, pool.need, pool.nested) == ("shop", "web", 2, 1, False)
    assert sorted(each.path_names for each in pool.members) == [["web1", "host"], ["web2", "rack", "host"]]
    assert finding.headline == "1 single point of failure under 1 of 1 service, 1 hidden behind redundancy"


def test_what_is_required_directly_too_is_not_hidden(estate) -> None:
    """Redundancy does not deceive where a chain of requirements leads to the item anyway."""
    known = estate(SHARED_HOST + "shop -> db\n db -> host", {"shop": SERVICE}, shop_web=1)

    finding = spof_of(known.snapshot)

    assert {each.name: each.hidden for each in finding.spofs} == {"db": False, "host": False}
    assert len(spof_of(known.snapshot, hidden_only=True).spofs) == 0


def test_a_pool_above_a_defeated_pool_is_nested(estate) -> None:
    """The farm falls with the rack; the machines on it fall because the farm does."""
    known = estate(
        "shop -> m1 | web\nshop -> m2 | web\nm1 -> farm\nm2 -> farm\nfarm -> h1 | hosts\nfarm -> h2 | hosts\n"
        "h1 -> rack\nh2 -> rack",
        {"shop": SERVICE},
        shop_web=1,
        farm_hosts=1,
    )

    rack = next(each for each in spof_of(known.snapshot).spofs if each.name == "rack")

    assert [(each.consumer_name, each.nested) for each in rack.hidden_by] == [("farm", False), ("shop", True)]


def test_a_services_own_software_is_left_out_on_request(estate) -> None:
    """The application and what it is built from, not the machine below."""
    known = estate(
        "shop -> app\napp -> part\npart -> vm",
        {"shop": SERVICE, "app": {"class": "Application"}, "part": {"class": "Application"}},
    )
    snapshot = dataclasses.replace(known.snapshot, class_tiers=np.array([70, 90, 10, 40, -1], np.int16))

    everything, rest = spof_of(snapshot), spof_of(snapshot, obvious=False)

    assert {each.name: each.obvious for each in everything.spofs} == {"app": True, "part": True, "vm": False}
    assert [each.name for each in rest.spofs] == ["vm"]
    assert rest.obvious_left_out == 2


def test_weights_add_up_and_what_they_lack_is_named(estate) -> None:
    """Unset criticality counts as low and unset users as one, and the answer says so."""
    known = estate("a -> x\nb -> x\nb -> y", {"a": {**SERVICE, "criticality": "vital", "users": 10}, "b": SERVICE})

    finding = spof_of(known.snapshot)

    assert [(each.name, each.weight) for each in finding.spofs] == [("x", 81), ("y", 1)]
    assert [(each.name, each.missing) for each in finding.missing] == [("b", ["criticality", "users"])]
    assert any("no criticality" in warning and "b" in warning for warning in finding.warnings)


def test_a_service_without_providers_is_not_modelled(estate) -> None:
    """Nothing is known that brings it down, and that is what is said."""
    known = estate("shop -> db\nlone", {"shop": SERVICE, "lone": SERVICE})

    finding = spof_of(known.snapshot)

    assert finding.not_modelled == [known.id("lone")]
    assert "1 service requires nothing that is recorded" in finding.headline
    alone = spof_of(known.snapshot, [known.id("lone")])
    assert alone.headline.startswith("no single point of failure is known under 1 service")


def test_an_unmet_requirement_and_an_assumed_need_are_named(estate) -> None:
    """Both may hide a single point."""
    known = estate(
        "shop -> old\nshop -> a | web\nshop -> b | web\nshop -> c | web",
        {"shop": SERVICE, "old": {"status": "retired"}},
    )

    finding = spof_of(known.snapshot)

    assert [each.provider_name for each in finding.unmet] == ["old"]
    assert [each.pool for each in finding.assumed_needs] == ["web"]
    assert any("assumed need" in each for each in finding.warnings)
    assert "no single point of failure is known" in finding.headline


def test_items_in_maintenance_count_only_now(estate) -> None:
    """The design is judged, unless the present is asked for."""
    known = estate("shop -> a | web\nshop -> b | web", {"shop": SERVICE, "a": {"status": "maintenance"}}, shop_web=1)

    assert len(spof_of(known.snapshot).spofs) == 0
    assert [each.name for each in spof_of(known.snapshot, now=True).spofs] == ["b"]


def test_one_item_can_be_asked_about(estate) -> None:
    """Which services it alone takes."""
    known = estate("a -> x\nb -> x\nb -> y", {"a": SERVICE, "b": SERVICE})

    assert by_name(known, spof_of(known.snapshot, items=[known.id("y")])) == {"y": {"b"}}


@pytest.mark.parametrize("text", ["", "ΔΙΚΤΥΟ -> ☃\u202e", "a"])
def test_odd_estates_have_an_answer(text: str, estate) -> None:
    """Empty ones, foreign names, no service at all."""
    known = estate(text, {"ΔΙΚΤΥΟ": SERVICE} if "ΔΙΚΤΥΟ" in text else None)

    finding = spof_of(known.snapshot)

    assert finding.to_json()
    assert len(finding.spofs) == ("ΔΙΚΤΥΟ" in text)


def test_bad_questions_are_refused(estate) -> None:
    """An unknown id and a negative limit have a clear error."""
    known = estate("a -> b", {"a": SERVICE})

    with pytest.raises(CmdbError):
        spof_of(known.snapshot, ["nobody"])
    with pytest.raises(CmdbError):
        spof_of(known.snapshot, limit=-1)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_each_single_point_brings_exactly_its_services_down(data, questions, compiled) -> None:
    """Removing it in the impact answer does what the finding says; what is not listed brings no service down."""
    spec, _, _, minutes = data.draw(questions())
    names = sorted(spec.items)
    chosen = data.draw(st.sets(st.sampled_from(names), min_size=1))
    items = {
        name: {**values, **(SERVICE if name in chosen else {})}
        | ({"status": "operational"} if values.get("status") == "maintenance" else {})
        for name, values in spec.items.items()
    }
    known = compiled(dataclasses.replace(spec, items=items))
    snapshot = known.snapshot

    finding = spof_of(snapshot, minutes=minutes)

    said = by_name(known, finding)
    down_already = set(np.flatnonzero(evaluate(ImpactEngine.of(snapshot), [], minutes=minutes).state == DOWN).tolist())
    for row, name in ((known.row(name), name) for name in names):
        if not snapshot.in_service[row] or row in down_already:
            assert name not in said
            continue
        impact = impact_of(snapshot, [known.id(name)], minutes=minutes)
        lost = {each.name for each in impact.affected if each.service and each.state == "down"}
        assert said.get(name, set()) == lost
    for point in finding.spofs:
        hidden = {known.name_of(id_) for id_ in point.hidden_services}
        assert hidden == {
            name for name in said[point.name] if not directly(known, known.row(name), known.row(point.name))
        }
        assert point.hidden == bool(hidden)
        assert any(not each.nested for each in point.hidden_by) == point.hidden


def directly(known, start: int, end: int) -> bool:  # type: ignore[no-untyped-def]
    """Tell whether a chain of hard requirements outside pools leads from one item to the other."""
    graph = known.snapshot.graph
    edges = [
        (consumer, provider)
        for consumer, provider, hard in zip(
            graph.edge_consumer.tolist(), graph.edge_provider.tolist(), graph.edge_hard.tolist(), strict=True
        )
        if hard
    ]
    seen, open_ = {start}, [start]
    while open_:
        at = open_.pop()
        fresh = {provider for consumer, provider in edges if consumer == at} - seen
        seen |= fresh
        open_ += fresh
    return end in seen
