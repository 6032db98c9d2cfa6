"""Reconciling half a million rows with a record of as many, and suggesting names that are alike."""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

from measuring import CMDB, run_process, tell, tell_ratio

from cmdb.reconcile.likeness import Named, alike

ITEMS = 114_000
"""So many items, with their relationships and pools, are half a million rows."""
GENERATE = Path(__file__).resolve().parent.parent / "examples" / "midsize" / "generate.py"


def main(folder: Path, estate: Path) -> None:
    """Measure; nothing here is needed by the other parts."""
    reconciling(folder)
    suggestions(estate)


def reconciling(folder: Path) -> None:
    """Import half a million rows, then the same with one in a hundred changed."""
    files = []
    for name, more in (("rows.jsonl", []), ("changed.jsonl", ["--changes", "3"])):
        files.append(folder / name)
        run_process([sys.executable, GENERATE, "--items", ITEMS, "--seed", 2, "--out", files[-1], *more], {}, folder)
    with files[0].open(encoding="utf-8") as before, files[1].open(encoding="utf-8") as after:
        count = different = 0
        for one, other in zip(before, after, strict=True):
            count += 1
            different += one != other
    for old in folder.glob("rows.db*"):
        old.unlink()
    environment = {"CMDB_STORE": f"sqlite:///{folder / 'rows.db'}", "CMDB_CACHE_DIR": str(folder / "cache-rows")}
    run_process([*CMDB, "import", files[0], "-o", "json"], environment, folder)
    done = run_process([*CMDB, "import", files[1], "-o", "json"], environment, folder)
    beside = f"{different:,} of them different"
    tell(f"{count:,} rows reconciled with a record of as many", done.seconds, target=60, beside=beside)
    tell("  peak memory of it", done.megabytes, "MB", 1_500)


def suggestions(estate: Path) -> None:
    """Find which of 20,000 names of one source are like some of 100,000 of another."""
    with estate.open(encoding="utf-8") as lines:
        items = [row for row in map(json.loads, lines) if row["kind"] == "item"]
    draw = random.Random(1)
    known = [Named(row["id"], row["class"], row["name"], frozenset(["one"])) for row in items]
    misspelt = [
        Named(f"other-{each.id}", each.family, _misspelt(draw, each.name), frozenset(["other"]))
        for each in draw.sample(known, min(20_000, len(known)))
    ]
    began = time.perf_counter()
    found = alike(misspelt, known)
    took = time.perf_counter() - began
    right = sum({pair.one, pair.other} == {pair.one, f"other-{pair.one}"} for pair in found)
    right += sum({pair.one, pair.other} == {pair.other, f"other-{pair.other}"} for pair in found)
    beside = f"{len(found):,} pairs, {right:,} of them the same item misspelt"
    tell(f"{len(misspelt):,} names compared with {len(known):,}", took, target=30, beside=beside)
    from rapidfuzz import fuzz, process

    every = [each.name for each in known]
    some = misspelt[:20]
    began = time.perf_counter()
    for each in some:
        process.extract(each.name, every, scorer=fuzz.ratio, score_cutoff=88.0, limit=None)
    whole = (time.perf_counter() - began) / len(some) * len(misspelt)
    tell_ratio("every name with every other by rapidfuzz", whole / took, beside=f"measured on {len(some)} names")


def _misspelt(draw: random.Random, name: str) -> str:
    """Return a name as somebody else types it: one letter gone or doubled, other case, another separator."""
    letters = [place for place, sign in enumerate(name) if sign.isalpha()]
    if letters:
        at = draw.choice(letters)
        name = name[:at] + (name[at] * 2 if draw.random() < 0.5 else "") + name[at + 1 :]
    return name.upper().replace("-", "_") if draw.random() < 0.5 else name


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
