"""From an estate to waves: which pools limit what may be down together, the solution, and each wave verified.

Takes a Snapshot, nodes (an item, or a change with several) and rules, gives a `WavesFinding`. What the limits of single
pools do not see, redundancy over several floors, the impact engine finds in the solution, and it is solved again.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cmdb.errors import UsageError
from cmdb.snapshot import Snapshot
from impact.collisions.effects import Effects
from impact.engine import ImpactEngine
from impact.states import DOWN
from impact.waves.finding import BrokenLimit, WavesFinding
from impact.waves.solving import Limit, Solution, solve

__all__ = ["PlanNode", "PlanRules", "waves_of"]

_ROUNDS: Final = 50
"""Times the solution is made again after the impact engine found something in it."""


@dataclass(frozen=True, slots=True)
class PlanNode:
    """What is done in one wave as a whole: `id` is a record id or the number of a change, `rows` what it has down."""

    id: str
    name: str
    rows: tuple[int, ...]
    zone: str = ""
    teams: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanRules:
    """What waves must honour beside the pools.

    `reserve` members stay up beyond each pool's need; `at_most` nodes a wave; `order` are (before, after) by node id;
    `one_zone` keeps each wave within a zone; `teams` is how many nodes of a wave a team can do; `seconds` is the time
    for each number of waves that is tried.
    """

    title: str = ""
    reserve: int = 0
    at_most: int | None = None
    order: tuple[tuple[str, str], ...] = ()
    one_zone: bool = False
    teams: tuple[tuple[str, int], ...] = ()
    seconds: float = 20.0


def waves_of(
    snapshot: Snapshot,
    nodes: Sequence[PlanNode],
    rules: PlanRules,
    *,
    down: Sequence[int] = (),
    degraded: Sequence[int] = (),
) -> WavesFinding:
    """Return the fewest waves in which no service goes down and every pool keeps its need and the reserve.

    `down` and `degraded` are rows of open outages. Raises UsageError for no nodes, or an order that names no node.
    """
    if not nodes:
        raise UsageError("nothing is to be planned: name items or changes")
    engine = ImpactEngine.of(snapshot)
    effects = Effects(engine, down, degraded)
    place = {node.id: at for at, node in enumerate(nodes)}
    for one in {name for pair in rules.order for name in pair} - set(place):
        raise UsageError(f"the order names {one}, which is not among what is planned")
    falls = [_falls(engine, effects, node) for node in nodes]
    pools, limits = _limits(engine, falls, effects, rules.reserve)
    limits += [
        Limit(tuple(frozenset([at]) for at, node in enumerate(nodes) if team in node.teams), most, team)
        for team, most in rules.teams
    ]
    alone = [at for at, node in enumerate(nodes) if effects.fallen(node.rows)]
    broken = _broken(snapshot, effects, nodes, alone)
    zones: list[int] | None = None
    if rules.one_zone:
        numbers = {name: number for number, name in enumerate(dict.fromkeys(node.zone for node in nodes))}
        zones = [numbers[node.zone] for node in nodes]
    order = [(place[one], place[other]) for one, other in rules.order]
    apart: list[frozenset[int]] = []
    solution = Solution(None, False, 0, infeasible=True)
    verified = False
    if not alone:
        for _ in range(_ROUNDS):
            solution = solve(
                len(nodes),
                limits,
                at_most=rules.at_most,
                order=order,
                zones=zones,
                apart=apart,
                seconds=rules.seconds,
            )
            fatal = [] if solution.waves is None else _fatal(effects, nodes, solution.waves)
            verified = solution.waves is not None and not fatal
            if not fatal:
                break
            apart += fatal
    broken += [_told_limit(engine, pools, limits, limit, nodes) for limit in solution.impossible]
    waves = solution.waves if solution.waves is not None and verified else []
    return WavesFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        title=rules.title,
        waves=[[nodes[at].id for at in wave] for wave in waves],
        names={node.id: node.name for node in nodes},
        optimal=solution.optimal and verified,
        lower_bound=solution.lower_bound,
        infeasible=broken,
        limits=len(limits),
        reserve=rules.reserve,
        verified=verified,
        slots=[],
        warnings=_warnings(snapshot, nodes, effects, solution, alone, verified=verified),
    )


def _falls(engine: ImpactEngine, effects: Effects, node: PlanNode) -> frozenset[int]:
    """Return every row that is down while a node is."""
    states = effects.states(node.rows)
    found = states.reached[states.state[states.reached] == DOWN]
    return frozenset(found[effects.before.state[found] != DOWN].tolist())


def _limits(
    engine: ImpactEngine, falls: Sequence[frozenset[int]], effects: Effects, reserve: int
) -> tuple[list[int], list[Limit]]:
    """Return the pools that limit waves, and their limits in the same order."""
    graph = engine.graph
    by_row: dict[int, set[int]] = {}
    for at, rows in enumerate(falls):
        for row in rows:
            by_row.setdefault(row, set()).add(at)
    touched: dict[int, list[frozenset[int]]] = {}
    for row, nodes in by_row.items():
        for member in range(int(graph.member_ptr[row]), int(graph.member_ptr[row + 1])):
            touched.setdefault(int(engine.member_pool[member]), []).append(frozenset(nodes))
    pools, limits = [], []
    resting = effects.before.state == DOWN
    for pool, members in sorted(touched.items()):
        consumer = int(engine.pool_consumer[pool])
        if not graph.pool_hard[pool] or resting[consumer]:
            continue
        chosen = graph.member_by_pool[graph.member_pool_ptr[pool] : graph.member_pool_ptr[pool + 1]]
        out = int(np.count_nonzero(resting[graph.member_provider[chosen]]))
        # What takes the consumer down by another way breaks no pool of it.
        kept = [each - frozenset(by_row.get(consumer, ())) for each in members]
        kept = [each for each in kept if each]
        most = int(engine.bears[pool]) - out - reserve
        if kept and (len(kept) > most or most < 1):
            pools.append(pool)
            limits.append(Limit(tuple(kept), max(most, 0), f"p{pool}"))
    return pools, limits


def _fatal(effects: Effects, nodes: Sequence[PlanNode], waves: Sequence[Sequence[int]]) -> list[frozenset[int]]:
    """Return smallest sets of nodes, within waves, that bring a service down together."""
    found = []
    for wave in waves:
        if not effects.fallen(_rows(nodes, wave)):
            continue
        for size in range(2, len(wave) + 1):
            sets = [
                frozenset(chosen)
                for chosen in itertools.combinations(wave, size)
                if effects.fallen(_rows(nodes, chosen))
            ]
            if sets:
                found += sets
                break
    return found


def _rows(nodes: Sequence[PlanNode], chosen: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted({row for at in chosen for row in nodes[at].rows}))


def _broken(snapshot: Snapshot, effects: Effects, nodes: Sequence[PlanNode], alone: Sequence[int]) -> list[BrokenLimit]:
    found = []
    for at in alone:
        for service in effects.fallen(nodes[at].rows):
            text = f"{nodes[at].name} alone brings {snapshot.name_at(service)} down: it has no redundancy, or no more"
            found.append(
                BrokenLimit(
                    consumer=snapshot.id_at(service),
                    name=snapshot.name_at(service),
                    pool=None,
                    node=nodes[at].id,
                    text=text,
                )
            )
    return found


def _told_limit(
    engine: ImpactEngine, pools: Sequence[int], limits: Sequence[Limit], limit: Limit, nodes: Sequence[PlanNode]
) -> BrokenLimit:
    snapshot, graph = engine.snapshot, engine.graph
    worst = max(range(len(nodes)), key=lambda at: sum(at in member for member in limit.members))
    if (at := limits.index(limit)) >= len(pools):
        text = f"team {limit.name} can do {limit.most} at once"
        return BrokenLimit(consumer="", name=limit.name, pool=None, node=nodes[worst].id, text=text)
    pool = pools[at]
    consumer = int(engine.pool_consumer[pool])
    hit = sum(worst in member for member in limit.members)
    need, members = int(graph.pool_need[pool]), int(graph.pool_members[pool])
    text = (
        f"{nodes[worst].name} alone takes {hit} of the {members} members of pool {graph.pool_names[pool]} of "
        f"{snapshot.name_at(consumer)}, which needs {need}; it may lose {limit.most}, the reserve kept"
    )
    return BrokenLimit(
        consumer=snapshot.id_at(consumer),
        name=snapshot.name_at(consumer),
        pool=graph.pool_names[pool],
        node=nodes[worst].id,
        text=text,
    )


def _warnings(
    snapshot: Snapshot,
    nodes: Sequence[PlanNode],
    effects: Effects,
    solution: Solution,
    alone: Sequence[int],
    *,
    verified: bool,
) -> list[str]:
    found = []
    engine = effects.engine
    idle = [node.name for node in nodes if not engine.serves[list(node.rows)].any()]
    if idle:
        more = f" and {len(idle) - 3:,} more" if idle[3:] else ""
        found.append(f"no service is known to stand on {', '.join(idle[:3])}{more}: nothing says they may go together")
    if effects.troubled:
        found.append("what is down already counts as down in every wave")
    if not alone and solution.waves is None and not solution.infeasible:
        found.append("no waves were found in time; give it more with seconds")
    elif not alone and solution.waves is not None and not verified:
        found.append("the impact engine still found a wave that brings a service down; nothing is proposed")
    elif solution.waves is not None and not solution.optimal:
        found.append(
            f"fewer waves may do: at least {solution.lower_bound} are needed, and not all were tried to the end"
        )
    return found
