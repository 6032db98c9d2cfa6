"""Snapshot: the estate at one revision. The seam between the record and every analysis.

Columns only: numpy arrays and `Strings`, a straight copy away from Arrow. Rows are sorted (items by id, relationships
by from, type, to, key; pools by consumer, name), so equal records have equal snapshots on both stores. It carries the
compiled impact graph, so that an analysis needs neither store nor catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from cmdb.model import CRITICALITIES, RELIABILITY_BASES, STATUSES
from cmdb.snapshot.strings import CodedStrings, Strings

__all__ = ["IMPACTS", "NETWORK_ENDS", "NETWORK_TYPES", "NUMBERS", "ImpactGraph", "Snapshot"]

Ints = NDArray[np.int32]
Codes = NDArray[np.int16]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

IMPACTS: Final = ("none", "soft", "hard", "no_rule", "undirected", "out_of_service")
"""What became of a relationship, by code: only `soft` and `hard` are in the impact graph."""

NETWORK_ENDS: Final = ("none", "end", "through")
"""What a network makes of the items of a class, by code: it knows them not, ends there, or runs through them."""

NETWORK_TYPES: Final = ("none", "link", "reach")
"""What a relationship type is to a network, by code: nothing, a link of it, or a requirement to reach the provider."""

NUMBERS: Final = (
    "availability",
    "mtbf_hours",
    "mttr_hours",
    "mtbf_low_hours",
    "mtbf_high_hours",
    "mttr_low_hours",
    "mttr_high_hours",
    "maintenance_hours_per_year",
    "availability_target",
    "downtime_budget_minutes",
    "load",
    "capacity",
    "restore_minutes",
    "rto_minutes",
    "rpo_minutes",
    "yearly_cost",
)
"""Numeric inputs of items that every snapshot has as columns; NaN where nobody said."""


@dataclass(frozen=True, slots=True)
class ImpactGraph:
    """Who depends on whom, compiled from relationships, pools and the catalogue's rules. In-service items only.

    Items are row numbers of the snapshot. **Edges** are direct requirements (outside pools), sorted by provider, one
    per (provider, consumer, hardness): `edge_ptr[p] : edge_ptr[p + 1]` are the edges of provider p. **Memberships**
    tie a provider to a pool, one per (provider, pool) however many parallel links there are, sorted by provider,
    found by `member_ptr` in the same way. **Pools** are those of the record and those that rules make; a pool
    without a member in service is not here but in `unmet`; only an item that is supposed to be down has one that
    needs a member and has none.
    """

    edge_ptr: NDArray[np.int64]
    edge_provider: Ints
    edge_consumer: Ints
    edge_hard: Flags
    edge_relationship: Ints
    """Row of the (first) relationship behind the edge."""

    member_ptr: NDArray[np.int64]
    member_provider: Ints
    member_pool: Ints
    member_relationship: Ints
    member_lasts: Floats
    """Minutes for which the member counts as up; infinite for all but batteries."""

    pool_consumer: Ints
    pool_names: Strings
    pool_members: Ints
    """n: distinct in-service members."""
    pool_need: Ints
    """Members required, at most n."""
    pool_stated: Ints
    """Members required as stated; above n where the pool can never meet it."""
    pool_full: Ints
    """Fewer up than this: degraded. 0 where nobody said."""
    pool_hard: Flags
    """Fewer up than needed brings the consumer down; a soft pool only degrades it."""
    pool_assumed: Flags
    """The need is our assumption (n - 1, at least 1), not a source's statement."""
    pool_row: Ints
    """Row of the pool in the record, -1 where a rule made it."""
    pool_beta: Floats
    """The part of the members' unavailability that strikes all of them at once; NaN where nobody said."""

    edge_by_consumer: NDArray[np.int64]
    """Permutation of the edges, sorted by consumer; bounds in `edge_consumer_ptr`."""
    edge_consumer_ptr: NDArray[np.int64]
    member_by_pool: NDArray[np.int64]
    """Permutation of the memberships, sorted by pool; bounds in `member_pool_ptr`."""
    member_pool_ptr: NDArray[np.int64]
    pool_by_consumer: NDArray[np.int64]
    """Permutation of the pools, sorted by consumer; bounds in `pool_consumer_ptr`."""
    pool_consumer_ptr: NDArray[np.int64]

    unmet_consumer: Ints
    unmet_provider: Ints
    """The provider that is out of service, -1 where a whole pool has nobody in service."""
    unmet_pool_names: Strings
    """Name of the pool without members in service, empty where a provider is meant."""


@dataclass(frozen=True)
class Snapshot:
    """The estate at one revision.

    `revision`, `revision_at`, `revision_digest`, `record_uuid` and `catalogue_digest` say exactly what it shows.
    `shown` holds each item's `{"external_ids": {source: [ids]}, "values": {..}}` as canonical JSON.
    """

    record_uuid: str
    revision: int
    revision_at: str
    revision_digest: str
    catalogue_digest: str

    ids: NDArray[np.bytes_]
    """Record ids, `S16`, sorted."""
    names: Strings
    class_names: tuple[str, ...]
    class_codes: Codes
    service_class: Flags
    """By class code: is it a service class?"""
    class_tiers: Codes
    """By class code: its tier, -1 where it has none."""
    class_mtbf_hours: Floats
    """By class code: the mean up time that stands in where an item has none; NaN where the class has no default."""
    class_mttr_hours: Floats
    """By class code: the time to repair that stands in; NaN where the class has no default."""
    class_default_sources: tuple[str, ...]
    """By class code: where its defaults come from ("expert prior": our own round figure), empty without defaults."""
    class_network: NDArray[np.int8]
    """By class code: index into `NETWORK_ENDS`."""
    statuses: NDArray[np.int8]
    """Index into `STATUSES`."""
    criticality: NDArray[np.int8]
    """Index into `CRITICALITIES`, -1 where nobody said."""
    users: NDArray[np.int64]
    """People who use it directly; -1 where nobody said."""
    reliability_basis: NDArray[np.int8]
    """Index into `RELIABILITY_BASES`, -1 where nobody said."""
    numbers: Mapping[str, Floats]
    """The columns of `NUMBERS`."""
    shown: Strings

    type_names: tuple[str, ...]
    type_network: NDArray[np.int8]
    """By type code: index into `NETWORK_TYPES`."""
    relationship_from: Ints
    relationship_types: Codes
    relationship_to: Ints
    relationship_keys: CodedStrings
    relationship_shown: CodedStrings
    """Canonical JSON of what the relationship says beside its ends, empty for nothing."""
    relationship_impact: NDArray[np.int8]
    """Index into `IMPACTS`."""
    relationship_consumer_is_from: Flags

    pool_consumers: Ints
    pool_names: Strings
    pool_shown: CodedStrings

    graph: ImpactGraph

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def in_service(self) -> Flags:
        """By item: is it in the impact graph?"""
        from cmdb.model import OUT_OF_SERVICE

        outside = [index for index, status in enumerate(STATUSES) if status in OUT_OF_SERVICE]
        return ~np.isin(self.statuses, outside)

    @cached_property
    def is_service(self) -> Flags:
        """By item: is its class a service class?"""
        if not len(self.service_class):
            return np.zeros(len(self), np.bool_)
        return self.service_class[self.class_codes]

    def row_of(self, item_id: str) -> int:
        """Return the row of a record id, -1 where there is none."""
        wanted = item_id.encode()
        row = int(np.searchsorted(self.ids, wanted))
        return row if len(wanted) <= 16 and row < len(self.ids) and self.ids[row] == wanted else -1

    def rows_or_services(self, ids: Sequence[str]) -> list[int]:
        """Return the rows of these record ids, or of all services in service where none is named."""
        if ids:
            return [self.row_of(each) for each in ids]
        rows: list[int] = np.flatnonzero(self.is_service & self.in_service).tolist()
        return rows

    def id_at(self, row: int) -> str:
        """Return an item's record id."""
        return bytes(self.ids[row]).decode()

    def name_at(self, row: int) -> str:
        """Return an item's name."""
        return self.names[row]

    def class_at(self, row: int) -> str:
        """Return an item's class."""
        return self.class_names[int(self.class_codes[row])]

    def status_at(self, row: int) -> str:
        """Return an item's status."""
        return STATUSES[int(self.statuses[row])]

    def criticality_at(self, row: int) -> str | None:
        """Return an item's criticality, None where nobody said."""
        code = int(self.criticality[row])
        return CRITICALITIES[code] if code >= 0 else None

    def reliability_basis_at(self, row: int) -> str | None:
        """Return where an item's availability inputs come from, None where nobody said."""
        code = int(self.reliability_basis[row])
        return RELIABILITY_BASES[code] if code >= 0 else None

    def users_at(self, row: int) -> int | None:
        """Return how many people use an item directly, None where nobody said."""
        count = int(self.users[row])
        return count if count >= 0 else None

    def shown_at(self, row: int) -> dict[str, Any]:
        """Return `{"external_ids": {source: [ids]}, "values": {..}}` of an item."""
        shown: dict[str, Any] = msgspec.json.decode(self.shown.bytes_at(row))
        return shown

    def external_ids_at(self, row: int) -> dict[str, str]:
        """Return an item's primary external id per source."""
        return {source: ids[0] for source, ids in self.shown_at(row)["external_ids"].items()}
