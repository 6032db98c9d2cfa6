"""Spans of time: sorted, disjoint (start, end) in UTC, and what can be done with them.

Takes and gives lists of `Span`. An end is not part of its span.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Span", "common", "covers", "merged", "minutes_of", "without"]


class Span(NamedTuple):
    """From `start` up to `end`, both aware."""

    start: dt.datetime
    end: dt.datetime


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the union: sorted, what touches made one, what is empty left out."""
    found: list[Span] = []
    for each in sorted(each for each in spans if each.start < each.end):
        if found and each.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return what two unions have in common."""
    found: list[Span] = []
    at, other_at = 0, 0
    while at < len(one) and other_at < len(other):
        start, end = max(one[at].start, other[other_at].start), min(one[at].end, other[other_at].end)
        if start < end:
            found.append(Span(start, end))
        if one[at].end <= other[other_at].end:
            at += 1
        else:
            other_at += 1
    return found


def without(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return what the first union has and the second has not."""
    found: list[Span] = []
    for start, end in one:
        for hole in other:
            if hole.end <= start or hole.start >= end:
                continue
            if hole.start > start:
                found.append(Span(start, hole.start))
            start = min(end, hole.end)
        if start < end:
            found.append(Span(start, end))
    return found


def covers(spans: Sequence[Span], wanted: Span) -> bool:
    """Tell whether a union has all of a span; what is empty is covered where it lies within or at an end."""
    return any(each.start <= wanted.start and wanted.end <= each.end for each in spans)


def minutes_of(spans: Iterable[Span]) -> float:
    """Return the real minutes of a union."""
    return sum((each.end - each.start).total_seconds() for each in spans) / 60.0
