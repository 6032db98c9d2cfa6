"""The relationships and pools of one item as the snapshot has them, for `show`, `pool` and the doctor.

Takes a Snapshot and a row, gives plain tuples. Says what is compiled, works nothing out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cmdb.snapshot import Snapshot

__all__ = ["Link", "Member", "PoolOf", "links_of", "pools_of"]


class Member(NamedTuple):
    """A member of a pool: its row, and for how many minutes it counts as up (infinite for all but batteries)."""

    row: int
    lasts_minutes: float


class PoolOf(NamedTuple):
    """A pool of a consumer. `need` of `len(members)` in service must be up; `stated` is above them where it cannot.

    `shown` is what the record says of it, empty for a pool that the catalogue's rules make.
    """

    consumer: int
    name: str
    need: int
    stated: int
    full: int
    hard: bool
    assumed: bool
    members: list[Member]
    shown: dict[str, Any]


class Link(NamedTuple):
    """A relationship of an item. `role` is what the item is in it: `consumer`, `provider`, or `other` without impact.

    `other` is the row at its far end, `pools` the consumer's pools that it stands in.
    """

    relationship: int
    type: str
    outward: bool
    key: str
    other: int
    role: str
    impact: str
    pools: list[str]
    shown: dict[str, Any]


def pools_of(snapshot: Snapshot, row: int) -> list[PoolOf]:
    """Return the pools of an item, by name; one without a member in service too."""
    import msgspec
    import numpy as np

    graph = snapshot.graph
    first, last = np.searchsorted(snapshot.pool_consumers, [row, row + 1]).tolist()
    recorded = {
        snapshot.pool_names[at]: msgspec.json.decode(snapshot.pool_shown.bytes_at(at) or b"{}")
        for at in range(first, last)
    }
    found: dict[str, PoolOf] = {}
    bounds = graph.pool_consumer_ptr
    for pool in graph.pool_by_consumer[int(bounds[row]) : int(bounds[row + 1])].tolist():
        start, end = int(graph.member_pool_ptr[pool]), int(graph.member_pool_ptr[pool + 1])
        members = graph.member_by_pool[start:end].tolist()
        name = graph.pool_names[pool]
        found[name] = PoolOf(
            row,
            name,
            int(graph.pool_need[pool]),
            int(graph.pool_stated[pool]),
            int(graph.pool_full[pool]),
            bool(graph.pool_hard[pool]),
            bool(graph.pool_assumed[pool]),
            sorted(
                (Member(int(graph.member_provider[at]), float(graph.member_lasts[at])) for at in members),
                key=lambda member: snapshot.name_at(member.row),
            ),
            recorded.get(name, {}),
        )
    for name, shown in recorded.items():
        if name not in found:
            found[name] = PoolOf(row, name, 0, 0, 0, True, bool(shown.get("assumed")), [], shown)
    return [found[name] for name in sorted(found)]


def links_of(snapshot: Snapshot, row: int) -> list[Link]:
    """Return the relationships of an item: those it relies on, those that rely on it, the others; each by type."""
    import msgspec
    import numpy as np

    from cmdb.snapshot import IMPACTS

    start, end = snapshot.relationship_from, snapshot.relationship_to
    pools_by_relationship = _pools_by_relationship(snapshot, row)
    found = []
    for at in np.flatnonzero((start == row) | (end == row)).tolist():
        outward = int(start[at]) == row
        impact = IMPACTS[int(snapshot.relationship_impact[at])]
        consumes = bool(snapshot.relationship_consumer_is_from[at]) == outward
        related = impact in ("hard", "soft", "out_of_service")
        shown = msgspec.json.decode(snapshot.relationship_shown.bytes_at(at) or b"{}")
        other = int(end[at]) if outward else int(start[at])
        ends = (row, other) if consumes else (other, row)
        found.append(
            Link(
                at,
                snapshot.type_names[int(snapshot.relationship_types[at])],
                outward,
                snapshot.relationship_keys[at],
                other,
                ("consumer" if consumes else "provider") if related else "other",
                impact,
                sorted({*shown.get("pools", ()), *pools_by_relationship.get(ends, ())}) if related else [],
                shown,
            )
        )
    order = {"consumer": 0, "provider": 1, "other": 2}
    return sorted(found, key=lambda link: (order[link.role], link.type, snapshot.name_at(link.other), link.key))


def _pools_by_relationship(snapshot: Snapshot, row: int) -> dict[tuple[int, int], set[str]]:
    """Return the pools that tie the item to others, by (consumer, provider); a rule may have made them."""
    found: dict[tuple[int, int], set[str]] = {}
    for pool in pools_of(snapshot, row):
        for member in pool.members:
            found.setdefault((row, member.row), set()).add(pool.name)
    graph = snapshot.graph
    for pool_row in graph.member_pool[int(graph.member_ptr[row]) : int(graph.member_ptr[row + 1])].tolist():
        consumer = int(graph.pool_consumer[pool_row])
        found.setdefault((consumer, row), set()).add(graph.pool_names[pool_row])
    return found
