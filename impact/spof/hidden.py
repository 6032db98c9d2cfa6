"""Why redundancy does not help: the pools that one item defeats, and how each of their members falls with it.

Takes the item and the services that stand on it through pools only, gives rows of the finding.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cmdb.snapshot import Snapshot
from impact.closures import Consumers, Fall, consumers_of
from impact.downsets import DownSets
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.structure import Structure

__all__ = ["PATHS", "defeated_pools"]

PATHS: Final = "paths over the network"
"""What the paths through a network are called where a pool's name is due."""


def defeated_pools(engine: ImpactEngine, sets: DownSets, point: int, services: Rows) -> list[dict[str, Any]]:
    """Return the pools that the loss of `point` defeats on the way to these services.

    Only pools of consumers that reach it by no chain of direct requirements: there redundancy deceives. First those
    with more members than the pool bears that do reach it so; the others are nested: they fall because of these.
    """
    structure = sets.structure
    turned = consumers_of(structure)
    fall = turned.fall([point], sets.down)
    below, direct = _below(sets, fall, services), _directly(turned, fall, point)
    first: list[dict[str, Any]] = []
    nested: list[dict[str, Any]] = []
    for pool in fall.pools:
        consumer, source = int(structure.pool_consumer[pool]), int(structure.pool_source[pool])
        if consumer not in below or consumer in direct:
            continue
        members = structure.members[structure.member_ptr[pool] : structure.member_ptr[pool + 1]].tolist()
        by_itself = sum(member in direct or bool(sets.down[member]) for member in members) > structure.bears[pool]
        fallen = [each for each in members if each in fall.cause]
        if source < 0:
            row = _of_paths(engine, sets, fall, pool, fallen)
        else:
            row = _row(engine, structure, fall, consumer, source, fallen)
            row["not_counted"] = int(engine.graph.pool_members[source]) - len(members)
        row["nested"] = not by_itself
        (first if by_itself else nested).append(row)
    return first + nested


def _directly(turned: Consumers, fall: Fall, point: int) -> set[int]:
    """Return the rows from which a chain of direct requirements leads to the point, itself among them."""
    found, open_ = {point}, [point]
    while open_:
        fresh = [each for each in turned.of(open_.pop()) if each not in found and each in fall.cause]
        found.update(fresh)
        open_ += fresh
    return found


def _below(sets: DownSets, fall: Fall, services: Rows) -> set[int]:
    """Return which of the fallen rows these services stand on, over fallen rows only."""
    structure = sets.structure
    found: set[int] = set()
    open_ = [row for row in services.tolist() if row in fall.cause]
    broken = set(fall.pools)
    while open_:
        row = open_.pop()
        if row in found:
            continue
        found.add(row)
        providers = structure.providers[structure.provider_ptr[row] : structure.provider_ptr[row + 1]].tolist()
        for pool in range(int(structure.pool_ptr[row]), int(structure.pool_ptr[row + 1])):
            if pool in broken:
                providers += structure.members[structure.member_ptr[pool] : structure.member_ptr[pool + 1]].tolist()
        open_ += [each for each in providers if each in fall.cause and each not in found]
    return found


def _row(
    engine: ImpactEngine, structure: Structure, fall: Fall, consumer: int, source: int, members: list[int]
) -> dict[str, Any]:
    snapshot, graph = engine.snapshot, engine.graph
    return {
        "consumer": snapshot.id_at(consumer),
        "consumer_name": snapshot.name_at(consumer),
        "pool": graph.pool_names[source],
        "n": int(graph.pool_members[source]),
        "need": int(graph.pool_need[source]),
        "assumed": bool(graph.pool_assumed[source]),
        "members": [_path(snapshot, structure.count, fall, each, structure.item_of(each)) for each in members],
    }


def _of_paths(engine: ImpactEngine, sets: DownSets, fall: Fall, pool: int, fallen: list[int]) -> dict[str, Any]:
    """Return a pool of virtual rows, the paths through a network, told at the item that needs one of them."""
    structure, turned = sets.structure, consumers_of(sets.structure)
    row = int(structure.pool_consumer[pool])
    seen, open_ = {row}, [row]
    while row >= structure.count and open_:
        row = open_.pop(0)
        above = [*turned.of(row), *(int(structure.pool_consumer[each]) for each in turned.pools_of(row))]
        fresh = [each for each in above if each in fall.cause and each not in seen]
        seen.update(fresh)
        open_ += fresh
    count = int(np.diff(structure.member_ptr[pool : pool + 2])[0])
    snapshot = engine.snapshot
    return {
        "consumer": snapshot.id_at(row),
        "consumer_name": snapshot.name_at(row),
        "pool": PATHS,
        "n": count,
        "need": count - int(structure.bears[pool]),
        "assumed": False,
        "not_counted": 0,
        "members": [_path(snapshot, structure.count, fall, member) for member in fallen],
    }


def _path(snapshot: Snapshot, count: int, fall: Fall, member: int, item: int = -1) -> dict[str, Any]:
    rows = [row for row in fall.chain(member) if row < count]
    if 0 <= item != rows[0]:
        # Lost though it is up, for no path leads there: it is named, and what parts it from its consumer.
        rows.insert(0, item)
    # Of a path through a network, the first device on it that falls stands for the whole.
    return {
        "member": snapshot.id_at(rows[0]),
        "name": snapshot.name_at(rows[0]),
        "path": [each.decode() for each in snapshot.ids[np.array(rows, np.int64)].tolist()],
        "path_names": [snapshot.name_at(row) for row in rows],
    }
