"""Lints of loads: a pool that is said to need fewer members than its consumer's load does."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.snapshot import Snapshot
from impact.capacity import pool_capacity, pools_with_loads
from impact.lint.finding import LintFinding, at_item

__all__ = ["need_below_load"]


def need_below_load(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find pools that would be taken for up with members that do not carry the load."""
    for pool in pools_with_loads(snapshot):
        row = pool_capacity(snapshot, pool, 0.0)
        if row.need_too_low:
            yield at_item(
                snapshot,
                int(snapshot.graph.pool_consumer[pool]),
                "need_below_load",
                f"its pool {row.pool} is said to need {row.need} of {row.n}, but its load of {row.load:g} takes "
                f"{row.required} of them",
                "say need: capacity so that the need follows the load, or correct the need, the load or the capacities",
                severity="warning",
            )
