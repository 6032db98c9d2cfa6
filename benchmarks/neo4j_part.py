"""The record in Neo4j with a server of 512 MB, and the same question asked of the server in Cypher."""

from __future__ import annotations

import importlib.util
import os
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
    """Measure."""
    server = start_server(folder / "neo4j-home")
    try:
        measure(folder, estate, server.uri)
    finally:
        server.stop()


def measure(folder: Path, estate: Path, uri: str) -> None:
    """Measure against the server at `uri`."""
    environment = {"CMDB_STORE": uri, "CMDB_CACHE_DIR": str(folder / "cache-neo4j")}
    first = run_process([*CMDB, "import", estate, "-o", "json"], environment, folder)
    tell("import into Neo4j (-Xmx512m), history included", first.seconds, target=45)
    tell("  peak memory of the client", first.megabytes, "MB", 800)
    again = run_process([*CMDB, "import", estate, "-o", "json"], environment, folder)
    tell("the same file again into Neo4j", again.seconds, target=9)
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
        record.edit_item(snapshot.id_at(0), {"owner": f"benchmark {time.time()}"})
        began = time.perf_counter()
        snapshot = record.snapshot()
        tell("catching up after a small Delta, Neo4j", time.perf_counter() - began, target=0.2)
    widest = widest_item(snapshot)
    engine = ImpactEngine.of(snapshot)
    asked = np.array([widest], np.int64)
    states = median_time(lambda: states_before_and_after(engine, asked))
    compare(uri, snapshot.id_at(widest), states)


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
