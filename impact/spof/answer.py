"""Where the single points of failure are: puts down sets, hidden pools, cold starts and caveats into a finding.

Takes a Snapshot and the services asked about, gives a `SpofFinding`. An item x other than service s is a single point
of s when losing x alone brings s down. It is hidden when s requires it by no chain of direct requirements: redundancy
on the way looks as if it helped. Today's outages are left aside, unless asked for: the design is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmdb.errors import UsageError
from cmdb.snapshot import Snapshot
from impact.breaks import assumed_rows, external_ids, rows_of, unmet_rows
from impact.caveats import number_of
from impact.closures import consumers_of, stands_on
from impact.cold_start import circular_starts
from impact.downsets import DownSets, down_sets
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.lazy import LazyRows
from impact.spof.caveats import SpofCaveats, spof_caveats_of, spof_warnings
from impact.spof.change import compared
from impact.spof.finding import ColdStart, Comparison, SinglePoint, SpofFinding, Unweighed
from impact.spof.hidden import defeated_pools
from impact.spof.pairs import SpofPairs, spof_pairs
from impact.spof.steps import Estate
from impact.structure import Structure

__all__ = ["SpofBasis", "service_weights", "spof_of"]


def service_weights(snapshot: Snapshot, rows: Rows) -> Rows:
    """Return what the loss of each of these services weighs: criticality (1, 2, 4, 8) times users, at least 1.

    Where nobody said, criticality counts as low and users as one.
    """
    criticality = np.maximum(snapshot.criticality[rows], 0).astype(np.int64)
    weights: Rows = (1 << criticality) * np.maximum(snapshot.users[rows], 1)
    return weights


@dataclass(frozen=True)
class SpofBasis:
    """The columns behind a finding, for whoever needs more of it than rows."""

    engine: ImpactEngine = field(repr=False)
    structure: Structure = field(repr=False)
    sets: DownSets = field(repr=False)
    services: Rows
    """The services looked at."""
    pairs: SpofPairs = field(repr=False)
    """Every pair of the answer, truncated or not."""
    points: Rows
    """The single points listed, in the order of the answer."""

    @cached_property
    def by_point(self) -> tuple[NDArray[np.int64], Rows, Rows]:
        """(order of the pairs by point, the weightiest service first; distinct points; bounds by distinct point)."""
        weight = service_weights(self.engine.snapshot, self.pairs.service)
        order = np.lexsort((self.pairs.service, -weight, self.pairs.point))
        points, starts = np.unique(self.pairs.point[order], return_index=True)
        return order, points, np.append(starts, len(order)).astype(np.int64)

    def pairs_of(self, point: int) -> NDArray[np.int64]:
        """Return the places of a point's pairs in `pairs`, the weightiest service first."""
        order, points, bounds = self.by_point
        at = int(np.searchsorted(points, point))
        return order[bounds[at] : bounds[at + 1]]


def spof_of(
    snapshot: Snapshot,
    services: Sequence[str] = (),
    *,
    items: Sequence[str] = (),
    minutes: float | None = None,
    hidden_only: bool = False,
    obvious: bool = True,
    down: Sequence[str] = (),
    now: bool = False,
    limit: int | None = None,
    baseline: Snapshot | None = None,
) -> SpofFinding:
    """Return the single points of failure of `services` (record ids; none: all items of service classes).

    With `baseline`, the estate at another revision, only what is new since is listed, and what is gone is told beside.
    `items` asks about these items alone. `hidden_only` leaves those whose services all stand on them directly,
    `obvious=False` leaves those that are only their services' own software. `minutes` is how long a loss lasts (None:
    without limit), `now` counts items in maintenance as down and `down` (record ids) beside them. `limit` cuts the
    list, never a count. Raises ItemNotFound for an id the snapshot does not hold, UsageError for a negative limit.
    """
    if limit is not None and limit < 0:
        raise UsageError(f"limit is {limit}: give how many single points to list, 0 or more")
    engine = ImpactEngine.of(snapshot)
    structure = Structure.of(engine, minutes=minutes)
    asked = rows_of(snapshot, services)
    considered = _considered(snapshot, asked, bool(services))
    lost = rows_of(snapshot, down)
    sets = down_sets(structure, down=_down_now(engine, structure, lost, now), rows=considered)
    pairs = spof_pairs(sets, considered, _tiers(snapshot))
    if items:
        pairs = pairs.only(np.isin(pairs.point, rows_of(snapshot, items)))
    since = None
    if baseline is not None:
        then, pairs_then = _past(baseline, services, items, minutes, down if now else (), now)
        is_new, since = compared(Estate(engine, sets), pairs, then, pairs_then)
        pairs = pairs.only(is_new)
    points, weight, is_hidden, is_obvious = _by_weight(snapshot, pairs)
    kept = (is_hidden | (not hidden_only)) & (~is_obvious | obvious)
    left_out = int(np.count_nonzero(is_obvious & ~kept & (is_hidden | (not hidden_only))))
    points, weight, is_hidden, is_obvious = points[kept], weight[kept], is_hidden[kept], is_obvious[kept]
    listed = points if limit is None else points[:limit]
    basis = SpofBasis(engine, structure, sets, considered, pairs, listed)
    doubtful = pairs.only(_doubtful(engine, structure, pairs, lost, now))
    caveats = spof_caveats_of(engine, sets, asked, considered, minutes, doubtful)
    loops = _cold_starts(snapshot, sets, considered)
    finding = SpofFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        minutes=minutes,
        headline=_headline(len(points), int(is_hidden.sum()), pairs, len(considered), loops, caveats)
        if since is None
        else _headline_since(since, len(points)),
        asked=_ids(snapshot, asked),
        considered=len(considered),
        spofs=_spof_rows(basis, weight, is_hidden, is_obvious),
        total=len(points),
        hidden_total=int(is_hidden.sum()),
        obvious_left_out=left_out,
        truncated=len(listed) < len(points),
        since=since,
        circular_starts=loops,
        not_modelled=_ids(snapshot, caveats.not_modelled),
        down_already=_ids(snapshot, caveats.down_already),
        missing=_unweighed(snapshot, considered),
        unmet=unmet_rows(snapshot, caveats.general.unmet),
        assumed_needs=assumed_rows(snapshot, caveats.general.assumed),
        missing_items=_ids(snapshot, caveats.general.missing),
        links_not_evaluated=caveats.general.links_not_evaluated,
        warnings=spof_warnings(engine, caveats, minutes),
    )
    finding._basis = basis
    return finding


def _considered(snapshot: Snapshot, asked: Rows, named: bool) -> Rows:
    """Return the services to look at, those in service: the ones named, or all items of service classes."""
    rows = asked if named else np.flatnonzero(snapshot.is_service)
    return rows[snapshot.in_service[rows]]


def _tiers(snapshot: Snapshot) -> NDArray[np.integer]:
    return snapshot.class_tiers[snapshot.class_codes] if len(snapshot.class_tiers) else snapshot.class_codes


def _past(
    snapshot: Snapshot,
    services: Sequence[str],
    items: Sequence[str],
    minutes: float | None,
    down: Sequence[str],
    now: bool,
) -> tuple[Estate, SpofPairs]:
    """Return the other estate and its pairs; what was not in the record then has none."""
    engine = ImpactEngine.of(snapshot)
    structure = Structure.of(engine, minutes=minutes)
    there = [row for row in map(snapshot.row_of, services) if row >= 0]
    considered = _considered(snapshot, np.array(there, np.int64), bool(services))
    lost = np.array([row for row in map(snapshot.row_of, down) if row >= 0], np.int64)
    sets = down_sets(structure, down=_down_now(engine, structure, lost, now), rows=considered)
    pairs = spof_pairs(sets, considered, _tiers(snapshot))
    if items:
        pairs = pairs.only(np.isin(pairs.point, [snapshot.row_of(item) for item in items]))
    return Estate(engine, sets), pairs


def _headline_since(since: Comparison, points: int) -> str:
    """Return what is new in a sentence; what rests on lost data is never called better."""
    told = f"since revision {since.revision}: {number_of(points, 'item')} newly a single point of failure"
    told += f" ({number_of(len(since.new), 'pair')} of service and item)" if since.new else ""
    told += f", {number_of(len(since.gone), 'pair')} gone"
    if since.gone:
        lost = sum(each.why == "data_lost" for each in since.gone)
        unknown = len(since.gone) - since.improved - lost
        parts = [(since.improved, "redundancy added"), (lost, "data lost, not improved"), (unknown, "no longer said")]
        told += f": {', '.join(f'{count:,} {text}' for count, text in parts if count)}"
    return told


def _down_now(engine: ImpactEngine, structure: Structure, down: Rows, now: bool) -> NDArray[np.bool_]:
    """Return what is down with nothing further lost, closed under the rule."""
    fallen = np.zeros(structure.size, np.bool_)
    fallen[structure.always_down] = True
    given = _given(engine, down, now)
    if len(given):
        fallen[list(consumers_of(structure).fall(given.tolist(), fallen).cause)] = True
    return fallen


def _given(engine: ImpactEngine, down: Rows, now: bool) -> Rows:
    """Return what counts as down by itself."""
    given = np.union1d(engine.in_maintenance, down) if now else down
    return given[engine.snapshot.in_service[given]]


def _doubtful(engine: ImpactEngine, structure: Structure, pairs: SpofPairs, down: Rows, now: bool) -> NDArray[np.bool_]:
    """Return which pairs are not certain, for a network has too many paths to list them all."""
    if not len(structure.approximate):
        return np.zeros(len(pairs), np.bool_)
    from impact.network.shortened import Certainty

    return Certainty(structure, _given(engine, down, now)).doubtful(pairs.service, pairs.point)


def _by_weight(snapshot: Snapshot, pairs: SpofPairs) -> tuple[Rows, Rows, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the single points, the heaviest first, with weight, hidden from some service, obvious to all of them."""
    points, place = np.unique(pairs.point, return_inverse=True)
    count = len(points)
    weight = np.zeros(count, np.int64)
    np.add.at(weight, place, service_weights(snapshot, pairs.service))
    number = np.bincount(place, minlength=count)
    hidden = np.bincount(place, weights=pairs.hidden, minlength=count) > 0
    obvious = np.bincount(place, weights=pairs.obvious, minlength=count) == number
    order = np.lexsort((points, -number, -weight))
    return points[order], weight[order], hidden[order], obvious[order]


def _spof_rows(
    basis: SpofBasis, weight: Rows, hidden: NDArray[np.bool_], obvious: NDArray[np.bool_]
) -> LazyRows[SinglePoint]:
    snapshot, pairs = basis.engine.snapshot, basis.pairs

    def make(index: int) -> dict[str, Any]:
        row = int(basis.points[index])
        at = basis.pairs_of(row)
        unseen = pairs.service[at[pairs.hidden[at]]]
        return {
            "id": snapshot.id_at(row),
            "external_ids": external_ids(snapshot, row),
            "name": snapshot.name_at(row),
            "class": snapshot.class_at(row),
            "status": snapshot.status_at(row),
            "services": _ids(snapshot, pairs.service[at]),
            "weight": int(weight[index]),
            "hidden": bool(hidden[index]),
            "hidden_services": _ids(snapshot, unseen),
            "hidden_by": defeated_pools(basis.engine, basis.sets, row, unseen) if len(unseen) else [],
            "obvious": bool(obvious[index]),
        }

    return LazyRows(SinglePoint, len(basis.points), make)


def _cold_starts(snapshot: Snapshot, sets: DownSets, services: Rows) -> list[ColdStart]:
    """Return the loops under these services that are a risk at a cold start."""
    below = stands_on(sets.structure, services)
    found = []
    for loop in circular_starts(sets.structure, sets):
        if not below[loop.members].any():
            continue
        fall = consumers_of(sets.structure).fall(loop.members.tolist())
        lost = services[np.isin(services, list(fall.cause))]
        found.append(
            ColdStart(
                members=_ids(snapshot, loop.members),
                names=[snapshot.name_at(row) for row in loop.members.tolist()],
                never=_ids(snapshot, loop.never),
                only_with=_ids(snapshot, loop.only_with),
                services=_ids(snapshot, lost),
            )
        )
    return found


def _unweighed(snapshot: Snapshot, services: Rows) -> LazyRows[Unweighed]:
    lacking = services[(snapshot.criticality[services] < 0) | (snapshot.users[services] < 0)]

    def make(index: int) -> dict[str, Any]:
        row = int(lacking[index])
        missing = [*(["criticality"] if snapshot.criticality[row] < 0 else [])]
        missing += ["users"] if snapshot.users[row] < 0 else []
        return {"id": snapshot.id_at(row), "name": snapshot.name_at(row), "missing": missing}

    return LazyRows(Unweighed, len(lacking), make)


def _headline(
    count: int, hidden: int, pairs: SpofPairs, considered: int, loops: list[ColdStart], caveats: SpofCaveats
) -> str:
    """Return the answer in a sentence. Where nothing is known, it does not say that nothing is there."""
    under = number_of(considered, "service")
    blind = len(caveats.not_modelled)
    unknown = f"; {number_of(blind, 'service requires', 'services require')} nothing that is recorded" if blind else ""
    if not considered:
        return (
            "no service is in service: there is nothing to judge; name items as services, or give items a service class"
        )
    if not count:
        quiet = blind or len(caveats.general.unmet) or len(caveats.general.assumed)
        return f"no single point of failure is {'known' if quiet else 'there'} under {under}{unknown}"
    lost = len(np.unique(pairs.service))
    told = f"{number_of(count, 'single point')} of failure under {lost:,} of {under}"
    told += f", {hidden:,} hidden behind redundancy" if hidden else ", none hidden behind redundancy"
    cold = sum(bool(loop.services) for loop in loops)
    told += f"; {number_of(cold, 'loop')} may not start again from cold" if cold else ""
    return told + unknown


def _ids(snapshot: Snapshot, rows: Rows) -> list[str]:
    return [each.decode() for each in snapshot.ids[rows].tolist()]
