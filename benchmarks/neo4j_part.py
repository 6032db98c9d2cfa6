"""The record in Neo4j with a server of 512 MB, and the same question asked of the server in Cypher."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from impact_part import widest_item
from measuring import CMDB, median_time, run_process, tell, tell_ratio

from cmdb.record import Record
from cmdb.settings import Settings
from cmdb.snapshot.build import build_snapshot
from impact import ImpactEngine
from impact.states import states_before_and_after

TOOLS = Path(__file__).resolve().parent.parent / "tools" / "neo4j"
IMPORT_TARGET = 45


def start_server(home: Path):  # type: ignore[no-untyped-def]
    """Start a server of the pinned version with a heap of 512 MB."""
    sys.path.insert(0, str(TOOLS))
    spec = importlib.util.spec_from_file_location("cmdb_neo4j_server", TOOLS / "server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["cmdb_neo4j_server"] = module
    spec.loader.exec_module(module)
    return module.Neo4jServer(home=home, memory="512m").start()


def main(folder: Path, estate: Path) -> None:
    """Measure on a server that was just started, and the import once more when it has worked for a while."""
    shutil.rmtree(folder / "neo4j-home", ignore_errors=True)  # of a run before, with --keep
    server = start_server(folder / "neo4j-home")
    try:
        measure(folder, estate, server.uri, server.pid)
        measure_warm(folder, estate, server.uri, server.pid)
    finally:
        server.stop()


def measure(folder: Path, estate: Path, uri: str, server: int) -> None:
    """Measure against the server at `uri`, whose process id is `server`."""
    environment = {"CMDB_STORE": uri, "CMDB_CACHE_DIR": str(folder / "cache-neo4j")}
    tell_import("import into Neo4j (-Xmx512m, just started), history included", folder, estate, environment, server)
    again = run_process([*CMDB, "import", estate, "-o", "json"], environment, folder)
    tell("the same file again into Neo4j", again.seconds, target=9, beside=f"client {again.processor_seconds:.1f} s")
    os.environ.update(environment)
    with Record.open(Settings.read(cache_dir=folder / "cache-neo4j", by="benchmark")) as record:

        def build() -> object:
            with record.store.view() as view:
                identity = record.store.identity()
                return build_snapshot(
                    view.columns(), identity=identity, revision=view.revision, catalogue=record.catalogue
                )

        tell("snapshot from Neo4j", median_time(build, 3), target=3)
        snapshot = record.snapshot()
        taken = []
        for _ in range(5):
            record.edit_item(snapshot.id_at(0), {"owner": f"benchmark {time.time()}"})
            began = time.perf_counter()
            snapshot = record.snapshot()
            taken.append(time.perf_counter() - began)
        first = f"the first, not yet planned by the server, {taken[0] * 1000:.0f} ms"
        tell("catching up after a small Delta, Neo4j", statistics.median(taken), target=0.2, beside=first)
    widest = widest_item(snapshot)
    engine = ImpactEngine.of(snapshot)
    asked = np.array([widest], np.int64)

    def before_and_after() -> object:
        engine.forget_states()  # the last few are remembered; a look-up is no measure of the work
        return states_before_and_after(engine, asked)

    states = median_time(before_and_after)
    compare(uri, snapshot.id_at(widest), states)


def measure_warm(folder: Path, estate: Path, uri: str, server: int) -> None:
    """Measure an import into an emptied database of a server that has compiled its code, as one that runs for days."""
    import neo4j

    with neo4j.GraphDatabase.driver(uri, auth=None) as driver, driver.session(database="neo4j") as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS").consume()
    environment = {"CMDB_STORE": uri, "CMDB_CACHE_DIR": str(folder / "cache-neo4j-warm")}
    tell_import("import into Neo4j (-Xmx512m) that has worked before", folder, estate, environment, server)


def tell_import(what: str, folder: Path, estate: Path, environment: dict[str, str], server: int) -> None:
    """Measure an import, by the clock and by whose processor time it took."""
    before = server_seconds(server)
    done = run_process([*CMDB, "import", estate, "-o", "json"], environment, folder)
    after = server_seconds(server)
    tell(what, done.seconds, target=IMPORT_TARGET)
    tell("  processor time of the client", done.processor_seconds)
    if before and after:
        compiling = f"{after[1] - before[1]:.1f} s of it for compiling its own code"
        tell("  processor time of the server", after[0] - before[0], beside=compiling)
    tell("  peak memory of the client", done.megabytes, "MB", 800)


def server_seconds(pid: int) -> tuple[float, float] | None:
    """Return the processor time of a Java process, in all and of its compilers; None where the system does not tell."""

    def seconds(stat: Path) -> float:
        words = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    process = Path(f"/proc/{pid}")
    if not (process / "stat").exists():
        return None
    compilers = 0.0
    for thread in (process / "task").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            if (thread / "comm").read_text(encoding="utf-8").startswith(("C1 Comp", "C2 Comp")):
                compilers += seconds(thread / "stat")
    return seconds(process / "stat"), compilers


def compare(uri: str, item: str, states: float) -> None:
    """Ask the server which items reach this one; it follows every relationship against its direction."""
    import neo4j

    text = "MATCH (n:CI {id: $id}) MATCH (n) (()<--(:CI)){1,30} (m:CI) RETURN count(DISTINCT m) AS reached"
    with neo4j.GraphDatabase.driver(uri, auth=None) as driver:

        def ask() -> int:
            records, _, _ = driver.execute_query(text, id=item, database_="neo4j", routing_="r")
            return int(records[0]["reached"])

        reached = ask()
        seconds = median_time(ask, 3)
    tell("  quantified path in Cypher (knows no pools)", seconds, beside=f"reaches {reached:,}")
    tell_ratio("  states faster than the quantified path", seconds / states, 2)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
