"""What an item stands on: depth, pools, shared items, cycles."""

from __future__ import annotations

import json

import jsonschema
import pytest

from cmdb.errors import ItemNotFound, UsageError
from impact.needs import NeedsFinding, needs_of

SHOP = """
    shop -> web
    shop -> db1 | db
    shop -> db2 | db
    shop ~> mail
    db1 -> host
    db2 -> host
    web -> host
"""


def test_items_come_by_depth_with_what_they_require(estate):
    """Each item stands once, with its requirements: hard ones first, then pools as k of n, then soft ones."""
    shop = estate(SHOP, shop_db=1)

    found = needs_of(shop.snapshot, shop.id("shop"))

    rows = {row.name: row for row in found.items}
    assert {name: (row.depth, row.shared) for name, row in rows.items()} == {
        "shop": (0, False),
        "web": (1, False),
        "db1": (1, False),
        "db2": (1, False),
        "mail": (1, False),
        "host": (2, True),
    }
    assert [(each.kind, each.pool, each.need, each.n, len(each.members)) for each in rows["shop"].requires] == [
        ("hard", None, None, None, 0),
        ("pool", "db", 1, 2, 2),
        ("soft", None, None, None, 0),
    ]
    assert found.headline == "shop stands on 5 items"
    assert not found.truncated


def test_depth_ends_the_walk_and_says_so(estate):
    """What the depth leaves out is marked at the items where it ends, and warned of."""
    shop = estate(SHOP, shop_db=1)

    found = needs_of(shop.snapshot, shop.id("shop"), depth=1)

    assert {row.name: row.expanded for row in found.items} == {
        "shop": True,
        "web": False,
        "db1": False,
        "db2": False,
        "mail": True,
    }
    assert found.truncated
    assert "leaves out" in found.warnings[-1]


def test_cycles_are_marked_and_end(estate):
    """Items that stand on each other are listed as a cycle, and the walk ends."""
    pair = estate("s -> a\n a -> b\n b -> a | p\n b -> c | p", b_p=1)

    found = needs_of(pair.snapshot, pair.id("s"))

    assert {row.name for row in found.items if row.in_cycle} == {"a", "b"}
    assert [{pair.name_of(id_) for id_ in cycle} for cycle in found.cycles] == [{"a", "b"}]
    assert len(list(found.walk())) == 6


def test_walk_reads_the_answer_as_a_tree(estate):
    """Pools are lines with their members below; what comes a second time is not expanded again."""
    shop = estate("s -> a\n s -> b | p\n s -> c | p\n a -> h\n b -> h\n h -> room", s_p=1)

    lines = [
        (step.level, step.item.name if step.item else f"pool {step.requirement.pool}", step.again)
        for step in needs_of(shop.snapshot, shop.id("s")).walk()
    ]

    first, rest = lines[:5], lines[5:]
    assert first == [(0, "s", False), (1, "a", False), (2, "h", False), (3, "room", False), (1, "pool p", False)]
    assert sorted(rest) == [(2, "b", False), (2, "c", False), (3, "h", True)]


def test_unmet_and_assumed_and_missing_are_said(estate):
    """What nobody in service meets, needs nobody stated and missing items are part of the answer."""
    shop = estate(
        "s -> old\n s -> a | p\n s -> b | p\n s -> gone | q",
        {"old": {"status": "retired"}, "gone": {"status": "planned"}, "a": {"status": "missing"}},
    )

    found = needs_of(shop.snapshot, shop.id("s"))

    assert sorted((row.provider_name or "", row.pool or "") for row in found.unmet) == [("", "q"), ("old", "")]
    assert [(row.pool, row.need, row.n) for row in found.assumed_needs] == [("p", 1, 2)]
    assert found.missing_items == shop.ids("a")
    assert len(found.warnings) == 3


def test_json_is_described_by_its_schema(estate):
    """The finding's JSON validates against its schema and reads back."""
    shop = estate(SHOP, shop_db=1)
    found = needs_of(shop.snapshot, shop.id("shop"))

    document = json.loads(found.to_json())

    jsonschema.validate(document, NeedsFinding.model_json_schema(mode="serialization"))
    assert NeedsFinding.model_validate_json(found.to_json()).as_contract() == found.as_contract() == document


def test_nothing_recorded_is_not_nothing_needed(estate):
    """An item without providers: nothing is recorded, which is not said to be nothing needed."""
    alone = estate("a\n old -> a", {"old": {"status": "retired"}})

    assert needs_of(alone.snapshot, alone.id("a")).headline == "nothing is recorded that a stands on"
    assert "out of service" in needs_of(alone.snapshot, alone.id("old")).headline


def test_unknown_item_and_depth_are_refused(estate):
    """An id the snapshot lacks and a depth below 1 are errors that say what to do."""
    alone = estate("a")

    with pytest.raises(ItemNotFound):
        needs_of(alone.snapshot, "zzzz")
    with pytest.raises(UsageError, match="depth"):
        needs_of(alone.snapshot, alone.id("a"), depth=0)


def test_a_chain_of_100_000_items_needs_no_recursion(deep):
    """Depth costs no stack."""
    found = needs_of(deep.snapshot, deep.snapshot.id_at(3_000))

    assert found.total == 3_000
    assert sum(1 for _ in found.walk()) == 3_001
