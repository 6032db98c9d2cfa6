"""A Delta becomes a revision whole, or nothing happens."""

from __future__ import annotations

from types import ModuleType

import pytest

from cmdb.errors import UsageError
from cmdb.history import PART_ROWS, chain_digest, encode_parts
from cmdb.model import Delta, Revision, RevisionDraft
from cmdb.store import Store


class Interrupted(Exception):
    """Something that happens to the caller in the middle of a session."""


def _commit_and_be_interrupted(store: Store, delta: Delta, draft: RevisionDraft) -> None:
    with store.write(draft.actor) as session:
        session.commit(delta, draft)
        raise Interrupted


def test_a_commit_is_the_next_revision(store: Store, estates: ModuleType) -> None:
    """The revision tells who, when, from what and how many changes, and its digest chains its parts."""
    before = store.head()
    delta = estates.created(*estates.shop())

    revision = estates.commit(
        store, delta, 5, scope="oslo", message="first light", counts={"items": {"created": 4}, "æ": [1, None]}
    )

    assert revision == Revision(
        number=1,
        at="2100-01-01T00:05:00.000000+00:00",
        digest=chain_digest(before.digest, [part.digest for part in encode_parts(delta)]),
        actor=estates.KARI,
        source="acme",
        scope="oslo",
        message="first light",
        counts={"items": {"created": 4}, "æ": [1, None]},
        rows=9,
    )
    assert store.head() == revision == store.revision(1)


def test_a_delta_may_create_update_and_remove_at_once(store: Store, estates: ModuleType) -> None:
    """An item goes together with what hangs on it, in one Delta with what comes."""
    shop, web1, web2, db1, *links, pool = estates.shop()
    estates.commit(store, estates.created(*estates.shop()))
    moved = estates.item("db1", "db1 in the cellar", "Database")
    gone = estates.removed(web2, links[1], links[3], pool).changes
    delta = Delta.of([*gone, *estates.changed(db1, moved).changes, *estates.created(estates.item("new")).changes])

    estates.commit(store, delta)

    assert estates.contents(store) == estates.holding(shop, web1, moved, estates.item("new"), links[0], links[2])


def test_an_empty_delta_makes_no_revision(store: Store, estates: ModuleType) -> None:
    """Nothing changed, so the present revision is returned and stands."""
    first = estates.commit(store, estates.created(*estates.shop()))

    assert estates.commit(store, Delta(), 7) == first == store.head()


def test_leaving_without_a_commit_changes_nothing(store: Store, estates: ModuleType) -> None:
    """The right to write alone writes nothing."""
    with store.write(estates.KARI) as session:
        assert session.revision.number == 0

    assert store.head().number == 0


def test_an_error_in_the_block_keeps_what_was_committed_and_nothing_else(store: Store, estates: ModuleType) -> None:
    """Each commit stands by itself, and the right to write is given back."""
    one, two = estates.item("one"), estates.item("two")

    with pytest.raises(Interrupted):
        _commit_and_be_interrupted(store, estates.created(one), estates.draft())

    assert estates.contents(store) == estates.holding(one)
    assert estates.commit(store, estates.created(two)).number == 2


def test_a_session_may_commit_again_and_reads_what_it_wrote(store: Store, estates: ModuleType) -> None:
    """A session reads what it would write upon, its own commits among it."""
    before, after = estates.item("one"), estates.item("one", users=3)

    with store.write(estates.KARI) as session:
        assert session.commit(estates.created(before), estates.draft(0)).number == 1
        assert session.get("item", [before.key]) == {before.key: before.document}
        assert session.commit(estates.changed(before, after), estates.draft(1)).number == 2
        assert session.revision.number == 2
        assert estates.held_by(session) == estates.holding(after)

    assert estates.contents(store) == estates.holding(after)


def test_each_commit_can_be_read_by_others_at_once(store: Store, estates: ModuleType) -> None:
    """A commit does not wait for the end of its session."""
    one = estates.item("one")

    with store.write(estates.KARI) as session:
        session.commit(estates.created(one), estates.draft())
        assert estates.contents(store) == estates.holding(one)


def test_time_goes_forward_whatever_the_clock_says(store: Store, estates: ModuleType) -> None:
    """A draft that is not later than the head is dated one microsecond after it."""
    estates.commit(store, estates.created(estates.item("a")), 10)

    same = estates.commit(store, estates.created(estates.item("b")), 10)
    earlier = estates.commit(store, estates.created(estates.item("c")), 2)

    assert same.at == "2100-01-01T00:10:00.000001+00:00"
    assert earlier.at == "2100-01-01T00:10:00.000002+00:00"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2100-06-01T12:00:00Z", "2100-06-01T12:00:00.000000+00:00"),
        ("2100-06-01T12:00:00+02:00", "2100-06-01T10:00:00.000000+00:00"),
    ],
)
def test_times_are_kept_in_utc(store: Store, estates: ModuleType, given: str, kept: str) -> None:
    """Times in the record can be compared as text, however a writer wrote them."""
    said = estates.draft()

    with store.write(estates.KARI) as session:
        revision = session.commit(estates.created(estates.item("a")), type(said)(said.actor, given, said.source))

    assert revision.at == kept


@pytest.mark.parametrize("given", ["yesterday", "2100-06-01T12:00:00", ""])
def test_a_time_without_its_offset_is_refused(store: Store, estates: ModuleType, given: str) -> None:
    """Nobody guesses a time zone; the record is as it was and can be written to."""
    said = estates.draft()

    with pytest.raises(UsageError, match="offset"), store.write(estates.KARI) as session:
        session.commit(estates.created(estates.item("a")), type(said)(said.actor, given, said.source))

    assert estates.contents(store) == estates.holding()
    assert estates.commit(store, estates.created(estates.item("a"))).number == 1


def test_a_large_delta_is_one_revision(store: Store, estates: ModuleType) -> None:
    """A Delta of several parts is read back whole, live and in the history."""
    entities = [estates.item(f"i{number}", users=number) for number in range(2 * PART_ROWS + 7)]
    entities += [estates.relationship(f"i{number}", "runs_on", f"i{number + 1}") for number in range(PART_ROWS + 3)]
    delta = estates.created(*entities)

    revision = estates.commit(store, delta)

    assert (revision.number, revision.rows) == (1, 3 * PART_ROWS + 10)
    assert estates.contents(store) == estates.holding(*entities)
    with store.view() as view:
        assert [change for _, change in view.changes(0, 1)] == delta.changes
        assert len(view.columns().item_ids) == 2 * PART_ROWS + 7


def test_deltas_upon_deltas_come_to_what_they_say(store: Store, estates: ModuleType) -> None:
    """After any row of Deltas the store holds what a dictionary would; rolled back through its history, too."""
    deltas = list(estates.random_deltas(seed=20261123, count=12))

    for minute, delta in enumerate(deltas):
        estates.commit(store, delta, minute)

    assert estates.contents(store) == estates.after(deltas)
    assert [Delta(changes) for _, changes in estates.history(store)] == deltas


def test_a_delta_taken_back_leaves_what_was(store: Store, estates: ModuleType) -> None:
    """A Delta and its reverse come to nothing, in two revisions."""
    *deltas, last = estates.random_deltas(seed=7, count=6)
    for delta in deltas:
        estates.commit(store, delta)
    before = estates.contents(store)

    estates.commit(store, last)
    revision = estates.commit(store, last.reversed())

    assert estates.contents(store) == before
    assert revision.number == 7


def test_equal_deltas_make_equal_records(store: Store, reference: Store, estates: ModuleType) -> None:
    """Two stores that were told the same hold the same documents, columns, revisions and digests."""
    for minute, delta in enumerate(estates.random_deltas(seed=3, count=8)):
        assert estates.commit(store, delta, minute) == estates.commit(reference, delta, minute)

    assert estates.history(store) == estates.history(reference)
    with store.view() as ours, reference.view() as theirs:
        assert estates.held_by(ours) == estates.held_by(theirs)
        assert ours.columns() == theirs.columns()
