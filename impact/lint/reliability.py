"""Lints of what the record says about reliability: figures that contradict each other, or say half of a thing.

None of these stops an answer: it takes the worse figure, or the default of the class, and says so. Here they are found
before anybody asks.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cmdb.snapshot import Snapshot
from impact.availability.inputs import own_inputs
from impact.lint.finding import LintFinding, at_item

__all__ = ["common_cause_differs", "contradicting_availability", "mean_outside_range", "mttr_without_mtbf"]


def mttr_without_mtbf(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find items of which only the time to repair is known, and no availability."""
    numbers = snapshot.numbers
    alone = ~np.isnan(numbers["mttr_hours"]) & np.isnan(numbers["mtbf_hours"]) & np.isnan(numbers["availability"])
    alone &= np.isnan(numbers["mtbf_low_hours"]) | np.isnan(numbers["mtbf_high_hours"])
    for row in np.flatnonzero(alone & snapshot.in_service).tolist():
        yield at_item(
            snapshot,
            row,
            "mttr_without_mtbf",
            "mttr_hours without mtbf_hours: how often it fails is not known, so its availability is not either",
            "give mtbf_hours, or availability",
            severity="info",
        )


def contradicting_availability(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find items whose availability is not that of their mean times, by more than rounding."""
    numbers = snapshot.numbers
    for row in own_inputs(snapshot).contradicting.tolist():
        up, down = float(numbers["mtbf_hours"][row]), float(numbers["mttr_hours"][row])
        yield at_item(
            snapshot,
            row,
            "contradicting_availability",
            f"availability {numbers['availability'][row]:g} contradicts mtbf_hours {up:g} and mttr_hours {down:g}, "
            f"which give {up / (up + down):.6g}; answers take the worse",
            "correct one of them, or withdraw it",
            severity="warning",
        )


def mean_outside_range(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find mean times outside the range that is to hold them, and ranges that sources together turned upside down."""
    for name in ("mtbf", "mttr"):
        mean, low, high = (snapshot.numbers[f"{name}_{part}hours"] for part in ("", "low_", "high_"))
        outside = (mean < low) | (mean > high) | (low > high)
        for row in np.flatnonzero(outside & snapshot.in_service).tolist():
            yield at_item(
                snapshot,
                row,
                "mean_outside_range",
                f"{name}_hours {mean[row]:g} and its range from {low[row]:g} to {high[row]:g} do not go together",
                f"correct {name}_hours, {name}_low_hours or {name}_high_hours",
                severity="warning",
            )


def common_cause_differs(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find pools that state another beta than a pool of the same members; it is one event, and has one."""
    graph = snapshot.graph
    stated: dict[tuple[int, ...], list[int]] = {}
    for pool in np.flatnonzero(~np.isnan(graph.pool_beta)).tolist():
        places = graph.member_by_pool[graph.member_pool_ptr[pool] : graph.member_pool_ptr[pool + 1]]
        stated.setdefault(tuple(sorted(graph.member_provider[places].tolist())), []).append(pool)
    for pools in stated.values():
        most = max(pools, key=lambda pool: float(graph.pool_beta[pool]))
        for pool in pools:
            if graph.pool_beta[pool] < graph.pool_beta[most]:
                other = snapshot.name_at(int(graph.pool_consumer[most]))
                yield at_item(
                    snapshot,
                    int(graph.pool_consumer[pool]),
                    "common_cause_differs",
                    f"its pool {graph.pool_names[pool]} states a beta of {graph.pool_beta[pool]:g}, and the pool "
                    f"{graph.pool_names[most]} of {other}, with the same members, {graph.pool_beta[most]:g}; answers "
                    "take the larger",
                    "state one beta for both with cmdb pool",
                    severity="warning",
                )
