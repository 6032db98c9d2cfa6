"""The record in SQLite: import, import again, snapshot, catching up, one question from a cold process, --help."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from measuring import CMDB, median_time, peak_megabytes, run_process, tell

from cmdb.record import Record
from cmdb.settings import Settings
from cmdb.snapshot.build import build_snapshot


def main(folder: Path, estate: Path) -> None:
    """Measure; the record stays in the folder for the other parts."""
    database = folder / "bench.db"
    for old in folder.glob("bench.db*"):
        old.unlink()
    environment = {"CMDB_STORE": f"sqlite:///{database}", "CMDB_CACHE_DIR": str(folder / "cache")}
    first = run_process([*CMDB, "import", estate, "-o", "json"], environment, folder)
    tell("import into SQLite, history included", first.seconds, target=12)
    tell("  peak memory of it", first.megabytes, "MB", 800)
    again = run_process([*CMDB, "import", estate, "-o", "json"], environment, folder)
    tell("the same file again into SQLite", again.seconds, target=6)

    settings = Settings.read(store=f"sqlite:///{database}", cache_dir=folder / "cache", by="benchmark")
    with Record.open(settings) as record:

        def build() -> object:
            with record.store.view() as view:
                identity = record.store.identity()
                return build_snapshot(
                    view.columns(), identity=identity, revision=view.revision, catalogue=record.catalogue
                )

        tell("snapshot from SQLite", median_time(build, 3), target=1.5)
        snapshot = record.snapshot()
        leaf = next(
            row
            for row in range(len(snapshot))
            if snapshot.class_at(row) == "VirtualMachine" and snapshot.in_service[row]
        )
        name = snapshot.id_at(leaf)
        record.edit_item(name, {"owner": f"benchmark {time.time()}"})
        began = time.perf_counter()
        record.snapshot()
        tell("catching up after a small Delta, SQLite", time.perf_counter() - began, target=0.2)
        began = time.perf_counter()
        record.snapshot("1")
        tell("the estate as of the revision before", time.perf_counter() - began, target=4.5)

    cold = [run_process([*CMDB, "impact", name, "-o", "json"], environment, folder) for _ in range(5)]
    tell("cmdb impact of a machine, cold process", sorted(each.seconds for each in cold)[2], target=1.2)
    tell("  peak memory of it", max(each.megabytes for each in cold), "MB", 500)
    helps = [run_process([*CMDB, "--help"], environment, folder) for _ in range(5)]
    tell("cmdb --help", sorted(each.seconds for each in helps)[2], target=0.2)
    print(f"peak of the measuring process {peak_megabytes():.0f} MB", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
