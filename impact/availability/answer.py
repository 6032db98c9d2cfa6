"""How available is it: from a snapshot and the services asked about to the finding, row by row.

Takes a Snapshot and record ids, gives an AvailabilityFinding. Each service costs one figure and one pass for the
importances of its events; everything else is read from those two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from cmdb.errors import UsageError
from cmdb.model import CRITICALITY_WEIGHT
from cmdb.snapshot import Snapshot
from impact.availability.caveats import warnings_of
from impact.availability.estate_wide import EstateWide
from impact.availability.explaining import explained
from impact.availability.finding import AvailabilityFinding, CostlyItem, EnterFirst, ServiceAvailability
from impact.availability.model import AvailabilityModel
from impact.availability.service import ServiceFigures, figures_of
from impact.availability.service_row import row_of
from impact.engine import ImpactEngine
from impact.frontier import Rows
from impact.lazy import LazyRows

__all__ = ["availability_of", "services_of"]

Progress = Callable[[int, int], None]


def availability_of(
    snapshot: Snapshot,
    services: Sequence[str] | None = None,
    *,
    now: bool = False,
    seconds: float | None = None,
    explain: Collection[str] = (),
    progress: Progress | None = None,
) -> AvailabilityFinding:
    """Return how available these items (record ids) are; None asks about every service in service.

    `now` counts what is down by its status as down; without it the design is judged. `seconds` bounds the time for
    exact figures, after which intervals and estimates stand in. `explain` are ids to explain in sentences. `progress`
    is told how many services are done, of how many. Raises UsageError for an item that is not in service.
    """
    engine = ImpactEngine.of(snapshot)
    model = AvailabilityModel(engine, seconds=seconds, down=engine.in_maintenance.tolist() if now else ())
    named = services is not None
    rows = _rows(snapshot, services) if services is not None else services_of(snapshot)
    figures = _figures(model, rows, named, progress)
    estate = EstateWide(model)
    for each in figures:
        estate.add(each, _weight(snapshot, each.row))
    wanted = set(explain)
    return AvailabilityFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        now=now,
        services=LazyRows(ServiceAvailability, len(figures), lambda at: _told(model, figures[at], wanted)),
        enter_first=[EnterFirst.model_validate(each) for each in estate.enter_first()],
        worst=[CostlyItem.model_validate(each) for each in estate.worst()],
        warnings=warnings_of(model, rows, figures),
    )


def services_of(snapshot: Snapshot) -> Rows:
    """Return the rows of all services in service: by criticality and users, then by name."""
    rows = np.flatnonzero(snapshot.is_service & snapshot.in_service)
    order = sorted(
        rows.tolist(), key=lambda row: (-snapshot.criticality[row], -snapshot.users[row], snapshot.name_at(row), row)
    )
    return np.array(order, np.int64)


def _rows(snapshot: Snapshot, ids: Sequence[str]) -> Rows:
    rows = []
    for id_ in dict.fromkeys(ids):
        row = snapshot.row_of(id_)
        if row < 0:
            raise UsageError(f"no item has the record id {id_!r}; find it with: cmdb find TEXT")
        if not snapshot.in_service[row]:
            raise UsageError(
                f"{snapshot.name_at(row)} is {snapshot.status_at(row)}, so it is out of service and has no "
                "availability; ask about what is in service, or correct its status"
            )
        rows.append(row)
    return np.array(rows, np.int64)


def _figures(model: AvailabilityModel, rows: Rows, named: bool, progress: Progress | None) -> list[ServiceFigures]:
    model.prepare(rows.tolist())
    found = []
    for done, row in enumerate(rows.tolist()):
        if progress is not None:
            progress(done, len(rows))
        found.append(figures_of(model, row, promise=named))
    return found


def _weight(snapshot: Snapshot, row: int) -> float:
    criticality = snapshot.criticality_at(row)
    return CRITICALITY_WEIGHT[criticality or "low"] * max(int(snapshot.users[row]), 1)


def _told(model: AvailabilityModel, figures: ServiceFigures, wanted: set[str]) -> dict[str, object]:
    row = row_of(model, figures)
    if row["id"] in wanted:
        row["explanation"] = explained(ServiceAvailability.model_validate(row))
    return row
