"""Exact availability and cut sets of every service: the whole estate, and smaller ones made for it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from measuring import CMDB, peak_megabytes, tell

from cmdb.record import Record
from cmdb.settings import Settings
from impact.availability.evaluate import Evaluator
from impact.availability.events import FailureData
from impact.cutsets import CutSetSearch
from impact.engine import ImpactEngine
from impact.structure import Structure

ROOT = Path(__file__).resolve().parent.parent
NOBODY_SAID = 0.001
"""Unavailability of an item without MTBF and MTTR: the time does not depend on it."""
SMALL, SMALL_RUNS = 500, 5
"""Below so many services the figure is the median of so many runs: a part of a second differs from one to the next."""
CHANGED = 31
"""Items whose MTBF is changed, one at a time."""


def main(folder: Path, estate: Path) -> None:
    """Measure on the record that the SQLite part has left, and on smaller estates of the same shape."""
    whole(read(folder / "bench.db", folder / "cache"), figures=75, pairs=20)
    for items, target in ((10_000, 20.0), (1_000, 0.3)):
        small = folder / f"availability-{items}"
        small.mkdir(exist_ok=True)
        if not (small / "bench.db").exists():
            make(small, items)
        whole(read(small / "bench.db", small / "cache"), figures=target, pairs=None)


def make(folder: Path, items: int) -> None:
    """Make a record of a generated estate in a folder."""
    estate = folder / "estate.jsonl"
    words = [ROOT / "examples/midsize/generate.py", "--items", items, "--seed", 1, "--out", estate]
    subprocess.run([sys.executable, *map(str, words)], check=True)
    told = {"CMDB_STORE": f"sqlite:///{folder / 'bench.db'}", "XDG_CACHE_HOME": str(folder), "CMDB_USER": "bench"}
    for command in (["init"], ["import", str(estate)]):
        subprocess.run([*CMDB, *command], check=True, stdout=subprocess.DEVNULL, env={**os.environ, **told}, cwd=ROOT)


def read(store: Path, cache: Path):  # type: ignore[no-untyped-def]
    """Return a record's snapshot."""
    with Record.open(Settings.read(store=f"sqlite:///{store}", cache_dir=cache, by="benchmark")) as record:
        return record.snapshot()


def whole(snapshot, *, figures: float, pairs: float | None) -> None:  # type: ignore[no-untyped-def]
    """Measure one estate: every service's figure, one changed number, cut sets."""
    structure = Structure.of(ImpactEngine.of(snapshot))
    mtbf, mttr = snapshot.numbers["mtbf_hours"], snapshot.numbers["mttr_hours"]
    known = np.isfinite(mtbf) & np.isfinite(mttr)
    own = np.zeros(structure.size)
    own[: len(snapshot)] = np.where(known, mttr / (mtbf + mttr), NOBODY_SAID)
    data = FailureData(own)
    services = np.flatnonzero(snapshot.is_service & snapshot.in_service).tolist()

    taken = []
    for _ in range(SMALL_RUNS if len(services) < SMALL else 1):
        began = time.perf_counter()
        evaluator = Evaluator(structure, data)  # each time from nothing
        found = evaluator.figures(services)
        taken.append(time.perf_counter() - began)
    first = statistics.median(taken)
    open_ones = [each for each in found if each.kind != "exact"]
    width = max(((each.high - each.low) / each.low for each in open_ones), default=0.0)
    tell(
        f"availability of {len(services):,} services of {len(snapshot):,} items",
        first,
        target=figures,
        beside=f"largest core {max(each.variables for each in found)} variables",
    )
    tell("  not exact", len(open_ones), "", target=10, beside=f"widest interval {width:.2%}")
    tell("  peak memory so far", peak_megabytes(), "MB")

    draw = np.random.default_rng(1)
    taken = []
    for row in draw.choice(len(snapshot), CHANGED, replace=False).tolist():
        began = time.perf_counter()
        evaluator.with_data(data.forced([(row, own[row] / 2)])).figures(services)
        taken.append(time.perf_counter() - began)
    # The first change also makes the index from events to what rests on them; the median does not show it.
    tell("  all of them again after one MTBF changed, median item", statistics.median(taken), target=first / 100)

    began = time.perf_counter()
    search = CutSetSearch(structure)
    count = sum(sum(each.counts.values()) for each in search.of_all(services, 2, 0))
    del search  # letting go of millions of sets is part of it
    tell("  order-2 cut sets of all services", time.perf_counter() - began, target=pairs, beside=f"{count:,} sets")

    widest = max(services, key=lambda row: len(evaluator.forms.set_groups[evaluator.forms.of(row)]))
    began = time.perf_counter()
    triples = CutSetSearch(structure).of(widest, 3, None)
    tell(
        "  order-3 cut sets of the service with most redundancy, from nothing",
        time.perf_counter() - began,
        target=2.0,
        beside=f"{sum(triples.counts.values()):,} sets",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
