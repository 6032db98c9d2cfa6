"""Minimal cut sets of a service: the answer, and how it is put together from a Snapshot. Its JSON is a contract."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from cmdb.errors import UsageError
from cmdb.snapshot import Snapshot
from impact.breaks import assumed_rows, rows_of, unmet_rows
from impact.caveats import caveats_under, named, number_of, warnings_of
from impact.closures import stands_on
from impact.cutsets.search import LIMIT, CutSets, CutSetSearch
from impact.engine import ImpactEngine
from impact.finding import AssumedNeed, Finding, Row, UnmetRequirement
from impact.lazy import LazyRows
from impact.states import evaluate
from impact.structure import Structure

__all__ = ["CutItem", "CutSetFinding", "cut_sets_of"]


class CutItem(Row):
    """An item of some cut set of the list."""

    id: str
    name: str
    class_name: str = Field(alias="class")
    sets: int = Field(description="In how many of the listed cut sets it stands.")


class CutSetFinding(Finding):
    """The smallest sets of items whose joint loss brings a service down."""

    revision: int
    revision_at: str
    minutes: float | None = Field(description="How long a loss lasts; null is without limit.")
    headline: str
    service: str
    service_name: str
    order: int = Field(description="The most items in a set that were asked for.")
    complete: bool = Field(description="Every minimal cut set of up to so many items is listed.")
    cut_sets: list[list[str]] = Field(
        description="Ids, smallest sets first; the service alone is the first. An empty set: it is down with nothing "
        "lost."
    )
    counts: dict[str, int] = Field(
        description="How many there are by number of items, listed or not; a number that nobody knows is left out."
    )
    items: list[CutItem] = Field(description="The items of the listed sets, most frequent first.")
    modelled: bool = Field(description="False where the service requires nothing: nothing is known to bring it down.")
    unmet: LazyRows[UnmetRequirement]
    assumed_needs: LazyRows[AssumedNeed]
    missing_items: list[str] = Field(description="Items of status `missing` counted as up.")
    links_not_evaluated: int
    warnings: list[str]


def cut_sets_of(
    snapshot: Snapshot, service: str, *, order: int = 2, limit: int | None = LIMIT, minutes: float | None = None
) -> CutSetFinding:
    """Return the minimal cut sets of an item (a record id) of up to `order` items each, at most `limit` of them.

    `minutes` is how long a loss lasts: members that bridge such a time count. Today's outages are left aside: the
    design is judged. Raises ItemNotFound, and UsageError for an order, limit or duration that makes no sense.
    """
    row = int(rows_of(snapshot, [service])[0])
    if not snapshot.in_service[row]:
        raise UsageError(
            f"{snapshot.name_at(row)} is {snapshot.status_at(row)}, so it is out of service and nothing brings it "
            "down: ask about an item in service"
        )
    engine = ImpactEngine.of(snapshot)
    structure = Structure.of(engine, minutes=minutes)
    found = _itself_first(CutSetSearch(structure).of(row, order, limit), row)
    certain = _certain(structure, row, found)
    if certain is not None:
        # Sets that are none may hide larger ones that are, so nobody knows how many there are.
        found = replace(found, complete=False, counts={})
    states = evaluate(engine, np.zeros(0, np.int64), minutes=minutes)
    below = np.flatnonzero(stands_on(structure, np.array([row], np.int64))[: structure.count])
    general = caveats_under(engine, states, below)
    modelled = bool(structure.modelled[row])
    return CutSetFinding(
        revision=snapshot.revision,
        revision_at=snapshot.revision_at,
        minutes=minutes,
        headline=_headline(snapshot, row, found, modelled)
        if certain is None
        else f"what may bring {snapshot.name_at(row)} down: {number_of(len(found.sets), 'set')} of items, {certain:,} "
        "of them for certain",
        service=service,
        service_name=snapshot.name_at(row),
        order=order,
        complete=found.complete,
        cut_sets=[[snapshot.id_at(each) for each in one] for one in found.sets],
        counts={str(size): count for size, count in found.counts.items()},
        items=_items(snapshot, found),
        modelled=modelled,
        unmet=unmet_rows(snapshot, general.unmet),
        assumed_needs=assumed_rows(snapshot, general.assumed),
        missing_items=[snapshot.id_at(each) for each in general.missing.tolist()],
        links_not_evaluated=general.links_not_evaluated,
        warnings=[
            *_own_warnings(snapshot, row, order, found, modelled, certain),
            *warnings_of(engine, general, states, general.missing[:0], minutes),
        ],
    )


def _certain(structure: Structure, row: int, found: CutSets) -> int | None:
    """Return how many of the sets bring a row down for certain; None where that is no question.

    It is none where a network has no more paths than are listed, nor where all sets are certain and complete: what
    brings the row down in truth then holds one of them, and is one of them if it is minimal.
    """
    if not len(structure.approximate):
        return None
    from impact.network.shortened import Certainty, resting

    if not len(resting(structure, np.array([row], np.int64))):
        return None
    certainty = Certainty(structure, np.zeros(0, np.int64))
    count = sum(certainty.falls(row, each) if each else bool(certainty.down[row]) for each in found.sets)
    return None if found.complete and count == len(found.sets) else count


def _itself_first(found: CutSets, row: int) -> CutSets:
    alone = (row,)
    if alone not in found.sets:
        return found
    return replace(found, sets=(alone, *(each for each in found.sets if each != alone)))


def _items(snapshot: Snapshot, found: CutSets) -> list[CutItem]:
    times: dict[int, int] = {}
    for each in found.sets:
        for row in each:
            times[row] = times.get(row, 0) + 1
    return [
        CutItem.model_validate(
            {"id": snapshot.id_at(row), "name": snapshot.name_at(row), "class": snapshot.class_at(row), "sets": count}
        )
        for row, count in sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _headline(snapshot: Snapshot, row: int, found: CutSets, modelled: bool) -> str:
    name = snapshot.name_at(row)
    if found.sets == ((),):
        return f"{name} is down with nothing lost"
    if not modelled:
        return f"nothing but its own failure is known to bring {name} down"
    alone = found.counts.get(1, 1) - 1
    parts = [f"{number_of(alone, 'other item')} alone"]
    words = {2: "pair", 3: "triple"}
    for size in range(2, found.order + 1):
        if size in found.counts:
            parts.append(number_of(found.counts[size], words.get(size, f"set of {size}"), _plural(size)))
        else:
            parts.append(f"an unknown number of sets of {size}")
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"what brings {name} down: {listed}"


def _plural(size: int) -> str:
    return {2: "pairs", 3: "triples"}.get(size, f"sets of {size}")


def _own_warnings(
    snapshot: Snapshot, row: int, order: int, found: CutSets, modelled: bool, certain: int | None
) -> list[str]:
    warnings = []
    if certain is not None:
        from impact.network.shortened import shortened_warning

        told = (
            f"what brings it down holds one of its cut sets, but of {len(found.sets):,} listed only {certain:,} are "
            "certain to be enough"
        )
        warnings.append(shortened_warning(snapshot, np.array([row], np.int64), told))
    if found.sets == ((),):
        warnings.append(
            f"{snapshot.name_at(row)} stands on a pool that is never met, so it counts as down: see its needs"
        )
    elif not modelled:
        warnings.append(
            f"1 service is not modelled: what it requires is not recorded, so nothing is known to bring it down: "
            f"{named(snapshot, np.array([row], np.int64))}"
        )
    if not found.complete and certain is None:
        unknown = [size for size in range(1, order + 1) if size not in found.counts]
        total = f"{sum(found.counts.values()):,}"
        if unknown:
            sizes = ", ".join(str(size) for size in unknown)
            total = f"at least {total} (nobody knows how many of {sizes} items)"
        warnings.append(f"{len(found.sets):,} of {total} cut sets are listed")
    return warnings
