"""What a change does to services in each part of its time: which items it has down, and the chance that each is down.

Takes an engine and occupations, gives `Exposed` by service. Steps one by one are judged one by one: a rolling restart
of three nodes never has two of them down.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cmdb.model.occupation import Occupation
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.risk.given_down import GivenDown
from impact.states import DOWN, States, states_before_and_after

__all__ = ["Exposed", "Moments", "exposed_services", "moments_of"]


@dataclass(frozen=True, slots=True)
class Moments:
    """The distinct sets of items that a change has down, each with its minutes; the last is the branch of failure.

    `planned` is by set of rows. `if_fails` has all of one moment down, with what was only at risk in it.
    """

    planned: dict[tuple[int, ...], float]
    if_fails: tuple[tuple[int, ...], ...]


@dataclass(slots=True)
class Exposed:
    """One service: `down` is its largest chance of being down at any moment; `minutes` are weighted by chance.

    `minutes` times `down` is the expected planned downtime. `certain`: the walk says it goes down, nothing is computed.
    """

    row: int
    down: float = 0.0
    expected_minutes: float = 0.0
    down_if_fails: float = 0.0

    @property
    def minutes(self) -> float:
        """Planned minutes, such that minutes times `down` is what is expected."""
        return self.expected_minutes / self.down if self.down else 0.0


def moments_of(engine: ImpactEngine, occupied: Sequence[Occupation]) -> Moments:
    """Return the distinct moments of a change; items out of service, or unknown, bring nothing down."""
    snapshot = engine.snapshot
    spans = []
    for each in occupied:
        row = snapshot.row_of(each.item)
        if row >= 0 and snapshot.in_service[row]:
            spans.append((each.start, max(each.end, each.start), row, each.down))
    edges = sorted({edge for start, end, _, _ in spans for edge in (start, end)})
    planned: dict[tuple[int, ...], float] = {}
    failing: dict[tuple[int, ...], None] = {}
    for start, end in itertools.pairwise(edges):
        here = [(row, down) for begins, ends, row, down in spans if begins <= start and ends >= end]
        if down_here := tuple(sorted({row for row, down in here if down})):
            planned[down_here] = planned.get(down_here, 0.0) + (end - start) / dt.timedelta(minutes=1)
        if all_here := tuple(sorted({row for row, _ in here})):
            failing[all_here] = None
    if not failing and spans:
        # No step has a length: all at one moment, for no time that anybody stated.
        failing[tuple(sorted({row for _, _, row, _ in spans}))] = None
        if down_rows := tuple(sorted({row for _, _, row, down in spans if down})):
            planned[down_rows] = 0.0
    return Moments(planned, tuple(failing))


def exposed_services(
    engine: ImpactEngine, moments: Moments, outages: Iterable[int], degraded: Iterable[int]
) -> tuple[list[Exposed], int]:
    """Return the services that get worse by the change, alone or with what is already down, each with its chances.

    The number is how many of them have an estimated chance, for there were too many to compute all.
    """
    given = GivenDown.of(engine)
    already = np.unique(np.fromiter(outages, np.int64))
    weak = np.unique(np.fromiter(degraded, np.int64))
    found: dict[int, Exposed] = {}
    memory: dict[tuple[int, ...], dict[int, float]] = {}
    estimated: set[int] = set()

    def chances(rows: tuple[int, ...]) -> dict[int, float]:
        if rows not in memory:
            memory[rows] = _chances(engine, given, np.array(rows, np.int64), already, weak, estimated)
        return memory[rows]

    for rows, minutes in moments.planned.items():
        for row, chance in chances(rows).items():
            each = found.setdefault(row, Exposed(row))
            each.down = max(each.down, chance)
            each.expected_minutes += chance * minutes
    for rows in moments.if_fails:
        for row, chance in chances(rows).items():
            each = found.setdefault(row, Exposed(row))
            each.down_if_fails = max(each.down_if_fails, chance)
    for each in found.values():
        each.down_if_fails = max(each.down_if_fails, each.down)
    return list(found.values()), len(estimated)


def _chances(
    engine: ImpactEngine, given: GivenDown, rows: Rows, already: Rows, weak: Rows, estimated: set[int]
) -> dict[int, float]:
    found = _of_state(engine, given, rows, rows[:0], weak, estimated)
    if len(already) or len(engine.in_maintenance):
        for row, chance in _of_state(engine, given, rows, already, weak, estimated, maintenance=True).items():
            found[row] = max(found.get(row, 0.0), chance)
    return found


def _of_state(
    engine: ImpactEngine,
    given: GivenDown,
    rows: Rows,
    already: Rows,
    weak: Rows,
    estimated: set[int],
    *,
    maintenance: bool = False,
) -> dict[int, float]:
    before, after = _states(engine, rows, already, weak)
    reached = after.reached
    worse = reached[(after.state[reached] > before.state[reached]) & engine.snapshot.is_service[reached]]
    fallen = worse[after.state[worse] == DOWN].tolist()
    shaken = _weightiest_first(engine, worse[after.state[worse] != DOWN])
    down = np.union1d(rows, already)
    if maintenance:
        down = np.union1d(down, engine.in_maintenance)
    chances = given.chances(down, shaken)
    estimated.update(row for row, each in zip(shaken, chances, strict=True) if not each.computed)
    return dict.fromkeys(fallen, 1.0) | {row: each.value for row, each in zip(shaken, chances, strict=True)}


def _weightiest_first(engine: ImpactEngine, rows: Rows) -> list[int]:
    snapshot = engine.snapshot
    weight = np.exp2(np.maximum(snapshot.criticality[rows], 0)) * np.maximum(snapshot.users[rows], 1)
    found: list[int] = rows[np.lexsort((rows, -weight))].tolist()
    return found


def _states(engine: ImpactEngine, rows: Rows, already: Rows, weak: Rows) -> tuple[States, States]:
    return states_before_and_after(engine, rows, outages=already, degraded=weak)
