"""What breaks if: the answer, with its reasons and everything it rests on. The seam between analysis and frontends.

`impact.breaks` fills it; frontends show it. Its JSON is the contract of the command line (design, section 7): keys may
be added, never renamed or dropped. Long lists are columns inside and become rows when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from impact.lazy import LazyRows

if TYPE_CHECKING:
    from impact.breaks import Basis

__all__ = [
    "AffectedItem",
    "AskedItem",
    "AssumedNeed",
    "Counts",
    "Finding",
    "ImpactFinding",
    "NewlyExposed",
    "NotFollowed",
    "Reason",
    "StateName",
    "UnmetRequirement",
]

StateName = Literal["unaffected", "at_risk", "degraded", "down"]


class Row(BaseModel):
    """What all rows of findings have in common."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)


class Reason(Row):
    """One immediate cause of an item's state."""

    kind: Literal["seed", "hard", "soft", "pool", "network"]
    provider: str | None = Field(description="The provider at fault; null for a pool.")
    type: str | None = Field(description="The relationship's type; null where a pool's members differ.")
    pool: str | None
    n: int | None = Field(
        description="Members of the pool in service; of kind network: paths without a common device when all is up."
    )
    need: int | None = Field(description="Members that must be up, or paths that must be left.")
    down: int | None = Field(description="Members down, or paths lost.")
    degraded: int | None
    not_counted: int | None = Field(description="Members up that last too short to count for this question.")
    margin: int | None = Field(description="Members up, or paths left, - need.")
    assumed: bool = Field(description="Nobody stated the pool's need; it is our assumption.")
    causes: list[str] = Field(description="Ids of the items at fault, the nearest to what was taken down first.")


class AskedItem(Row):
    """An item the question takes down."""

    id: str
    name: str
    class_name: str = Field(alias="class")
    external_ids: dict[str, str]
    status: str
    state_before: StateName
    in_service: bool = Field(description="Out of service, it brings nothing down.")


class AffectedItem(Row):
    """An item that is worse off than before the question."""

    id: str
    external_ids: dict[str, str] = Field(description="Per source its primary id.")
    name: str
    class_name: str = Field(alias="class")
    status: str
    service: bool = Field(description="Its class is a service class.")
    state: Literal["down", "degraded", "at_risk"]
    state_before: StateName
    redundancy_lost: bool = Field(description="A pool of its own has a member down, whatever the state.")
    criticality: str | None
    users: int | None
    distance: int = Field(description="The round of synchronous propagation in which it was reached.")
    new_spofs: list[str] = Field(
        description="Ids of items that would now alone bring it down, and would not have done so before."
    )
    failures_to_outage: int | None = Field(
        description="Of a service: the size of the smallest further set of failures, other than its own, that brings "
        "it down; 0 is down. Null where that is more than was looked for, and for items that are no service."
    )
    failures_at_least: int | None = Field(description="Of a service: what `failures_to_outage` is at least.")
    because: list[Reason] = Field(description="Every immediate cause, the first on a shortest chain.")


class NewlyExposed(Row):
    """A service in no worse state than before, that an item would now alone bring down, and would not have before."""

    id: str
    name: str
    new_spofs: list[str]


class Counts(Row):
    """How many items are affected, by state; the items asked about are not among them."""

    down: int
    degraded: int
    at_risk: int


class NotFollowed(Row):
    """Links of an asked or affected item that the walk did not follow."""

    item: str
    name: str
    type: str
    count: int
    why: Literal["none", "no_rule", "undirected", "network"]


class UnmetRequirement(Row):
    """A requirement of an asked or affected item that nobody in service meets; it brings nothing down."""

    item: str
    name: str
    provider: str | None = Field(description="The provider that is out of service; null for a pool.")
    provider_name: str | None
    provider_status: str | None
    pool: str | None = Field(description="The pool none of whose members is in service; null for a provider.")


class AssumedNeed(Row):
    """A pool whose need nobody stated, and on which the answer rests."""

    consumer: str
    name: str = Field(description="The consumer's name.")
    pool: str
    n: int
    need: int


class Finding(BaseModel):
    """An answer: its JSON is a contract, its long lists are columns inside."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    def as_contract(self) -> dict[str, Any]:
        """Return the whole answer as plain values, in the names of the contract."""
        short = self.model_dump(exclude=self._long())
        return {name: short[name] if name in short else getattr(self, name).plain() for name in type(self).model_fields}

    def to_json(self) -> bytes:
        """Return the contract's JSON."""
        short, pieces = self.model_dump(exclude=self._long()), []
        for name in type(self).model_fields:
            value = msgspec.json.encode(short[name]) if name in short else getattr(self, name).to_json()
            pieces.append(msgspec.json.encode(name) + b":" + value)
        return b"{" + b",".join(pieces) + b"}"

    def _long(self) -> set[str]:
        return {name for name in type(self).model_fields if isinstance(getattr(self, name), LazyRows)}


class ImpactFinding(Finding):
    """What breaks if these items go down."""

    revision: int
    revision_at: str
    minutes: float | None = Field(description="How long the question says it lasts; null is without limit.")
    headline: str
    down: list[AskedItem] = Field(description="The items asked about.")
    affected: LazyRows[AffectedItem] = Field(
        description="Items in a worse state than before: services first, then by state, criticality and users."
    )
    counts: Counts
    total: int = Field(description="How many items are affected, truncated or not.")
    services: list[str] = Field(description="Ids of affected services, by criticality and users.")
    not_followed: LazyRows[NotFollowed]
    links_not_evaluated: int = Field(description="Distinct links behind `not_followed`.")
    no_service_known: list[str] = Field(description="Items asked about from which no service is reached.")
    truncated: bool
    unmet: LazyRows[UnmetRequirement]
    assumed_needs: LazyRows[AssumedNeed]
    missing_items: list[str] = Field(description="Items of status `missing` counted as up or affected.")
    also_lost_redundancy: list[str] = Field(
        description="Items whose state is no worse, but a pool of theirs newly has a member down."
    )
    also_new_spofs: list[NewlyExposed] = Field(
        description="Services whose state is no worse, but that are exposed now."
    )
    warnings: list[str]

    _basis: Basis | None = PrivateAttr(default=None)

    @property
    def basis(self) -> Basis | None:
        """The columns behind the answer; None for a finding that was read back from JSON."""
        return self._basis

    @property
    def ids(self) -> list[str]:
        """Ids of the items asked about and of the affected items listed."""
        return [*(each.id for each in self.down), *(each["id"] for each in self.affected.plain())]

    @property
    def states(self) -> dict[str, str]:
        """State by id, of the items asked about and of the affected items listed."""
        asked = {each.id: "down" if each.in_service else "unaffected" for each in self.down}
        return asked | {each["id"]: each["state"] for each in self.affected.plain()}

    def chain(self, item: str) -> list[str]:
        """Return a shortest causal chain, from this item back to one that was taken down, as ids.

        An item that is not affected has no chain: the list is empty. Where the finding was truncated and read back
        from JSON, the chain ends at the last item it holds.
        """
        if self._basis is not None:
            return self._basis.chain(item)
        causes = {row.id: [cause for reason in row.because for cause in reason.causes] for row in self.affected}
        if item not in causes:
            return []
        chain = [item]
        while causes.get(chain[-1]):
            chain.append(causes[chain[-1]][0])
        return chain
