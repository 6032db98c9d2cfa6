"""A shelf: all papers of one kind, read and written as values of one type.

Takes a store; nothing is overwritten, an edit is a new version made upon the version that its writer saw.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from cmdb.errors import PaperNotFound
from cmdb.model import Actor, Paper, PaperDraft
from cmdb.store.protocol import Store
from cmdb.store.succession import present_time

__all__ = [
    "ASSESSMENT",
    "CALENDAR",
    "CHANGE",
    "CHANGE_HISTORY",
    "CHANGE_MODEL",
    "CHANGE_SETTINGS",
    "OUTAGE",
    "ROSTER",
    "Kept",
    "Shelf",
]

CHANGE: Final = "change"
ASSESSMENT: Final = "assessment"
OUTAGE: Final = "outage"
CALENDAR: Final = "calendar"
CHANGE_MODEL: Final = "change_model"
CHANGE_HISTORY: Final = "change_history"
CHANGE_SETTINGS: Final = "change_settings"
ROSTER: Final = "roster"

ValueT = TypeVar("ValueT")


class Kept(NamedTuple, Generic[ValueT]):
    """A value and the version of the paper it was read from."""

    value: ValueT
    paper: Paper


class Shelf(Generic[ValueT]):
    """The papers of one kind; `value_type` is what their documents hold, `called` what a person calls one."""

    def __init__(
        self, store: Store, kind: str, value_type: type[ValueT], called: str, actor: Callable[[], Actor]
    ) -> None:
        self.kind = kind
        self._store = store
        self._called = called
        self._actor = actor
        self._decoder = msgspec.json.Decoder(value_type)
        self._encoder = msgspec.json.Encoder(order="deterministic")

    def all(self) -> dict[str, Kept[ValueT]]:
        """Return the newest version of each paper, by key, in the order in which they were begun."""
        found = self._store.papers(self.kind, newest=True)
        return {paper.key: Kept(self._decoder.decode(paper.document), paper) for paper in found}

    def versions(self, key: str) -> list[Kept[ValueT]]:
        """Return every version of one paper, oldest first; empty for an unknown key."""
        return [Kept(self._decoder.decode(each.document), each) for each in self._store.papers(self.kind, key)]

    def find(self, key: str) -> Kept[ValueT] | None:
        """Return the newest version of one paper, None for an unknown key."""
        paper = next(iter(self._store.papers(self.kind, key, newest=True)), None)
        return None if paper is None else Kept(self._decoder.decode(paper.document), paper)

    def get(self, key: str) -> Kept[ValueT]:
        """Return the newest version of one paper; raises PaperNotFound for an unknown key."""
        found = self.find(key)
        if found is None:
            raise PaperNotFound(f"there is no {self._called} {key}")
        return found

    def put(self, key: str, value: ValueT, *, upon: int, note: str = "", at: str | None = None) -> Kept[ValueT]:
        """Keep the next version, made upon version `upon` (0: the first); raises EditConflict when another stands."""
        return self._put(
            PaperDraft(self.kind, key, self._actor(), at or present_time(), self._bytes(value), note), upon
        )

    def add(self, prefix: str, value: ValueT, *, note: str = "", at: str | None = None) -> Kept[ValueT]:
        """Keep a new paper under the next number of its kind: `prefix` and six digits."""
        return self._put(
            PaperDraft(self.kind, "", self._actor(), at or present_time(), self._bytes(value), note, prefix), 0
        )

    def _bytes(self, value: ValueT) -> bytes:
        return self._encoder.encode(value)

    def _put(self, draft: PaperDraft, upon: int) -> Kept[ValueT]:
        paper = self._store.put_paper(draft, upon=upon)
        return Kept(self._decoder.decode(paper.document), paper)
