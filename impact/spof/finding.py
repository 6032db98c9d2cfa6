"""Single points of failure: the answer. `impact.spof` fills it, frontends show it. Its JSON is a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, PrivateAttr

from impact.finding import AssumedNeed, Finding, Row, UnmetRequirement
from impact.lazy import LazyRows
from impact.spof.steps import Why

if TYPE_CHECKING:
    from impact.spof.answer import SpofBasis

__all__ = ["ColdStart", "Comparison", "Defeated", "MemberPath", "Since", "SinglePoint", "SpofFinding", "Unweighed"]


class MemberPath(Row):
    """How a member of a pool comes to fall with the single point."""

    member: str
    name: str
    path: list[str] = Field(description="Ids from the member to the single point, each requiring the next; shortest.")
    path_names: list[str]


class Defeated(Row):
    """A pool whose redundancy does not help: so many of its members fall with the single point."""

    consumer: str
    consumer_name: str
    pool: str
    n: int = Field(description="Members of the pool in service.")
    need: int
    assumed: bool = Field(description="Nobody stated the pool's need; it is our assumption.")
    not_counted: int = Field(description="Members that last too short to count for this question.")
    nested: bool = Field(description="Its members fall because another pool of the list is defeated.")
    members: list[MemberPath] = Field(description="The members that fall with the single point.")


class SinglePoint(Row):
    """An item whose loss alone brings services down."""

    id: str
    external_ids: dict[str, str]
    name: str
    class_name: str = Field(alias="class")
    status: str
    services: list[str] = Field(description="Ids of the services it brings down, the weightiest first.")
    weight: int = Field(description="Sum over these of criticality (1, 2, 4, 8) times users, at least 1.")
    hidden: bool = Field(description="Some service requires it by no chain of direct requirements, only through pools.")
    hidden_services: list[str] = Field(description="The services that require it through pools only.")
    hidden_by: list[Defeated] = Field(description="The pools that it defeats on the way to these services.")
    obvious: bool = Field(description="All its services stand on it directly, as on their own software.")


class ColdStart(Row):
    """Items in a loop that may not start again once everything has been off."""

    members: list[str]
    names: list[str]
    never: list[str] = Field(description="Members that cannot be started even when all else is well.")
    only_with: list[str] = Field(description="Items without which a member cannot start, though the running loop can.")
    services: list[str] = Field(description="Ids of the services that stand on the loop.")


class Unweighed(Row):
    """A service of the answer that lacks what its weight is made of."""

    id: str
    name: str
    missing: list[str]


class Since(Row):
    """A (service, single point) pair that one of two revisions has and the other has not, and why."""

    service: str
    service_name: str
    item: str
    item_name: str
    why: Why = Field(
        description="`data_lost`: what one rested on has left the record or is out of service, so nothing is known to "
        "have got better or worse; `requirement_gone`: it is no longer said to be required."
    )
    what: str = Field(description="In words.")


class Comparison(Row):
    """What has changed since another revision."""

    revision: int
    revision_at: str
    new: list[Since]
    gone: list[Since]
    improved: int = Field(description="How many of the pairs gone are gone because redundancy was added.")
    data_lost: int = Field(description="How many, new or gone, are a matter of data that was lost: no improvement.")


class SpofFinding(Finding):
    """The single points of failure of some services, or of all."""

    revision: int
    revision_at: str
    minutes: float | None = Field(description="How long a loss lasts; null is without limit.")
    headline: str
    asked: list[str] = Field(description="Ids of the services named; empty for all.")
    considered: int = Field(description="Services looked at.")
    spofs: LazyRows[SinglePoint] = Field(description="By weight, the heaviest first.")
    total: int = Field(description="How many there are, truncated or not.")
    hidden_total: int = Field(description="How many of them are hidden from some service.")
    obvious_left_out: int
    truncated: bool
    since: Comparison | None = Field(
        description="With a baseline: what is new and what is gone since; `spofs` are the new ones only then."
    )
    circular_starts: list[ColdStart]
    not_modelled: list[str] = Field(description="Services that nothing is known to bring down: they require nothing.")
    down_already: list[str] = Field(description="Services that are down with nothing lost.")
    missing: LazyRows[Unweighed]
    unmet: LazyRows[UnmetRequirement]
    assumed_needs: LazyRows[AssumedNeed]
    missing_items: list[str] = Field(description="Items of status `missing` counted as up.")
    links_not_evaluated: int
    warnings: list[str]

    _basis: SpofBasis | None = PrivateAttr(default=None)

    @property
    def basis(self) -> SpofBasis | None:
        """The columns behind the answer; None for a finding that was read back from JSON."""
        return self._basis
