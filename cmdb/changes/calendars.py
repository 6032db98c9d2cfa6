"""The calendar of a record: rules added, withdrawn, taken in from iCalendar.

Takes a store; every rule is a paper of its own, known by its key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from cmdb.changes.shelf import CALENDAR, Shelf
from cmdb.errors import EditRefused, PaperNotFound, UsageError
from cmdb.model import Actor
from cmdb.model.calendar import CalendarRule
from cmdb.store.protocol import Store

__all__ = ["CalendarBook", "RulesTaken"]


class RulesTaken(NamedTuple):
    """What taking in rules came to."""

    created: int
    updated: int
    unchanged: int


class CalendarBook:
    """The rules of one record."""

    def __init__(self, store: Store, actor: Callable[[], Actor]) -> None:
        self._shelf: Shelf[CalendarRule] = Shelf(store, CALENDAR, CalendarRule, "calendar rule", actor)

    def all(self) -> list[CalendarRule]:
        """Return the rules that hold, in the order in which they were entered."""
        return [kept.value for kept in self._shelf.all().values() if not kept.value.withdrawn]

    def named(self, name: str) -> CalendarRule:
        """Return a rule by its key or name; raises PaperNotFound where there is none, UsageError where several."""
        found = [each for each in self.all() if each.key == name or each.name.casefold() == name.casefold()]
        if not found:
            raise PaperNotFound(f"there is no calendar rule {name}; see: cmdb calendar list")
        if len(found) > 1:
            raise UsageError(f"{len(found)} rules are called {name}; name one by its key: cmdb calendar list")
        return found[0]

    def add(self, rule: CalendarRule) -> CalendarRule:
        """Keep a new rule under a key made of its kind and name; raises EditRefused where that stands already."""
        key = rule.key or _key(rule)
        if rule.rrule:
            # Only here: it takes long to import, and every command opens the record.
            from icalendar import vRecur

            # In the order in which iCalendar writes it, so that a rule that goes out and comes back is the same.
            recurs = vRecur.from_ical(rule.rrule.removeprefix("RRULE:")).to_ical().decode()
            rule = msgspec.structs.replace(rule, rrule=recurs)
        rule = msgspec.structs.replace(rule, key=key)
        kept = self._shelf.find(key)
        if kept is not None and not kept.value.withdrawn:
            raise EditRefused(f"there is a {rule.kind} called {rule.name} already; remove it first, or choose a name")
        return self._shelf.put(key, rule, upon=0 if kept is None else kept.paper.version, note="added").value

    def withdraw(self, name: str) -> CalendarRule:
        """Take a rule back; it stays in the book. Raises what `named` does."""
        rule = self.named(name)
        kept = self._shelf.get(rule.key)
        gone = msgspec.structs.replace(rule, withdrawn=True)
        return self._shelf.put(rule.key, gone, upon=kept.paper.version, note="withdrawn").value

    def take_in(self, rules: Sequence[CalendarRule]) -> RulesTaken:
        """Keep rules that come with keys of their own; what is known already is brought up to date."""
        created = updated = 0
        for rule in rules:
            kept = self._shelf.find(rule.key)
            if kept is not None and kept.value == rule:
                continue
            self._shelf.put(rule.key, rule, upon=0 if kept is None else kept.paper.version, note="taken in")
            created += kept is None
            updated += kept is not None
        return RulesTaken(created, updated, len(rules) - created - updated)


def _key(rule: CalendarRule) -> str:
    return f"{rule.kind}-{hashlib.sha256(rule.name.casefold().encode()).hexdigest()[:8]}"
