"""A purge erases items from the present and from every revision; the rest of the history stays."""

from __future__ import annotations

import json
from types import ModuleType

from cmdb.history import chain_digest, encode_parts, unpack_ids
from cmdb.model import KINDS, Change, Delta
from cmdb.store import Store, open_store


def _purge(store: Store, estates: ModuleType, *names: str) -> dict[str, object]:
    with store.write(estates.KARI) as session:
        erased = session.purge([estates.id_of(name) for name in names], estates.draft(50, message="on request"))
    assert all(isinstance(note, str) for note in erased.pop("notes"))
    return erased


def test_a_purged_item_is_gone_with_all_that_hangs_on_it(store: Store, estates: ModuleType) -> None:
    """Its relationships from either end and its pools go with it; other items stay."""
    shop, _, web2, db1, *links, pool = estates.shop()
    estates.commit(store, estates.created(*estates.shop()))

    assert _purge(store, estates, "web1") == {"items": 1, "relationships": 2, "pools": 0, "changes": 3}
    assert estates.contents(store) == estates.holding(shop, web2, db1, links[1], links[3], pool)

    assert _purge(store, estates, "shop") == {"items": 1, "relationships": 1, "pools": 1, "changes": 3}
    assert estates.contents(store) == estates.holding(web2, db1, links[3])


def test_nothing_of_a_purged_item_is_left_in_the_history(store: Store, estates: ModuleType) -> None:
    """Neither a value nor a key of it can be read from any revision; what is left reads as before."""
    secret, other = estates.item("anna", "Anna Hemmelig", users=1), estates.item("other")
    later = estates.item("anna", "Anna Ukjent", users=2)
    link, pool = estates.relationship("other", "runs_on", "anna"), estates.pool("anna", "p", need=1)
    busy = estates.item("other", users=5)
    estates.commit(store, estates.created(secret, other, link, pool))
    estates.commit(store, estates.changed(secret, later))
    estates.commit(store, estates.changed(other, busy))
    estates.commit(store, estates.removed(later, link, pool))

    assert _purge(store, estates, "anna") == {"items": 0, "relationships": 0, "pools": 0, "changes": 7}

    assert [changes for _, changes in estates.history(store)] == [
        [Change("item", other.key, None, other.document)],
        [],
        [Change("item", other.key, other.document, busy.document)],
        [],
        [],
    ]
    assert [revision.rows for revision in store.revisions()] == [1, 0, 1, 0, 0]
    for kind, key in (("item", secret.key), ("relationship", link.key), ("pool", pool.key)):
        assert list(store.changes_of(kind, [key])) == []
    assert [number for number, _ in store.changes_of("item", [other.key])] == [1, 3]


def test_the_purge_is_a_revision_that_tells_who_and_how_much(store: Store, estates: ModuleType) -> None:
    """That something was erased is kept, by whom and why; what it was is not."""
    estates.commit(store, estates.created(*estates.shop()))

    erased = _purge(store, estates, "web1")

    head = store.head()
    assert (head.number, head.rows, head.actor, head.message) == (2, 0, estates.KARI, "on request")
    assert head.counts == {"erased": erased}
    assert head.at == "2100-01-01T00:50:00.000000+00:00"
    assert "web1" not in json.dumps(head.counts)


def test_digests_are_those_of_a_history_without_the_item(store: Store, estates: ModuleType) -> None:
    """Revisions before the item came keep their digest; all from there on are chained anew."""
    first, secret, last = estates.item("first"), estates.item("secret"), estates.item("last")
    for entity in (first, secret, last):
        estates.commit(store, estates.created(entity))
    before = [revision.digest for revision in store.revisions()]

    _purge(store, estates, "secret")

    after = [revision.digest for revision in store.revisions()]
    assert after[0] == before[0]
    assert after[1] == chain_digest(before[0], ())
    parts = encode_parts(Delta([Change("item", last.key, None, last.document)]))
    assert after[2] == chain_digest(after[1], [part.digest for part in parts]) != before[2]
    assert after[3] == chain_digest(after[2], ())


def test_purged_records_are_equal_in_every_store(store: Store, reference: Store, estates: ModuleType) -> None:
    """Two equal records are equal after the same purge."""
    for minute, delta in enumerate(estates.random_deltas(seed=23, count=6)):
        estates.commit(store, delta, minute)
        estates.commit(reference, delta, minute)

    assert _purge(store, estates, "i1", "i2", "i3") == _purge(reference, estates, "i1", "i2", "i3")

    assert estates.history(store) == estates.history(reference)
    assert estates.contents(store) == estates.contents(reference)
    with store.view() as ours, reference.view() as theirs:
        assert ours.columns() == theirs.columns()


def test_no_run_tells_that_a_purged_item_was_seen(store: Store, estates: ModuleType) -> None:
    """The set of ids that a run keeps loses it, and keeps the others."""
    a, b = estates.item("a"), estates.item("b")
    estates.commit(store, estates.created(a, b), run=estates.run(seen=[a.key, b.key]))

    _purge(store, estates, "a")

    assert [unpack_ids(run.draft.seen) for run in store.runs()] == [[b.key]]


def test_a_purge_of_nothing_changes_nothing(store: Store, estates: ModuleType) -> None:
    """An id that the record never knew makes no revision."""
    head = estates.commit(store, estates.created(estates.item("a")))

    assert _purge(store, estates, "nobody") == {"items": 0, "relationships": 0, "pools": 0, "changes": 0}

    assert store.head() == head


def test_the_record_goes_on_after_a_purge(store: Store, store_url: str, estates: ModuleType) -> None:
    """The item may come back, as a new one; the record is sound and can be opened again."""
    a = estates.item("a")
    estates.commit(store, estates.created(a))
    _purge(store, estates, "a")

    with open_store(store_url) as again:
        assert estates.commit(again, estates.created(a)).number == 3
        assert [finding for finding in again.health() if not finding.ok] == []
        assert estates.contents(again) == estates.holding(a)
        assert [number for kind in KINDS for number, _ in again.changes_of(kind, [a.key])] == [3]
