"""SQLite's errors become ours in one place. Only SQLite has them, so the contract cannot ask for them."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cmdb.errors import (
    CmdbError,
    EditRefused,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreMissing,
    StoreMoved,
    StoreUnavailable,
)
from cmdb.model import (
    Actor,
    Change,
    Delta,
    EdgeClaim,
    ItemClaim,
    RevisionDraft,
    encode_claims,
    item_id,
    pool_key,
    relationship_key,
)
from cmdb.store import Store, open_store
from cmdb.store.sqlite import care, writing
from cmdb.store.sqlite.connection import connect, translating

KARI = Actor("Kari", "kari", "--by")
DRAFT = RevisionDraft(KARI, "2100-01-01T00:00:00Z", "acme")


def _url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/cmdb.db"


@contextlib.contextmanager
def _by_hand(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection of somebody who knows nothing of cmdb."""
    with contextlib.closing(sqlite3.connect(tmp_path / "cmdb.db", isolation_level=None)) as connection:
        yield connection


def _item(name: str, **values: object) -> Change:
    document = encode_claims([ItemClaim("acme", "", name, "Server", name, dict(values), "d")])
    return Change("item", item_id("acme", name), None, document)


def _commit(store: Store, *changes: Change) -> int:
    with store.write(KARI) as session:
        return session.commit(Delta.of(list(changes)), DRAFT).number


def _error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("words that may change")
    error.sqlite_errorname = name  # type: ignore[misc]  # as SQLite itself sets it
    return error


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SQLITE_FULL", StoreFull),
        ("SQLITE_NOMEM", StoreFull),
        ("SQLITE_BUSY", StoreBusy),
        ("SQLITE_BUSY_SNAPSHOT", StoreBusy),
        ("SQLITE_LOCKED", StoreBusy),
        ("SQLITE_CORRUPT_VTAB", StoreDamaged),
        ("SQLITE_NOTADB", StoreDamaged),
        ("SQLITE_READONLY_DBMOVED", StoreUnavailable),
        ("SQLITE_IOERR_WRITE", StoreUnavailable),
        ("SQLITE_TOOBIG", EditRefused),
        ("SQLITE_CONSTRAINT_FOREIGNKEY", StoreMoved),
        ("SQLITE_MISUSE", StoreDamaged),
        ("", StoreDamaged),
    ],
)
def test_result_codes_are_told_apart(tmp_path: Path, name: str, expected: type[CmdbError]) -> None:
    """Each result code, extended ones too, is one of our errors, and the message names the file."""
    with pytest.raises(expected, match=r"cmdb\.db"), translating(tmp_path / "cmdb.db"):
        raise _error(name)


def test_every_error_class_of_the_driver_is_one_of_ours(tmp_path: Path) -> None:
    """No class of sqlite3 crosses the border of the store."""
    classes = [each for each in vars(sqlite3).values() if isinstance(each, type) and issubclass(each, sqlite3.Error)]
    assert len(classes) >= 9

    for each in classes:
        with pytest.raises(CmdbError) as caught, translating(tmp_path / "cmdb.db"):
            raise each("something")
        assert caught.value.__cause__ is not None


def test_every_primary_result_code_has_an_answer(tmp_path: Path) -> None:
    """Whatever code a newer SQLite brings, the user gets a sentence with something to do."""
    names = [name for name in dir(sqlite3) if name.startswith("SQLITE_") and isinstance(getattr(sqlite3, name), int)]

    for name in names:
        with pytest.raises(CmdbError, match=";"), translating(tmp_path / "cmdb.db"):
            raise _error(name)


def test_a_file_that_went_away_is_missing(tmp_path: Path) -> None:
    """Somebody moved the record while it was open."""
    with open_store(_url(tmp_path), create=True) as store:
        (tmp_path / "cmdb.db").rename(tmp_path / "elsewhere.db")

        with pytest.raises(StoreMissing, match="any more"):
            store.head()

    assert not (tmp_path / "cmdb.db").exists()


def test_a_full_disk_leaves_the_last_whole_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Delta that does not fit changes nothing, and after room was made the next one goes through."""

    def cramped(path: Path, *, writing: bool = False) -> sqlite3.Connection:
        connection = connect(path, writing=writing)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")
        return connection

    large = [_item(f"i{number}", description="x" * 1000) for number in range(500)]
    with open_store(_url(tmp_path), create=True) as store:
        _commit(store, _item("a"))
        monkeypatch.setattr(writing, "connect", cramped)

        with pytest.raises(StoreFull, match="make room"):
            _commit(store, *large)

        assert store.head().number == 1
        assert [finding for finding in store.health() if not finding.ok] == []
        monkeypatch.undo()
        assert _commit(store, *large) == 2


def test_a_session_goes_on_after_a_full_disk(tmp_path: Path) -> None:
    """The failed commit is taken back whole; a smaller one in the same session stands."""
    large = [_item(f"i{number}", description="x" * 1000) for number in range(500)]
    with open_store(_url(tmp_path), create=True) as store, store.write(KARI) as session:
        connection = session._connection  # type: ignore[attr-defined]
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")

        with pytest.raises(StoreFull):
            session.commit(Delta.of(large), DRAFT)

        assert session.commit(Delta.of([_item("a")]), DRAFT).number == 1
        assert len(dict(session.documents("item"))) == 1


def test_a_delta_made_upon_another_state_is_refused_whole(tmp_path: Path) -> None:
    """Create what is there, update or remove what is not so: nothing of the Delta is done."""
    a, b = _item("a"), _item("b")
    other = _item("a", users=1).after
    with open_store(_url(tmp_path), create=True) as store:
        _commit(store, a)

        for wrong in (a, a._replace(before=other, after=b"[]"), a._replace(before=other, after=None)):
            with pytest.raises(StoreMoved):
                _commit(store, b, wrong)

        with store.view() as view:
            assert dict(view.documents("item")) == {a.key: a.after}
            assert view.revision.number == 1


@pytest.mark.parametrize("first", [True, False], ids=["an empty record", "a record that holds something"])
@pytest.mark.parametrize("what", ["pool", "start", "end"])
def test_what_hangs_on_an_item_that_is_not_there_is_refused(tmp_path: Path, first: bool, what: str) -> None:
    """Foreign keys guard the record against half a link; the first Delta of all is checked without them."""
    document = encode_claims([EdgeClaim("acme", "", {"need": 1}, "d")])
    there, nobody = item_id("acme", "a"), item_id("acme", "nobody")
    hanging = {
        "pool": Change("pool", pool_key(nobody, "p"), None, document),
        "start": Change("relationship", relationship_key(nobody, "depends_on", there), None, document),
        "end": Change("relationship", relationship_key(there, "depends_on", nobody), None, document),
    }[what]
    with open_store(_url(tmp_path), create=True) as store:
        if not first:
            _commit(store, _item("b"))
        before = store.head().number
        with pytest.raises(StoreMoved):
            _commit(store, _item("a"), hanging)

        assert store.head().number == before
        with store.view() as view:
            assert len(dict(view.documents("item"))) == before


def test_foreign_keys_are_back_once_the_first_delta_is_in(tmp_path: Path) -> None:
    document = encode_claims([EdgeClaim("acme", "", {}, "d")])
    key = relationship_key(item_id("acme", "a"), "depends_on", item_id("acme", "nobody"))
    with open_store(_url(tmp_path), create=True) as store, store.write(KARI) as session:
        session.commit(Delta.of([_item("a")]), DRAFT)
        with pytest.raises(StoreMoved):
            session.commit(Delta.of([Change("relationship", key, None, document)]), DRAFT)


def test_a_record_that_another_filled_meanwhile_is_written_with_foreign_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record was empty when the right to write was asked for, and no more when it came."""
    begin, filled = writing.begin, []

    def late(connection: sqlite3.Connection, path: Path, wait_seconds: float) -> None:
        if not filled:
            filled.append(True)
            with open_store(_url(tmp_path)) as other:
                _commit(other, _item("a"))
        begin(connection, path, wait_seconds)

    with open_store(_url(tmp_path), create=True) as store:
        monkeypatch.setattr(writing, "begin", late)
        document = encode_claims([EdgeClaim("acme", "", {}, "d")])
        key = relationship_key(item_id("acme", "a"), "depends_on", item_id("acme", "b"))
        with store.write(KARI) as session:
            session.commit(Delta.of([_item("b"), Change("relationship", key, None, document)]), DRAFT)
        with store.view() as view:
            assert len(dict(view.documents("item"))) == 2
            assert len(dict(view.documents("relationship"))) == 1


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_a_file_cut_short_is_never_a_traceback(tmp_path: Path, kept: int) -> None:
    """Part of a record is an error of ours, whichever part it is."""
    with open_store(_url(tmp_path), create=True) as store:
        _commit(store, *(_item(f"i{number}") for number in range(500)))
    file = tmp_path / "cmdb.db"
    file.write_bytes(file.read_bytes()[:kept])

    with pytest.raises(StoreError), open_store(_url(tmp_path)) as store, store.view() as view:
        list(view.documents("item"))


def test_a_part_that_was_tampered_with_is_noticed(tmp_path: Path) -> None:
    """History that is not what was written is not given as if it were."""
    with open_store(_url(tmp_path), create=True) as store:
        _commit(store, _item("a"))
    with _by_hand(tmp_path) as connection:
        connection.execute("UPDATE revision_part SET data = x'00', digest = 'no'")

    with open_store(_url(tmp_path)) as store:
        with store.view() as view, pytest.raises(StoreDamaged, match="backup"):
            list(view.changes(0, 1))
        assert [finding.check for finding in store.health() if not finding.ok] == ["history"]


def test_a_row_that_points_nowhere_is_found(tmp_path: Path) -> None:
    """`cmdb doctor` sees what was done to the file by hand."""
    with open_store(_url(tmp_path), create=True) as store:
        _commit(store, _item("a"))
    with _by_hand(tmp_path) as connection:
        connection.execute("INSERT INTO pool VALUES ('nobody', 'p', 0, x'7b7d', x'5b5d')")

    with open_store(_url(tmp_path)) as store:
        assert [finding.check for finding in store.health() if not finding.ok] == ["references"]


def test_a_backup_that_does_not_fit_is_told_as_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a backup is taken away."""

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(care, "_to_disk", full)
    with open_store(_url(tmp_path), create=True) as store, pytest.raises(StoreFull, match="another place"):
        store.backup(tmp_path / "backup.db")

    assert [file.name for file in tmp_path.iterdir() if "backup" in file.name] == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="an account that permissions do not stop")
def test_a_file_that_may_not_be_written_to_can_be_read(tmp_path: Path) -> None:
    """Reading needs no right to write; writing says which right is missing."""
    with open_store(_url(tmp_path), create=True) as store:
        _commit(store, _item("a"))
    store_file = tmp_path / "cmdb.db"
    store_file.chmod(0o400)

    with open_store(_url(tmp_path)) as store:
        assert store.head().number == 1
        with pytest.raises(StoreUnavailable, match="permissions"):
            _commit(store, _item("b"))
