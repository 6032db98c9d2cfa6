"""A killed import, a full disk, two writers at once: the last whole revision stands for every reader."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from crash_words import generation, started
from inventory_words import batch

from cmdb.record import Record


@pytest.fixture
def environment(request: pytest.FixtureRequest, store_url: str) -> dict[str, str]:
    """What a process needs to know, beside the URL, to reach the record."""
    return {} if store_url.startswith("sqlite") else dict(request.getfixturevalue("clean_neo4j").environment)


def kill_again_and_again(record: Record, tmp_path: Path, environment: dict[str, str], times: int) -> None:
    """Kill an importing process at random moments; look beside it and after it each time."""
    with started(record, tmp_path, environment, "generation", 1) as first:
        begun = time.monotonic()
        assert first.wait(120) == 0
    whole = time.monotonic() - begun
    now = generation(record)
    draw = random.Random(times)
    for number in range(2, times + 2):
        seen = [now]
        with started(record, tmp_path, environment, "generation", number) as process:
            deadline = time.monotonic() + draw.uniform(0, 1.1 * whole)
            while time.monotonic() < deadline and process.poll() is None:
                seen.append(generation(record))
            process.kill()
        after = generation(record)
        assert set(seen) | {after} <= {now, number}, "old or new"
        assert seen == sorted(seen), "never back again"
        now = after
    last = times + 2
    with started(record, tmp_path, environment, "generation", last) as finished:
        assert finished.wait(120) == 0, "the next command goes on by itself"
    assert generation(record) == last


def test_a_killed_import_leaves_a_whole_revision(record: Record, tmp_path: Path, environment: dict[str, str]) -> None:
    """Readers see the old revision or the new one, and the next import needs no repair."""
    kill_again_and_again(record, tmp_path, environment, 6)


@pytest.mark.thorough
def test_an_import_killed_very_often_leaves_a_whole_revision(
    record: Record, tmp_path: Path, environment: dict[str, str]
) -> None:
    """The same, long enough to meet rare moments."""
    kill_again_and_again(record, tmp_path, environment, 60)


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as POSIX does")
@pytest.mark.parametrize("room", [0.3, 0.9, 1.5])
def test_a_full_disk_leaves_the_last_whole_revision(lite: Record, tmp_path: Path, room: float) -> None:
    """The message says that there is no room, and nothing was changed."""
    lite.import_batches([batch(items=["a"], complete=True)])
    size = int(room * 1_000_000)
    with started(lite, tmp_path, {}, "fill", size) as process:
        said, _ = process.communicate(timeout=120)
    # The limit on the size of a file is told as an I/O error, a full disk as StoreFull.
    assert said.startswith(("StoreFull", "StoreUnavailable")), said
    assert "Traceback" not in said
    assert lite.store.head().number == 1
    assert [lite.snapshot().name_at(row) for row in range(len(lite.snapshot()))] == ["a"]
    assert all(check.ok for check in lite.health())
    assert lite.import_batches([batch(items=["b"])]).revision == 2


def test_writers_at_once_wait_for_each_other(record: Record, tmp_path: Path, environment: dict[str, str]) -> None:
    """Of several writers none loses an update: every item is there, and every attribute of the one they share."""
    record.add_item("Server", "shared", {})
    writers = [started(record, tmp_path, environment, "edit", number) for number in range(3)]
    said = [writer.communicate(timeout=180)[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0], said
    snapshot = record.snapshot()
    names = {snapshot.name_at(row) for row in range(len(snapshot))}
    assert names == {"shared"} | {f"w{number} {row}" for number in range(3) for row in range(5)}
    values = snapshot.shown_at(snapshot.row_of(record.item_id("shared")))["values"]
    assert values["attributes"] == {f"w{number}": 4 for number in range(3)}
    numbers = [revision.number for revision in record.log()]
    assert numbers == list(range(len(numbers), 0, -1))
    times = [revision.at for revision in record.log()]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == len(times)


def test_a_reader_never_waits_for_a_writer(record: Record, tmp_path: Path) -> None:
    """While somebody holds the right to write, the record is read as it stands."""
    record.import_batches([batch(items=["a"])])
    held: Any = record.store.write(record.settings.actor())
    with held:
        begun = time.monotonic()
        with Record.open(record.settings) as reader:
            assert len(reader.snapshot()) == 1
        assert time.monotonic() - begun < 20
