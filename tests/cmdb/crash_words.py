"""Words for tests of crashes: writers that are processes of their own, and what a reader must always find.

Nothing of ours may tidy up after a SIGKILL, so what is killed is never this process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cmdb.record import Record

__all__ = ["ITEMS", "generation", "started", "wanted_links"]

ITEMS = 1_500
WRITER = """
import sys
from pathlib import Path
from cmdb.errors import CmdbError
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
        try:
            record.import_batches([builder.batch()], policy=Policy(max_removal_percent=100))
        except CmdbError as error:  # of the server or the way to it; anything else shows as a traceback
            sys.exit(f"{type(error).__name__} {error}")
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
    record: Record, tmp_path: Path, environment: dict[str, str], job: str, number: int, url: str = ""
) -> subprocess.Popen[str]:
    """Start a writer, and return it once it has opened the record; `url` where it is another than the record's."""
    script = tmp_path / "writer.py"
    script.write_text(WRITER, encoding="utf-8")
    root = str(Path(__file__).resolve().parents[2])
    process = subprocess.Popen(
        [sys.executable, str(script), url or record.settings.store, str(tmp_path / "cache"), job, str(number)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment, "PYTHONPATH": root},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.stdout.read()
    return process


def wanted_links(generation: int) -> set[tuple[str, str]]:
    """Return the names of the ends of every relationship of a generation."""
    ends = {row: (row * 7 + generation) % ITEMS for row in range(1, ITEMS)}
    return {(f"i{row}", f"i{end}") for row, end in ends.items() if row != end}


def generation(record: Record) -> int:
    """Return which generation the record shows, and assert that it shows no mix of two."""
    snapshot = record.snapshot()
    shown = {snapshot.shown_at(row)["values"]["attributes"]["generation"] for row in range(len(snapshot))}
    assert len(shown) == 1, "a mix of two revisions"
    assert len(snapshot) == ITEMS
    [found] = shown
    links = {
        (snapshot.name_at(int(start)), snapshot.name_at(int(end)))
        for start, end in zip(snapshot.relationship_from, snapshot.relationship_to, strict=True)
    }
    assert links == wanted_links(found), "relationships of another revision than the items"
    with record.store.view() as view:
        assert sum(1 for _ in view.documents("item")) == ITEMS
        rows = sum(1 for number, _ in view.changes(0, view.revision.number) if number == view.revision.number)
        assert rows == view.revision.rows, "the history of the newest revision is whole"
    return int(found)
