"""The record at one revision. Takes a connection and where the record stands, gives documents, columns and changes.

    what is read = the pages of the base, overlaid with the changes between the base and the view's revision

Pages and parts are never changed, so a view needs no lock and no transaction of its own, and sees whole revisions
whatever writers do or however they die. The graph of items is asked only for what touches what, and never believed.
"""

from __future__ import annotations

import bisect
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from cmdb.errors import StoreDamaged, StoreMoved
from cmdb.model import KINDS, Change, Kind, Revision, pool_key, relationship_key
from cmdb.model.collector import collector_paused
from cmdb.store.erasing import tells_of
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.journal import SMALL_ROWS, read_changes
from cmdb.store.neo4j.names import type_of
from cmdb.store.neo4j.pages import PageHeader, PagesGone, page_columns, page_documents, page_headers, shown_row
from cmdb.store.neo4j.record import UNTIL_INDEXED, RecordState, read_state
from cmdb.store.protocol import RecordColumns

__all__ = ["Neo4jView"]

_T = TypeVar("_T")
_Overlay = dict[Kind, dict[str, bytes | None]]
_IDS_AT_ONCE = 1_000
_LINKS = (
    "UNWIND $ids AS id MATCH (n:CI {id: id})-[r]-(:CI) "
    "RETURN startNode(r).id, type(r), endNode(r).id, coalesce(r.key, '')"
)
_POOLS = "UNWIND $ids AS id MATCH (:CI {id: id})-[:HAS_POOL]->(p:Pool) RETURN id, p.name"
_DENIED = "MATCH (d:Denied) WHERE any(id IN d.items WHERE id IN $ids) RETURN d.kind, d.key"


class Neo4jView:
    """A ReadView. It may be used by one thread at a time."""

    def __init__(self, connection: Connection, state: RecordState, revision: Revision) -> None:
        self._connection = connection
        self._state = state
        self._revision = revision
        self._headers: dict[Kind, list[PageHeader]] | None = None
        self._overlaid: _Overlay | None = None
        self._misses = 0

    @property
    def revision(self) -> Revision:
        """The revision that is read."""
        return self._revision

    def documents(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Give (key, document) of every entity of a kind, sorted by key."""
        last = ""
        while True:
            try:
                for key, document in self._merged(kind, last):
                    last = key
                    yield key, document
            except PagesGone:
                self._forget_base()
            else:
                return

    def get(self, kind: Kind, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the documents of these keys; a key that does not exist is left out."""
        wanted = sorted(set(keys))
        return self._steadily(lambda: self._found(kind, wanted)) if wanted else {}

    def touching(self, item_ids: Iterable[str]) -> dict[Kind, dict[str, bytes]]:
        """Return the documents of the relationships with an end among these items, and of the pools of these items.

        The graph of items names candidates, and so do the revisions that may be half in it; what exists is read.
        """
        ids = sorted(set(item_ids))
        if not ids:
            return {"relationship": {}, "pool": {}}
        applied = self._whole_before()
        candidates: dict[Kind, set[str]] = {"relationship": set(), "pool": set()}
        for start in range(0, len(ids), _IDS_AT_ONCE):
            some = ids[start : start + _IDS_AT_ONCE]
            for from_id, type_, to_id, key in self._connection.rows(_LINKS, ids=some):
                candidates["relationship"].add(relationship_key(from_id, type_of(type_), to_id, key))
            candidates["pool"].update(pool_key(*row) for row in self._connection.rows(_POOLS, ids=some))
            for kind, key in self._connection.rows(_DENIED, ids=some):
                candidates[kind].add(key)
        chosen = frozenset(ids)
        head = self._read_state().head
        for _, change in read_changes(self._connection, applied, head):
            if change.kind != "item" and tells_of(change.kind, change.key, chosen):
                candidates[change.kind].add(change.key)
        return {kind: dict(sorted(self.get(kind, keys).items())) for kind, keys in candidates.items()}

    def columns(self) -> RecordColumns:
        """Return what the whole record shows, by columns."""
        with collector_paused():
            return self._steadily(
                lambda: RecordColumns(*(column for kind in KINDS for column in self._columns_of(kind)))
            )

    def changes(self, after: int, upto: int) -> Iterator[tuple[int, Change]]:
        """Give (revision number, change) of the revisions after `after` up to `upto`, oldest first."""
        doomed = self._state.purging
        for number, change in read_changes(self._connection, after, min(upto, self._revision.number)):
            if not doomed or not tells_of(change.kind, change.key, doomed):
                yield number, change
        self._read_state()

    def _whole_before(self) -> int:
        """Return a revision that the graph of items surely shows, whatever it shows beyond.

        Not the one that was applied last when it came in one transaction: its items may not be in the index yet.
        """
        applied = min(self._read_state().applied, self._revision.number)
        rows = self._connection.rows("MATCH (v:Revision {cmdb_id: $id}) RETURN v.rows", id=str(applied))
        return max(applied - 1, 0) if not rows or rows[0][0] <= SMALL_ROWS else applied

    # What is read is checked after it was read: a purge is announced before it rewrites anything.

    def _read_state(self) -> RecordState:
        state, _ = read_state(self._connection)
        if state.purges != self._state.purges:
            raise StoreMoved("items were erased from the record while it was read; do it again")
        return state

    def _steadily(self, read: Callable[[], _T]) -> _T:
        """Read, again from the next base when the pages went away meanwhile."""
        while True:
            try:
                return read()
            except PagesGone:
                self._forget_base()

    def _forget_base(self) -> None:
        """Turn to the record's present base; raises StoreDamaged when its pages stay away."""
        state = self._read_state()
        self._misses = self._misses + 1 if state.base == self._state.base else 0
        if self._misses > len(UNTIL_INDEXED):
            raise StoreDamaged(
                f"documents of the record at {self._connection.address} are missing; restore it from a backup"
            )
        time.sleep(UNTIL_INDEXED[min(self._misses, len(UNTIL_INDEXED) - 1)])
        self._state = state
        self._headers = None
        self._overlaid = None

    def _pages_by_kind(self) -> dict[Kind, list[PageHeader]]:
        if self._headers is None:
            self._headers = page_headers(self._connection, self._state.base, self._state.pages)
        return self._headers

    def _pages(self, kind: Kind) -> list[PageHeader]:
        return self._pages_by_kind()[kind]

    def _overlay(self, kind: Kind) -> dict[str, bytes | None]:
        """Return what differs from the pages, by key; None for what is not there.

        From a base later than the view the way leads back, by what stood before.
        """
        if self._overlaid is None:
            base, number = self._state.base, self._revision.number
            overlaid: _Overlay = {each: {} for each in KINDS}
            if base <= number:
                for _, change in read_changes(self._connection, base, number):
                    overlaid[change.kind][change.key] = change.after
            else:
                for _, change in read_changes(self._connection, number, base):
                    overlaid[change.kind].setdefault(change.key, change.before)
            self._read_state()
            self._overlaid = overlaid
        return self._overlaid[kind]

    def _is_doomed(self, kind: Kind, key: str) -> bool:
        return bool(self._state.purging) and tells_of(kind, key, self._state.purging)

    def _merged(self, kind: Kind, after: str) -> Iterator[tuple[str, bytes]]:
        """Give the documents with keys above `after`: pages and overlay in one order."""
        overlay = self._overlay(kind)
        fresh = iter(sorted(key for key, document in overlay.items() if document is not None and key > after))
        following = next(fresh, None)
        plain = not after and not self._state.purging
        for _, pairs in page_documents(self._connection, [page for page in self._pages(kind) if page.last > after]):
            if plain and not overlay:
                for key, raw in pairs:
                    yield key, bytes(raw)
                continue
            for key, raw in pairs:
                while following is not None and following < key:
                    yield from self._overlaid_pair(kind, overlay, following)
                    following = next(fresh, None)
                if key > after and key not in overlay and not self._is_doomed(kind, key):
                    yield key, bytes(raw)
        while following is not None:
            yield from self._overlaid_pair(kind, overlay, following)
            following = next(fresh, None)

    def _overlaid_pair(self, kind: Kind, overlay: dict[str, bytes | None], key: str) -> Iterator[tuple[str, bytes]]:
        document = overlay[key]
        if document is not None and not self._is_doomed(kind, key):
            yield key, document

    def _found(self, kind: Kind, keys: Sequence[str]) -> dict[str, bytes]:
        overlay = self._overlay(kind)
        found = {key: document for key in keys if (document := overlay.get(key)) is not None}
        missing = [key for key in keys if key not in overlay]
        pages = self._pages(kind)
        lasts = [page.last for page in pages]
        chosen: dict[int, set[str]] = {}
        for key in missing:
            at = bisect.bisect_left(lasts, key)
            if at < len(pages) and pages[at].first <= key:
                chosen.setdefault(at, set()).add(key)
        for page, pairs in page_documents(self._connection, [pages[at] for at in sorted(chosen)]):
            here = chosen[bisect.bisect_left(lasts, page.last)]
            found.update((key, bytes(raw)) for key, raw in pairs if key in here)
        return {key: document for key, document in found.items() if not self._is_doomed(kind, key)}

    def _columns_of(self, kind: Kind) -> list[list[Any]]:
        columns: list[list[Any]] = [[] for _ in range(3 if kind == "pool" else 5)]
        overlay = self._overlay(kind)
        changed = sorted(overlay)
        done = 0
        pages = self._pages(kind)
        for at, (page, shown) in enumerate(page_columns(self._connection, pages)):
            end = len(changed) if at == len(pages) - 1 else bisect.bisect_right(changed, page.last)
            if done != end or self._state.purging:
                shown = self._columns_with(kind, shown, overlay, changed[done:end])
            done = end
            for column, more in zip(columns, shown, strict=True):
                column.extend(more)
        return columns if pages else self._columns_with(kind, columns, overlay, changed)

    def _columns_with(
        self, kind: Kind, shown: list[list[Any]], overlay: dict[str, bytes | None], changed: Sequence[str]
    ) -> list[list[Any]]:
        """Return columns with the changed entities put in, in their order."""
        key_of = _KEY_OF[kind]
        rows = {key: row for row in zip(*shown, strict=True) if (key := key_of(row)) not in overlay}
        for key in changed:
            if (document := overlay[key]) is not None and (row := shown_row(kind, key, document)) is not None:
                rows[key] = row
        kept = [rows[key] for key in sorted(rows) if not self._is_doomed(kind, key)]
        return [list(column) for column in zip(*kept, strict=True)] or [[] for _ in shown]


def _item_key(row: tuple[Any, ...]) -> str:
    return str(row[0])


def _relationship_key(row: tuple[Any, ...]) -> str:
    return relationship_key(*row[:4])


def _pool_key(row: tuple[Any, ...]) -> str:
    return pool_key(*row[:2])


_KEY_OF: dict[Kind, Callable[[tuple[Any, ...]], str]] = {
    "item": _item_key,
    "relationship": _relationship_key,
    "pool": _pool_key,
}
