"""Change management on the record that the SQLite part has left: assessment, conflicts, slots, waves."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from measuring import tell, tell_ratio

from cmdb.model.change import BackOut, ChangeRequest, ChangeStanding, Step
from cmdb.model.circumstances import Circumstances
from cmdb.record import Record
from cmdb.settings import Settings
from impact.collisions import conflicts_of
from impact.engine import ImpactEngine
from impact.risk.answer import assess
from impact.slots import slots_of
from impact.states import DOWN, states_before_and_after
from impact.waves import Limit, solve

NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
WORK = {"VirtualMachine": 50, "Application": 15, "DatabaseInstance": 15, "Hypervisor": 12, "Switch": 3, "PDU": 2}
"""What is worked on in a quarter, by class and share."""
CHANGES = 2_000
PAIRS = 150


def main(folder: Path, estate: Path) -> None:
    """Measure on the estate of 100,000 items."""
    settings = Settings.read(store=f"sqlite:///{folder / 'bench.db'}", cache_dir=folder / "cache", by="benchmark")
    with Record.open(settings) as record:
        snapshot = record.snapshot()
    assessments(snapshot)
    conflicts(snapshot)
    slots(snapshot)
    waves()


def of_class(snapshot, name: str):  # type: ignore[no-untyped-def]
    """Return the rows of a class."""
    return np.flatnonzero(snapshot.class_codes == snapshot.class_names.index(name)).tolist()


def one(snapshot, row: int) -> ChangeStanding:  # type: ignore[no-untyped-def]
    """Return a change on one item."""
    request = ChangeRequest(
        "x",
        steps=(Step(snapshot.id_at(row), minutes=30),),
        start="2026-12-01T22:00:00+01:00",
        end="2026-12-01T23:00:00+01:00",
    )
    return ChangeStanding("", request)


def seconds_of(call) -> float:  # type: ignore[no-untyped-def]
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def assessments(snapshot) -> None:  # type: ignore[no-untyped-def]
    """Assess changes on hosts: the services of a cluster are known from one of its hosts when another is asked of."""
    engine, circumstances = ImpactEngine.of(snapshot), Circumstances(NOW)
    hosts = [row for row in of_class(snapshot, "Hypervisor") if few(engine, snapshot, row)]
    draw = random.Random(1)
    cold, other, again = [], [], []
    for row in draw.sample(hosts, 10):
        sibling = next(
            each for each in hosts if each != row and snapshot.name_at(each)[:-1] == snapshot.name_at(row)[:-1]
        )
        cold.append(seconds_of(lambda row=row: assess(snapshot, one(snapshot, row), circumstances, limit=50)))
        other.append(seconds_of(lambda row=sibling: assess(snapshot, one(snapshot, row), circumstances, limit=50)))
        again.append(seconds_of(lambda row=sibling: assess(snapshot, one(snapshot, row), circumstances, limit=50)))
    tell("assessment, at most 50 services lose redundancy: the first of its services", statistics.median(cold))
    tell("assessment: another host of the cluster (warm)", statistics.median(other), target=0.05)
    tell("assessment: the same change again", statistics.median(again))
    core = next(row for row in of_class(snapshot, "Switch") if "core" in snapshot.name_at(row))
    first = seconds_of(lambda: assess(snapshot, one(snapshot, core), circumstances, limit=50))
    warm = seconds_of(lambda: assess(snapshot, one(snapshot, core), circumstances, limit=50))
    tell("assessment of a core switch, the first time", first, target=2.0)
    tell("assessment of a core switch, again", warm)


def few(engine, snapshot, row: int) -> bool:  # type: ignore[no-untyped-def]
    """Tell whether between one and fifty services lose redundancy with a row, and none goes down."""
    _, after = states_before_and_after(engine, np.array([row]))
    hit = after.reached[snapshot.is_service[after.reached]]
    return 0 < len(hit) <= 50 and not (after.state[hit] == DOWN).any()


def quarter(snapshot) -> list[ChangeStanding]:  # type: ignore[no-untyped-def]
    """Return the changes of a quarter, most of them at night."""
    draw = random.Random(3)
    rows = {name: of_class(snapshot, name) for name in WORK}
    found = []
    for number in range(CHANGES):
        name = draw.choices(list(WORK), list(WORK.values()))[0]
        start = NOW + dt.timedelta(days=draw.randrange(90), minutes=15 * draw.randrange(96))
        if draw.random() < 0.7:
            start = start.replace(hour=draw.choice([20, 21, 22, 23, 0, 1, 2, 3]))
        minutes = draw.choice([30, 60, 120, 240])
        request = ChangeRequest(
            "x",
            steps=tuple(
                Step(snapshot.id_at(row), minutes=minutes) for row in draw.sample(rows[name], draw.choice([1, 1, 2]))
            ),
            start=start.isoformat(),
            end=(start + dt.timedelta(minutes=minutes)).isoformat(),
            team=draw.choice("abcdefghijklmnopqrstuvwxyz"),
            back_out=BackOut("written", 30),
        )
        found.append(ChangeStanding(f"CHG-{number:06}", request, state="scheduled"))
    return found


def conflicts(snapshot) -> None:  # type: ignore[no-untyped-def]
    """Find the conflicts of a quarter, and compare with testing every pair."""
    changes, circumstances = quarter(snapshot), Circumstances(NOW)
    took = seconds_of(lambda: conflicts_of(snapshot, changes, circumstances))
    tell(f"conflicts of {CHANGES:,} changes of a quarter", took, target=5.0)
    pairs = random.Random(5).sample(list(itertools.combinations(changes, 2)), PAIRS)

    def every() -> None:
        for pair in pairs:
            both = [row for change in pair for step in change.request.steps if (row := snapshot.row_of(step.item)) >= 0]
            states_before_and_after(ImpactEngine.of(snapshot), np.unique(np.array(both)))

    whole = seconds_of(every) / PAIRS * CHANGES * (CHANGES - 1) / 2
    tell_ratio("the same by testing every pair", whole / took, target=50, beside=f"measured on {PAIRS} pairs")


def slots(snapshot) -> None:  # type: ignore[no-untyped-def]
    """Find the best slots in ninety days at 15-minute steps, other changes honoured."""
    changes = quarter(snapshot)
    engine = ImpactEngine.of(snapshot)
    row = next(row for row in of_class(snapshot, "Hypervisor") if few(engine, snapshot, row))
    circumstances = Circumstances(NOW, changes=tuple(changes))
    assess(snapshot, one(snapshot, row), Circumstances(NOW), limit=0)
    took = seconds_of(lambda: slots_of(snapshot, one(snapshot, row), circumstances, days=90))
    tell(f"best slots in 90 days beside {CHANGES:,} changes", took, target=1.0)


def waves() -> None:
    """Colour the graphs of the DIMACS collection, each proven optimal."""
    for name, graph, colours in (
        ("myciel3", mycielski(3), 4),
        ("myciel4", mycielski(4), 5),
        ("queen5_5", queens(5), 5),
        ("queen6_6", queens(6), 7),
        ("queen7_7", queens(7), 7),
    ):
        count, edges = graph
        limits = [Limit((frozenset([one_]), frozenset([other])), 1) for one_, other in edges]
        began = time.perf_counter()
        found = solve(count, limits)
        took = time.perf_counter() - began
        right = found.waves is not None and len(found.waves) == colours and found.optimal
        tell(f"waves of {name}: {colours}, proven {'so' if right else 'WRONG'}", took, target=10.0)


def mycielski(order: int) -> tuple[int, set[tuple[int, int]]]:
    """Return myciel(order)."""
    count, edges = 2, {(0, 1)}
    for _ in range(order - 1):
        crossed = [pair for a, b in edges for pair in ((a, b + count), (b, a + count))]
        top = {(count + node, 2 * count) for node in range(count)}
        edges, count = edges | {(min(each), max(each)) for each in crossed} | top, 2 * count + 1
    return count, edges


def queens(size: int) -> tuple[int, set[tuple[int, int]]]:
    """Return queen(size)_(size)."""
    squares = list(enumerate(itertools.product(range(size), repeat=2)))
    return size * size, {
        (at, other)
        for (at, (row, column)), (other, (row2, column2)) in itertools.combinations(squares, 2)
        if row == row2 or column == column2 or abs(row - row2) == abs(column - column2)
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
