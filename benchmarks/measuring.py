"""How benchmarks measure and tell: whole processes with their peak memory, and a table of figures with targets."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's installation is compiled

CMDB = [sys.executable, "-c", "import sys; from frontends.cli.main import main; sys.argv[0] = 'cmdb'; main()"]


def machine() -> str:
    """Return one line about the machine and the versions that matter."""
    import numpy
    import pydantic

    versions = f"Python {platform.python_version()}, numpy {numpy.__version__}, pydantic {pydantic.VERSION}"
    return f"{os.cpu_count()} processors, {versions}"


def tell(what: str, value: float, unit: str = "s", target: float | None = None, beside: str = "") -> None:
    """Print one figure as JSON, for the report; `target` is the most it should be."""
    print(json.dumps({"what": what, "value": value, "unit": unit, "target": target, "beside": beside}), flush=True)


def tell_ratio(what: str, ratio: float, target: float | None = None, beside: str = "") -> None:
    """Print how many times faster ours is; `target` is the least it should be."""
    print(json.dumps({"what": what, "value": ratio, "unit": "x", "target": target, "beside": beside}), flush=True)


@dataclass(frozen=True)
class Process:
    """A finished process: seconds by the clock, its peak memory in MB, and seconds of processor time it used."""

    seconds: float
    megabytes: float
    output: bytes
    processor_seconds: float


def run_process(
    words: list[Any], environment: dict[str, str], folder: Path, *, accept: tuple[int, ...] = (0,)
) -> Process:
    """Run a command to its end; raises CalledProcessError with what it printed when it fails."""
    began = time.perf_counter()
    with subprocess.Popen(
        [str(word) for word in words],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode not in accept:
        raise subprocess.CalledProcessError(process.returncode, words, output)
    return Process(seconds, usage.ru_maxrss / 1024, output, usage.ru_utime + usage.ru_stime)


def median_time(deed: Callable[[], object], times: int = 5) -> float:
    """Return the median of the seconds that `deed` takes, after one run that is not counted."""
    deed()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        deed()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def peak_megabytes() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Report:
    """Figures as they come, and the table at the end."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, float, str, float | None, str]] = []
        self._notes: list[str] = []

    def add(self, what: str, value: float, unit: str, target: float | None, beside: str) -> None:
        """Take a figure."""
        self._rows.append((what, value, unit, target, beside))
        print(f"  · {what}: {_shown(value, unit)}", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Take a remark."""
        self._notes.append(text)

    def print(self) -> None:
        """Print the table: figure, target, and the share of the target that was used (below 1 is within it)."""
        width = max((len(row[0]) for row in self._rows), default=10)
        print(f"{'what':<{width}}  {'measured':>12}  {'target':>12}  {'of target':>9}  beside")
        for what, value, unit, target, beside in self._rows:
            wanted = share = ""
            if target is not None:
                wanted = ("≥ " if unit == "x" else "≤ ") + _shown(target, unit)
                share = f"{target / value if unit == 'x' else value / target:.2f}"
            print(f"{what:<{width}}  {_shown(value, unit):>12}  {wanted:>12}  {share:>9}  {beside}")
        for note in self._notes:
            print(f"! {note}")


def _shown(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"
    return f"{value:.1f} {unit}" if value < 100 else f"{value:.0f} {unit}"
