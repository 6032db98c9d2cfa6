"""Five small estates whose availability is easily got wrong: what is usually computed, what is true, and why.

Each estate is a file in `availability/`. `python examples/availability.py` imports one after the other into a record of
its own and asks it; every number that it prints is checked here against the textbook's.
"""

from __future__ import annotations

import math
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cmdb.record import Record
from cmdb.settings import Settings
from cmdb.snapshot import Snapshot
from cmdb.snapshot.naming import resolve
from impact.availability.answer import availability_of
from impact.spof import spof_of
from importers.reading import open_source
from importers.registry import ReadOptions, importer_named

ESTATES = Path(__file__).resolve().parent / "availability"
MINUTES_A_MONTH = 730 * 60


@dataclass(frozen=True)
class Step:
    """One estate: its file, the service asked about, the usual figure and how it comes about, and the reason."""

    title: str
    file: str
    service: str
    usual: Callable[[], float]
    """The unavailability that is usually computed."""
    how: str
    truth: float
    """The unavailability by the textbook, to which ours is held."""
    why: str


def _either(*failing: float) -> float:
    """Return the unavailability of redundant blocks that are taken to fail independently."""
    return math.prod(failing)


STEPS = [
    Step(
        "The shared switch",
        "shared-switch.yaml",
        "shop",
        lambda: _either(1 - 0.99 * 0.999, 1 - 0.99 * 0.999),
        "each server with its switch is a block of 0.98901, and the two blocks are multiplied",
        0.0010999,
        "The switch stands in both blocks and was counted twice, as if there were two. It fails both servers at once, "
        "and brings nearly all of the downtime.",
    ),
    Step(
        "The bridge",
        "bridge.yaml",
        "connection",
        lambda: _either(1 - 0.9 * 0.9, 1 - 0.9 * 0.9),
        "the two ways are multiplied, and the cross link is left out: nothing that is in series or parallel has it",
        1 - 0.97848,
        "No nesting of series and parallel describes a bridge. By the sets that cut it, it is one of our estates.",
    ),
    Step(
        "Two of three",
        "two-of-three.yaml",
        "database",
        lambda: _either(0.01, 0.02, 0.03),
        "three nodes are redundant, so their unavailabilities are multiplied",
        0.001088,
        "The loss of two nodes is enough, for one alone has no quorum. It is 181 times as probable as the loss of all.",
    ),
    Step(
        "The hidden host",
        "hidden-host.yaml",
        "site",
        lambda: _either(0.01, 0.01),
        "the pool has two web servers of 0.99, and they are multiplied",
        1 - 0.995 * (1 - 0.01 * 0.01),
        "Both run on one host. It stands behind the pool, where no list of the site's requirements shows it.",
    ),
    Step(
        "The common cause",
        "common-cause.yaml",
        "storage",
        lambda: _either(0.01, 0.01),
        "two controllers of 0.99 are multiplied",
        0.001080919,
        "A tenth of what fails one fails both: the same firmware, the same mistake. Alike is not independent.",
    ),
]


def estate(file: str, folder: Path) -> Snapshot:
    """Import an estate into a record of its own and return its snapshot."""
    settings = Settings.read(store=f"sqlite:///{folder}/{file}.db", cache_dir=folder, by="walk-through")
    with Record.open(settings, create=True) as record:
        options = ReadOptions(words=record.catalogue.words)
        record.import_batches(importer_named("native").read([open_source(ESTATES / file)], options))
        return record.snapshot()


def walk(folder: Path) -> Iterator[str]:
    """Give every line of the walk-through; raises AssertionError where a figure is not the textbook's."""
    for number, step in enumerate(STEPS, 1):
        snapshot = estate(step.file, folder)
        service = snapshot.id_at(resolve(snapshot, step.service))
        (found,) = availability_of(snapshot, [service]).services
        assert found.method == "exact"
        assert found.unavailability is not None
        assert math.isclose(found.unavailability, step.truth, rel_tol=1e-9), (step.title, found.unavailability)
        usual = step.usual()
        yield f"{number}. {step.title}"
        yield from _told("usual", f"{_figure(usual)}: {step.how}")
        yield from _told("true", _figure(found.unavailability))
        names = [f"{each.name}{' (hidden)' if each.hidden else ''}" for each in spof_of(snapshot, [service]).spofs]
        yield from _told("alone", f"{', '.join(names)} brings it down" if names else "nothing brings it down")
        yield from _told("why", step.why)


def _figure(unavailability: float) -> str:
    return f"{1 - unavailability:.9g}, {unavailability * MINUTES_A_MONTH:.1f} minutes down a month"


def _told(name: str, text: str) -> list[str]:
    return textwrap.wrap(text, 100, initial_indent=f"   {name:<6} ", subsequent_indent=" " * 10)


def main() -> None:
    """Print the walk-through."""
    with tempfile.TemporaryDirectory() as folder:
        for line in walk(Path(folder)):
            print(line)


if __name__ == "__main__":
    main()
