"""What a core switch of a campus breaks: every requirement over the network, beside asking NetworkX one by one."""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import networkx as nx
from measuring import CMDB, run_process, tell, tell_ratio

from cmdb.record import Record
from cmdb.settings import Settings
from cmdb.snapshot.naming import resolve
from impact import impact_of

CORES, DISTRIBUTION, ACCESS = 4, 32, 624
SERVICES = 400
SAMPLE = 20
"""Requirements of which NetworkX is asked for the paths that share no device; it takes as long for each."""


def campus(seed: int) -> Iterator[dict[str, Any]]:
    """Give the rows of three tiers of switches, and of services whose application reaches a database over them."""
    draw = random.Random(seed)
    cores = [f"core{n}" for n in range(CORES)]
    pairs = [(f"dist{n}", f"dist{n + 1}") for n in range(0, DISTRIBUTION, 2)]
    access = [f"access{n}" for n in range(ACCESS)]
    links = [*combinations(cores, 2), *pairs]
    links += [(switch, core) for pair in pairs for switch in pair for core in cores]
    links += [(each, switch) for n, each in enumerate(access) for switch in pairs[n % len(pairs)]]
    databases = [f"db{n}" for n in range(SERVICES // 8)]
    servers = [f"server{n}" for n in range(SERVICES)]
    links += [(server, each) for server in (*databases, *servers) for each in draw.sample(access, 2)]
    yield {"kind": "batch", "cmdb": 1, "source": "campus", "complete": True}
    for name in (*cores, *(switch for pair in pairs for switch in pair), *access):
        yield {"kind": "item", "id": name, "class": "Switch", "name": name, "mtbf_hours": 200_000, "mttr_hours": 4}
    for name in (*databases, *servers):
        yield {"kind": "item", "id": name, "class": "Server", "name": name, "mtbf_hours": 50_000, "mttr_hours": 8}
    for one, other in links:
        yield {"kind": "relationship", "from": one, "type": "connects_to", "to": other}
    for n, server in enumerate(servers):
        yield {"kind": "item", "id": f"app{n}", "class": "Application", "name": f"app{n}"}
        yield {"kind": "item", "id": f"service{n}", "class": "BusinessService", "name": f"service{n}"}
        chain = (f"service{n}", "depends_on", f"app{n}"), (f"app{n}", "runs_on", server)
        for start, type_, end in (*chain, (f"app{n}", "reaches", draw.choice(databases))):
            yield {"kind": "relationship", "from": start, "type": type_, "to": end}


def main(folder: Path) -> None:
    """Measure the whole command, the answer alone, and NetworkX beside."""
    home = folder / "campus"
    home.mkdir(exist_ok=True)
    rows = list(campus(1))
    estate = home / "campus.jsonl"
    estate.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for old in home.glob("campus.db*"):
        old.unlink()
    environment = {"CMDB_STORE": f"sqlite:///{home / 'campus.db'}", "CMDB_CACHE_DIR": str(home / "cache")}
    run_process([*CMDB, "import", estate, "-o", "json"], environment, home)
    cold = [run_process([*CMDB, "impact", "core0", "-o", "json"], environment, home).seconds for _ in range(3)]
    size = f"{CORES + DISTRIBUTION + ACCESS} switches, {SERVICES} requirements over them"
    tell(f"cmdb impact of a core switch, cold process: {size}", statistics.median(cold))
    answer = run_process([*CMDB, "availability", "-o", "json"], environment, home)
    tell("  availability of all services over it", answer.seconds)

    settings = Settings.read(store=environment["CMDB_STORE"], cache_dir=home / "cache", by="benchmark")
    ours = statistics.median(_answer(settings) for _ in range(3))
    graph = nx.Graph((row["from"], row["to"]) for row in rows if row.get("type") == "connects_to")
    host = {row["from"]: row["to"] for row in rows if row.get("type") == "runs_on"}
    ends = [(host[row["from"]], row["to"]) for row in rows if row.get("type") == "reaches"]
    without = graph.copy()
    without.remove_node("core0")
    began = time.perf_counter()
    for start, end in ends[:SAMPLE]:
        nx.node_connectivity(graph, start, end)
        nx.node_connectivity(without, start, end)
    theirs = (time.perf_counter() - began) * len(ends) / SAMPLE
    tell_ratio("  against node_connectivity of NetworkX with it and without", theirs / ours, beside=f"{theirs:.1f} s")


def _answer(settings: Settings) -> float:
    """Return how long the answer takes to one who has the snapshot, and has asked nothing of it yet."""
    with Record.open(settings) as record:
        snapshot = record.snapshot()
    core = snapshot.id_at(resolve(snapshot, "core0"))
    began = time.perf_counter()
    impact_of(snapshot, [core])
    return time.perf_counter() - began


if __name__ == "__main__":
    main(Path(sys.argv[1]))
