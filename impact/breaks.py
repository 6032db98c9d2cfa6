"""What breaks if: puts states, reasons and caveats together into a finding.

Takes a Snapshot and the ids of the items that go down, gives an `ImpactFinding`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from cmdb.errors import ItemNotFound, UsageError
from cmdb.model import CRITICALITIES, STATUSES
from cmdb.snapshot import Snapshot
from impact.caveats import WHY_NOT_FOLLOWED, Caveats, caveats_of, listed, named, number_of, warnings_of
from impact.engine import ImpactEngine
from impact.finding import (
    AffectedItem,
    AskedItem,
    AssumedNeed,
    Counts,
    ImpactFinding,
    NewlyExposed,
    NotFollowed,
    UnmetRequirement,
)
from impact.frontier import Rows
from impact.lazy import LazyRows
from impact.reasons import Reasons, reasons_of
from impact.states import AT_RISK, DEGRADED, DOWN, STATES, States, states_before_and_after

if TYPE_CHECKING:
    from impact.further import Further

__all__ = ["Basis", "external_ids", "impact_of", "rows_of"]


class _Named(msgspec.Struct):
    external_ids: dict[str, list[str]]


_named = msgspec.json.Decoder(_Named)


def external_ids(snapshot: Snapshot, row: int) -> dict[str, str]:
    """Return an item's primary external id per source."""
    return _primary_ids(snapshot.shown.bytes_at(row))


def _primary_ids(shown: bytes) -> dict[str, str]:
    return {source: ids[0] for source, ids in _named.decode(shown).external_ids.items()}


def _when_down(service: bool) -> dict[str, Any]:
    """Return what further failures would do to what is down already: nothing; an outage is only a service's."""
    none = 0 if service else None
    return {"new_spofs": [], "failures_to_outage": none, "failures_at_least": none}


def rows_of(snapshot: Snapshot, ids: Sequence[str]) -> Rows:
    """Return the rows of these record ids, each once, in their order; raises ItemNotFound."""
    found: dict[int, None] = {}
    for id_ in ids:
        row = snapshot.row_of(id_)
        if row < 0:
            raise ItemNotFound(id_)
        found[row] = None
    return np.array(list(found), np.int64)


@dataclass(frozen=True)
class Basis:
    """The columns behind a finding, for whoever needs more of it than rows."""

    engine: ImpactEngine = field(repr=False)
    before: States = field(repr=False)
    after: States = field(repr=False)
    asked: Rows
    affected: Rows
    """Every affected item, in the order of the answer, truncated or not."""
    reasons: Reasons = field(repr=False)
    """Of the affected items that the answer lists."""
    minutes: float | None = None

    @cached_property
    def further(self) -> Further:
        """What further failures would do, for the affected items that the answer lists; made when first asked for."""
        # Only here, for most questions are answered without down sets.
        from impact.further import Further

        further = Further(self.engine, self.before, self.after, self.minutes)
        further.make(self.reasons.rows[self.after.state[self.reasons.rows] != DOWN].tolist())
        return further

    def what_further(self, row: int) -> dict[str, Any]:
        """Return `new_spofs` and failures to an outage of an affected row, as the contract has them."""
        service = bool(self.engine.snapshot.is_service[row])
        if self.after.state[row] == DOWN:
            return _when_down(service)
        exact, at_least = self.further.failures(row) if service else (None, None)
        new = _ids(self.engine.snapshot, self.further.new_points(row))
        return {"new_spofs": new, "failures_to_outage": exact, "failures_at_least": at_least}

    @cached_property
    def _first_cause(self) -> dict[int, int]:
        reached = self.after.reached
        causes = reasons_of(self.engine, self.after, reached).first_cause
        return dict(zip(reached.tolist(), causes.tolist(), strict=True))

    def chain(self, item: str) -> list[str]:
        """Return a shortest causal chain from this item back to one that was taken down, as ids."""
        row = self.engine.snapshot.row_of(item)
        rows: dict[int, None] = {}
        while row >= 0 and row in self._first_cause and row not in rows:
            rows[row] = None
            # What was taken down may need what it brought down, in a circle: it is where the chain begins all the same.
            row = -1 if self.after.distance[row] == 0 else self._first_cause[row]
        return [self.engine.snapshot.id_at(each) for each in rows]


def impact_of(
    snapshot: Snapshot,
    items: Sequence[str],
    *,
    minutes: float | None = None,
    limit: int | None = None,
    outages: Sequence[str] = (),
    degradations: Sequence[str] = (),
) -> ImpactFinding:
    """Return what breaks if `items` (record ids) go down together for `minutes` (None: without limit).

    `outages` are items down already beside those in maintenance, `degradations` items degraded already; affected is
    what gets worse than under these alone. `limit` cuts the list of affected items, never a count. Raises ItemNotFound
    for an id the snapshot does not hold, UsageError for no items, negative minutes or a negative limit.
    """
    if not items:
        raise UsageError("no item was named; say which items go down")
    if limit is not None and limit < 0:
        raise UsageError(f"limit is {limit}: give how many affected items to list, 0 or more")
    engine = ImpactEngine.of(snapshot)
    asked = rows_of(snapshot, items)
    before, after = states_before_and_after(
        engine,
        asked,
        minutes=minutes,
        outages=rows_of(snapshot, outages),
        degraded=rows_of(snapshot, degradations),
    )
    affected = _affected(engine, before, after, asked)
    in_order = np.sort(asked)
    caveats = caveats_of(engine, before, after, in_order, affected)
    shown = affected if limit is None else affected[:limit]
    basis = Basis(engine, before, after, asked, affected, reasons_of(engine, after, shown), minutes)
    counts = np.bincount(after.state[affected], minlength=len(STATES)).tolist()
    services = _services(snapshot, after, affected)
    newly = after.redundancy_lost & ~before.redundancy_lost & (after.state <= before.state)
    newly[asked] = False
    poorer = np.flatnonzero(newly)
    warnings = warnings_of(engine, caveats, before, in_order, minutes)
    if len(poorer):
        warnings.append(f"in no worse state, but with less redundancy: {named(snapshot, poorer)}")
    exposed = _newly_exposed(basis)
    if exposed:
        told = [f"{each.name} ({named(snapshot, rows_of(snapshot, each.new_spofs))})" for each in exposed]
        warnings.append(f"in no worse state, but with new single points of failure: {listed(told)}")
    warnings += _of_networks(basis)
    finding = ImpactFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        minutes=minutes,
        headline=_headline(
            caveats, after, affected, services, len(poorer) + len(exposed), bool((before.state[asked] == DOWN).any())
        ),
        down=[_asked_item(snapshot, before, row) for row in asked.tolist()],
        affected=_affected_rows(basis, shown),
        counts=Counts(down=counts[DOWN], degraded=counts[DEGRADED], at_risk=counts[AT_RISK]),
        total=len(affected),
        services=_ids(snapshot, services),
        not_followed=_not_followed_rows(snapshot, caveats),
        links_not_evaluated=caveats.links_not_evaluated,
        no_service_known=_ids(snapshot, caveats.no_service_known),
        truncated=len(shown) < len(affected),
        unmet=unmet_rows(snapshot, caveats.unmet),
        assumed_needs=assumed_rows(snapshot, caveats.assumed),
        missing_items=_ids(snapshot, caveats.missing),
        also_lost_redundancy=_ids(snapshot, poorer),
        also_new_spofs=exposed,
        warnings=warnings,
    )
    finding._basis = basis
    return finding


def _affected(engine: ImpactEngine, before: States, after: States, asked: Rows) -> Rows:
    """Return the items worse off than before: services first, then by state, criticality, users and distance."""
    snapshot = engine.snapshot
    reached = after.reached[after.state[after.reached] > before.state[after.reached]]
    is_asked = np.zeros(len(snapshot), np.bool_)
    is_asked[asked] = True
    rows = np.compress(~is_asked[reached], reached)
    order = np.lexsort(
        (
            rows,
            after.distance[rows],
            -snapshot.users[rows],
            -snapshot.criticality[rows],
            -after.state[rows],
            ~snapshot.is_service[rows],
        )
    )
    return rows[order]


def _services(snapshot: Snapshot, after: States, affected: Rows) -> Rows:
    """Return the affected services by criticality, users and state."""
    rows = np.compress(snapshot.is_service[affected], affected)
    return rows[np.lexsort((rows, -after.state[rows], -snapshot.users[rows], -snapshot.criticality[rows]))]


def _ids(snapshot: Snapshot, rows: Rows) -> list[str]:
    return [each.decode() for each in snapshot.ids[rows].tolist()]


def _newly_exposed(basis: Basis) -> list[NewlyExposed]:
    """Return the services in no worse state that were in trouble before, and are exposed to more now."""
    snapshot, after, before = basis.engine.snapshot, basis.after, basis.before
    same = snapshot.is_service & (after.state == before.state) & (after.state > 0) & (after.state < DOWN)
    lost = np.count_nonzero(after.state == DOWN) > np.count_nonzero(before.state == DOWN)
    rows = np.flatnonzero(same).tolist() if lost else []
    if not rows:
        return []
    basis.further.make(rows)
    found = ((row, basis.further.new_points(row)) for row in rows)
    return [
        NewlyExposed(id=snapshot.id_at(row), name=snapshot.name_at(row), new_spofs=_ids(snapshot, new))
        for row, new in found
        if len(new)
    ]


def _of_networks(basis: Basis) -> list[str]:
    """Return in words where further failures are not exactly known, for a network has too many paths to list."""
    engine, after = basis.engine, basis.after
    if engine.reach is None or not len(engine.reach):
        return []
    rows = basis.affected[engine.snapshot.is_service[basis.affected] & (after.state[basis.affected] != DOWN)]
    rough = basis.further.rough(rows) if len(rows) else rows
    if not len(rough):
        return []
    from impact.network.shortened import shortened_warning

    told = "what is down is exact, but some may be at less risk: new single points may be none, an outage may take more"
    return [shortened_warning(engine.snapshot, rough, told)]


def _headline(caveats: Caveats, after: States, affected: Rows, services: Rows, poorer: int, already_down: bool) -> str:
    """Return the answer in a sentence. Where something was not looked at, it never says that nothing breaks."""
    links = number_of(caveats.links_not_evaluated, "link was", "links were")
    blind = caveats.links_not_evaluated or len(caveats.no_service_known)
    if not len(affected):
        if blind:
            return f"nothing known to break; {links} not evaluated"
        if poorer:
            return f"nothing gets into a worse state, but {number_of(poorer, 'item')} with less redundancy"
        if len(caveats.unmet) or len(caveats.assumed) or len(caveats.missing):
            return "nothing known to break; see the warnings for what the answer rests on"
        return "nothing further breaks: it is down already" if already_down else "nothing breaks"
    states = np.bincount(after.state[services], minlength=len(STATES)).tolist()
    by_state = ", ".join(
        f"{states[code]:,} {word}"
        for code, word in ((DOWN, "down"), (DEGRADED, "degraded"), (AT_RISK, "at risk"))
        if states[code]
    )
    told = f"{number_of(len(services), 'service')} affected ({by_state})" if len(services) else "no service affected"
    told += f"; {number_of(len(affected), 'item')} in all"
    return f"{told}; {links} not evaluated" if caveats.links_not_evaluated else told


def _asked_item(snapshot: Snapshot, before: States, row: int) -> AskedItem:
    return AskedItem.model_validate(
        {
            "id": snapshot.id_at(row),
            "name": snapshot.name_at(row),
            "class": snapshot.class_at(row),
            "external_ids": external_ids(snapshot, row),
            "status": snapshot.status_at(row),
            "state_before": STATES[before.state[row]],
            "in_service": bool(snapshot.in_service[row]),
        }
    )


def _affected_rows(basis: Basis, rows: Rows) -> LazyRows[AffectedItem]:
    snapshot, after, before = basis.engine.snapshot, basis.after, basis.before
    columns = (
        *(snapshot.class_codes, snapshot.statuses, snapshot.is_service, after.state, before.state),
        *(after.redundancy_lost, snapshot.criticality, snapshot.users, after.distance),
    )

    def block(start: int, stop: int) -> list[dict[str, Any]]:
        some = rows[start:stop]
        ids, names, shown = snapshot.ids[some].astype("U").tolist(), snapshot.names.take(some), snapshot.shown
        texts = zip(some.tolist(), ids, names, shown.bytes_of(some), basis.reasons.block(start, stop), strict=True)
        told = []
        for (row, id_, name, text, because), codes in zip(
            texts, zip(*(column[some].tolist() for column in columns), strict=True), strict=True
        ):
            class_code, status, service, state, earlier, lost, criticality, users, distance = codes
            told.append(
                {
                    "id": id_,
                    "external_ids": _primary_ids(text),
                    "name": name,
                    "class": snapshot.class_names[class_code],
                    "status": STATUSES[status],
                    "service": service,
                    "state": STATES[state],
                    "state_before": STATES[earlier],
                    "redundancy_lost": lost,
                    "criticality": CRITICALITIES[criticality] if criticality >= 0 else None,
                    "users": users if users >= 0 else None,
                    "distance": distance,
                    **(_when_down(service) if state == DOWN else basis.what_further(row)),
                    "because": because,
                }
            )
        return told

    return LazyRows.in_blocks(AffectedItem, len(rows), block)


def _not_followed_rows(snapshot: Snapshot, caveats: Caveats) -> LazyRows[NotFollowed]:
    def make(index: int) -> dict[str, Any]:
        row = int(caveats.not_followed_item[index])
        return {
            "item": snapshot.id_at(row),
            "name": snapshot.name_at(row),
            "type": snapshot.type_names[caveats.not_followed_type[index]],
            "count": int(caveats.not_followed_count[index]),
            "why": WHY_NOT_FOLLOWED[caveats.not_followed_why[index]],
        }

    return LazyRows(NotFollowed, len(caveats.not_followed_item), make)


def unmet_rows(snapshot: Snapshot, unmet: Rows) -> LazyRows[UnmetRequirement]:
    """Return the unmet requirements of these rows of the impact graph."""
    graph = snapshot.graph

    def make(index: int) -> dict[str, Any]:
        at = int(unmet[index])
        consumer, provider = int(graph.unmet_consumer[at]), int(graph.unmet_provider[at])
        return {
            "item": snapshot.id_at(consumer),
            "name": snapshot.name_at(consumer),
            "provider": snapshot.id_at(provider) if provider >= 0 else None,
            "provider_name": snapshot.name_at(provider) if provider >= 0 else None,
            "provider_status": snapshot.status_at(provider) if provider >= 0 else None,
            "pool": graph.unmet_pool_names[at] if provider < 0 else None,
        }

    return LazyRows(UnmetRequirement, len(unmet), make)


def assumed_rows(snapshot: Snapshot, pools: Rows) -> LazyRows[AssumedNeed]:
    """Return these pools as assumed needs."""
    graph = snapshot.graph

    def make(index: int) -> dict[str, Any]:
        pool = int(pools[index])
        consumer = int(graph.pool_consumer[pool])
        return {
            "consumer": snapshot.id_at(consumer),
            "name": snapshot.name_at(consumer),
            "pool": graph.pool_names[pool],
            "n": int(graph.pool_members[pool]),
            "need": int(graph.pool_need[pool]),
        }

    return LazyRows(AssumedNeed, len(pools), make)
