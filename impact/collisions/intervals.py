"""Elementary intervals: the stretches of time in which nothing starts or ends, and who is at work in each.

Takes `Work`s, gives intervals in order. In each, changes that carry nothing in common are told apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pyroaring import BitMap

from impact.collisions.works import Work

__all__ = ["Interval", "groups_of", "intervals_of"]


class Interval(NamedTuple):
    """From `start` to `end` these changes are at work, each with some item down."""

    start: dt.datetime
    end: dt.datetime
    works: tuple[Work, ...]


def intervals_of(works: Sequence[Work]) -> Iterator[Interval]:
    """Give the elementary intervals in which at least one change has an item down, in order."""
    edges: dict[dt.datetime, None] = {}
    for work in works:
        for piece in work.pieces:
            edges[piece.start] = edges[piece.end] = None
    ordered = sorted(edges)
    waiting = sorted(works, key=lambda work: work.start)
    active: list[Work] = []
    at = 0
    for number, start in enumerate(ordered[:-1]):
        end = ordered[number + 1]
        while at < len(waiting) and waiting[at].start <= start:
            active.append(waiting[at])
            at += 1
        active = [work for work in active if work.end > start]
        here = tuple(work for work in active if work.rows_at(start, end))
        if here:
            yield Interval(start, end, here)


def groups_of(works: Sequence[Work]) -> list[list[Work]]:
    """Return the changes in groups: those that carry something in common, directly or through others, are together."""
    groups: list[tuple[list[Work], BitMap]] = []
    for work in works:
        members, carries = [work], work.carries.copy()
        apart = []
        for group, together in groups:
            if carries.isdisjoint(together):
                apart.append((group, together))
            else:
                members = group + members
                carries |= together
        groups = [*apart, (members, carries)]
    return [group for group, _ in groups]
