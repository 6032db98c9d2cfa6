"""Lints of what relies on what: wrong directions, cycles, gaps, and links that nobody can follow."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from cmdb.snapshot import IMPACTS, Snapshot
from impact.caveats import listed, number_of
from impact.cycles import cycles_among, requirement_pairs
from impact.lint.finding import LintFinding, at_item

__all__ = [
    "cycle",
    "higher_tier_provider",
    "lasts_outside_pool",
    "no_rule",
    "service_without_providers",
    "two_cycle",
    "unmet_requirement",
]


def higher_tier_provider(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find items that rely on what usually stands on them: a server on a service, say."""
    if not len(snapshot.class_tiers):
        return
    consumer, provider = requirement_pairs(snapshot.graph)
    tiers = snapshot.class_tiers[snapshot.class_codes]
    upside_down = (tiers[provider] > tiers[consumer]) & (tiers[consumer] >= 0)
    for above, below in zip(consumer[upside_down].tolist(), provider[upside_down].tolist(), strict=True):
        yield at_item(
            snapshot,
            above,
            "higher_tier_provider",
            f"{snapshot.class_at(above)} relies on {snapshot.name_at(below)}, "
            f"a {snapshot.class_at(below)}, which usually stands above it",
            "check the direction of the relationship",
            severity="info",
        )


def two_cycle(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find two items that require each other, as when two sources state one relationship in opposite directions."""
    consumer, provider = requirement_pairs(snapshot.graph)
    width = max(len(snapshot), 1)
    both = (consumer < provider) & np.isin(consumer * width + provider, provider * width + consumer)
    for one, other in zip(consumer[both].tolist(), provider[both].tolist(), strict=True):
        yield at_item(
            snapshot,
            one,
            "two_cycle",
            f"{snapshot.name_at(one)} and {snapshot.name_at(other)} require each other",
            "if two sources state one relationship in opposite directions, deny the wrong one",
            severity="warning",
        )


def cycle(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find groups of three and more items that stand on each other."""
    for rows in cycles_among(*requirement_pairs(snapshot.graph)):
        if len(rows) > 2:
            names = [snapshot.name_at(row) for row in rows[:5]]
            yield at_item(
                snapshot,
                rows[0],
                "cycle",
                f"{number_of(len(rows), 'item')} stand on each other: {listed(names, len(rows))}",
                "allowed, and they fall together; check that no direction is wrong, and that they can start cold",
                severity="info",
            )


def service_without_providers(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find services that rely on nothing in the record: no answer can ever reach them."""
    graph = snapshot.graph
    has = np.zeros(len(snapshot), np.bool_)
    for consumers in (graph.edge_consumer, graph.pool_consumer, graph.unmet_consumer):
        has[consumers] = True
    for row in np.flatnonzero(snapshot.is_service & snapshot.in_service & ~has).tolist():
        yield at_item(
            snapshot,
            row,
            "service_without_providers",
            "nothing is recorded that it relies on, so no impact can reach it",
            "relate it to what it runs on with cmdb relate",
            severity="warning",
        )


def unmet_requirement(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find requirements that nobody in service meets; they bring nothing down and may hide what would."""
    graph = snapshot.graph
    pools = graph.unmet_pool_names.tolist()
    for consumer, provider, pool in zip(
        graph.unmet_consumer.tolist(), graph.unmet_provider.tolist(), pools, strict=True
    ):
        if provider >= 0:
            message = f"requires {snapshot.name_at(provider)}, which is {snapshot.status_at(provider)}"
        else:
            message = f"its pool {pool} has no member in service"
        yield at_item(
            snapshot,
            consumer,
            "unmet_requirement",
            f"{message}; this brings nothing down",
            "correct the status of the provider, or relate the item to what replaced it",
            severity="warning",
        )


def no_rule(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find relationships of which no rule says who needs whom, by type and classes of the ends."""
    rows = np.flatnonzero(snapshot.relationship_impact == IMPACTS.index("no_rule"))
    classes = len(snapshot.class_names)
    start, end = snapshot.relationship_from[rows], snapshot.relationship_to[rows]
    key = snapshot.relationship_types[rows].astype(np.int64) * classes + snapshot.class_codes[start]
    key = key * classes + snapshot.class_codes[end]
    distinct, firsts, counts = np.unique(key, return_index=True, return_counts=True)
    for code, first, count in zip(distinct.tolist(), firsts.tolist(), counts.tolist(), strict=True):
        pair, to_class = divmod(code, classes)
        type_, from_class = divmod(pair, classes)
        ends = f"{snapshot.class_names[from_class]} {snapshot.type_names[type_]} {snapshot.class_names[to_class]}"
        yield LintFinding(
            severity="warning",
            kind="no_rule",
            item=None,
            name=ends,
            message=f"{number_of(count, 'relationship is', 'relationships are')} not followed, for no rule says who "
            f"needs whom; one is from {snapshot.name_at(int(start[first]))} to {snapshot.name_at(int(end[first]))}",
            advice="give the site's catalogue a rule for this type and these classes, if only that there is no impact",
        )


def lasts_outside_pool(snapshot: Snapshot) -> Iterator[LintFinding]:
    """Find providers that last only for a time but stand in no pool: nothing takes over from them, or they from it."""
    graph, width = snapshot.graph, max(len(snapshot), 1)
    column = snapshot.relationship_shown
    lasting = [
        code
        for code in column.values.rows_holding(b'"lasts_minutes"')
        if msgspec.json.decode(column.values.bytes_at(code)).get("lasts_minutes") is not None
    ]
    rows = np.flatnonzero(np.isin(column.codes, lasting))
    followed = np.isin(snapshot.relationship_impact[rows], [IMPACTS.index("soft"), IMPACTS.index("hard")])
    rows = rows[followed]
    start, end = snapshot.relationship_from[rows], snapshot.relationship_to[rows]
    from_consumes = snapshot.relationship_consumer_is_from[rows]
    consumer, provider = np.where(from_consumes, start, end), np.where(from_consumes, end, start)
    pooled = graph.pool_consumer[graph.member_pool].astype(np.int64) * width + graph.member_provider
    outside = ~np.isin(consumer.astype(np.int64) * width + provider, pooled)
    for above, below in zip(consumer[outside].tolist(), provider[outside].tolist(), strict=True):
        yield at_item(
            snapshot,
            above,
            "lasts_outside_pool",
            f"relies on {snapshot.name_at(below)}, which lasts only for a time, without a pool: "
            "how long it lasts changes no answer",
            "put it into a pool with what it stands in for",
            severity="warning",
        )
