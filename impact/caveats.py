"""What an answer rests on and what it did not look at: assumed needs, unmet requirements, missing items, links not
followed. Takes engine and rows, gives columns and the warnings in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cmdb.model import STATUSES
from cmdb.snapshot import IMPACTS, Snapshot
from impact.engine import ImpactEngine
from impact.frontier import Rows, distinct, positions
from impact.network.reach import WHY_UNJUDGED, Reach
from impact.states import DOWN, States

__all__ = [
    "WHY_NOT_FOLLOWED",
    "Caveats",
    "caveats_of",
    "caveats_under",
    "listed",
    "named",
    "number_of",
    "unjudged_warning",
    "warnings_of",
]


WHY_NOT_FOLLOWED: Final = (*IMPACTS, "network")
"""Why a link was not followed, by code; `network`: it is to be reached over a network that does not show how."""


@dataclass(frozen=True, slots=True)
class Caveats:
    """Columns of what an answer rests on; pools, memberships and unmet requirements are rows of the impact graph."""

    not_followed_item: Rows
    not_followed_type: Rows
    not_followed_why: Rows
    not_followed_count: Rows
    links_not_evaluated: int
    no_service_known: Rows
    unmet: Rows
    assumed: Rows
    overstated: Rows
    """Pools whose need is above the members they have."""
    missing: Rows
    not_counted: Rows
    """Memberships that last too short to count."""
    unjudged: Rows
    """Requirements over the network that cannot be judged, by their place in `Reach`."""
    idle_by_themselves: Rows
    """Consumers that were down before the question for want of members that last long enough."""


def caveats_of(engine: ImpactEngine, before: States, after: States, asked: Rows, affected: Rows) -> Caveats:
    """Return what the answer about `asked`, with these items affected, rests on."""
    visited = np.concatenate([asked, affected])
    members = positions(engine.graph.member_ptr, visited)
    touched = distinct(engine.member_pool[members], len(engine.graph.pool_consumer))
    return _caveats(engine, before, after, asked, visited, touched)


def caveats_under(engine: ImpactEngine, states: States, visited: Rows) -> Caveats:
    """Return what an answer rests on that looked at these items and their pools, the states being as given."""
    is_visited = np.zeros(len(engine.snapshot), np.bool_)
    is_visited[visited] = True
    return _caveats(engine, states, states, visited[:0], visited, np.flatnonzero(is_visited[engine.pool_consumer]))


def _caveats(engine: ImpactEngine, before: States, after: States, asked: Rows, visited: Rows, touched: Rows) -> Caveats:
    graph, snapshot = engine.graph, engine.snapshot
    is_visited = np.zeros(len(snapshot), np.bool_)
    is_visited[visited] = True
    is_asked = np.zeros(len(snapshot), np.bool_)
    is_asked[asked] = True
    consumer = engine.pool_consumer[touched]
    # What becomes of an item that is down anyway rests on none of its pools.
    open_ = touched[(before.state[consumer] != DOWN) & ~is_asked[consumer]]
    members = graph.member_by_pool[positions(graph.member_pool_ptr, open_)]
    not_counted = members[:0] if after.idle is None else np.compress(after.idle[members], members)
    stuck = consumer[before.state[consumer] == DOWN] if after.idle is not None else consumer[:0]
    stuck = np.unique(stuck[np.isin(stuck, _failing_of_themselves(engine, after))])
    missing_code = STATUSES.index("missing")
    relied_on = distinct(np.concatenate([visited, graph.member_provider[members]]), len(snapshot))
    unjudged = np.zeros(0, np.int64) if engine.reach is None else engine.reach.unjudged_at(is_visited)
    item, type_, why, count, links = _not_followed(engine, is_visited, unjudged)
    return Caveats(
        item,
        type_,
        why,
        count,
        links,
        no_service_known=asked[~engine.serves[asked]],
        unmet=np.flatnonzero(is_visited[graph.unmet_consumer]),
        # With one member there is nothing to assume: it is needed.
        assumed=open_[graph.pool_assumed[open_] & (graph.pool_members[open_] > 1)],
        overstated=open_[graph.pool_stated[open_] > graph.pool_members[open_]],
        missing=relied_on[snapshot.statuses[relied_on] == missing_code],
        not_counted=not_counted,
        unjudged=unjudged,
        idle_by_themselves=stuck,
    )


def _failing_of_themselves(engine: ImpactEngine, states: States) -> Rows:
    """Return the consumers of hard pools that cannot meet their need without members that last too short."""
    if states.idle is None:
        return np.zeros(0, np.int64)
    idle = np.bincount(engine.member_pool[states.idle], minlength=len(engine.pool_consumer))
    return engine.pool_consumer[idle > engine.bears_hard]


def _not_followed(
    engine: ImpactEngine, is_visited: NDArray[np.bool_], unjudged: Rows
) -> tuple[Rows, Rows, Rows, Rows, int]:
    """Return (item, type, why, count) of the links not followed at visited items, and how many links these are."""
    snapshot, links = engine.snapshot, engine.unfollowed
    start, end = snapshot.relationship_from[links], snapshot.relationship_to[links]
    at_start, at_end = is_visited[start], is_visited[end]
    item = np.concatenate([start[at_start], end[at_end]]).astype(np.int64)
    row = np.concatenate([links[at_start], links[at_end]])
    types, whys = len(snapshot.type_names), len(WHY_NOT_FOLLOWED)
    key = (item * types + snapshot.relationship_types[row]) * whys + snapshot.relationship_impact[row]
    if engine.reach is not None and len(unjudged):
        item, row = engine.reach.unjudged_consumer[unjudged], engine.reach.unjudged_relationship[unjudged]
        network = WHY_NOT_FOLLOWED.index("network")
        key = np.concatenate([key, (item * types + snapshot.relationship_types[row]) * whys + network])
    different, count = np.unique(key, return_counts=True)
    rest, why = np.divmod(different, whys)
    item, type_ = np.divmod(rest, max(types, 1))
    return item, type_, why, count, int(np.count_nonzero(at_start | at_end)) + len(unjudged)


def number_of(count: int, singular: str, plural: str = "") -> str:
    """Return "1 link" or "3 links"."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def listed(names: Sequence[str], total: int | None = None) -> str:
    """Return the first names in a row and how many more there are."""
    total = len(names) if total is None else total
    shown = ", ".join(names[:5])
    return shown if total <= 5 else f"{shown} and {total - 5:,} more"


def named(snapshot: Snapshot, rows: Rows) -> str:
    """Return the names of the first of these items and how many more there are."""
    return listed([snapshot.name_at(row) for row in rows[:5].tolist()], len(rows))


def warnings_of(
    engine: ImpactEngine, caveats: Caveats, before: States, asked: Rows, minutes: float | None
) -> list[str]:
    """Return in words what a reader must know before trusting the answer."""
    snapshot, graph = engine.snapshot, engine.graph

    def pools(rows: Rows) -> str:
        return listed([_pool(snapshot, pool) for pool in rows[:5].tolist()], len(rows))

    warnings = [
        f"{snapshot.name_at(row)} is {snapshot.status_at(row)}, so it is out of service and brings nothing down"
        for row in asked[~snapshot.in_service[asked]].tolist()
    ]
    already = asked[before.state[asked] == DOWN]
    if len(already):
        warnings.append(
            f"down already, so what they bring down counts as before the question: {named(snapshot, already)}; "
            "affected is only what gets worse beyond that"
        )
    if len(caveats.assumed):
        warnings.append(
            f"the answer rests on {number_of(len(caveats.assumed), 'assumed need')}, which nobody stated: "
            f"{pools(caveats.assumed)}; state each with cmdb pool"
        )
    if len(caveats.overstated):
        stated = [
            f"{_pool(snapshot, pool)} states {int(graph.pool_stated[pool])}" for pool in caveats.overstated[:5].tolist()
        ]
        warnings.append(
            "the need is above the members there are, so all members were taken to be needed: "
            + listed(stated, len(caveats.overstated))
        )
    if len(caveats.unmet):
        texts = [_unmet(snapshot, index) for index in caveats.unmet[:5].tolist()]
        warnings.append(
            f"{number_of(len(caveats.unmet), 'requirement is', 'requirements are')} unmet, which brings nothing down "
            f"but may hide what would: {listed(texts, len(caveats.unmet))}"
        )
    if len(caveats.missing):
        warnings.append(
            f"{number_of(len(caveats.missing), 'item')} that the answer rests on "
            f"{'is' if len(caveats.missing) == 1 else 'are'} missing from the inventory and counted as up: "
            f"{named(snapshot, caveats.missing)}"
        )
    if len(caveats.not_counted):
        told = (
            "last only for a time and were not counted; say how long it takes with --for MINUTES"
            if minutes is None
            else f"last less than {minutes:g} minutes and were not counted"
        )
        providers = np.unique(graph.member_provider[caveats.not_counted]).astype(np.int64)
        warnings.append(f"{number_of(len(caveats.not_counted), 'pool member')} {told}: {named(snapshot, providers)}")
    if len(caveats.idle_by_themselves):
        warnings.append(
            "taken as down before the question, because their pools have only members that last for a time: "
            f"{named(snapshot, caveats.idle_by_themselves)}; say how long it takes with --for MINUTES"
        )
    if engine.reach is not None and len(caveats.unjudged):
        warnings.append(unjudged_warning(engine.reach, snapshot, caveats.unjudged))
    if len(caveats.no_service_known):
        warnings.append(f"no service is known that stands on {named(snapshot, caveats.no_service_known)}")
    return warnings


def _pool(snapshot: Snapshot, pool: int) -> str:
    graph = snapshot.graph
    consumer = snapshot.name_at(int(graph.pool_consumer[pool]))
    return f"{consumer}/{graph.pool_names[pool]} ({graph.pool_need[pool]} of {graph.pool_members[pool]})"


def unjudged_warning(reach: Reach, snapshot: Snapshot, rows: Rows) -> str:
    """Return which requirements over the network cannot be judged, and what the record would have to say."""
    texts = []
    for at in rows[:5].tolist():
        consumer, provider = (
            snapshot.name_at(int(column[at])) for column in (reach.unjudged_consumer, reach.unjudged_provider)
        )
        why = {
            "no_device_of_consumer": f"no link of {consumer} or of what it stands on is recorded",
            "no_device_of_provider": f"no link of {provider} or of what it stands on is recorded",
            "no_path_recorded": "no path between them is recorded",
        }[WHY_UNJUDGED[reach.unjudged_why[at]]]
        texts.append(f"{consumer} reaches {provider}, but {why}")
    return (
        f"{number_of(len(rows), 'requirement')} over the network cannot be judged, so a lost path is not noticed: "
        f"{listed(texts, len(rows))}"
    )


def _unmet(snapshot: Snapshot, index: int) -> str:
    graph = snapshot.graph
    consumer, provider = int(graph.unmet_consumer[index]), int(graph.unmet_provider[index])
    name = snapshot.name_at(consumer)
    if provider >= 0:
        return f"{name} requires {snapshot.name_at(provider)}, which is {snapshot.status_at(provider)}"
    return f"{name} has nobody in service in its pool {graph.unmet_pool_names[index]}"
