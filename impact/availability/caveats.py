"""What a reader must know before trusting availabilities: what was assumed, what is missing, what contradicts.

Takes a model, the rows asked about and their figures, gives sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cmdb.model import STATUSES
from impact.availability.inputs import DEFAULT, ENTERED, MEASURED, NO_DATA
from impact.availability.model import AvailabilityModel
from impact.availability.reach import relied_on
from impact.availability.service import ServiceFigures
from impact.caveats import listed, named, number_of
from impact.frontier import Rows

__all__ = ["warnings_of"]


def warnings_of(model: AvailabilityModel, asked: Rows, figures: Sequence[ServiceFigures]) -> list[str]:
    """Return in words what the answer about these rows rests on."""
    if not len(asked):
        return ["no service is in service, so there is nothing to answer; name items, or see: cmdb find"]
    below = relied_on(model.structure, asked.tolist())
    below = below[below < model.structure.count]
    return [
        *_of_services(model, figures),
        *_of_figures(model, below[~np.isin(below, [each.row for each in figures if each.figure is None])]),
        *_of_pools(model, below),
        *_of_causes(model, below),
        *_of_record(model, below),
    ]


def _of_services(model: AvailabilityModel, figures: Sequence[ServiceFigures]) -> Iterator[str]:
    snapshot = model.engine.snapshot
    hollow = np.array([each.row for each in figures if each.figure is None], np.int64)
    if len(hollow):
        yield (
            f"{number_of(len(hollow), 'service is', 'services are')} not modelled, for nothing is recorded that an "
            f"availability could be computed from: {named(snapshot, hollow)}; relate each to what it stands on"
        )
    # More time does not make a figure exact that lacks paths.
    inexact = [each for each in figures if each.figure is not None and each.figure.kind != "exact"]
    rough = np.array([e.row for e in inexact if not model.rests_on_too_many_paths[e.row]], np.int64)
    if len(rough):
        yield (
            f"{number_of(len(rough), 'figure is', 'figures are')} not exact: {named(snapshot, rough)}; give more time "
            "with --budget SECONDS"
        )
    # What is unknown of an item is unknown of every service on it.
    winding = np.array([e.row for e in inexact if model.rests_on_too_many_paths[e.row]], np.int64)
    if len(winding):
        from impact.network.shortened import shortened_warning

        told = "they are at least as available as is told; how much more available is not known"
        yield shortened_warning(snapshot, winding, told)
    silent = np.unique(
        np.concatenate([np.zeros(0, np.int64), *(e.outages.unknown for e in figures if e.outages is not None)])
    )
    if len(silent):
        yield (
            f"how often services fail cannot be said where {number_of(len(silent), 'item gives', 'items give')} an "
            f"availability and no mttr_hours: {named(snapshot, silent)}"
        )
    crowded = np.array(
        [e.row for e in figures if e.experienced is not None and not e.experienced.one_at_a_time], np.int64
    )
    if len(crowded):
        yield (
            "planned work on the items below takes more than a year together, so it was taken to overlap at random: "
            f"{named(snapshot, crowded)}"
        )


def _of_figures(model: AvailabilityModel, below: Rows) -> Iterator[str]:
    snapshot, own = model.engine.snapshot, model.own
    basis = own.basis[below]
    unknown = below[basis == NO_DATA]
    if len(unknown):
        yield (
            f"nothing is known of {number_of(len(unknown), 'item')}, nor has their class a default; computed as if "
            f"they never failed, so figures on them are upper bounds: {named(snapshot, unknown)}; enter mtbf_hours and "
            "mttr_hours, or availability: 1 for what is no more than a name for what it stands on"
        )
    default = below[basis == DEFAULT]
    if len(default):
        prior = [
            snapshot.class_default_sources[code].startswith("expert prior") for code in snapshot.class_codes[default]
        ]
        guessed = f", {sum(prior):,} of them expert priors" if any(prior) else ""
        yield f"{number_of(len(default), 'item rests', 'items rest')} on defaults of their classes{guessed}"
    clash = below[np.isin(below, own.contradicting)]
    if len(clash):
        yield (
            "availability contradicts mtbf_hours and mttr_hours, so the worse of the two was taken: "
            f"{named(snapshot, clash)}; correct one of them"
        )
    said = np.isin(basis, (MEASURED, ENTERED))
    never = below[said & (own.unavailability[below] == 0)]
    if len(never):
        yield f"recorded as never failing: {named(snapshot, never)}"
    always = below[said & (own.unavailability[below] == 1)]
    if len(always):
        yield f"recorded with an availability of 0, so whatever needs them is never up: {named(snapshot, always)}"
    slow = below[own.repair_assumed[below]]
    if len(slow):
        yield (
            f"{number_of(len(slow), 'item gives', 'items give')} an availability and no mttr_hours; how long their "
            f"outages last is the default of the class: {named(snapshot, slow)}"
        )


def _of_pools(model: AvailabilityModel, below: Rows) -> Iterator[str]:
    snapshot, graph = model.engine.snapshot, model.engine.graph
    consumed = np.zeros(len(snapshot), np.bool_)
    consumed[below] = True

    def pools(rows: Rows) -> str:
        return listed([_pool(model, pool) for pool in rows[:5].tolist()], len(rows))

    held = np.flatnonzero(consumed[graph.pool_consumer] & graph.pool_hard)
    assumed = held[graph.pool_assumed[held] & (graph.pool_members[held] > 1)]
    if len(assumed):
        yield (
            f"{number_of(len(assumed), 'need is', 'needs are')} assumed, for nobody stated them: {pools(assumed)}; "
            "state each with cmdb pool"
        )
    overstated = held[graph.pool_stated[held] > graph.pool_members[held]]
    if len(overstated):
        yield f"the need is above the members there are, so all members were taken to be needed: {pools(overstated)}"
    bound = np.isfinite(graph.member_lasts) & consumed[graph.pool_consumer[graph.member_pool]]
    short = np.unique(graph.member_provider[bound]).astype(np.int64)
    if len(short):
        yield f"members that last only for a time were not counted: {named(snapshot, short)}"
    stuck = model.structure.always_down
    stuck = stuck[np.isin(stuck, below)]
    if len(stuck):
        yield f"never up, for a pool of theirs cannot be met with what counts: {named(snapshot, stuck)}"


def _of_causes(model: AvailabilityModel, below: Rows) -> Iterator[str]:
    causes, data = model.causes, model.evaluator.data
    relevant = [number for number, members in enumerate(causes.members) if np.isin(members, below).all()]
    clash = [number for number in relevant if number in set(causes.conflicting)]
    if clash:
        told = [" and ".join(_pool(model, pool) for pool in causes.pools[number][:3]) for number in clash[:5]]
        yield f"pools of the same members state different betas; the largest was taken: {listed(told, len(clash))}"
    idle = [number for number in relevant if data.common[number].unavailability == 0]
    if idle:
        told = [_pool(model, causes.pools[number][0]) for number in idle[:5]]
        yield (
            "a beta has no effect where none of the members is known to fail by itself; give their own figures: "
            f"{listed(told, len(idle))}"
        )


def _of_record(model: AvailabilityModel, below: Rows) -> Iterator[str]:
    snapshot, graph = model.engine.snapshot, model.engine.graph
    unmet = np.flatnonzero(np.isin(graph.unmet_consumer, below))
    if len(unmet):
        consumers = np.unique(graph.unmet_consumer[unmet]).astype(np.int64)
        yield (
            f"{number_of(len(unmet), 'requirement is', 'requirements are')} unmet (the provider is out of service), "
            f"which counts as no failure and may hide some: at {named(snapshot, consumers)}"
        )
    missing = below[snapshot.statuses[below] == STATUSES.index("missing")]
    if len(missing):
        yield (
            f"{number_of(len(missing), 'item is', 'items are')} missing from the inventory and counted like any other: "
            f"{named(snapshot, missing)}"
        )


def _pool(model: AvailabilityModel, pool: int) -> str:
    snapshot, graph = model.engine.snapshot, model.engine.graph
    consumer = snapshot.name_at(int(graph.pool_consumer[pool]))
    return f"{consumer}/{graph.pool_names[pool]} ({graph.pool_need[pool]} of {graph.pool_members[pool]})"
