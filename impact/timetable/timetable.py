"""The timetable of an estate: which windows and freezes hold for which item, and what a change breaks of them.

Takes a Snapshot and rules, gives spans by item and `Breach`es. Of windows the most particular level decides: an item's
own before a service's, a class's, everybody's. Freezes all count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmdb.model.calendar import CalendarRule
from cmdb.model.occupation import Occupation
from cmdb.snapshot import Snapshot
from impact.engine import ImpactEngine
from impact.timetable.occurrences import spans_of
from impact.timetable.spans import Span, common, covers, without

__all__ = ["Breach", "Timetable", "applies_to"]

Level = Literal["item", "service", "class", "everything"]
_LEVELS: tuple[Level, ...] = ("item", "service", "class", "everything")


class Breach(NamedTuple):
    """An item of a change that is outside its windows, or inside a freeze, from `start` to `end`."""

    kind: Literal["window", "freeze"]
    item: str
    rules: tuple[str, ...]
    start: dt.datetime
    end: dt.datetime
    text: str


def applies_to(snapshot: Snapshot, rule: CalendarRule) -> NDArray[np.bool_]:
    """Return by item whether a rule holds for it: named, of a class named, or a service named stands on it."""
    found = np.zeros(len(snapshot), np.bool_)
    for level in _LEVELS:
        found |= _at_level(snapshot, rule, level)
    return found


def _at_level(snapshot: Snapshot, rule: CalendarRule, level: Level) -> NDArray[np.bool_]:
    found = np.zeros(len(snapshot), np.bool_)
    if level == "everything":
        found[:] = not (rule.items or rule.classes or rule.services)
    elif level == "class":
        codes = [code for code, name in enumerate(snapshot.class_names) if name in rule.classes]
        found = np.isin(snapshot.class_codes, codes)
    elif level == "service":
        rows = [row for each in rule.services if (row := snapshot.row_of(each)) >= 0]
        if rows:
            found = ImpactEngine.of(snapshot).stands_on(np.array(rows, np.int64))
    else:
        found[[row for each in rule.items if (row := snapshot.row_of(each)) >= 0]] = True
    return found


class Timetable:
    """The rules of a calendar over a range of time, expanded once."""

    def __init__(self, snapshot: Snapshot, rules: Iterable[CalendarRule], start: dt.datetime, end: dt.datetime) -> None:
        self.snapshot = snapshot
        self.rules = [rule for rule in rules if not rule.withdrawn]
        self.start, self.end = start, end
        self._windows: dict[int, tuple[tuple[str, ...], list[Span]] | None] = {}

    @cached_property
    def _by_level(self) -> dict[Level, list[tuple[CalendarRule, NDArray[np.bool_]]]]:
        windows = [rule for rule in self.rules if rule.kind == "window"]
        return {level: [(rule, _at_level(self.snapshot, rule, level)) for rule in windows] for level in _LEVELS}

    @cached_property
    def _freezes(self) -> list[tuple[CalendarRule, NDArray[np.bool_], list[Span]]]:
        return [
            (rule, applies_to(self.snapshot, rule), spans_of([rule], self.start, self.end))
            for rule in self.rules
            if rule.kind == "freeze"
        ]

    def windows_of(self, row: int) -> tuple[tuple[str, ...], list[Span]] | None:
        """Return the names of the windows that hold for an item, and when they are open; None: it may be any time."""
        if row not in self._windows:
            found = None
            for level in _LEVELS:
                rules = [rule for rule, mask in self._by_level[level] if mask[row]]
                if rules:
                    found = tuple(rule.name for rule in rules), spans_of(rules, self.start, self.end)
                    break
            self._windows[row] = found
        return self._windows[row]

    def freezes_of(self, row: int) -> list[tuple[str, list[Span]]]:
        """Return the freezes that hold for an item, each with when."""
        return [(rule.name, spans) for rule, mask, spans in self._freezes if mask[row]]

    def open_spans(self, rows: Sequence[int]) -> list[Span]:
        """Return when all of these items may be worked on: inside the windows of each, outside every freeze."""
        found = [Span(self.start, self.end)]
        for row in dict.fromkeys(rows):
            windows = self.windows_of(row)
            if windows is not None:
                found = common(found, windows[1])
        for _, mask, spans in self._freezes:
            if mask[list(rows)].any():
                found = without(found, spans)
        return found

    def breaches(self, occupied: Iterable[Occupation]) -> list[Breach]:
        """Return what these occupations break, by the rules that hold for their items; unknown items break nothing."""
        found: list[Breach] = []
        for each in occupied:
            row = self.snapshot.row_of(each.item)
            if row < 0:
                continue
            span = Span(each.start, max(each.end, each.start + dt.timedelta(minutes=1)))
            name = self.snapshot.name_at(row)
            windows = self.windows_of(row)
            if windows is not None and not covers(windows[1], span):
                text = f"{name} is outside its maintenance window ({', '.join(windows[0])})"
                outside = without([span], windows[1]) or [span]
                found.append(Breach("window", each.item, windows[0], outside[0].start, outside[-1].end, text))
            for rule, spans in self.freezes_of(row):
                inside = common([span], spans)
                if inside:
                    text = f"{name} is inside the freeze {rule}"
                    found.append(Breach("freeze", each.item, (rule,), inside[0].start, inside[-1].end, text))
        return found
