"""The history: revisions, their changes, and the changes of single entities."""

from __future__ import annotations

import random
from types import ModuleType

from cmdb.history import PART_ROWS
from cmdb.model import Change, Delta
from cmdb.store import Store


def test_revision_zero_is_the_empty_record(store: Store) -> None:
    """A record begins with a revision that changed nothing, dated when it was made."""
    first = store.revision(0)

    assert first == store.head()
    assert first is not None
    assert (first.number, first.at, first.rows) == (0, store.identity().created_at, 0)


def test_revision_zero_has_one_digest_everywhere(store: Store, reference: Store) -> None:
    """Histories are compared by digest, so all begin from the same."""
    assert store.head().digest == reference.head().digest
    assert store.identity().uuid != reference.identity().uuid


def test_a_revision_that_is_not_there_is_none(store: Store) -> None:
    """Asking for a number that was never given is no error."""
    assert store.revision(1) is None
    assert store.revision(-1) is None


def test_revisions_are_given_in_either_order_and_cut(store: Store, estates: ModuleType) -> None:
    """`after` leaves out, `limit` cuts, `newest_first` turns round."""
    made = [estates.commit(store, estates.created(estates.item(name))) for name in "abcd"]

    assert list(store.revisions()) == made
    assert list(store.revisions(after=2)) == made[2:]
    assert list(store.revisions(limit=2)) == made[:2]
    assert list(store.revisions(newest_first=True, limit=3)) == made[:0:-1]
    assert list(store.revisions(after=1, newest_first=True)) == made[:0:-1]
    assert list(store.revisions(after=4)) == []


def test_changes_are_given_by_range_oldest_first(store: Store, estates: ModuleType) -> None:
    """A held snapshot catches up by reading only the revisions it lacks."""
    deltas = list(estates.random_deltas(seed=5, count=5))
    for delta in deltas:
        estates.commit(store, delta)

    with store.view() as view:
        assert list(view.changes(1, 3)) == [
            (number, change) for number in (2, 3) for change in deltas[number - 1].changes
        ]
        assert list(view.changes(5, 5)) == []
        assert list(view.changes(0, 0)) == []


def test_few_and_many_revisions_are_read_alike(store: Store, estates: ModuleType) -> None:
    """Large and small changes come in one order, whether a reader lacks one revision or dozens."""
    draw = random.Random(7)
    deltas = []
    for number in range(14):
        more = {"description": draw.randbytes(60_000).hex()} if number % 5 == 1 else {}
        deltas.append(estates.created(estates.item(f"i{number}", **more), estates.item(f"j{number}")))
        estates.commit(store, deltas[-1])
    wanted = [(number, change) for number, delta in enumerate(deltas, 1) for change in delta.changes]

    with store.view() as view:
        for after in range(14):
            for upto in (after + 1, after + 10, after + 11, 14):
                assert list(view.changes(after, upto)) == [each for each in wanted if after < each[0] <= upto]


def test_the_past_is_the_present_rolled_back(store: Store, estates: ModuleType) -> None:
    """Every revision can be had again by taking the later changes back, newest first."""
    deltas = list(estates.random_deltas(seed=11, count=8))
    for delta in deltas:
        estates.commit(store, delta)

    with store.view() as view:
        rolled = estates.held_by(view)
        changes = list(view.changes(3, 8))
    for _, change in reversed(changes):
        if change.before is None:
            del rolled[change.kind][change.key]
        else:
            rolled[change.kind][change.key] = change.before

    assert rolled == estates.after(deltas[:3])


def test_the_history_of_an_entity_is_its_changes_and_no_others(store: Store, estates: ModuleType) -> None:
    """From its creation to its removal, oldest first, of just the keys that were asked for."""
    one, other = estates.item("one"), estates.item("other")
    busy = estates.item("one", users=9)
    estates.commit(store, estates.created(one, other))
    estates.commit(store, estates.created(estates.item("third")))
    estates.commit(store, estates.changed(one, busy))
    estates.commit(store, estates.removed(busy))

    assert list(store.changes_of("item", [one.key])) == [
        (1, Change("item", one.key, None, one.document)),
        (3, Change("item", one.key, one.document, busy.document)),
        (4, Change("item", one.key, busy.document, None)),
    ]
    assert [number for number, _ in store.changes_of("item", [one.key, other.key])] == [1, 1, 3, 4]
    assert list(store.changes_of("item", ["nothing"])) == []
    assert list(store.changes_of("item", [])) == []


def test_the_history_of_relationships_and_pools_is_kept_too(store: Store, estates: ModuleType) -> None:
    """Each kind has its own keys and its own history."""
    entities = estates.shop()
    delta = estates.created(*entities)
    estates.commit(store, delta)

    for kind in ("relationship", "pool"):
        wanted = [change for change in delta.changes if change.kind == kind]
        assert list(store.changes_of(kind, [change.key for change in wanted])) == [(1, each) for each in wanted]


def test_the_history_of_one_item_is_found_among_many_parts(store: Store, estates: ModuleType) -> None:
    """An item in the middle of a Delta of several parts has its change, once."""
    entities = [estates.item(f"i{number}") for number in range(2 * PART_ROWS + 1)]
    delta = estates.created(*entities)
    estates.commit(store, delta)
    first, middle, last = delta.changes[0], delta.changes[PART_ROWS], delta.changes[-1]

    assert list(store.changes_of("item", [middle.key])) == [(1, middle)]
    assert list(store.changes_of("item", [last.key, first.key])) == [(1, first), (1, last)]


def test_equal_histories_have_equal_digests_and_others_have_not(
    store: Store, reference: Store, estates: ModuleType
) -> None:
    """A digest stands for the whole history up to its revision."""
    ours = estates.commit(store, estates.created(estates.item("a")))
    theirs = estates.commit(reference, estates.created(estates.item("a", users=1)))
    same = Delta.of([Change("item", estates.item("b").key, None, estates.item("b").document)])

    assert ours.digest != theirs.digest
    assert estates.commit(store, same).digest != estates.commit(reference, same).digest
