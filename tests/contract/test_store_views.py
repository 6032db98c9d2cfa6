"""Everything read through one view belongs together, whatever is written meanwhile."""

from __future__ import annotations

import threading
from types import ModuleType

from cmdb.model import Change, Delta
from cmdb.store import ReadView, Store


def _told(view: ReadView, estates: ModuleType) -> object:
    ids = [estates.id_of("shop"), estates.id_of("web1")]
    return (
        view.revision,
        estates.held_by(view),
        view.columns(),
        view.get("item", ids),
        view.touching(ids),
        list(view.changes(0, view.revision.number)),
    )


def test_a_view_does_not_see_what_is_committed_after_it(store: Store, estates: ModuleType) -> None:
    """A view stays at its revision; the next one reads the new."""
    *rest, pool = estates.shop()
    estates.commit(store, estates.created(*rest))

    with store.view() as view:
        before = _told(view, estates)
        estates.commit(store, estates.created(pool))
        web1 = estates.item("web1", "renamed")
        estates.commit(store, estates.changed(rest[1], web1))
        estates.commit(store, estates.removed(rest[4]))

        assert _told(view, estates) == before
        assert store.head().number == 4

    with store.view() as view:
        assert view.revision.number == 4
        assert estates.held_by(view) == estates.holding(rest[0], web1, *rest[2:4], *rest[5:], pool)


def test_a_view_is_not_disturbed_in_the_middle_of_a_list(store: Store, estates: ModuleType) -> None:
    """Documents that are read one by one are of one revision from the first to the last."""
    before = [estates.item(f"i{number:03}") for number in range(200)]
    after = [estates.item(f"i{number:03}", users=1) for number in range(200)]
    estates.commit(store, estates.created(*before))

    with store.view() as view:
        documents = view.documents("item")
        read = [next(documents)]
        changes = [Change("item", b.key, b.document, a.document) for b, a in zip(before, after, strict=True)]
        estates.commit(store, Delta.of(changes))
        read.extend(documents)

    assert dict(read) == estates.holding(*before)["item"]


def test_reading_does_not_wait_for_a_writer(store: Store, estates: ModuleType) -> None:
    """While somebody holds the right to write, the last revision is there for everybody."""
    shop = estates.shop()
    estates.commit(store, estates.created(*shop))

    with store.write(estates.KARI):
        assert estates.contents(store) == estates.holding(*shop)
        assert store.head().number == 1


def test_a_writer_does_not_wait_for_a_reader(store: Store, estates: ModuleType) -> None:
    """A view that is held open stops nobody."""
    with store.view() as view:
        assert estates.commit(store, estates.created(estates.item("a"))).number == 1
        assert view.revision.number == 0


def test_readers_beside_a_writer_see_whole_revisions_only(store: Store, estates: ModuleType) -> None:
    """Whenever a view is opened, it holds exactly what its revision says, never half of the next."""
    deltas = list(estates.random_deltas(seed=17, count=15))
    expected = [estates.after(deltas[:number]) for number in range(16)]
    wrong: list[int] = []
    seen: set[int] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with store.view() as view:
                seen.add(view.revision.number)
                columns = view.columns()
                held = estates.held_by(view)
                if held != expected[view.revision.number] or columns.item_ids != list(held["item"]):
                    wrong.append(view.revision.number)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for delta in deltas:
            estates.commit(store, delta)
    finally:
        done.set()
        for reader in readers:
            reader.join()

    assert wrong == []
    assert seen


def test_views_of_one_store_may_be_open_side_by_side(store: Store, estates: ModuleType) -> None:
    """Two views of two revisions each tell their own."""
    a, b = estates.item("a"), estates.item("b")
    estates.commit(store, estates.created(a))

    with store.view() as first:
        estates.commit(store, estates.created(b))
        with store.view() as second:
            assert estates.held_by(first) == estates.holding(a)
            assert estates.held_by(second) == estates.holding(a, b)
            assert estates.held_by(first) == estates.holding(a)
