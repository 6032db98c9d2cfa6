"""A record in another place is the same record: backups, and moves from one store to another."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from cmdb.errors import CmdbError, EditRefused
from cmdb.model import Baseline, Delta
from cmdb.store import Store, open_store


def _filled(store: Store, estates: ModuleType) -> None:
    """Put something of everything into a store."""
    for minute, delta in enumerate(estates.random_deltas(seed=29, count=5)):
        seen = [change.key for change in delta.changes if change.kind == "item"]
        estates.commit(store, delta, minute, run=estates.run(seen=seen), message=f"nr. {minute}", counts={"n": minute})
    estates.commit(store, Delta(), run=estates.run("other"))
    with store.write(estates.OLA) as session:
        session.purge([estates.id_of("i4")], estates.draft(9))
    store.put_baseline(Baseline("q3", 2, "2100-01-01T00:00:00.000000+00:00", estates.KARI, "note"))
    store.put_setting("precedence", "acme")
    for version in range(2):
        store.put_paper(estates.paper("review", "r1", {"n": version}), upon=version)
    store.put_paper(estates.paper("change", "", {"title": "Bytt lagringsskap"}, prefix="CHG-"), upon=0)


def _whole(store: Store, estates: ModuleType) -> object:
    """Return all that a record is."""
    identity = store.identity()
    with store.view() as view:
        live = (view.columns(), estates.held_by(view))
    return (
        (identity.uuid, identity.created_at),
        live,
        store.revision(0),
        estates.history(store),
        list(store.runs()),
        store.baselines(),
        dict(store.settings()),
        list(store.papers()),
    )


def _move(source: Store, target: Store, estates: ModuleType) -> None:
    target.restore(
        *(source.identity(), estates.history(source), source.runs(), source.baselines(), source.settings()),
        source.papers(),
    )


def test_a_backup_is_the_whole_record(store: Store, tmp_path: Path, estates: ModuleType) -> None:
    """A backup opens as a record of its own, equal to the one it was made of, and sound."""
    _filled(store, estates)

    store.backup(tmp_path / "backup.db")

    with open_store(f"sqlite:///{tmp_path}/backup.db") as copy:
        assert _whole(copy, estates) == _whole(store, estates)
        assert [finding for finding in copy.health() if not finding.ok] == []


def test_a_backup_is_a_record_that_goes_on(store: Store, tmp_path: Path, estates: ModuleType) -> None:
    """What is written to the copy is not written to the record."""
    a, b = estates.item("a"), estates.item("b")
    estates.commit(store, estates.created(a))
    store.backup(tmp_path / "backup.db")

    with open_store(f"sqlite:///{tmp_path}/backup.db") as copy:
        estates.commit(copy, estates.created(b))
        assert estates.contents(copy) == estates.holding(a, b)

    assert estates.contents(store) == estates.holding(a)


def test_a_backup_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    target = tmp_path / "precious.txt"
    target.write_text("precious")

    with pytest.raises(CmdbError, match=r"precious\.txt"):
        store.backup(target)

    assert target.read_text() == "precious"


def test_a_backup_into_no_folder_leaves_nothing(store: Store, tmp_path: Path) -> None:
    """An error of the disk is told as one of ours."""
    with pytest.raises(CmdbError, match="another place"):
        store.backup(tmp_path / "nowhere" / "backup.db")

    assert not (tmp_path / "nowhere").exists()


def test_a_record_can_be_moved_out(store: Store, reference: Store, estates: ModuleType) -> None:
    """Moved to SQLite, nothing of it is different, digests of the history included."""
    _filled(store, estates)

    _move(store, reference, estates)

    assert _whole(reference, estates) == _whole(store, estates)
    assert [finding for finding in reference.health() if not finding.ok] == []


def test_a_record_can_be_moved_in(store: Store, reference: Store, estates: ModuleType) -> None:
    """Moved from SQLite, nothing of it is different, digests of the history included."""
    _filled(reference, estates)

    _move(reference, store, estates)

    assert _whole(store, estates) == _whole(reference, estates)
    assert [finding for finding in store.health() if not finding.ok] == []


def test_a_moved_record_goes_on(store: Store, reference: Store, estates: ModuleType) -> None:
    """The next revision, run and digest are those that the old place would have given."""
    _filled(reference, estates)
    _move(reference, store, estates)
    delta = estates.created(estates.item("new"))

    for each in (store, reference):
        estates.commit(each, delta, 20, run=estates.run())

    assert _whole(store, estates) == _whole(reference, estates)


def test_only_an_empty_record_can_be_moved_to(store: Store, reference: Store, estates: ModuleType) -> None:
    """What is there stays as it is."""
    _filled(reference, estates)
    estates.commit(store, estates.created(estates.item("mine")))
    before = _whole(store, estates)

    with pytest.raises(EditRefused, match="not empty"):
        _move(reference, store, estates)

    assert _whole(store, estates) == before
