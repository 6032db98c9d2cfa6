"""Down sets of every item at once: 100,000 items, a million, and NetworkX asked item by item."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import networkx as nx
import numpy as np
from measuring import median_time, peak_megabytes, tell, tell_ratio

from cmdb.record import Record
from cmdb.settings import Settings
from impact import ImpactEngine
from impact.downsets import down_sets
from impact.spof import spof_of
from impact.structure import Structure

SAMPLE = 12
"""Items that NetworkX is asked about; each takes it a second or so."""


def main(folder: Path, estate: Path) -> None:
    """Measure on the record that the SQLite part has left; each size is a process of its own, for its memory."""
    settings = Settings.read(store=f"sqlite:///{folder / 'bench.db'}", cache_dir=folder / "cache", by="benchmark")
    with Record.open(settings) as record:
        snapshot = record.snapshot()
    structure = Structure.of(ImpactEngine.of(snapshot))
    size, links = structure.size, len(structure.providers) + len(structure.members)
    kept = folder / "structure.npz"
    columns = ("provider_ptr", "providers", "pool_ptr", "member_ptr", "members", "bears", "pool_source")
    np.savez(kept, **{name: getattr(structure, name) for name in columns})
    ours = 0.0
    for copies, seconds, megabytes in ((1, 1.0, 400.0), (10, 12.0, 3_500.0)):
        words = [sys.executable, __file__, "--down-sets", str(kept), str(copies)]
        found = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)
        what = f"down sets of all {size * copies:,} items, {links * copies:,} dependencies"
        scale = size * copies / (100_000 * copies)
        tell(
            what, found["seconds"], target=seconds * scale, beside=f"beside {found['loading']:.2f} s for loading SciPy"
        )
        tell("  peak memory", found["megabytes"], "MB", target=megabytes * scale)
        ours = ours or found["seconds"]
    tell("single points of all services, ranked, with hidden ones marked", median_time(lambda: spof_of(snapshot), 3))
    theirs = asked_item_by_item(structure)
    tell(f"  networkx, item by item (mean of {SAMPLE})", theirs, beside=f"{theirs * size:,.0f} s for all")
    tell_ratio("  down sets faster than networkx item by item", theirs * size / ours, 1_000)


def measure(kept: Path, copies: int) -> None:
    """Measure one size, `copies` estates side by side, and print it as JSON."""
    structure = _beside_each_other(dict(np.load(kept)), copies)
    loading = time.perf_counter()
    import scipy.sparse.csgraph  # noqa: F401

    loading = time.perf_counter() - loading
    began = time.perf_counter()
    down_sets(structure)
    taken = {"loading": loading, "seconds": time.perf_counter() - began, "megabytes": peak_megabytes()}
    print(json.dumps(taken))


def _beside_each_other(columns: dict[str, np.ndarray], copies: int) -> Structure:
    size = len(columns["provider_ptr"]) - 1

    def bounds(name: str) -> np.ndarray:
        return np.concatenate([[0], np.cumsum(np.tile(np.diff(columns[name]), copies))]).astype(np.int64)

    def rows(name: str) -> np.ndarray:
        return np.concatenate([columns[name] + size * number for number in range(copies)])

    return Structure(
        count=size * copies,
        provider_ptr=bounds("provider_ptr"),
        providers=rows("providers"),
        pool_ptr=bounds("pool_ptr"),
        member_ptr=bounds("member_ptr"),
        members=rows("members"),
        bears=np.tile(columns["bears"], copies),
        pool_source=np.tile(columns["pool_source"], copies),
    )


def asked_item_by_item(structure: Structure) -> float:
    """Return the mean seconds that the down set of one item takes on a NetworkX graph: each of the items that it
    stands on is taken out, and a walk up the graph, pools counted, says whether the item falls.
    """
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(structure.size))
    consumers = np.repeat(np.arange(structure.size), np.diff(structure.provider_ptr))
    graph.add_edges_from(
        (p, c, {"pool": -1}) for c, p in zip(consumers.tolist(), structure.providers.tolist(), strict=True)
    )
    owners, pools = structure.pool_consumer[structure.member_pool].tolist(), structure.member_pool.tolist()
    graph.add_edges_from(
        (p, c, {"pool": pool}) for c, p, pool in zip(owners, structure.members.tolist(), pools, strict=True)
    )
    bears = structure.bears.tolist()

    def falls(point: int) -> set[int]:
        down, open_, lost = {point}, [point], dict[int, int]()
        while open_:
            for _, consumer, pool in graph.out_edges(open_.pop(), data="pool"):
                if pool >= 0:
                    lost[pool] = lost.get(pool, 0) + 1
                    if lost[pool] <= bears[pool]:
                        continue
                if consumer not in down:
                    down.add(consumer)
                    open_.append(consumer)
        return down

    sets = down_sets(structure)
    chosen = random.Random(1).sample(range(structure.size), SAMPLE)
    began = time.perf_counter()
    found = [{point for point in nx.ancestors(graph, item) if item in falls(point)} | {item} for item in chosen]
    seconds = (time.perf_counter() - began) / SAMPLE
    assert found == [set(sets.of(item).tolist()) for item in chosen], "NetworkX and the down sets disagree"
    return seconds


if __name__ == "__main__":
    if sys.argv[1] == "--down-sets":
        measure(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
