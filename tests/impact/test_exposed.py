"""At risk because redundancy is spent further down: the third rule, alone and against its definition."""

from __future__ import annotations

import math
import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.breaks import impact_of
from impact.engine import ImpactEngine
from impact.exposure import Exposure, design_of
from impact.graph import estate_graph
from impact.reference import reference_states
from impact.states import AT_RISK, DOWN, STATES, evaluate

SPENT = """
    shop -> web1 | web
    shop -> web2 | web
    web1 -> esx1 | hosts
    web1 -> esx2 | hosts
    web2 -> esx2
    above -> shop
"""


def test_an_item_is_at_risk_when_its_redundancy_is_spent_below(estate) -> None:
    """With esx1 down both machines are up, and esx2 alone would now take the shop."""
    known = estate(SPENT, shop_web=1, web1_hosts=1)
    engine = ImpactEngine.of(known.snapshot)

    states = evaluate(engine, known.rows(["esx1"]))

    assert states.state[known.row("shop")] == AT_RISK
    assert [known.name(row) for row in states.exposed.tolist()] == ["shop", "above"] or set(
        map(known.name, states.exposed.tolist())
    ) >= {"shop"}
    distance = {name: int(states.distance[known.row(name)]) for name in ("web1", "shop", "above")}
    assert distance == {"web1": 1, "shop": 2, "above": 3}
    assert not states.redundancy_lost[known.row("shop")]


def test_the_reason_is_the_pool_whose_member_is_in_trouble(estate) -> None:
    """And the chain leads back to what was taken down."""
    known = estate(SPENT, shop_web=1, web1_hosts=1)

    finding = impact_of(known.snapshot, known.ids("esx1"))

    shop = next(each for each in finding.affected if each.name == "shop")
    (reason,) = shop.because
    assert (reason.kind, reason.pool, reason.down, reason.margin) == ("pool", "web", 0, 1)
    assert [known.name_of(id_) for id_ in reason.causes] == ["web1"]
    assert [known.name_of(id_) for id_ in finding.chain(shop.id)] == ["shop", "web1", "esx1"]


def test_nothing_is_at_risk_that_stood_on_the_item_by_design(estate) -> None:
    """A single point that was one before is no news."""
    known = estate(SPENT + "shop -> esx2", shop_web=1, web1_hosts=1)

    assert evaluate(ImpactEngine.of(known.snapshot), known.rows(["esx1"])).state[known.row("shop")] == 0


def redundant_estate(seed: int, spec_of, link_of):  # type: ignore[no-untyped-def]
    """An estate in layers, nearly every requirement a pool that bears a loss; now and then a cycle, a soft link."""
    chance = random.Random(seed)
    names = [f"i{number}" for number in range(chance.randint(5, 13))]
    links, pools = [], {}
    for at, consumer in enumerate(names[2:], start=2):
        below = names[:at] if chance.random() < 0.9 else [each for each in names if each != consumer]
        for pool in ("a", "b")[: chance.choice([1, 1, 1, 2])]:
            members = chance.sample(below, min(len(below), chance.choice([2, 2, 2, 3])))
            hard = "soft" if chance.random() < 0.1 else "hard"
            lasts = 10.0 if chance.random() < 0.05 else math.inf
            links += [link_of(consumer, each, hard, (pool,), lasts=lasts) for each in members]
            pools[consumer, pool] = {"need": chance.choice([1, 1, 1, len(members)])}
            if chance.random() < 0.1:
                pools[consumer, pool]["full"] = len(members)
        if chance.random() < 0.35:
            links.append(link_of(consumer, chance.choice(below), chance.choice(["hard", "hard", "soft"]), key="x"))
    asked = chance.sample(names, chance.choice([1, 1, 2]))
    items = {name: {"status": "degraded"} if chance.random() < 0.04 else {} for name in names}
    return spec_of(items, tuple(links), pools), asked, chance.choice([None, None, None, 5.0])


@settings(deadline=None, max_examples=400)
@given(seed=st.integers(0, 2**32))
def test_states_are_those_of_the_reference_where_pools_are_everywhere(seed, compiled, spec_of, link_of) -> None:
    """Estates in which spent redundancy is common."""
    spec, down, minutes = redundant_estate(seed, spec_of, link_of)
    known = compiled(spec)
    weak = [name for name, values in spec.items.items() if values]

    states = evaluate(ImpactEngine.of(known.snapshot), known.rows(down), minutes=minutes, degraded=known.rows(weak))

    expected = reference_states(
        estate_graph(known.snapshot), known.ids(*down), minutes=minutes, degraded=known.ids(*weak)
    )
    found = {
        known.snapshot.id_at(row): (STATES[states.state[row]], int(states.distance[row]))
        for row in np.flatnonzero(states.state).tolist()
    }
    assert found == expected


@settings(deadline=None, max_examples=200)
@given(seed=st.integers(0, 2**32))
def test_new_single_points_are_what_the_states_say(seed, compiled, spec_of, link_of) -> None:
    """x is new for v when taking x down as well brings v down, and taking x alone down did not."""
    spec, asked, minutes = redundant_estate(seed, spec_of, link_of)
    known = compiled(spec)
    engine = ImpactEngine.of(known.snapshot)
    given_rows = sorted({known.row(name) for name in asked})

    def down(*rows: int) -> set[int]:
        return set(np.flatnonzero(evaluate(engine, rows, minutes=minutes).state == DOWN).tolist())

    before = down(*given_rows)
    mask = np.zeros(len(known.snapshot), np.bool_)
    mask[list(before)] = True
    exposure = Exposure(design_of(engine, minutes), mask)
    exposure.make(range(len(known.snapshot)))

    points = [row for row in range(len(known.snapshot)) if known.snapshot.in_service[row] and row not in before]
    after = {x: (down(*given_rows, x), down(x)) for x in points}
    for row in range(len(known.snapshot)):
        if row in before:
            assert exposure.new_points(row).tolist() == []
            continue
        assert set(exposure.alone(row)) == {x for x in points if x != row and row in after[x][0]}
        assert exposure.new_points(row).tolist() == [
            x for x in points if x != row and row in after[x][0] and row not in after[x][1]
        ]
