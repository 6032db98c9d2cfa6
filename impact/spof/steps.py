"""Why a service fell with an item at one revision and did not at another: the requirements on the way, compared.

Takes two estates and a (service, item) pair that only one of them has, gives the kind of difference and a sentence.
Data that vanished comes before every other explanation: a gain that rests on it is no improvement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

from cmdb.snapshot import Snapshot
from impact.closures import Fall, consumers_of
from impact.downsets import DownSets
from impact.engine import ImpactEngine

__all__ = ["Difference", "Estate", "Why", "difference"]

Why = Literal[
    "data_lost", "requirement_gone", "redundancy_removed", "need_raised", "requirement_added", "new_item",
    "redundancy_added", "changed",
]  # fmt: skip
_FIRST: Final[tuple[Why, ...]] = (
    *("data_lost", "requirement_gone", "redundancy_removed", "need_raised", "requirement_added", "redundancy_added"),
)


class Difference(NamedTuple):
    """Why a pair is there in one estate only."""

    why: Why
    what: str


class PoolThere(NamedTuple):
    """A pool as one estate has it."""

    members: frozenset[str]
    need: int


@dataclass(frozen=True)
class Estate:
    """One of the two estates, with lookups by record id."""

    engine: ImpactEngine
    sets: DownSets

    @property
    def snapshot(self) -> Snapshot:
        """Its snapshot."""
        return self.engine.snapshot

    @cached_property
    def _falls(self) -> dict[int, Fall]:
        return {}

    def fall(self, row: int) -> Fall:
        """Return what falls with an item; the last answer is kept, for questions come item by item."""
        if row not in self._falls:
            self._falls.clear()
            self._falls[row] = consumers_of(self.sets.structure).fall([row], self.sets.down)
        return self._falls[row]

    def trouble(self, id_: str) -> str:
        """Return in words why an item is not in service here, empty where it is."""
        row = self.snapshot.row_of(id_)
        if row < 0:
            return "not in the record"
        return "" if self.snapshot.in_service[row] else self.snapshot.status_at(row)

    def requires(self, consumer: str, provider: str) -> bool:
        """Tell whether an item requires another one by itself."""
        row, structure = self.snapshot.row_of(consumer), self.sets.structure
        if row < 0:
            return False
        providers = structure.providers[structure.provider_ptr[row] : structure.provider_ptr[row + 1]]
        return self.snapshot.row_of(provider) in providers.tolist()

    def pools(self, consumer: str) -> dict[str, PoolThere]:
        """Return the hard pools of an item by name, with the members that count."""
        row, structure = self.snapshot.row_of(consumer), self.sets.structure
        found: dict[str, PoolThere] = {}
        for pool in range(int(structure.pool_ptr[row]), int(structure.pool_ptr[row + 1])) if row >= 0 else ():
            source = int(structure.pool_source[pool])
            members = structure.members[structure.member_ptr[pool] : structure.member_ptr[pool + 1]].tolist()
            if source >= 0:
                ids = frozenset(self.snapshot.id_at(each) for each in members if each < structure.count)
                found[self.engine.graph.pool_names[source]] = PoolThere(ids, int(self.engine.graph.pool_need[source]))
        return found


def difference(here: Estate, there: Estate, service: str, point: str, *, gone: bool) -> Difference:
    """Return why `service` falls with `point` here and does not there.

    `gone` says that here is the past: the pair is no longer there. Else it is new, and here is the present.
    """
    for id_ in (service, point):
        if trouble := there.trouble(id_):
            name = here.snapshot.name_at(here.snapshot.row_of(id_))
            return (
                Difference("data_lost", f"{name} is {trouble} now")
                if gone
                else Difference("new_item", f"{name} was {trouble} then")
            )
    compare = _gone if gone else _new
    found = [each for step in _steps(here, service, point) for each in compare(here, there, *step)]
    ranked = sorted(found, key=lambda each: _FIRST.index(each.why))
    return ranked[0] if ranked else Difference("changed", "what stands on the way has changed")


def _steps(here: Estate, service: str, point: str) -> Iterator[tuple[str, str, str]]:
    """Give the requirements by which the service falls with the point, from the service down.

    As (consumer, provider, pool): the pool is empty for what is required by itself, the provider where a pool is meant.
    """
    snapshot, structure = here.snapshot, here.sets.structure
    fall = here.fall(snapshot.row_of(point))
    broken, seen, open_ = set(fall.pools), set[int](), [snapshot.row_of(service)]
    while open_:
        row = open_.pop(0)
        if row in seen or row not in fall.cause:
            continue
        seen.add(row)
        below = structure.providers[structure.provider_ptr[row] : structure.provider_ptr[row + 1]].tolist()
        is_item = row < structure.count
        for provider in below:
            if provider in fall.cause and is_item and provider < structure.count:
                yield snapshot.id_at(row), snapshot.id_at(provider), ""
        for pool in range(int(structure.pool_ptr[row]), int(structure.pool_ptr[row + 1])):
            if pool in broken:
                below += structure.members[structure.member_ptr[pool] : structure.member_ptr[pool + 1]].tolist()
                if is_item and structure.pool_source[pool] >= 0:
                    yield snapshot.id_at(row), "", here.engine.graph.pool_names[int(structure.pool_source[pool])]
        open_ += below


def _gone(then: Estate, now: Estate, consumer: str, provider: str, pool: str) -> Iterator[Difference]:
    """Give what has become of a requirement of the past."""
    name = _namer(then)
    if trouble := now.trouble(consumer):
        yield Difference("data_lost", f"{name(consumer)} is {trouble} now")
        return
    present = now.pools(consumer)
    if pool:
        members, need = then.pools(consumer)[pool]
        if pool not in present:
            lost = [each for each in members if now.trouble(each)]
            why: Why = "data_lost" if len(lost) == len(members) else "requirement_gone"
            yield Difference(why, f"{name(consumer)} no longer has anybody in its pool {pool}")
            return
        yield from _lost_members(now, name, consumer, pool, members - present[pool].members)
        if len(present[pool].members) - present[pool].need > len(members) - need:
            yield Difference("redundancy_added", f"pool {pool} of {name(consumer)} bears more losses now")
    elif not now.requires(consumer, provider):
        if trouble := now.trouble(provider):
            yield Difference("data_lost", f"{name(consumer)} required {name(provider)}, which is {trouble} now")
        elif any(provider in each.members for each in present.values()):
            yield Difference("redundancy_added", f"{name(provider)} is one of a pool of {name(consumer)} now")
        else:
            yield Difference("requirement_gone", f"{name(consumer)} is no longer said to require {name(provider)}")


def _new(now: Estate, then: Estate, consumer: str, provider: str, pool: str) -> Iterator[Difference]:
    """Give how a requirement of the present came to be."""
    name = _namer(now)
    past = then.pools(consumer)
    if pool:
        members, need = now.pools(consumer)[pool]
        if pool not in past:
            yield Difference("requirement_added", f"{name(consumer)} has a pool {pool} now")
            return
        yield from _lost_members(now, _namer(then), consumer, pool, past[pool].members - members)
        if need > past[pool].need and len(members) >= len(past[pool].members):
            yield Difference("need_raised", f"pool {pool} of {name(consumer)} needs {need} now, {past[pool].need} then")
    elif not then.requires(consumer, provider):
        if any(provider in each.members for each in past.values()):
            yield Difference("redundancy_removed", f"{name(provider)} was one of a pool of {name(consumer)} then")
        else:
            yield Difference("requirement_added", f"{name(consumer)} requires {name(provider)} now")


def _lost_members(
    now: Estate, name: Callable[[str], str], consumer: str, pool: str, lost: frozenset[str]
) -> Iterator[Difference]:
    for member in sorted(lost):
        trouble = now.trouble(member)
        told = f"is {trouble} now" if trouble else "is no longer said to be in it"
        why: Why = "data_lost" if trouble else "redundancy_removed"
        yield Difference(why, f"pool {pool} of {name(consumer)} has lost {name(member)}, which {told}")


def _namer(estate: Estate) -> Callable[[str], str]:
    def name(id_: str) -> str:
        row = estate.snapshot.row_of(id_)
        return estate.snapshot.name_at(row) if row >= 0 else id_

    return name
