"""The book of changes: every change request of a record, each with all its versions.

Takes a store; a version is made upon the one that its writer saw, so of two people at one change the second is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from cmdb.changes.shelf import CHANGE, Kept, Shelf
from cmdb.changes.transitions import EDITABLE, check_transition
from cmdb.errors import EditConflict, EditRefused, PaperNotFound
from cmdb.model import Actor
from cmdb.model.change import ChangeRequest, ChangeStanding, ChangeState
from cmdb.store.protocol import Store
from cmdb.store.succession import present_time

__all__ = ["ChangeBook", "differing", "full_number"]

PREFIX: Final = "CHG-"


def full_number(asked: str) -> str:
    """Return a change's number in full.

    >>> full_number("7"), full_number("chg-7"), full_number("CHG-000007")
    ('CHG-000007', 'CHG-000007', 'CHG-000007')
    """
    digits = asked.strip().upper().removeprefix(PREFIX)
    return f"{PREFIX}{int(digits):06d}" if digits.isascii() and digits.isdigit() else asked.strip()


def differing(one: ChangeRequest, other: ChangeRequest) -> list[str]:
    """Return the names of the fields in which two requests differ."""
    return [name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name)]


class ChangeBook:
    """The change requests of one record."""

    def __init__(self, store: Store, actor: Callable[[], Actor]) -> None:
        self._shelf: Shelf[ChangeStanding] = Shelf(store, CHANGE, ChangeStanding, "change", actor)
        self._actor = actor

    def get(self, number: str) -> ChangeStanding:
        """Return a change as it stands; `7` stands for CHG-000007. Raises PaperNotFound for an unknown number."""
        kept = self._shelf.find(full_number(number))
        if kept is None:
            raise PaperNotFound(f"there is no change {number}; see: cmdb change list")
        return _standing(kept)

    def all(self) -> list[ChangeStanding]:
        """Return every change as it stands, in the order of their numbers."""
        return [_standing(kept) for kept in self._shelf.all().values()]

    def versions(self, number: str) -> list[Kept[ChangeStanding]]:
        """Return every version of a change, oldest first, each with who wrote it and when; empty for an unknown one."""
        return [Kept(_standing(each), each.paper) for each in self._shelf.versions(full_number(number))]

    def new(self, request: ChangeRequest, *, note: str = "") -> ChangeStanding:
        """Enter a change as a draft and return it with its number; who enters it asks for it, if nobody is said to."""
        if request.requester is None:
            request = msgspec.structs.replace(request, requester=self._actor().name)
        now = present_time()
        standing = ChangeStanding("", request, created_at=now)
        return _standing(self._shelf.add(PREFIX, standing, note=note or "entered as a draft", at=now))

    def edit(self, number: str, request: ChangeRequest, *, upon: int | None = None, note: str = "") -> ChangeStanding:
        """Put another request in the place of a change's own; what was approved of the old one is void.

        `upon` is the version that the writer saw (None: the one that stands). Raises EditConflict, saying what
        differs, when somebody else was faster, EditRefused once the work has begun or when nothing differs.
        """
        standing = self.get(number)
        if upon is not None and upon != standing.version:
            raise EditConflict(self._told_conflict(standing, upon), standing.version)
        if standing.state not in EDITABLE:
            raise EditRefused(f"{standing.number} is {standing.state}: its request is not edited any more")
        if request.requester is None:
            request = msgspec.structs.replace(request, requester=standing.request.requester)
        changed = differing(standing.request, request)
        if not changed:
            raise EditRefused(f"{standing.number} says all this already: nothing to change")
        void = "the request was edited afterwards"
        standing = msgspec.structs.replace(
            standing,
            request=request,
            state="draft" if standing.state == "draft" else "submitted",
            approvals=tuple(
                each if each.void else msgspec.structs.replace(each, void=void) for each in standing.approvals
            ),
            override="",
        )
        return self.put(standing, note=note or f"edited: {', '.join(changed)}")

    def move(
        self, standing: ChangeStanding, to: ChangeState, *, note: str, reason: str = "", **more: Any
    ) -> ChangeStanding:
        """Bring a change into another state, with what else is new; raises EditRefused where that is not legal."""
        check_transition(standing.number, standing.state, to, reason)
        return self.put(
            msgspec.structs.replace(standing, state=to, **more), note=f"{note}: {reason}" if reason else note
        )

    def put(self, standing: ChangeStanding, *, note: str) -> ChangeStanding:
        """Keep the next version of a change; raises EditConflict, saying what differs, when somebody was faster."""
        try:
            return _standing(self._shelf.put(standing.number, standing, upon=standing.version, note=note))
        except EditConflict:
            now = self.get(standing.number)
            raise EditConflict(self._told_conflict(now, standing.version), now.version) from None

    def _told_conflict(self, now: ChangeStanding, upon: int) -> str:
        versions = self.versions(now.number)
        latest = versions[-1]
        seen = next((each.value for each in versions if each.value.version == upon), None)
        if seen is None:
            return f"{now.number} has no version {upon}; it is at version {now.version}"
        what = [] if seen.state == now.state else [f"it was {seen.state} and is {now.state}"]
        what += [f"{name} is {_short(getattr(now.request, name))}" for name in differing(seen.request, now.request)]
        told = "; ".join(what) or latest.paper.note
        return (
            f"{now.number} was changed meanwhile by {latest.paper.actor.name} (version {now.version}, you saw {upon}): "
            f"{told}. Look at it again, then repeat: cmdb change show {now.number}"
        )


def _short(value: object) -> str:
    text = str(msgspec.to_builtins(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _standing(kept: Kept[ChangeStanding]) -> ChangeStanding:
    """Return a standing that knows its number and version: both are given when it is kept."""
    return msgspec.structs.replace(kept.value, number=kept.paper.key, version=kept.paper.version)
