"""The SQLite file itself: its schema and migrations, its permissions, what else it may turn out to be."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cmdb.errors import StoreBusy, StoreDamaged, StoreMissing, StoreUnavailable
from cmdb.model import Actor, Change, Delta, ItemClaim, RevisionDraft, encode_claims, item_id
from cmdb.store import open_store
from cmdb.store.sqlite import schema
from cmdb.store.sqlite.connection import APPLICATION_ID

KARI = Actor("Kari", "kari", "--by")
DRAFT = RevisionDraft(KARI, "2100-01-01T00:00:00Z", "acme")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A record with one item, closed."""
    path = tmp_path / "cmdb.db"
    document = encode_claims([ItemClaim("acme", "", "web1", "Server", "Åse's web", {"users": 4}, "d")])
    with open_store(f"sqlite:///{path}", create=True) as store, store.write(KARI) as session:
        session.commit(Delta.of([Change("item", item_id("acme", "web1"), None, document)]), DRAFT)
    return path


@contextlib.contextmanager
def by_hand(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection of somebody who knows nothing of cmdb."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


PRESENT = len(schema.MIGRATIONS)


def _to_next_version(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE item ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")


def test_a_closed_record_is_one_file_for_its_owner(file: Path) -> None:
    """Nothing is left beside it, and others on the machine cannot read it."""
    assert [each.name for each in file.parent.iterdir()] == ["cmdb.db"]
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600


def test_the_record_can_be_read_by_hand(file: Path) -> None:
    """Plain SQL finds what is shown in plain columns."""
    with by_hand(file) as connection:
        rows = connection.execute("SELECT class, name, status, json(shown) FROM item").fetchall()

    assert rows == [("Server", "Åse's web", "operational", '{"external_ids":{"acme":["web1"]},"values":{"users":4}}')]


def test_the_file_says_whose_it_is(file: Path) -> None:
    """The header tells program and schema version, and the file is in write-ahead mode with every table strict."""
    with by_hand(file) as connection:
        told = [
            connection.execute(f"PRAGMA {each}").fetchone()[0]
            for each in ("application_id", "user_version", "journal_mode")
        ]
        loose = connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict AND name NOT LIKE 'sqlite_%'"
        ).fetchall()

    assert told == [APPLICATION_ID, len(schema.MIGRATIONS), "wal"]
    assert loose == []


def test_an_older_record_is_brought_to_this_version(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening migrates once, keeps everything, and tells the new version."""
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, _to_next_version])

    for _ in range(2):
        with open_store(f"sqlite:///{file}") as store:
            assert store.identity().schema_version == PRESENT + 1
            assert store.head().number == 1
            assert [finding for finding in store.health() if not finding.ok] == []

    with by_hand(file) as connection:
        assert connection.execute("SELECT name, colour FROM item").fetchall() == [("Åse's web", "grey")]


def test_a_record_of_the_first_version_is_brought_to_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever began with the first release loses nothing."""
    present = schema.MIGRATIONS
    monkeypatch.setattr(schema, "MIGRATIONS", present[:1])
    with open_store(f"sqlite:///{tmp_path}/first.db", create=True) as store:
        assert store.identity().schema_version == 1
    monkeypatch.setattr(schema, "MIGRATIONS", present)

    with open_store(f"sqlite:///{tmp_path}/first.db") as store:
        assert store.identity().schema_version == PRESENT
        assert list(store.papers()) == []
        assert [finding for finding in store.health() if not finding.ok] == []


def test_a_new_record_is_made_by_all_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new record and a migrated one have the same tables."""
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, _to_next_version])

    with open_store(f"sqlite:///{tmp_path}/new.db", create=True) as store:
        assert store.identity().schema_version == PRESENT + 1


def test_a_migration_that_fails_leaves_the_older_record(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a migration is none; the older program can go on."""

    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE item ADD COLUMN colour TEXT")
        connection.execute("no SQL")

    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, failing])
    with pytest.raises(StoreDamaged):
        open_store(f"sqlite:///{file}")
    monkeypatch.undo()

    with open_store(f"sqlite:///{file}") as store:
        assert store.identity().schema_version == PRESENT
    with by_hand(file) as connection:
        assert "colour" not in [row[1] for row in connection.execute("PRAGMA table_info(item)")]


def test_a_record_of_a_newer_program_is_left_alone(file: Path) -> None:
    """An older program says so and does not guess."""
    with by_hand(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = file.read_bytes()

    for create in (False, True):
        with pytest.raises(StoreDamaged, match=r"cmdb\.db.*version 99.*newer cmdb"):
            open_store(f"sqlite:///{file}", create=create)

    assert file.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """No table of ours is put beside somebody else's."""
    path = tmp_path / "other.db"
    with by_hand(path) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    before = path.read_bytes()

    for create in (False, True):
        with pytest.raises(StoreDamaged, match="no record of cmdb"):
            open_store(f"sqlite:///{path}", create=create)

    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """A YAML file given as a store is not overwritten."""
    path = tmp_path / "inventory.yaml"
    path.write_text("items: []\n" * 1000)

    for create in (False, True):
        with pytest.raises(StoreDamaged, match="not an SQLite file"):
            open_store(f"sqlite:///{path}", create=create)

    assert path.read_text() == "items: []\n" * 1000


def test_an_empty_file_is_no_record_until_one_is_begun_in_it(tmp_path: Path) -> None:
    """A file that mktemp made, or a process killed at the first moment, is as good as none."""
    path = tmp_path / "cmdb.db"
    path.touch()

    with pytest.raises(StoreMissing, match="cmdb init"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == b""

    with open_store(f"sqlite:///{path}", create=True) as store:
        assert store.head().number == 0


def test_a_folder_is_no_record(tmp_path: Path) -> None:
    """The message proposes a file in it."""
    with pytest.raises(StoreUnavailable, match=r"folder.*cmdb\.db"):
        open_store(f"sqlite:///{tmp_path}", create=True)


def test_a_record_in_no_folder_is_told(tmp_path: Path) -> None:
    """Folders are not made on the way: a typing error would make a tree."""
    with pytest.raises(StoreMissing, match="no folder"):
        open_store(f"sqlite:///{tmp_path}/nowhere/cmdb.db", create=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a b.db", "50%.db", "what?.db", "#1.db", "æøå.db", "a'b.db"])
@pytest.mark.skipif(os.name == "nt", reason="Windows has fewer names")
def test_any_file_name_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    """A path is no query and is not decoded."""
    open_store(f"sqlite:///{tmp_path}/{name}", create=True).close()

    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_relative_path_is_of_the_present_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes and a name is a file here; four begin an absolute path. Later chdirs do not move it."""
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///here.db", create=True) as store:
        (tmp_path / "deeper").mkdir()
        monkeypatch.chdir(tmp_path / "deeper")

        assert store.head().number == 0
        assert store.address == f"sqlite:///{tmp_path}/here.db"


def test_the_note_of_a_writer_is_gone_with_the_session(file: Path) -> None:
    """Beside the file stands who writes, for as long as somebody does."""
    note = file.with_name("cmdb.db.writer")

    with open_store(f"sqlite:///{file}") as store:
        with store.write(KARI):
            assert b"Kari" in note.read_bytes()
        assert not note.exists()


@pytest.mark.parametrize("note", [b"", b"{", b'{"name": 7}', b"\xff\xfe"])
def test_a_note_that_makes_no_sense_is_no_trouble(file: Path, note: bytes) -> None:
    """The lock is SQLite's; a broken note costs only the name."""
    with open_store(f"sqlite:///{file}") as store, store.write(KARI):
        file.with_name("cmdb.db.writer").write_bytes(note)

        with pytest.raises(StoreBusy, match="another process"), store.write(KARI, wait_seconds=0):
            pass


def test_a_purge_leaves_no_bytes_behind(file: Path) -> None:
    """The values are gone from the file and from its log, not only from the tables."""
    secret = "Anna-Hemmelig-4711"
    document = encode_claims([ItemClaim("acme", "", "anna", "Person", secret, {"owner": secret}, "d")])
    key = item_id("acme", "anna")
    many = [
        Change("item", item_id("acme", f"i{n}"), None, document.replace(b"anna", b"i%d" % n).replace(b"Anna", b"Per"))
        for n in range(2000)
    ]
    with open_store(f"sqlite:///{file}") as store:
        with store.write(KARI) as session:
            session.commit(Delta.of([Change("item", key, None, document), *many]), DRAFT)
            assert any(secret.encode() in each.read_bytes() for each in file.parent.iterdir())

            erased = session.purge([key], DRAFT)

        left = [each.name for each in file.parent.iterdir() if secret.encode() in each.read_bytes()]
        assert (erased["notes"], left) == ([], [])
        assert [finding for finding in store.health() if not finding.ok] == []


def test_a_purge_beside_a_reader_says_what_is_left(file: Path) -> None:
    """A reader that is held open keeps old pages; the purge stands and tells so."""
    key = item_id("acme", "web1")
    with open_store(f"sqlite:///{file}") as store, store.view() as view:
        with store.write(KARI) as session:
            erased = session.purge([key], DRAFT)

        assert erased["items"] == 1
        assert len(erased["notes"]) == 1
        assert list(view.get("item", [key])) == [key]
        with store.view() as later:
            assert later.get("item", [key]) == {}


def test_a_backup_is_one_file_that_needs_no_log(file: Path) -> None:
    """It can be read from a disk that cannot be written to, and is the owner's alone."""
    copy = file.with_name("copy.db")
    with open_store(f"sqlite:///{file}") as store:
        store.backup(copy)

    with by_hand(copy) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    if os.name == "posix":
        assert copy.stat().st_mode & 0o777 == 0o600
