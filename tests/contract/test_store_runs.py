"""Import runs: recorded with their Delta, or alone when there is none."""

from __future__ import annotations

from types import ModuleType

from cmdb.history import unpack_ids
from cmdb.model import Delta, Run
from cmdb.store import Store


def test_a_run_is_kept_with_the_revision_it_made(store: Store, estates: ModuleType) -> None:
    """All that a run says of itself comes back as it was."""
    said = estates.run(
        "acme",
        "oslo",
        seen=[estates.id_of("a"), estates.id_of("b")],
        complete=False,
        refreshes=False,
        exported_at="2100-01-01T00:00:00Z",
        files=[{"name": "anlegg æøå.yaml", "sha256": "ab", "size": 7}],
        counts={"created": 2, "guard": ["x"]},
        problems=3,
    )

    estates.commit(store, estates.created(estates.item("a"), estates.item("b")), run=said)

    kept = list(store.runs())
    assert kept == [Run(1, 1, said)]
    assert unpack_ids(kept[0].draft.seen) == sorted([estates.id_of("a"), estates.id_of("b")])


def test_a_run_that_changed_nothing_is_kept_with_the_revision_that_stood(store: Store, estates: ModuleType) -> None:
    """The same file again makes no revision, but it is known that it was read."""
    first, again = estates.run(), estates.run(refreshes=False)
    revision = estates.commit(store, estates.created(estates.item("a")), run=first)

    assert estates.commit(store, Delta(), run=again) == revision

    assert list(store.runs()) == [Run(2, 1, again), Run(1, 1, first)]
    assert store.head() == revision


def test_a_run_may_come_before_any_revision(store: Store, estates: ModuleType) -> None:
    """An empty file read into an empty record is a run at revision 0."""
    assert estates.commit(store, Delta(), run=estates.run()).number == 0

    assert list(store.runs()) == [Run(1, 0, estates.run())]


def test_runs_are_given_newest_first_by_source_and_scope(store: Store, estates: ModuleType) -> None:
    """None asks for all; the empty scope is a scope of its own."""
    for number, (source, scope) in enumerate([("acme", ""), ("acme", "oslo"), ("other", ""), ("acme", "")]):
        estates.commit(store, estates.created(estates.item(f"i{number}")), run=estates.run(source, scope))

    assert [run.number for run in store.runs()] == [4, 3, 2, 1]
    assert [run.number for run in store.runs("acme")] == [4, 2, 1]
    assert [run.number for run in store.runs("acme", "")] == [4, 1]
    assert [run.number for run in store.runs(scope="oslo")] == [2]
    assert [run.number for run in store.runs("acme", limit=1)] == [4]
    assert list(store.runs("nobody")) == []


def test_edits_make_no_run(store: Store, estates: ModuleType) -> None:
    """A commit without a run leaves none."""
    estates.commit(store, estates.created(estates.item("a")))

    assert list(store.runs()) == []
