"""What breaks if: answers worked out by hand, and everything a finding says beside the states."""

from __future__ import annotations

import json
import random

import jsonschema
import pytest

from cmdb.errors import ItemNotFound, UsageError
from impact.breaks import impact_of
from impact.finding import ImpactFinding

CONTRACT = {
    "revision",
    "down",
    "affected",
    "counts",
    "services",
    "not_followed",
    "no_service_known",
    "truncated",
    "warnings",
}
AFFECTED = {
    "id",
    "external_ids",
    "name",
    "class",
    "state",
    "state_before",
    "redundancy_lost",
    "criticality",
    "users",
    "distance",
    "because",
}
BECAUSE = {"kind", "provider", "type", "pool", "n", "need", "down", "degraded", "margin", "assumed", "causes"}

SHOP = """
    mall -> shop
    shop -> db1 | db
    shop -> db2 | db
    db1 -> host1
    db2 -> host1
    report ~> shop
"""
SERVICE = {"class": "BusinessService"}


def states(found):
    """{name: state} of the affected items."""
    return {row.name: row.state for row in found.affected}


def row(found, name):
    """The affected item of this name."""
    return next(each for each in found.affected if each.name == name)


def test_hidden_cause_above_siblings_is_honoured(estate):
    """Two databases on one host are no redundancy when the host goes; the pool names both as causes."""
    shop = estate(SHOP, {"mall": SERVICE}, shop_db=1)

    found = impact_of(shop.snapshot, shop.ids("host1"))

    assert states(found) == {"db1": "down", "db2": "down", "shop": "down", "mall": "down", "report": "degraded"}
    (reason,) = row(found, "shop").because
    assert reason.model_dump() | {"causes": set(reason.causes)} == {
        "kind": "pool",
        "provider": None,
        "type": "relies_on",
        "pool": "db",
        "n": 2,
        "need": 1,
        "down": 2,
        "degraded": 0,
        "not_counted": 0,
        "margin": -1,
        "assumed": False,
        "causes": set(shop.ids("db1", "db2")),
    }
    assert found.counts.model_dump() == {"down": 4, "degraded": 1, "at_risk": 0}
    assert found.services == shop.ids("mall")
    assert found.headline == "1 service affected (1 down); 5 items in all"


def test_one_of_two_lost_is_at_risk_and_travels_along_hard_links_only(estate):
    """A pool that lost a member puts its consumer at risk, and all that stands hard on it; soft links carry no risk."""
    shop = estate(SHOP, shop_db=1)

    found = impact_of(shop.snapshot, shop.ids("db1"))

    assert states(found) == {"shop": "at_risk", "mall": "at_risk"}
    assert row(found, "shop").redundancy_lost
    assert not row(found, "mall").redundancy_lost
    assert [(reason.kind, reason.margin) for reason in row(found, "shop").because] == [("pool", 0)]
    assert [(reason.kind, reason.causes) for reason in row(found, "mall").because] == [("hard", shop.ids("shop"))]


def test_cycles_hold_themselves_up_and_fall_together(estate):
    """Mutual dependence alone brings nothing down; what takes one down takes both."""
    pair = estate("a -> b\n b -> a\n a -> power\n other -> c")

    assert states(impact_of(pair.snapshot, pair.ids("c"))) == {"other": "down"}
    assert states(impact_of(pair.snapshot, pair.ids("power"))) == {"a": "down", "b": "down"}


@pytest.mark.parametrize(
    ("need", "down", "state"),
    [("50%", 1, "at_risk"), ("50%", 2, "down"), ("66.7%", 1, "down"), ("33.3%", 2, "at_risk"), (3, 1, "down")],
)
def test_percentages_round_up_to_whole_members(estate, need, down, state):
    """Of three members 50% needs two, 66.7% all three, 33.3% one."""
    pool = estate("s -> a | p\n s -> b | p\n s -> c | p", s_p=need)

    found = impact_of(pool.snapshot, pool.ids("a", "b", "c")[:down])

    assert states(found) == {"s": state}


def test_below_full_is_degraded_and_still_says_redundancy_lost(estate):
    """Fewer than `full` up degrades, and degraded does not hide the loss of redundancy."""
    pool = estate("s -> a | p\n s -> b | p\n s -> c | p", s_p={"need": 1, "full": 3})

    found = impact_of(pool.snapshot, pool.ids("b"))

    assert states(found) == {"s": "degraded"}
    assert row(found, "s").redundancy_lost


def test_several_items_at_once_are_judged_together(estate):
    """Each alone is harmless, both together are fatal."""
    shop = estate("shop -> db1 | db\n shop -> db2 | db", shop_db=1)

    assert states(impact_of(shop.snapshot, shop.ids("db1", "db2"))) == {"shop": "down"}


def test_affected_is_what_gets_worse_than_it_is_already(estate):
    """With a sibling in maintenance the pool is already at risk; the second loss brings it down."""
    shop = estate("shop -> db1 | db\n shop -> db2 | db\n old -> db2", {"db2": {"status": "maintenance"}}, shop_db=1)

    found = impact_of(shop.snapshot, shop.ids("db1"))

    assert {each.name: (each.state_before, each.state) for each in found.affected} == {"shop": ("at_risk", "down")}


def test_open_outages_count_as_before(estate):
    """An open outage is like maintenance: what it brings down already is not affected by the question."""
    shop = estate("shop -> db1 | db\n shop -> db2 | db\n old -> db2", shop_db=1)

    found = impact_of(shop.snapshot, shop.ids("db1"), outages=shop.ids("db2"))

    assert {each.name: (each.state_before, each.state) for each in found.affected} == {"shop": ("at_risk", "down")}


def test_lost_redundancy_of_what_is_no_worse_is_told_apart(estate):
    """An item degraded already that now also loses a pool member is not affected, but named."""
    shop = estate("shop -> db1 | db\n shop -> db2 | db", {"shop": {"status": "degraded"}}, shop_db=1)

    found = impact_of(shop.snapshot, shop.ids("db1"))

    assert len(found.affected) == 0
    assert found.also_lost_redundancy == shop.ids("shop")
    assert any("less redundancy: shop" in text for text in found.warnings)
    assert "nothing breaks" not in found.headline


def test_batteries_count_only_for_as_long_as_they_last(estate, link_of, spec_of, compiled):
    """A member that lasts 30 minutes holds for 20 minutes and not for 60, nor without a limit."""
    links = (link_of("rack", "mains", pools=("power",)), link_of("rack", "ups", pools=("power",), lasts=30))
    rack = compiled(spec_of({"rack": {}, "mains": {}, "ups": {}}, links, {("rack", "power"): {"need": 1}}))

    short = impact_of(rack.snapshot, rack.ids("mains"), minutes=20)
    long = impact_of(rack.snapshot, rack.ids("mains"), minutes=60)
    unlimited = impact_of(rack.snapshot, rack.ids("mains"))

    assert [states(found) for found in (short, long, unlimited)] == [{"rack": "at_risk"}] + [{"rack": "down"}] * 2
    assert row(long, "rack").because[0].not_counted == 1
    assert row(long, "rack").because[0].margin == -1
    assert any("1 pool member last less than 60 minutes" in text for text in long.warnings)
    assert any("--for MINUTES" in text and "ups" in text for text in unlimited.warnings)
    assert not short.warnings or "not counted" not in " ".join(short.warnings)


def test_a_pool_of_batteries_alone_is_said_to_be_down_before(link_of, spec_of, compiled):
    """What is down before the question for want of lasting members is named: silence would reassure."""
    spec = spec_of({"rack": {}, "ups": {}}, (link_of("rack", "ups", pools=("power",), lasts=30),))
    rack = compiled(spec)

    found = impact_of(rack.snapshot, rack.ids("ups"))

    assert len(found.affected) == 0
    assert any("taken as down before" in text and "rack" in text for text in found.warnings)


def test_chains_lead_from_the_item_to_what_was_taken_down(estate):
    """The chain follows the first cause of each item, which lies on a shortest chain."""
    shop = estate("a -> b\n b -> c\n c -> d\n a -> c", {})

    found = impact_of(shop.snapshot, shop.ids("d"))
    again = ImpactFinding.model_validate_json(found.to_json())

    assert [shop.name_of(id_) for id_ in found.chain(shop.id("a"))] == ["a", "c", "d"]
    assert again.chain(shop.id("a")) == found.chain(shop.id("a"))
    assert found.chain(shop.id("d")) == shop.ids("d")
    assert found.chain("no such item") == []


def test_chains_end_where_what_was_taken_down_needs_what_it_brings_down(estate):
    """In a circle the item that was taken down has causes of its own; the chain begins with it all the same."""
    shop = estate("a -> b\n b -> a\n c -> b\n d -> c\n c -> d", {})

    found = impact_of(shop.snapshot, shop.ids("a"))
    again = ImpactFinding.model_validate_json(found.to_json())

    assert found.chain(shop.id("a")) == shop.ids("a")
    for finding in (found, again):
        assert [shop.name_of(id_) for id_ in finding.chain(shop.id("d"))] == ["d", "c", "b", "a"]


def test_links_not_followed_are_said(estate):
    """Links without impact, without rule and undirected ones are counted, and the headline says so."""
    rack = estate("srv .. owner\n srv ?? thing\n srv -- switch\n other -- switch")

    found = impact_of(rack.snapshot, rack.ids("srv"))

    assert sorted((rack.name_of(each.item), each.type, each.count, each.why) for each in found.not_followed) == [
        ("srv", "relies_on", 1, "no_rule"),
        ("srv", "relies_on", 1, "none"),
        ("srv", "relies_on", 1, "undirected"),
    ]
    assert found.headline == "nothing known to break; 3 links were not evaluated"
    assert found.no_service_known == rack.ids("srv")


def test_nothing_breaks_is_only_said_when_all_was_looked_at(estate):
    """With a service above, behind a pool that holds, the item at least puts it at risk; else nobody promises."""
    alone = estate("svc ~> web\n spare .. web", {"svc": SERVICE, "web": {"status": "degraded"}})

    assert impact_of(alone.snapshot, alone.ids("spare")).headline == "nothing known to break; 1 link was not evaluated"
    assert impact_of(alone.snapshot, alone.ids("svc")).headline == "nothing breaks"


def test_service_is_known_through_pools_that_hold(estate):
    """Structure counts, not the outcome: a member of a pool that holds has a service above it."""
    shop = estate("svc -> a | p\n svc -> b | p\n a -> h", {"svc": SERVICE}, svc_p=1)

    assert impact_of(shop.snapshot, shop.ids("h")).no_service_known == []


def test_what_the_answer_rests_on_is_named(estate):
    """Assumed needs, needs above the members, missing members and unmet requirements are in the answer."""
    shop = estate(
        "shop -> a | p\n shop -> b | p\n shop -> c | q\n shop -> a | q\n shop -> gone",
        {"b": {"status": "missing"}, "gone": {"status": "retired"}},
        shop_q=5,
    )

    found = impact_of(shop.snapshot, shop.ids("a"))

    assert states(found) == {"shop": "down"}
    assert [(each.name, each.pool, each.n, each.need) for each in found.assumed_needs] == [("shop", "p", 2, 1)]
    assert found.missing_items == shop.ids("b")
    assert [(each.name, each.provider_name, each.provider_status) for each in found.unmet] == [
        ("shop", "gone", "retired")
    ]
    text = "\n".join(found.warnings)
    assert "shop/p (1 of 2)" in text
    assert "shop/q (2 of 2) states 5" in text
    assert "shop requires gone, which is retired" in text


def test_items_out_of_service_bring_nothing_and_say_so(estate):
    """A retired item asked about is in `down`, brings nothing, and the answer warns."""
    shop = estate("shop -> old", {"old": {"status": "retired"}})

    found = impact_of(shop.snapshot, shop.ids("old"))

    assert [(each.name, each.in_service) for each in found.down] == [("old", False)]
    assert len(found.affected) == 0
    assert "old is retired" in found.warnings[0]
    assert found.headline.startswith("nothing known to break")


def test_item_down_already_is_no_reassurance(estate):
    """Asked about what is in maintenance, the answer says that its consequences count as before."""
    shop = estate("shop -> db", {"db": {"status": "maintenance"}, "shop": SERVICE})

    found = impact_of(shop.snapshot, shop.ids("db"))

    assert len(found.affected) == 0
    assert found.headline == "nothing further breaks: it is down already"
    assert "down already" in found.warnings[0]


def test_services_come_first_by_criticality_and_users(estate):
    """`services` and the rows list services by criticality, then users."""
    said = {
        "small": SERVICE | {"criticality": "high", "users": 10},
        "big": SERVICE | {"criticality": "high", "users": 500},
        "vital": SERVICE | {"criticality": "vital", "users": 1},
        "unsaid": SERVICE,
    }
    core = estate("small -> x\n big -> x\n vital -> x\n unsaid -> x\n app -> x", said)

    found = impact_of(core.snapshot, core.ids("x"))

    assert [core.name_of(id_) for id_ in found.services] == ["vital", "big", "small", "unsaid"]
    assert [each.name for each in found.affected] == ["vital", "big", "small", "unsaid", "app"]


def test_limit_cuts_rows_and_never_counts(estate):
    """A limit shortens the list, says so, and leaves counts, total and services alone."""
    core = estate("\n".join(f"a{number} -> x" for number in range(9)))

    found = impact_of(core.snapshot, core.ids("x"), limit=4)

    assert (len(found.affected), found.truncated, found.total, found.counts.down) == (4, True, 9, 9)
    assert len(found.chain(core.id("a8"))) == 2


def test_contract_keys_are_there(estate):
    """The JSON has every key of the contract, and validates against the published schema."""
    shop = estate(SHOP, {"mall": SERVICE}, shop_db=1)
    found = impact_of(shop.snapshot, shop.ids("host1"))

    document = json.loads(found.to_json())

    assert set(document) >= CONTRACT
    assert document == json.loads(json.dumps(found.as_contract()))
    assert set(document["down"][0]) >= {"id", "name"}
    assert set(document["affected"][0]) >= AFFECTED
    assert set(document["affected"][0]["because"][0]) >= BECAUSE
    assert document["affected"][0]["external_ids"] == {"test": "mall"}
    for mode in ("validation", "serialization"):
        jsonschema.validate(document, ImpactFinding.model_json_schema(mode=mode))
    assert ImpactFinding.model_validate_json(found.to_json()).as_contract() == found.as_contract()


def test_order_of_the_question_and_of_the_estate_changes_nothing(estate):
    """The same items asked in another order, and twice, give the same answer but for the order of `down`."""
    lines = [f"i{a} -> i{b}" for a in range(12) for b in range(12) if (a * 7 + b * 5) % 11 == 1]
    forward = estate("\n".join(lines))
    random.Random(3).shuffle(lines)
    backward = estate("\n".join(lines))

    one = impact_of(forward.snapshot, forward.ids("i1", "i2")).as_contract()
    two = impact_of(backward.snapshot, backward.ids("i2", "i1", "i2")).as_contract()

    assert one.pop("down") == two.pop("down")[::-1]
    assert one == two


def test_an_estate_without_links_answers(estate):
    """One item alone: nothing known to break, no service reached."""
    alone = estate("a")

    found = impact_of(alone.snapshot, alone.ids("a"))

    assert found.headline == "nothing known to break; 0 links were not evaluated"


def test_unknown_items_and_empty_questions_are_refused(estate):
    """An id the snapshot lacks, no item, negative minutes and limits: errors that say what to do."""
    alone = estate("a")

    with pytest.raises(ItemNotFound):
        impact_of(alone.snapshot, ["zzzz"])
    with pytest.raises(UsageError, match="no item"):
        impact_of(alone.snapshot, [])
    with pytest.raises(UsageError, match="minutes"):
        impact_of(alone.snapshot, alone.ids("a"), minutes=-1)
    with pytest.raises(UsageError, match="limit"):
        impact_of(alone.snapshot, alone.ids("a"), limit=-1)


def test_a_chain_of_100_000_items_needs_no_recursion(deep):
    """Depth costs no stack: the last of 100,000 items in a row falls, and its chain is told."""
    found = impact_of(deep.snapshot, [deep.snapshot.id_at(0)], limit=3)

    last = deep.snapshot.id_at(99_999)
    assert found.total == 99_999
    assert found.basis.after.distance.max() == 99_999
    assert len(found.chain(last)) == 100_000
