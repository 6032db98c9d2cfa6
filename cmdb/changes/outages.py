"""The book of outages: what was and is down or degraded, opened, closed, taken in from elsewhere.

Takes a store; every outage is a paper of its own with all its versions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from cmdb.changes.shelf import OUTAGE, Kept, Shelf
from cmdb.errors import CmdbError, EditRefused, PaperNotFound, UsageError
from cmdb.model import Actor
from cmdb.model.occupation import moment
from cmdb.model.outage import Outage
from cmdb.snapshot.naming import resolve
from cmdb.snapshot.snapshot import Snapshot
from cmdb.store.protocol import Store

__all__ = ["OutageBook", "TakenIn", "open_at", "open_of", "outage_number"]

PREFIX: Final = "OUT-"
_AHEAD: Final = dt.timedelta(minutes=5)
"""How far ahead of the clock a start may be: clocks differ."""


class TakenIn(NamedTuple):
    """What taking in outages from elsewhere came to."""

    created: int
    updated: int
    unchanged: int


def outage_number(asked: str) -> str:
    """Return an outage's number in full.

    >>> outage_number("7"), outage_number("out-7")
    ('OUT-000007', 'OUT-000007')
    """
    digits = asked.strip().upper().removeprefix(PREFIX)
    return f"{PREFIX}{int(digits):06d}" if digits.isascii() and digits.isdigit() else asked.strip()


def open_at(outages: Iterable[Outage], at: dt.datetime) -> list[Outage]:
    """Return the outages that are open at an aware time."""
    return [
        each
        for each in outages
        if not each.withdrawn and moment(each.start) <= at and (each.end is None or moment(each.end) > at)
    ]


def open_of(outages: Iterable[Outage], asked: str, snapshot: Snapshot) -> str:
    """Return the number of the one open outage of an item; what names no item, or has several, is given back."""
    if outage_number(asked) != asked.strip() or asked.strip().upper().startswith(PREFIX):
        return asked
    try:
        item = snapshot.id_at(resolve(snapshot, asked))
    except CmdbError:
        return asked
    found = [each.number for each in outages if each.item == item and each.end is None and not each.withdrawn]
    if len(found) > 1:
        raise UsageError(f"{len(found)} outages are open on {asked}: {', '.join(found)}; say which")
    return found[0] if found else asked


class OutageBook:
    """The outages of one record."""

    def __init__(self, store: Store, actor: Callable[[], Actor]) -> None:
        self._shelf: Shelf[Outage] = Shelf(store, OUTAGE, Outage, "outage", actor)

    def all(self) -> list[Outage]:
        """Return every outage, in the order in which they were entered."""
        return [_numbered(kept) for kept in self._shelf.all().values()]

    def get(self, number: str) -> Outage:
        """Return an outage; raises PaperNotFound for an unknown number."""
        return _numbered(self._found(number))

    def open(self, outage: Outage, *, now: dt.datetime) -> Outage:
        """Enter an outage and return it with its number.

        Raises EditRefused where the item has an open one of that kind already, UsageError for a start ahead or an end
        before it.
        """
        _check(outage, now)
        for each in open_at(self.all(), now):
            if outage.end is None and each.item == outage.item and each.state == outage.state:
                raise EditRefused(
                    f"{each.number} is open on it since {each.start[:16]}; close it first: cmdb outage close"
                )
        return _numbered(self._shelf.add(PREFIX, outage, note=outage.text or "entered"))

    def close(self, number: str, end: dt.datetime, *, note: str = "") -> Outage:
        """End an outage; raises EditRefused for one that has ended, UsageError for an end before its start."""
        kept = self._found(number)
        outage = kept.value
        if outage.withdrawn or outage.end is not None:
            raise EditRefused(
                f"{kept.paper.key} is {'withdrawn' if outage.withdrawn else f'closed since {outage.end}'}"
            )
        if end < moment(outage.start):
            raise UsageError(f"{kept.paper.key} began at {outage.start}, and cannot have ended at {end.isoformat()}")
        return self._put(kept, msgspec.structs.replace(outage, end=end.isoformat()), note or "closed")

    def withdraw(self, number: str, reason: str) -> Outage:
        """Take an outage back that was entered by mistake, with a written reason; it stays in the book."""
        kept = self._found(number)
        if not reason.strip():
            raise EditRefused(f"{kept.paper.key} is not withdrawn without a written reason; give it with --reason TEXT")
        return self._put(kept, msgspec.structs.replace(kept.value, withdrawn=True), f"withdrawn: {reason}")

    def take_in(self, outages: Sequence[Outage], *, now: dt.datetime) -> TakenIn:
        """Enter outages from elsewhere, known by source and reference; what is known already is brought up to date."""
        for each in outages:
            _check(each, now)
        known = {_identity(kept.value): kept for kept in self._shelf.all().values()}
        created = updated = 0
        for each in outages:
            kept = known.get(_identity(each))
            if kept is None:
                known[_identity(each)] = self._shelf.add(PREFIX, each, note=f"from {each.source}")
                created += 1
            elif msgspec.structs.replace(kept.value, number="") != each:
                made = self._shelf.put(kept.paper.key, each, upon=kept.paper.version, note=f"from {each.source}")
                known[_identity(each)] = made
                updated += 1
        return TakenIn(created, updated, len(outages) - created - updated)

    def _found(self, number: str) -> Kept[Outage]:
        kept = self._shelf.find(outage_number(number))
        if kept is None:
            raise PaperNotFound(f"there is no outage {number}; see: cmdb outage list")
        return kept

    def _put(self, kept: Kept[Outage], outage: Outage, note: str) -> Outage:
        return _numbered(self._shelf.put(kept.paper.key, outage, upon=kept.paper.version, note=note))


def _identity(outage: Outage) -> tuple[str, str]:
    return outage.source, outage.reference or f"{outage.item} {outage.start}"


def _check(outage: Outage, now: dt.datetime) -> None:
    start = moment(outage.start)
    if start > now + _AHEAD:
        raise UsageError(f"it begins at {outage.start}, which lies ahead; what is planned is a change request")
    if outage.end is not None and moment(outage.end) < start:
        raise UsageError(f"it ends at {outage.end}, before it begins at {outage.start}")


def _numbered(kept: Kept[Outage]) -> Outage:
    return msgspec.structs.replace(kept.value, number=kept.paper.key)
