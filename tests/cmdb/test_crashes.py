"""An import that is killed, a disk that is full, two writers at once: the last whole revision stands for every reader.

The writers are processes of their own, for nothing of ours may tidy up after a SIGKILL.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from inventory_words import batch

from cmdb.record import Record

ITEMS = 1_500
WRITER = """
import sys
from pathlib import Path
from cmdb.model import BatchBuilder
from cmdb.reconcile import Policy
from cmdb.record import Record
from cmdb.settings import Settings

url, cache, job, number = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
with Record.open(Settings.read(store=url, by=f"writer {number}", cache_dir=cache)) as record:
    print("ready", flush=True)
    if job == "generation":
        builder = BatchBuilder("acme", complete=True)
        for row in range(ITEMS):
            builder.item(row, f"i{row}", "Server", f"i{row}", {"attributes": {"generation": number}})
            builder.relationship(row, f"i{row}", "depends_on", f"i{(row * 7 + number) % ITEMS}", {}) if row else None
        record.import_batches([builder.batch()], policy=Policy(max_removal_percent=100))
    elif job == "fill":
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))
        builder = BatchBuilder("acme")
        for row in range(ITEMS):
            builder.item(row, f"n{row}", "Server", f"n{row}", {"description": "x" * 2000})
        try:
            record.import_batches([builder.batch()], policy=Policy(max_removal_percent=100))
        except Exception as error:
            print(type(error).__name__, error)
    else:
        for row in range(5):
            record.add_item("Server", f"w{number} {row}", {})
            record.edit_item("shared", {"attributes": {f"w{number}": row}})
    print("done", flush=True)
""".replace("ITEMS", str(ITEMS))


def started(
    record: Record, tmp_path: Path, environment: dict[str, str], job: str, number: int
) -> subprocess.Popen[str]:
    """Start a writer, and return it once it has opened the record."""
    import os

    script = tmp_path / "writer.py"
    script.write_text(WRITER, encoding="utf-8")
    root = str(Path(__file__).resolve().parents[2])
    process = subprocess.Popen(
        [sys.executable, str(script), record.settings.store, str(tmp_path / "cache"), job, str(number)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment, "PYTHONPATH": root},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.stdout.read()
    return process


@pytest.fixture
def environment(request: pytest.FixtureRequest, store_url: str) -> dict[str, str]:
    """What a process needs to know, beside the URL, to reach the record."""
    return {} if store_url.startswith("sqlite") else dict(request.getfixturevalue("clean_neo4j").environment)


def generation(record: Record) -> int:
    """Return which generation the record shows, and assert that it shows no mix of two."""
    snapshot = record.snapshot()
    shown = {snapshot.shown_at(row)["values"]["attributes"]["generation"] for row in range(len(snapshot))}
    assert len(shown) == 1, "a mix of two revisions"
    assert len(snapshot) == ITEMS
    [found] = shown
    wanted = {
        (f"i{row}", f"i{(row * 7 + found) % ITEMS}") for row in range(1, ITEMS) if row != (row * 7 + found) % ITEMS
    }
    links = {
        (snapshot.name_at(int(start)), snapshot.name_at(int(end)))
        for start, end in zip(snapshot.relationship_from, snapshot.relationship_to, strict=True)
    }
    assert links == wanted, "relationships of another revision than the items"
    with record.store.view() as view:
        assert sum(1 for _ in view.documents("item")) == ITEMS
        rows = sum(1 for number, _ in view.changes(0, view.revision.number) if number == view.revision.number)
        assert rows == view.revision.rows, "the history of the newest revision is whole"
    return int(found)


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
