"""Several processes at one SQLite file, and processes that are killed. The contract's writers are threads."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cmdb.model import decode_item
from cmdb.store import open_store

_WRITER = """
import sys
from cmdb.model import Actor, Change, Delta, ItemClaim, RevisionDraft, encode_claims, item_id
from cmdb.store import open_store

url, rounds, items = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
me = Actor("writer", "writer", "--by")
keys = [item_id("acme", str(number)) for number in range(items)]
with open_store(url, create=True) as store:
    print("ready", flush=True)
    for _ in range(rounds):
        with store.write(me) as session:
            number = session.revision.number + 1
            present = session.get("item", keys)
            session.commit(
                Delta.of([
                    Change("item", key, present.get(key), encode_claims(
                        [ItemClaim("acme", "", str(n), "Server", "server", {"users": number}, "d")]))
                    for n, key in enumerate(keys)
                ]),
                RevisionDraft(me, "2100-01-01T00:00:00Z", "acme"),
            )
"""


def _start(url: str, rounds: int, items: int) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, url, str(rounds), str(items)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _assert_whole(url: str, items: int) -> int:
    """Check that the record is exactly its head revision; returns that number."""
    with open_store(url) as store:
        with store.view() as view:
            number = view.revision.number
            users = [decode_item(document)[0].values["users"] for _, document in view.documents("item")]
            assert users == [number] * (items if number else 0)
            assert sum(1 for _ in view.changes(0, number)) == number * items
        assert [finding for finding in store.health() if not finding.ok] == []
    return number


def test_processes_that_begin_a_record_together_share_it(tmp_path: Path) -> None:
    """Each creates the record if it must and waits its turn; no revision is lost."""
    url = f"sqlite:///{tmp_path}/cmdb.db"
    writers = [_start(url, rounds=5, items=20) for _ in range(3)]

    ended = [(writer.communicate(timeout=60)[1], writer.returncode) for writer in writers]

    assert ended == [("", 0)] * 3
    assert _assert_whole(url, 20) == 15


def _kill_at_random(tmp_path: Path, times: int) -> None:
    url = f"sqlite:///{tmp_path}/cmdb.db"
    rng = random.Random()
    reached = 0
    for _ in range(times):
        with _start(url, rounds=10_000, items=1500) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0, 0.5))
            writer.kill()
        number = _assert_whole(url, 1500)
        assert number >= reached
        reached = number


def test_a_killed_writer_leaves_the_last_whole_revision(tmp_path: Path) -> None:
    """Killed at any moment, the record is whole, and the next writer goes on by itself."""
    _kill_at_random(tmp_path, 3)


@pytest.mark.thorough
def test_a_writer_killed_many_times_leaves_the_last_whole_revision(tmp_path: Path) -> None:
    """The same, more often."""
    _kill_at_random(tmp_path, 60)
