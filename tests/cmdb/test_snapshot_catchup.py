"""A snapshot that catches up, forwards or backwards, is the one built from scratch."""

from __future__ import annotations

import itertools

from estate_strategies import Held, estates, items
from hypothesis import given
from hypothesis import strategies as st
from snapshot_words import IDENTITY, assert_equal, between, build, revision

from cmdb.catalogue import load_catalogue
from cmdb.history.asof import snapshot_as_of
from cmdb.history.collapsing import collapse
from cmdb.importing import EmptyView
from cmdb.model import Change, Delta, ItemClaim, encode_claims, item_id
from cmdb.snapshot.catchup import MOST_CHANGES, catch_up
from cmdb.store.protocol import RecordColumns

CATALOGUE = load_catalogue(None)
# A type that the catalogue does not hold stays a name of a snapshot that once had it.
NAMES = ("class_names", "type_names", "type_network", "relationship_types")


def later(before: Held, after: Held, changes: list[Change]) -> None:
    """Assert that catching up from `before` gives what building `after` gives."""
    caught = catch_up(build(before, CATALOGUE), changes, revision=revision(2), catalogue=CATALOGUE)
    built = build(after, CATALOGUE, 2)
    if caught is None:
        types = {change.key.split(" ")[1] for change in changes if change.kind == "relationship"}
        assert "no_such_type" in types
        return
    lingering = len(caught.type_names) > len(built.type_names)
    assert_equal(caught, built, but=NAMES if lingering else ())


@given(estates(), estates())
def test_catching_up_equals_building_anew(before: Held, after: Held) -> None:
    """Items, relationships and pools come, change and go; every column is that of a snapshot from scratch."""
    later(before, after, between(before, after).changes)


@given(estates(), estates(), estates())
def test_catching_up_over_several_revisions_equals_building_anew(first: Held, second: Held, third: Held) -> None:
    """Changes of several revisions are taken in their order."""
    later(first, third, [*between(first, second).changes, *between(second, third).changes])


@given(estates(), estates())
def test_catching_up_with_nothing_and_back_again_is_the_same(before: Held, after: Held) -> None:
    """A change and its reversal leave nothing behind."""
    there = between(before, after)
    back = there.reversed()
    snapshot = build(before, CATALOGUE, 2)
    caught = catch_up(snapshot, [*there.changes, *back.changes], revision=revision(2), catalogue=CATALOGUE)
    if caught is not None:
        assert_equal(caught, snapshot)


@given(estates(), st.data())
def test_catching_up_with_other_values_alone_equals_building_anew(before: Held, data: st.DataObject) -> None:
    """Where only items say something else the graph may stay what it is, or must not: both are seen here."""
    documents = {id_: data.draw(st.one_of(st.just(old), items(id_))) for id_, old in before["item"].items()}
    after: Held = {**before, "item": documents}
    later(before, after, between(before, after).changes)


def test_a_graph_that_is_not_touched_is_not_made_again() -> None:
    """A new owner changes no requirement; a status, a class, a load or other rules may."""
    one, other = item_id("acme", "a"), item_id("acme", "b")

    def estate(**values: object) -> Held:
        def document(id_: str, said: dict[str, object]) -> bytes:
            return encode_claims([ItemClaim("acme", "", id_, str(said.pop("class", "Server")), id_, said, "d")])

        return {"item": {one: document("a", values), other: document("b", {})}, "relationship": {}, "pool": {}}

    start = build(estate(), CATALOGUE)

    def kept(**values: object) -> bool:
        changes = between(estate(), estate(**values)).changes
        caught = catch_up(start, changes, revision=revision(2), catalogue=CATALOGUE)
        assert caught is not None
        return caught.graph is start.graph

    assert kept(owner="Åse")
    assert kept(users=7, mtbf_hours=10, mttr_hours=1)
    assert kept(status="degraded")
    for values in ({"status": "retired"}, {"class": "Database"}, {"load": 5}, {"capacity": 5}):
        assert not kept(**values), values


class Past(EmptyView):
    """A view of a record that was one estate after the other."""

    def __init__(self, estates: list[Held]) -> None:
        self.deltas = [between(one, other) for one, other in itertools.pairwise(estates)]
        self.estates = estates

    @property
    def revision(self):  # type: ignore[no-untyped-def]
        return revision(len(self.deltas))

    def columns(self) -> RecordColumns:
        from cmdb.history.asof import patched_columns

        return patched_columns(super().columns(), between(self.estates[0], self.estates[-1]))

    def changes(self, after, upto):  # type: ignore[no-untyped-def]
        for number, delta in enumerate(self.deltas, 1):
            if after < number <= upto:
                yield from ((number, change) for change in delta.changes)


@given(estates(), estates(), estates())
def test_as_of_is_the_snapshot_taken_then(first: Held, second: Held, third: Held) -> None:
    """Rolled back from the present or forward from the beginning, the past is what it was."""
    nothing: Held = {"item": {}, "relationship": {}, "pool": {}}
    past = [nothing, first, second, third]
    view = Past(past)
    for number, held in enumerate(past):
        taken = build(held, CATALOGUE, number)
        present = build(third, CATALOGUE, 3)
        for weights in ((9, 1, 1), (1, 1, 9)):  # which way is the shorter
            revisions = [revision(at, rows) for at, rows in enumerate((0, *weights))]
            for held_snapshot in (None, present):
                found = snapshot_as_of(
                    view, held_snapshot, revision(number), revisions, identity=IDENTITY, catalogue=CATALOGUE
                )
                lingering = len(found.type_names) != len(taken.type_names)
                assert_equal(found, taken, but=NAMES if lingering else ())


@given(estates(), estates(), estates())
def test_collapsed_changes_have_the_same_effect(first: Held, second: Held, third: Held) -> None:
    """Many changes as one lead from the first estate to the last, and say nothing of what came and went."""
    both = [*between(first, second).changes, *between(second, third).changes]
    assert collapse(both) == between(first, third)
    assert collapse(both).reversed() == Delta.of(between(third, first).changes)


def test_very_many_changes_are_not_caught_up_with() -> None:
    """Above a bound building anew is as fast, and the caller is told so."""
    empty = build({"item": {}, "relationship": {}, "pool": {}}, CATALOGUE)
    document = encode_claims([ItemClaim("acme", "", "x", "Server", "x", {}, "digest")])
    many = (Change("item", item_id("acme", str(number)), None, document) for number in range(MOST_CHANGES + 1))
    assert catch_up(empty, many, revision=revision(2), catalogue=CATALOGUE) is None


def test_a_class_that_the_snapshot_has_never_heard_of_is_built_anew() -> None:
    """Codes of classes are the snapshot's own; a new name needs new codes."""
    empty = build({"item": {}, "relationship": {}, "pool": {}}, CATALOGUE)
    document = encode_claims([ItemClaim("acme", "", "x", "Gone1", "x", {}, "digest")])
    change = Change("item", item_id("acme", "x"), None, document)
    assert catch_up(empty, [change], revision=revision(2), catalogue=CATALOGUE) is None
    built = build({"item": {change.key: document}, "relationship": {}, "pool": {}}, CATALOGUE)
    assert built.class_at(0) == "Gone1"
