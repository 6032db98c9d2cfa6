"""What further failures would do: new single points and failures to an outage, as the impact answer tells them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.breaks import impact_of
from impact.engine import ImpactEngine
from impact.states import DOWN, evaluate

SERVICE = {"class": "BusinessService"}


def told(known, finding):  # type: ignore[no-untyped-def]
    return {
        each.name: (sorted(map(known.name_of, each.new_spofs)), each.failures_to_outage, each.failures_at_least)
        for each in finding.affected
    }


def test_the_partner_of_what_is_down_is_a_new_single_point(estate) -> None:
    """With one of a pair down the other and what it stands on are; a third machine would have borne it."""
    known = estate(
        "shop -> a | web\nshop -> b | web\nb -> host\npay -> a | web\npay -> b | web\npay -> c | web",
        {"shop": SERVICE, "pay": SERVICE},
        shop_web=1,
        pay_web=1,
    )

    assert told(known, impact_of(known.snapshot, known.ids("a"))) == {
        "shop": (["b", "host"], 1, 1),
        "pay": ([], 2, 2),
    }


def test_more_failures_than_are_looked_for_are_said_to_be_more(estate) -> None:
    """Null, and at least how many."""
    known = estate("\n".join(f"shop -> {each} | web" for each in "abcd"), {"shop": SERVICE}, shop_web=1)

    assert told(known, impact_of(known.snapshot, known.ids("a"))) == {"shop": ([], None, 3)}


def test_what_is_down_needs_no_further_failure(estate) -> None:
    """A service that is down counts 0; other items have no such number."""
    known = estate("shop -> app\napp -> a", {"shop": SERVICE})

    assert told(known, impact_of(known.snapshot, known.ids("a"))) == {"shop": ([], 0, 0), "app": ([], None, None)}


def test_an_item_that_was_a_single_point_under_the_outages_is_no_news(estate) -> None:
    """New is what the question adds; that the state is no worse hides nothing."""
    known = estate(
        "shop -> a | web\nshop -> b | web\nshop -> c | app\nshop -> d | app", {"shop": SERVICE}, shop_web=1, shop_app=1
    )

    finding = impact_of(known.snapshot, known.ids("a"), outages=known.ids("c"))

    assert len(finding.affected) == 0
    (shop,) = finding.also_new_spofs
    assert (shop.name, list(map(known.name_of, shop.new_spofs))) == ("shop", ["b"])
    assert any("new single points of failure: shop (b)" in each for each in finding.warnings)
    assert "less redundancy" in finding.headline


@settings(deadline=None, max_examples=120)
@given(data=st.data())
def test_both_are_what_taking_more_down_does(data, questions, compiled) -> None:
    """Against every pair of further failures."""
    spec, asked, outages, minutes = data.draw(questions(kinds=[("hard_up", "hard", False)]))
    items = {name: {**values, **SERVICE} for name, values in spec.items.items()}
    known = compiled(type(spec)(items, spec.links, spec.pools))
    engine = ImpactEngine.of(known.snapshot)

    finding = impact_of(known.snapshot, known.ids(*asked), minutes=minutes, outages=known.ids(*outages))

    assert finding.basis is not None
    before = set(np.flatnonzero(finding.basis.before.state == DOWN).tolist())
    after = set(np.flatnonzero(finding.basis.after.state == DOWN).tolist())

    def falls(*rows: int) -> set[int]:
        return set(np.flatnonzero(evaluate(engine, rows, minutes=minutes).state == DOWN).tolist())

    others = [row for row in range(len(known.snapshot)) if known.snapshot.in_service[row] and row not in after]
    singles = {x: (falls(*after, x), falls(*before, x)) for x in others}
    pairs = [(pair, falls(*after, *pair)) for pair in combinations(others, 2)]
    for each in finding.affected:
        row = known.snapshot.row_of(each.id)
        if row in after:
            assert (each.new_spofs, each.failures_to_outage) == ([], 0)
            continue
        new = {
            known.snapshot.id_at(x) for x in others if x != row and row in singles[x][0] and row not in singles[x][1]
        }
        assert set(each.new_spofs) == new
        if any(row in singles[x][0] for x in others if x != row):
            assert each.failures_to_outage == 1
        elif any(row in fallen for pair, fallen in pairs if row not in pair):
            assert each.failures_to_outage == 2
        else:
            assert (each.failures_to_outage, each.failures_at_least) == (None, 3)
