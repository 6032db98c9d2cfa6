"""Names are data: whatever they hold goes in and comes out and is never run as a query."""

from __future__ import annotations

from types import ModuleType

import pytest

from cmdb.model import Baseline
from cmdb.store import Store

NAMES = [
    "Blåbærsyltetøy på Ås",
    "quote ' and \" and ` and \\",
    "🧯 fire 👩‍🚒 extinguisher",
    "'}) DETACH DELETE n //",
    "x' OR '1'='1'; DROP TABLE item; --",
    "$name {curly} %s :label `MATCH (n) DETACH DELETE n`",
    "two\nlines and a\ttab and a \x01 control",
    "  padded with blanks  ",
    "e\u0301 is not \u00e9",
    "\u202eright to left\u202c and \ufeff a mark",
    "日本語と العربية and ไทย",
    "null",
    "007",
    "a/b?c#d%20e&f",
    "long " * 10_000,
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_any_name_is_kept_as_it_is(store: Store, estates: ModuleType, name: str) -> None:
    """As a name, a value, an attribute, a key, a pool and a message it comes back letter for letter."""
    short = name[:500]
    entities = [
        estates.item("a", name, attributes={short: [name, {"deep": short}]}, owner=short),
        estates.item("b", source="acme"),
        estates.relationship("a", "depends_on", "b", short, pools=[short]),
        estates.pool("a", short, need=1, evidence=name),
    ]
    revision = estates.commit(
        store, estates.created(*entities), scope=short, message=name, counts={short: 1}, run=estates.run("acme", short)
    )
    store.put_baseline(Baseline(short, 1, "2100-01-01T00:00:00.000000+00:00", estates.KARI, name))
    store.put_setting(short, name)

    with store.view() as view:
        columns = view.columns()
        assert estates.held_by(view) == estates.holding(*entities)
        assert view.get("pool", [entities[3].key]) == {entities[3].key: entities[3].document}
        assert view.touching([entities[1].key])["relationship"] == {entities[2].key: entities[2].document}
    assert columns.item_names[columns.item_ids.index(entities[0].key)] == name
    assert (columns.relationship_keys, columns.pool_names) == ([short], [short])
    assert store.head() == revision
    assert (revision.scope, revision.message, revision.counts) == (short, name, {short: 1})
    assert [run.draft.scope for run in store.runs("acme", short)] == [short]
    assert [(each.name, each.note) for each in store.baselines()] == [(short, name)]
    assert dict(store.settings()) == {short: name}
    assert [number for number, _ in store.changes_of("relationship", [entities[2].key])] == [1]


def test_keys_are_sorted_by_code_point(store: Store, estates: ModuleType) -> None:
    """Every store gives one order, which no language and no letter case bends."""
    names = ["a", "B", "z", "Z", "å", "æ", "é", "e\u0301", "1", "10", "2", "\U0001f9ef", "\uffff", " "]
    entities = [estates.item("x"), *(estates.pool("x", name, need=1) for name in names)]
    estates.commit(store, estates.created(*entities))

    with store.view() as view:
        assert view.columns().pool_names == sorted(names)
        assert [key for key, _ in view.documents("pool")] == sorted(entity.key for entity in entities[1:])
