"""Measures cmdb beside what a user would use instead, and prints the figures with their targets as ratios, in one run.

    python benchmarks [--items 100000] [--no-neo4j] [--keep FOLDER]

Each part is its own process, so that memory is each part's own peak. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from measuring import Report, machine  # noqa: E402


def main() -> int:
    """Run every part and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-neo4j", action="store_true")
    parser.add_argument("--keep", type=Path, help="work in this folder and keep it")
    chosen = parser.parse_args()
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="cmdb-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    estate = folder / f"estate-{chosen.items}-{chosen.seed}.jsonl"
    try:
        print(f"{machine()}\nan estate of {chosen.items:,} items, seed {chosen.seed}\n", flush=True)
        if not estate.exists():
            generate = [sys.executable, ROOT / "examples/midsize/generate.py", "--items", chosen.items]
            subprocess.run([str(w) for w in [*generate, "--seed", chosen.seed, "--out", estate]], check=True)
        report = Report()
        _part("sqlite_part.py", folder, estate, report)
        _part("impact_part.py", folder, estate, report)
        _part("availability_part.py", folder, estate, report)
        _part("spof_part.py", folder, estate, report)
        _part("network_part.py", folder, estate, report)
        _part("changes_part.py", folder, estate, report)
        _part("reconcile_part.py", folder, estate, report)
        if not chosen.no_neo4j:
            _part("neo4j_part.py", folder, estate, report)
        report.print()
    finally:
        if chosen.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _part(name: str, folder: Path, estate: Path, report: Report) -> None:
    """Run a part; it prints one JSON object a figure."""
    words = [sys.executable, ROOT / "benchmarks" / name, folder, estate]
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, check=False, text=True)
    for line in done.stdout.splitlines():
        report.add(**json.loads(line))
    if done.returncode:
        report.note(f"{name} ended with status {done.returncode}: its figures are not whole")


if __name__ == "__main__":
    sys.exit(main())
