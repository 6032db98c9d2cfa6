"""Whether pools carry the load of their consumers, how far that reaches, and when growth makes a failure too many.

Takes a Snapshot, gives a `CapacityFinding`. Load stands at the consumer, capacity at the members, in a unit of the
site's own. Whichever members fail, so many of the *smallest* have to be enough: exact where the members are equal, and
cautious where they are not, for a few large ones might do. What nobody said is named and never taken as enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cmdb.errors import UsageError
from cmdb.model.need import enough_for_load
from cmdb.snapshot import Snapshot
from impact.breaks import rows_of
from impact.caveats import listed, number_of
from impact.finding import Finding, Row
from impact.lazy import LazyRows

__all__ = ["CapacityFinding", "PoolCapacity", "Verdict", "capacity_of", "pools_with_loads"]

Verdict = Literal["redundant", "no_redundancy", "overloaded", "not_known"]


class PoolCapacity(Row):
    """A pool, what it carries and what it could."""

    consumer: str
    consumer_name: str
    pool: str
    n: int = Field(description="Members in service; of a question about now those that are up.")
    need: int = Field(description="Members that must be up, as it is judged.")
    stated: int = Field(description="Members that must be up, as it is said; above n where they can never be enough.")
    load: float | None
    capacity: float | None = Field(description="Of all members in service; null where one of them is not known.")
    required: int | None = Field(description="So many members carry the load, whichever they are; null if not known.")
    survives: int | None = Field(description="So many failures the load allows, whichever members fail.")
    headroom: list[float] = Field(
        description="Capacity to spare after 0, 1, 2 .. failures of the largest members, as long as it is not negative."
    )
    growth_to_one_too_many: float | None = Field(
        description="Percent of growth at which one failure is too many; negative where it is already, null if unknown."
    )
    grown_required: int | None = Field(description="Members that the load needs once it has grown as asked.")
    becomes_essential: bool = Field(description="Redundant now, and no longer once the load has grown as asked.")
    need_too_low: bool = Field(description="The need is below what the load requires: fewer would be taken for enough.")
    verdict: Verdict
    without_capacity: list[str] = Field(description="Ids of members whose capacity nobody said.")
    shared: list[str] = Field(description="Ids of members that carry the load of other consumers' pools as well.")


class CapacityFinding(Finding):
    """Which pools carry their load, and for how long."""

    revision: int
    revision_at: str
    growth: float = Field(description="Percent of growth that was asked about.")
    headline: str
    pools: LazyRows[PoolCapacity] = Field(description="The worst first.")
    warnings: list[str]


_ORDER: tuple[Verdict, ...] = ("overloaded", "no_redundancy", "not_known", "redundant")


def pools_with_loads(snapshot: Snapshot) -> list[int]:
    """Return the pools of the impact graph that say anything of load or capacity, or whose need follows them."""
    graph, numbers = snapshot.graph, snapshot.numbers
    said = ~np.isnan(numbers["load"])[graph.pool_consumer]
    known = ~np.isnan(numbers["capacity"])[graph.member_provider]
    said |= np.bincount(graph.member_pool[known], minlength=len(said)).astype(np.bool_)
    chosen: list[int] = np.flatnonzero(said & graph.pool_hard).tolist()
    return chosen


def capacity_of(
    snapshot: Snapshot,
    items: Sequence[str] = (),
    *,
    growth: float = 10.0,
    down: NDArray[np.bool_] | None = None,
) -> CapacityFinding:
    """Return what pools carry: of these consumers and members (record ids), else of all that say a load or capacity.

    `growth` is in percent of the load; members that are `down` (by item row) carry nothing. Raises ItemNotFound for
    an id the snapshot does not hold, UsageError for a growth that is no number or shrinks below nothing.
    """
    if not -100 <= growth < float("inf"):
        raise UsageError(f"growth is {growth}: give percent of the load, like 10")
    graph = snapshot.graph
    chosen: Iterable[int] = pools_with_loads(snapshot)
    if items:
        wanted = rows_of(snapshot, items)
        of_members = set(graph.member_pool[np.isin(graph.member_provider, wanted)].tolist())
        of_consumers = set(np.flatnonzero(np.isin(graph.pool_consumer, wanted)).tolist())
        chosen = sorted(of_members | of_consumers)
    rows = [pool_capacity(snapshot, pool, growth, down) for pool in chosen]
    rows.sort(
        key=lambda row: (
            *(_ORDER.index(row.verdict), not row.need_too_low, not row.becomes_essential),
            *(row.growth_to_one_too_many or 0.0, row.consumer_name, row.pool),
        )
    )
    return CapacityFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        growth=growth,
        headline=_headline(rows, growth),
        pools=LazyRows.of(PoolCapacity, rows),
        warnings=_warnings(snapshot, rows, growth),
    )


def pool_capacity(snapshot: Snapshot, pool: int, growth: float, down: NDArray[np.bool_] | None = None) -> PoolCapacity:
    """Return what one pool carries."""
    graph, numbers = snapshot.graph, snapshot.numbers
    consumer = int(graph.pool_consumer[pool])
    at = graph.member_by_pool[graph.member_pool_ptr[pool] : graph.member_pool_ptr[pool + 1]]
    members = graph.member_provider[at]
    if down is not None:
        members = members[~down[members]]
    capacities, load = numbers["capacity"][members], float(numbers["load"][consumer])
    unknown = np.isnan(capacities)
    values: dict[str, Any] = {
        "consumer": snapshot.id_at(consumer),
        "consumer_name": snapshot.name_at(consumer),
        "pool": graph.pool_names[pool],
        "n": len(members),
        "need": int(graph.pool_need[pool]),
        "stated": int(graph.pool_stated[pool]),
        "load": None if np.isnan(load) else load,
        "capacity": None if unknown.any() else float(capacities.sum()),
        "without_capacity": [snapshot.id_at(int(row)) for row in members[unknown]],
        "shared": [snapshot.id_at(int(row)) for row in members if _shared(snapshot, int(row), consumer)],
    }
    if np.isnan(load) or unknown.any():
        return PoolCapacity(
            **values, required=None, survives=None, headroom=[], growth_to_one_too_many=None, grown_required=None,
            becomes_essential=False, need_too_low=False, verdict="not_known",
        )  # fmt: skip
    smallest = sorted(capacities.tolist())
    required = enough_for_load(load, smallest)
    grown = enough_for_load(load * (1 + growth / 100), smallest)
    left = [sum(smallest[: len(smallest) - failed]) - load for failed in range(len(smallest))]
    without_one = sum(smallest[:-1])
    survives = len(smallest) - required
    return PoolCapacity(
        **values,
        required=required,
        survives=max(survives, 0),
        headroom=[round(each, 9) for each in left[: max(survives, -1) + 1]],
        growth_to_one_too_many=None if load == 0 else round((without_one / load - 1) * 100, 6),
        grown_required=grown,
        becomes_essential=survives > 0 and grown > len(smallest) - 1,
        need_too_low=values["need"] < min(required, len(smallest)),
        verdict="overloaded" if survives < 0 else "no_redundancy" if survives == 0 else "redundant",
    )


def _shared(snapshot: Snapshot, member: int, consumer: int) -> bool:
    """Does a member stand in a pool of another consumer with a load of its own?"""
    graph = snapshot.graph
    pools = graph.member_pool[graph.member_ptr[member] : graph.member_ptr[member + 1]]
    others = graph.pool_consumer[pools]
    return bool(((others != consumer) & ~np.isnan(snapshot.numbers["load"][others])).any())


def _headline(rows: Sequence[PoolCapacity], growth: float) -> str:
    if not rows:
        return "no pool says a load or a capacity, so nothing is known of what pools carry"
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in _ORDER}
    words = {
        "overloaded": "cannot carry the load with all members up",
        "no_redundancy": "can lose nobody",
        "not_known": "not known",
        "redundant": "can lose at least one member",
    }
    told = ", ".join(f"{counts[verdict]} {words[verdict]}" for verdict in _ORDER if counts[verdict])
    told = f"{number_of(len(rows), 'pool')}: {told}"
    essential = sum(row.becomes_essential for row in rows)
    if essential:
        verb = "loses its redundancy" if essential == 1 else "lose their redundancy"
        told += f"; at {growth:g} % more load {essential} {verb}"
    return told


def _warnings(snapshot: Snapshot, rows: Sequence[PoolCapacity], growth: float) -> list[str]:
    def names(chosen: Sequence[PoolCapacity]) -> str:
        return listed([f"{row.consumer_name}/{row.pool}" for row in chosen[:5]], len(chosen))

    told = []
    for verdict_is, text in (
        (lambda row: row.verdict == "overloaded", "the load is above the capacity of all members together"),
        (lambda row: row.need_too_low, "the need is below what the load requires, so impact and availability are told "
         "too well; say need: capacity, or correct it"),
        (lambda row: row.becomes_essential, f"at {growth:g} % more load one failure is too many"),
        (lambda row: row.verdict == "not_known", "a load or a capacity is not recorded, so nothing can be said"),
        (lambda row: bool(row.shared), "members carry the load of other pools too; each pool is judged as if it had "
         "them for itself"),
    ):  # fmt: skip
        chosen = [row for row in rows if verdict_is(row)]
        if chosen:
            told.append(f"{text}: {names(chosen)}")
    return told
