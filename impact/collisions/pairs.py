"""Pairs of changes that overlap in time: same item, one's item stands on the other's, same service worse, same people.

Takes `Work`s and effects, gives `Found` rows. Only pairs that overlap are looked at; the sweep finds them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from impact.collisions.effects import Effects
from impact.collisions.finding import ConflictKind
from impact.collisions.works import Work

__all__ = ["Found", "overlapping_pairs", "pair_conflicts"]


class Found(NamedTuple):
    """A conflict by rows, before it is told."""

    kind: ConflictKind
    changes: tuple[str, ...]
    rows: tuple[int, ...]
    service: int
    start: dt.datetime
    end: dt.datetime
    text: str


def overlapping_pairs(works: Sequence[Work]) -> Iterator[tuple[Work, Work]]:
    """Give the pairs that overlap in time, back-out included; a sweep, so that distant pairs cost nothing."""
    active: list[Work] = []
    for work in sorted(works, key=lambda each: (each.start, each.number)):
        active = [other for other in active if other.end > work.start]
        for other in active:
            yield other, work
        active.append(work)


def pair_conflicts(effects: Effects, one: Work, other: Work) -> list[Found]:
    """Return what two overlapping changes have against each other: of items only the gravest kind, and people."""
    start, end = max(one.start, other.start), min(one.end, other.end)
    numbers = (one.number, other.number)
    found = [
        Found("resource", numbers, (), -1, start, min(one.window_end, other.window_end), text)
        for text in _people(one, other)
        if start < min(one.window_end, other.window_end)
    ]
    if one.carries.isdisjoint(other.carries):
        return found
    mine, theirs = {each.row for each in one.pieces}, {each.row for each in other.pieces}
    names = effects.engine.snapshot.name_at
    if same := tuple(sorted(mine & theirs)):
        return [*found, Found("direct", numbers, same, -1, start, end, f"both work on {_told(names, same)}")]
    above = tuple(sorted(row for row in theirs if row in one.carries))
    below = tuple(sorted(row for row in mine if row in other.carries))
    if above or below:
        high, low, rows = (other, one, above) if above else (one, other, below)
        text = f"{_told(names, rows)}, of {high.number}, stands on what {low.number} works on"
        return [*found, Found("dependency", numbers, rows, -1, start, end, text)]
    shared = effects.worse(tuple(sorted(mine))) & effects.worse(tuple(sorted(theirs)))
    if shared:
        snapshot = effects.engine.snapshot
        service = max(shared, key=lambda row: (snapshot.criticality[row], snapshot.users[row], -row))
        more = f" and {len(shared) - 1:,} more" if len(shared) > 1 else ""
        text = f"both make {names(service)}{more} worse"
        found.append(Found("shared_impact", numbers, tuple(sorted(mine | theirs)), service, start, end, text))
    return found


def _people(one: Work, other: Work) -> list[str]:
    mine, theirs = one.standing.request, other.standing.request
    both = sorted({name.casefold(): name for name in mine.assignees if _among(name, theirs.assignees)}.values())
    if both:
        return [f"{', '.join(both)} is to work on both at the same time"]
    if mine.team is not None and theirs.team is not None and mine.team.casefold() == theirs.team.casefold():
        return [f"team {mine.team} is to work on both at the same time"]
    return []


def _among(name: str, names: Sequence[str]) -> bool:
    return name.casefold() in {each.casefold() for each in names}


def _told(names: Callable[[int], str], rows: Sequence[int]) -> str:
    told = ", ".join(names(row) for row in rows[:3])
    return told + (f" and {len(rows) - 3:,} more" if len(rows) > 3 else "")
