"""The third way to be at risk where items reach each other over a network: what `impact.exposed` is elsewhere.

Redundancy may be spent in pools and on paths alike, so nearly anything above a loss may be exposed, and all of it is
looked at. Each exposed item is reached one round after the nearest affected item among its hard providers, the members
of its hard pools that count, and the devices on the paths that it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impact.frontier import Rows
from impact.network.rounds import parted
from impact.network.routes import NEVER

if TYPE_CHECKING:
    from impact.engine import ImpactEngine
    from impact.network.reach import Reach

__all__ = ["Spent", "devices_near", "expose_over_networks"]


class Spent(NamedTuple):
    """What the third rule came to."""

    marked: Rows
    """Rows at risk by it, by distance."""
    exposed: Rows
    """Those of them that are exposed themselves."""
    shaky: Rows
    """By requirement over the network: the round since which it is met only by what is at risk, NEVER where it is."""


class _Pool(NamedTuple):
    hard: bool
    bears: int
    members: list[tuple[int, int]]
    """Those that count: the provider, and the requirement by which it is reached, or -1."""


class _Needs(NamedTuple):
    """What one item stands on."""

    providers: list[int]
    requirements: list[int]
    """Hard ones over the network, outside pools."""
    pools: list[_Pool]
    near: list[int]
    """Rows next to which it is reached when it is exposed."""


def expose_over_networks(
    engine: ImpactEngine,
    reach: Reach,
    code: int,
    down_code: int,
    state: NDArray[np.int8],
    distance: NDArray[np.int32],
    idle: NDArray[np.bool_] | None,
    minutes: float | None,
    shaky: Rows,
) -> Spent:
    """Mark what is `code`, at risk, by the third rule, in place; `shaky` is by requirement what the other rules found.

    `idle` says by membership that it lasts too short to count; None where all count.
    """
    # Only here, for most questions end before this and need no sets.
    from impact.exposure import Exposure, design_of

    nobody = np.zeros(0, np.int64)
    exposure = Exposure(design_of(engine, minutes), state == down_code)
    touched = sorted(row for row in exposure.touched if row < len(state) and not state[row])
    exposure.make(touched)
    exposed = {row for row in touched if exposure.gained(row)}
    if not exposed:
        return Spent(nobody, nobody, shaky)
    affected = np.where(state > 0, distance, NEVER).astype(np.int64)
    at_risk = np.where(state == code, distance, NEVER).astype(np.int64)
    open_rows = [row for row in _resting_on(engine, reach, exposed) if not state[row]]
    needs = _needs(engine, reach, idle, open_rows)
    far: int = NEVER
    while True:
        failing = parted(reach, at_risk)
        moved = False
        for row in open_rows:
            found = _shaken(needs[row], at_risk, failing)
            if row in exposed:
                found = min(found, _after(min([far, *affected[needs[row].near].tolist()])))
            if found < affected[row]:
                affected[row] = at_risk[row] = found
                moved = True
        if not moved and (far < NEVER or all(affected[row] < NEVER for row in exposed)):
            break
        if not moved:
            # Where there are too many paths to look at, nothing near may be known: such items come after the others.
            far = int(affected[affected < NEVER].max())
    reached = np.array([row for row in open_rows if affected[row] < NEVER], np.int64)
    marked = reached[np.argsort(affected[reached], kind="stable")]
    state[marked] = code
    distance[marked] = affected[marked]
    own = np.array([row for row in marked.tolist() if row in exposed], np.int64)
    return Spent(marked, own, np.minimum(shaky, failing))


def devices_near(reach: Reach, requirement: int) -> list[int]:
    """Return the rows of the devices on any path that a requirement may take, its consumer left out."""
    devices = {device for pair in reach.pairs_of(requirement) for device in reach.used[pair]}
    rows = {int(reach.network.rows[device]) for device in devices}
    return sorted(rows - {int(reach.consumer[requirement])})


def _resting_on(engine: ImpactEngine, reach: Reach, rows: Iterable[int]) -> list[int]:
    """Return these rows and all that may be at risk with them: by hard providers, pools, and paths over devices."""
    judged = np.flatnonzero((reach.member >= 0) | reach.hard).tolist()
    everybody = reach.consumer[judged].tolist()
    over: dict[int, list[int]] = {}
    for requirement in judged if reach.looked_at else ():
        for device in devices_near(reach, requirement):
            over.setdefault(device, []).append(int(reach.consumer[requirement]))

    def by_paths(row: int) -> list[int]:
        if reach.looked_at:
            return over.get(row, [])
        return everybody if reach.network.place[row] >= 0 else []

    hard, graph = engine.hard, engine.graph
    found = dict.fromkeys(rows)
    open_ = list(found)
    while open_:
        row = open_.pop()
        above = hard.consumers[hard.bounds[row] : hard.bounds[row + 1]].tolist()
        pools = engine.member_pool[graph.member_ptr[row] : graph.member_ptr[row + 1]]
        for each in (*above, *engine.pool_consumer[pools].tolist(), *by_paths(row)):
            if each not in found:
                found[each] = None
                open_.append(each)
    return sorted(found)


def _shaken(needs: _Needs, at_risk: Rows, failing: Rows) -> int:
    """Return the round in which an item is at risk because of what it stands on, NEVER when it is not."""

    def of_member(member: tuple[int, int]) -> int:
        provider, requirement = member
        since = int(at_risk[provider])
        return since if requirement < 0 else min(since, int(failing[requirement]))

    times = [*at_risk[needs.providers].tolist(), *failing[needs.requirements].tolist()]
    for pool in needs.pools:
        gone = sorted(time for member in pool.members if (time := of_member(member)) < NEVER)
        if len(gone) > pool.bears:
            times.append(gone[max(pool.bears, 0)])
    return _after(min(times, default=NEVER))


def _after(time: int) -> int:
    return time + 1 if time < NEVER else NEVER


def _needs(engine: ImpactEngine, reach: Reach, idle: NDArray[np.bool_] | None, rows: list[int]) -> dict[int, _Needs]:
    graph = engine.graph
    direct: dict[int, list[int]] = {}
    for requirement in np.flatnonzero((reach.member < 0) & reach.hard).tolist():
        direct.setdefault(int(reach.consumer[requirement]), []).append(requirement)

    def pools_of(row: int) -> Iterator[_Pool]:
        for pool in graph.pool_by_consumer[graph.pool_consumer_ptr[row] : graph.pool_consumer_ptr[row + 1]].tolist():
            members = graph.member_by_pool[graph.member_pool_ptr[pool] : graph.member_pool_ptr[pool + 1]].tolist()
            counted = [each for each in members if idle is None or not idle[each]]
            yield _Pool(
                bool(graph.pool_hard[pool]),
                int(engine.bears[pool]) - (len(members) - len(counted)),
                [(int(graph.member_provider[each]), reach.by_member.get(each, -1)) for each in counted],
            )

    found = {}
    for row in rows:
        edges = graph.edge_by_consumer[graph.edge_consumer_ptr[row] : graph.edge_consumer_ptr[row + 1]]
        providers = graph.edge_provider[edges[graph.edge_hard[edges]]].tolist()
        pools, requirements = list(pools_of(row)), direct.get(row, [])
        near = set(providers)
        over_network = set(requirements)
        for pool in pools:
            if pool.hard:
                near.update(provider for provider, _ in pool.members)
                over_network.update(requirement for _, requirement in pool.members if requirement >= 0)
        for requirement in over_network:
            near.update(devices_near(reach, requirement))
        found[row] = _Needs(providers, requirements, pools, sorted(near - {row}))
    return found
