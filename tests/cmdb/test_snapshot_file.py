"""A snapshot in a file: round trip, what is damaged or of another record is none, who may read it."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from estate_strategies import Held, estates
from hypothesis import HealthCheck, given, settings
from snapshot_words import assert_equal, build

from cmdb.catalogue import load_catalogue
from cmdb.record import Record
from cmdb.snapshot.file import load_snapshot, save_snapshot

CATALOGUE = load_catalogue(None)


@given(estates())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_snapshot_comes_back_as_it_was_saved(tmp_path: Path, held: Held) -> None:
    """Every column, empty ones too, is the same after the file."""
    snapshot = build(held, CATALOGUE)
    save_snapshot(snapshot, tmp_path / "one.snapshot")
    loaded = load_snapshot(tmp_path / "one.snapshot")
    assert loaded is not None
    assert_equal(loaded, snapshot)


def saved(record: Record, folder: Path, inventory: Any) -> Path:
    """Fill a record, and return the file of its snapshot."""
    items = [{"id": f"i{number}", "name": f"navn {number} ø", "users": number} for number in range(50)]
    links = [("i0", "depends_on", f"i{number}") for number in range(1, 50)]
    record.import_batches([inventory(items=items, links=links)])
    record.snapshot()
    [path] = folder.glob("*.snapshot")
    return path


@pytest.fixture
def kept(lite: Record, tmp_path: Path) -> Path:
    """The file of a small record's snapshot."""
    from inventory_words import batch

    return saved(lite, tmp_path / "cache", batch)


def test_only_its_owner_may_read_the_file(kept: Path) -> None:
    """The file holds the whole estate: mode 0600."""
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("part", [0.0, 0.001, 0.01, 0.3, 0.6, 0.95])
def test_a_flipped_bit_anywhere_makes_it_no_snapshot(kept: Path, part: float) -> None:
    """A damaged file is not an error, and never an answer."""
    text = bytearray(kept.read_bytes())
    text[int(part * len(text))] ^= 0x10
    kept.write_bytes(text)
    assert load_snapshot(kept) is None


@pytest.mark.parametrize("length", [0, 1, 20, 100, 5_000, -1])
def test_a_truncated_file_is_no_snapshot(kept: Path, length: int) -> None:
    """A file that stops anywhere is not an error either."""
    kept.write_bytes(kept.read_bytes()[:length])
    assert load_snapshot(kept) is None


def test_a_file_that_is_none_is_no_snapshot(tmp_path: Path) -> None:
    """Neither a missing file nor another one is a snapshot."""
    assert load_snapshot(tmp_path / "missing") is None
    (tmp_path / "text").write_text("cmdb-snapshot\nhei", encoding="utf-8")
    assert load_snapshot(tmp_path / "text") is None


def test_a_damaged_file_costs_no_answer(kept: Path, lite: Record, settings_for: Any) -> None:
    """The record builds the snapshot anew and writes the file again."""
    kept.write_bytes(b"rubbish")
    with Record.open(settings_for(lite.settings.store)) as again:
        assert_equal(again.snapshot(), lite.snapshot())
    assert load_snapshot(kept) is not None


def test_another_catalogue_is_another_snapshot(kept: Path, lite: Record, tmp_path: Path) -> None:
    """A snapshot is read with the catalogue that it was compiled with, and with no other."""
    from dataclasses import replace

    site = tmp_path / "site.yaml"
    site.write_text(
        "catalogue: 1\noverride:\n  types:\n    depends_on:\n      rules:\n"
        "        - {from: ConfigurationItem, to: ConfigurationItem, consumer: from, impact: soft}\n",
        encoding="utf-8",
    )
    with Record.open(replace(lite.settings, catalogue=site)) as other:
        assert not other.snapshot().graph.edge_hard.any()
    with Record.open(lite.settings) as same:
        assert same.snapshot().graph.edge_hard.all()


def test_a_purge_forgets_what_was_kept(kept: Path, lite: Record) -> None:
    """What is erased is erased from the snapshot at hand too."""
    assert b"navn 7 " in kept.read_bytes()
    lite.purge(["i7"])
    assert all(b"navn 7 " not in path.read_bytes() for path in kept.parent.iterdir())
    assert len(lite.snapshot()) == 49


def test_what_a_killed_process_left_behind_is_swept_away(kept: Path, lite: Record) -> None:
    """Half-written files do not gather, and a file that is being written is left alone."""
    old, fresh = kept.with_name(f"{kept.name}old"), kept.with_name(f"{kept.name}fresh")
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    save_snapshot(lite.snapshot(), kept)
    assert not old.exists()
    assert fresh.exists()
