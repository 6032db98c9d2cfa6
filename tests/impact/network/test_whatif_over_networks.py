"""What is supposed of devices and cables: who reaches whom over the network counts among what can differ."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings

from impact.engine import ImpactEngine
from impact.states import DOWN, evaluate
from impact.structure import Structure
from impact.whatif import Supposed
from impact.whatif.difference import difference
from impact.whatif.falling import with_down
from impact.whatif.reach import above

RING = "shop => db\nshop == s1\ns1 == s2\ns2 == db\ns1 == s3\ns3 == db"
ITEMS = {**{name: {"class": "Switch"} for name in ("s1", "s2", "s3")}, "shop": {"class": "BusinessService"}}


def supposing(snapshot, *touched):
    return Supposed(snapshot, "", ("as given",), (), (), (), (), touched)


def test_a_device_that_is_down_is_down_on_every_path(compiled, networks):
    """States and structure as if it had failed today, and nobody differs who was not reached."""

    @settings(max_examples=60, deadline=None)
    @given(networks())
    def check(question):
        known = compiled(question[0])
        snapshot = known.snapshot
        live = np.flatnonzero(snapshot.in_service).tolist()
        for row in live[:4]:
            supposed = with_down(snapshot, [row])
            engine, today = ImpactEngine.of(supposed), ImpactEngine.of(snapshot)
            expected = evaluate(today, np.union1d(today.in_maintenance, [row]))
            found = evaluate(engine, engine.in_maintenance)
            assert np.array_equal(found.state, expected.state)
            structure = Structure.of(engine)
            alone = evaluate(today, [row]).state == DOWN
            fallen = structure.down(np.zeros(structure.size, np.bool_))[: structure.count]
            assert (fallen >= alone).all()
            reached = above(snapshot, (snapshot.id_at(row),))
            before = evaluate(today, today.in_maintenance)
            assert np.array_equal(found.state[~reached], before.state[~reached])

    check()


def test_a_second_path_that_is_lost_leaves_new_single_points(estate):
    """With one of two switches down, the other is the only way."""
    known = estate(RING, ITEMS)

    then = with_down(known.snapshot, [known.row("s2")])
    finding = difference(known.snapshot, supposing(then, known.id("s2")))

    assert [(row["change"], row["name"]) for row in finding.single_points.plain()] == [("new", "s3")]
    (row,) = finding.services.plain()
    assert (row["name"], row["single_points_before"], row["single_points"]) == ("shop", 2, 3)


def test_a_cable_more_takes_a_single_point_away(estate):
    """A second way past the first switch."""
    before = estate("shop => db\nshop == s1\ns1 == s2\ns2 == db\nshop == s3", ITEMS)
    after = estate("shop => db\nshop == s1\ns1 == s2\ns2 == db\nshop == s3\ns3 == s2", ITEMS)

    finding = difference(before.snapshot, supposing(after.snapshot, *after.ids("s3", "s2")))

    assert [(row["change"], row["name"]) for row in finding.single_points.plain()] == [("gone", "s1")]
    assert finding.services_reached == 1


def test_a_network_that_nobody_reaches_over_reaches_nobody(estate):
    """Cables by themselves make no requirement."""
    known = estate("shop -> db\nshop == s1\ns1 == db", ITEMS)
    finding = difference(known.snapshot, supposing(dataclasses.replace(known.snapshot), known.id("s1")))

    assert finding.services_reached == 0
