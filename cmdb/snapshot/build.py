"""Builds a snapshot from a store's columns and the compiled catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from operator import attrgetter

import msgspec
import numpy as np
from numpy.typing import NDArray

from cmdb.catalogue import Catalogue
from cmdb.model import CRITICALITIES, RELIABILITY_BASES, STATUSES, RecordIdentity, Revision
from cmdb.model.vocabulary import OUT_OF_SERVICE
from cmdb.snapshot.compile import Columns, compile_graph
from cmdb.snapshot.snapshot import NETWORK_ENDS, NETWORK_TYPES, NUMBERS, ImpactGraph, Snapshot
from cmdb.snapshot.strings import CodedStrings, Strings
from cmdb.store.protocol import RecordColumns

__all__ = ["ItemInputs", "basis_codes", "build_snapshot", "decode_inputs", "finish", "in_service_of"]


class ItemInputs(msgspec.Struct, gc=False):
    """The values of an item that are columns of a snapshot; NaN, -1 and "" where nobody said."""

    criticality: str = ""
    users: int = -1
    reliability_basis: str = ""
    availability: float = nan
    mtbf_hours: float = nan
    mttr_hours: float = nan
    mtbf_low_hours: float = nan
    mtbf_high_hours: float = nan
    mttr_low_hours: float = nan
    mttr_high_hours: float = nan
    maintenance_hours_per_year: float = nan
    availability_target: float = nan
    downtime_budget_minutes: float = nan
    load: float = nan
    capacity: float = nan
    restore_minutes: float = nan
    rto_minutes: float = nan
    rpo_minutes: float = nan
    yearly_cost: float = nan


class _Shown(msgspec.Struct, gc=False):
    values: ItemInputs


_decoder = msgspec.json.Decoder(_Shown)


def decode_inputs(shown: list[bytes]) -> list[ItemInputs]:
    """Return the inputs that stand in items' shown documents."""
    return [_decoder.decode(text).values for text in shown]


def basis_codes(inputs: list[ItemInputs]) -> NDArray[np.int8]:
    """Return where each item's availability inputs come from, as an index into `RELIABILITY_BASES`."""
    code: dict[str, int] = {"": -1, **{word: number for number, word in enumerate(RELIABILITY_BASES)}}
    return np.array([code[each.reliability_basis] for each in inputs], np.int8)


def _numbers_of(inputs: list[ItemInputs]) -> dict[str, NDArray[np.float64]]:
    """Return the numeric inputs by column."""
    return {name: np.fromiter(map(attrgetter(name), inputs), np.float64, len(inputs)) for name in NUMBERS}


def build_snapshot(
    columns: RecordColumns, *, identity: RecordIdentity, revision: Revision, catalogue: Catalogue
) -> Snapshot:
    """Return the snapshot of a record's columns at `revision`, read with `catalogue`."""
    row = {id_: number for number, id_ in enumerate(columns.item_ids)}
    class_names = tuple(sorted({*catalogue.classes, *columns.item_classes}))
    type_names = tuple(sorted({*catalogue.types, *columns.relationship_types}))
    class_code = {name: code for code, name in enumerate(class_names)}
    type_code = {name: code for code, name in enumerate(type_names)}
    status_code: dict[str, int] = {status: code for code, status in enumerate(STATUSES)}
    criticality_code: dict[str, int] = {"": -1, **{word: code for code, word in enumerate(CRITICALITIES)}}
    inputs = decode_inputs(columns.item_shown)
    count, links = len(columns.item_ids), len(columns.relationship_from)
    return finish(
        catalogue,
        record_uuid=identity.uuid,
        revision=revision.number,
        revision_at=revision.at,
        revision_digest=revision.digest,
        catalogue_digest=catalogue.digest,
        ids=np.array(columns.item_ids, "S16"),
        names=Strings.of(columns.item_names),
        class_names=class_names,
        class_codes=np.fromiter(map(class_code.__getitem__, columns.item_classes), np.int16, count),
        statuses=np.fromiter(map(status_code.__getitem__, columns.item_statuses), np.int8, count),
        criticality=np.array([criticality_code[each.criticality] for each in inputs], np.int8),
        users=np.array([each.users for each in inputs], np.int64),
        reliability_basis=basis_codes(inputs),
        numbers=_numbers_of(inputs),
        shown=Strings.of(columns.item_shown),
        type_names=type_names,
        relationship_from=np.fromiter(map(row.__getitem__, columns.relationship_from), np.int32, links),
        relationship_types=np.fromiter(map(type_code.__getitem__, columns.relationship_types), np.int16, links),
        relationship_to=np.fromiter(map(row.__getitem__, columns.relationship_to), np.int32, links),
        relationship_keys=CodedStrings.of([key.encode() if key else None for key in columns.relationship_keys]),
        relationship_shown=CodedStrings.of(columns.relationship_shown),
        pool_consumers=np.array([row[each] for each in columns.pool_consumers], np.int32),
        pool_names=Strings.of(columns.pool_names),
        pool_shown=CodedStrings.of(columns.pool_shown),
    )


def in_service_of(statuses: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return which items are in service, by their status codes."""
    outside = [index for index, status in enumerate(STATUSES) if status in OUT_OF_SERVICE]
    return ~np.isin(statuses, outside)


def finish(catalogue: Catalogue, compiled: Snapshot | None = None, **columns: object) -> Snapshot:
    """Return the snapshot of these plain columns: what the catalogue says is added and the graph compiled.

    `compiled` is a snapshot whose graph the columns would give again.
    """
    class_names: tuple[str, ...] = columns["class_names"]  # type: ignore[assignment]
    defaults = [catalogue.classes.get(name) for name in class_names]
    type_names: tuple[str, ...] = columns["type_names"]  # type: ignore[assignment]
    # A class or type that the catalogue no longer knows passes nothing on and links nothing.
    ends = [catalogue.classes[name].network if name in catalogue.classes else "end" for name in class_names]
    kinds = [catalogue.types[name].network if name in catalogue.types else "none" for name in type_names]
    tiers = [catalogue.classes[name].tier if name in catalogue.classes else None for name in class_names]
    if compiled is not None:
        graph, impact = compiled.graph, compiled.relationship_impact
        consumer_is_from = compiled.relationship_consumer_is_from
    else:
        graph, impact, consumer_is_from = _compiled(catalogue, class_names, type_names, columns)
    return Snapshot(
        **columns,  # type: ignore[arg-type]
        service_class=np.array([catalogue.is_service(name) for name in class_names], np.bool_),
        class_tiers=np.array([-1 if tier is None else tier for tier in tiers], np.int16),
        class_mtbf_hours=np.array([nan if each is None else each.mtbf_hours or nan for each in defaults], np.float64),
        class_mttr_hours=np.array([nan if each is None else each.mttr_hours or nan for each in defaults], np.float64),
        class_default_sources=tuple("" if each is None else each.source for each in defaults),
        class_network=np.array([NETWORK_ENDS.index(each) for each in ends], np.int8),
        type_network=np.array([NETWORK_TYPES.index(each) for each in kinds], np.int8),
        relationship_impact=impact,
        relationship_consumer_is_from=consumer_is_from,
        graph=graph,
    )


def _compiled(
    catalogue: Catalogue, class_names: tuple[str, ...], type_names: tuple[str, ...], columns: Mapping[str, object]
) -> tuple[ImpactGraph, NDArray[np.int8], NDArray[np.bool_]]:
    return compile_graph(
        Columns(
            class_codes=columns["class_codes"],  # type: ignore[arg-type]
            class_names=class_names,
            in_service=in_service_of(columns["statuses"]),  # type: ignore[arg-type]
            load=columns["numbers"]["load"],  # type: ignore[index]
            capacity=columns["numbers"]["capacity"],  # type: ignore[index]
            type_names=type_names,
            relationship_from=columns["relationship_from"],  # type: ignore[arg-type]
            relationship_types=columns["relationship_types"],  # type: ignore[arg-type]
            relationship_to=columns["relationship_to"],  # type: ignore[arg-type]
            relationship_shown=columns["relationship_shown"],  # type: ignore[arg-type]
            pool_consumers=columns["pool_consumers"],  # type: ignore[arg-type]
            pool_names=columns["pool_names"],  # type: ignore[arg-type]
            pool_shown=columns["pool_shown"],  # type: ignore[arg-type]
        ),
        catalogue,
    )
