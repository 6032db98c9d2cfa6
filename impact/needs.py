"""What an item stands on: its providers and pools, theirs, and so on down. Takes a Snapshot, gives a `NeedsFinding`.

The answer is a graph, not a tree: an item that two others need stands in it once, marked as shared, and items in a
cycle are marked. `NeedsFinding.walk` reads it as a tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cmdb.errors import UsageError
from cmdb.model import STATUSES
from cmdb.snapshot import Snapshot
from impact.breaks import assumed_rows, external_ids, rows_of, unmet_rows
from impact.caveats import listed, number_of, unjudged_warning
from impact.cycles import cycles_among
from impact.engine import ImpactEngine
from impact.finding import AssumedNeed, Finding, Row, UnmetRequirement
from impact.frontier import Rows, distinct, positions, spread
from impact.lazy import LazyRows
from impact.network.needed import OverNetwork, over_network

__all__ = ["NeededItem", "NeedsFinding", "Requirement", "Step", "needs_of"]


class Requirement(Row):
    """One thing an item requires: a provider by itself, or so many members of a pool."""

    kind: Literal["hard", "soft", "pool"]
    provider: str | None = Field(description="The provider; null for a pool.")
    type: str | None = Field(description="The relationship's type; null where a pool's members differ.")
    pool: str | None
    hard: bool = Field(description="Not met, the item is down; else degraded.")
    n: int | None = Field(description="Members of the pool in service.")
    need: int | None = Field(description="Members that must be up.")
    full: int | None = Field(description="Fewer up than this degrade the item; null where nobody said.")
    assumed: bool = Field(description="Nobody stated the pool's need; it is our assumption.")
    members: list[str]


class NeededItem(Row):
    """The item asked about, or one that it stands on."""

    id: str
    external_ids: dict[str, str]
    name: str
    class_name: str = Field(alias="class")
    status: str
    criticality: str | None
    depth: int = Field(description="Steps from the item asked about, by the shortest way.")
    shared: bool = Field(description="More than one item of the answer requires it.")
    in_cycle: bool = Field(description="It stands, in the end, on itself.")
    expanded: bool = Field(description="False where the depth asked for ends here and something is left out.")
    requires: list[Requirement]


class Step(NamedTuple):
    """A line of the answer read as a tree: an item, or a pool whose members follow one level down."""

    level: int
    requirement: Requirement | None
    """What it is there for; None for the item asked about and for members of a pool."""
    item: NeededItem | None
    """None for the line of a pool."""
    again: bool
    """Its requirements stand at an earlier line."""


class NeedsFinding(Finding):
    """What an item stands on."""

    revision: int
    revision_at: str
    headline: str
    item: str
    depth: int | None = Field(description="How deep the question went; null is to the end.")
    items: LazyRows[NeededItem] = Field(description="The item itself and all it stands on, by depth.")
    total: int = Field(description="How many other items it stands on, as far as the question went.")
    cycles: list[list[str]] = Field(description="Groups of items of the answer that stand on each other.")
    truncated: bool = Field(description="The depth asked for leaves something out.")
    over_network: LazyRows[OverNetwork] = Field(
        description="Requirements of the answer that need a path through the network as well as their provider."
    )
    unmet: LazyRows[UnmetRequirement]
    assumed_needs: LazyRows[AssumedNeed]
    missing_items: list[str]
    warnings: list[str]

    def walk(self) -> Iterator[Step]:
        """Read the answer as a tree, depth first; what is needed twice is expanded once."""
        items = {each.id: each for each in self.items}
        done: set[str] = set()
        pending: list[tuple[int, Requirement | None, str | None]] = [(0, None, self.item)]
        while pending:
            level, requirement, id_ = pending.pop()
            if id_ is None:
                assert requirement is not None
                yield Step(level, requirement, None, False)
                pending += [(level + 1, None, member) for member in reversed(requirement.members)]
                continue
            again = id_ in done and bool(items[id_].requires)
            yield Step(level, requirement, items[id_], again)
            if not again:
                done.add(id_)
                pending += [(level + 1, each, each.provider) for each in reversed(items[id_].requires)]


def needs_of(snapshot: Snapshot, item: str, *, depth: int | None = None) -> NeedsFinding:
    """Return what `item` (a record id) stands on, down to `depth` steps (None: to the end).

    Items out of service are not followed: where one is required it stands in `unmet`. Raises ItemNotFound for an id
    the snapshot does not hold, UsageError for a depth below 1.
    """
    if depth is not None and depth < 1:
        raise UsageError(f"depth is {depth}: give how many steps to go down, 1 or more")
    engine, graph = ImpactEngine.of(snapshot), snapshot.graph
    start = rows_of(snapshot, [item])
    depths = _reach(engine, start, depth)
    rows = np.flatnonzero(depths >= 0)
    rows = rows[np.argsort(depths[rows], kind="stable")]
    opened = rows if depth is None else rows[depths[rows] < depth]
    consumer, provider = _pairs(engine, opened)
    shared = np.bincount(provider, minlength=len(snapshot)) > 1
    cycles = cycles_among(consumer, provider)
    in_cycle = np.zeros(len(snapshot), np.bool_)
    in_cycle[[row for cycle in cycles for row in cycle]] = True
    left_out = _has_requirements(engine, np.setdiff1d(rows, opened))
    pools = graph.pool_by_consumer[positions(graph.pool_consumer_ptr, opened)]
    assumed = pools[graph.pool_assumed[pools] & (graph.pool_members[pools] > 1)]
    is_opened = np.zeros(len(snapshot), np.bool_)
    is_opened[opened] = True
    unmet = np.flatnonzero(is_opened[graph.unmet_consumer])
    missing = rows[snapshot.statuses[rows] == STATUSES.index("missing")]
    total = len(rows) - 1
    reach = engine.reach
    network = LazyRows.of(OverNetwork, []) if reach is None else over_network(snapshot, reach, is_opened)
    warnings = _warnings(snapshot, int(start[0]), len(unmet), assumed, missing, len(left_out))
    if reach is not None and len(unjudged := np.flatnonzero(is_opened[reach.unjudged_consumer])):
        warnings.append(unjudged_warning(reach, snapshot, unjudged))
    return NeedsFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        headline=_headline(snapshot, int(start[0]), total, len(unmet), len(network)),
        item=item,
        depth=depth,
        items=_item_rows(engine, rows, depths=depths, shared=shared, in_cycle=in_cycle, cut=np.isin(rows, left_out)),
        total=total,
        cycles=[[snapshot.id_at(row) for row in cycle] for cycle in cycles],
        truncated=bool(len(left_out)),
        over_network=network,
        unmet=unmet_rows(snapshot, unmet),
        assumed_needs=assumed_rows(snapshot, assumed),
        missing_items=[snapshot.id_at(row) for row in missing.tolist()],
        warnings=warnings,
    )


def _reach(engine: ImpactEngine, start: Rows, depth: int | None) -> NDArray[np.int32]:
    """Return each item's steps from the start, -1 where it is not reached."""
    depths = np.full(len(engine.snapshot), -1, np.int32)
    depths[start] = 0
    fresh, level = start, 0
    while len(fresh) and (depth is None or level < depth):
        level += 1
        _, below = _pairs(engine, fresh)
        fresh = distinct(below[depths[below] < 0], len(depths))
        depths[fresh] = level
    return depths


def _pairs(engine: ImpactEngine, rows: Rows) -> tuple[Rows, Rows]:
    """Return (consumer, provider) of the requirements of these items, each pair once."""
    graph = engine.graph
    found, owner = spread(graph.edge_consumer_ptr, rows)
    pool_at, pool_owner = spread(graph.pool_consumer_ptr, rows)
    member_at, member_owner = spread(graph.member_pool_ptr, graph.pool_by_consumer[pool_at])
    consumer = rows[np.concatenate([owner, pool_owner[member_owner]])].astype(np.int64)
    provider = np.concatenate(
        [graph.edge_provider[graph.edge_by_consumer[found]], graph.member_provider[graph.member_by_pool[member_at]]]
    ).astype(np.int64)
    width = max(len(engine.snapshot), 1)
    pairs = np.sort(consumer * width + provider)
    return np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], width)


def _has_requirements(engine: ImpactEngine, rows: Rows) -> Rows:
    graph = engine.graph
    edges = graph.edge_consumer_ptr[rows + 1] > graph.edge_consumer_ptr[rows]
    return np.compress(edges | (graph.pool_consumer_ptr[rows + 1] > graph.pool_consumer_ptr[rows]), rows)


def _item_rows(
    engine: ImpactEngine,
    rows: Rows,
    *,
    depths: NDArray[np.int32],
    shared: NDArray[np.bool_],
    in_cycle: NDArray[np.bool_],
    cut: NDArray[np.bool_],
) -> LazyRows[NeededItem]:
    snapshot = engine.snapshot

    def make(index: int) -> dict[str, Any]:
        row = int(rows[index])
        return {
            "id": snapshot.id_at(row),
            "external_ids": external_ids(snapshot, row),
            "name": snapshot.name_at(row),
            "class": snapshot.class_at(row),
            "status": snapshot.status_at(row),
            "criticality": snapshot.criticality_at(row),
            "depth": int(depths[row]),
            "shared": bool(shared[row]),
            "in_cycle": bool(in_cycle[row]),
            "expanded": not cut[index],
            "requires": [] if cut[index] else _requirements(engine, row),
        }

    return LazyRows(NeededItem, len(rows), make)


def _requirements(engine: ImpactEngine, row: int) -> list[dict[str, Any]]:
    return [*_direct(engine, row, hard=True), *_pools(engine, row), *_direct(engine, row, hard=False)]


def _type(snapshot: Snapshot, relationships: NDArray[np.int32]) -> str | None:
    codes = set(snapshot.relationship_types[relationships].tolist())
    return snapshot.type_names[codes.pop()] if len(codes) == 1 else None


def _direct(engine: ImpactEngine, row: int, *, hard: bool) -> Iterator[dict[str, Any]]:
    graph, snapshot = engine.graph, engine.snapshot
    edges = graph.edge_by_consumer[graph.edge_consumer_ptr[row] : graph.edge_consumer_ptr[row + 1]]
    for edge in edges[graph.edge_hard[edges] == hard].tolist():
        yield {
            "kind": "hard" if hard else "soft",
            "provider": snapshot.id_at(int(graph.edge_provider[edge])),
            "type": _type(snapshot, graph.edge_relationship[edge : edge + 1]),
            "pool": None,
            "hard": hard,
            "n": None,
            "need": None,
            "full": None,
            "assumed": False,
            "members": [],
        }


def _pools(engine: ImpactEngine, row: int) -> Iterator[dict[str, Any]]:
    graph, snapshot = engine.graph, engine.snapshot
    for pool in graph.pool_by_consumer[graph.pool_consumer_ptr[row] : graph.pool_consumer_ptr[row + 1]].tolist():
        members = graph.member_by_pool[graph.member_pool_ptr[pool] : graph.member_pool_ptr[pool + 1]]
        yield {
            "kind": "pool",
            "provider": None,
            "type": _type(snapshot, graph.member_relationship[members]),
            "pool": graph.pool_names[pool],
            "hard": bool(graph.pool_hard[pool]),
            "n": int(graph.pool_members[pool]),
            "need": int(graph.pool_need[pool]),
            "full": int(graph.pool_full[pool]) or None,
            "assumed": bool(graph.pool_assumed[pool]),
            "members": [snapshot.id_at(each) for each in graph.member_provider[members].tolist()],
        }


def _headline(snapshot: Snapshot, row: int, total: int, unmet: int, over_network: int) -> str:
    name = snapshot.name_at(row)
    if not snapshot.in_service[row]:
        return f"{name} is {snapshot.status_at(row)}: out of service, it stands on nothing"
    if total:
        reached = f", with {number_of(over_network, 'requirement')} over the network" if over_network else ""
        return f"{name} stands on {number_of(total, 'item')}{reached}"
    if unmet:
        return (
            f"{name} stands on nothing in service, and {number_of(unmet, 'requirement is', 'requirements are')} unmet"
        )
    return f"nothing is recorded that {name} stands on"


def _warnings(snapshot: Snapshot, row: int, unmet: int, assumed: Rows, missing: Rows, cut: int) -> list[str]:
    graph = snapshot.graph
    warnings = []
    if unmet:
        warnings.append(
            f"{number_of(unmet, 'requirement is', 'requirements are')} unmet: nobody in service meets "
            f"{'it' if unmet == 1 else 'them'}"
        )
    if len(assumed):
        names = [
            f"{snapshot.name_at(int(graph.pool_consumer[pool]))}/{graph.pool_names[pool]} "
            f"({graph.pool_need[pool]} of {graph.pool_members[pool]})"
            for pool in assumed[:5].tolist()
        ]
        warnings.append(
            f"{number_of(len(assumed), 'need is', 'needs are')} assumed, nobody stated "
            f"{'it' if len(assumed) == 1 else 'them'}: {listed(names, len(assumed))}; state each with cmdb pool"
        )
    if len(missing):
        names = [snapshot.name_at(each) for each in missing[:5].tolist()]
        warnings.append(f"missing from the inventory, but counted as up: {listed(names, len(missing))}")
    if cut:
        warnings.append(f"the depth asked for leaves out what {number_of(cut, 'item')} at its end stand on")
    return warnings
