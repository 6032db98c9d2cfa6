"""What runs on what: on which items a row of a batch runs, and on which an item of the record does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from cmdb.catalogue import Catalogue
from cmdb.model import ItemRow, split_relationship_key
from cmdb.reconcile.gathering import ScopeBatch
from cmdb.reconcile.state import ItemState

__all__ = ["Hosts"]

_HOSTING: Final = ("runs_on", "hosted_on")


class Hosts:
    """Reads the relationships of one batch and of the record when it is first asked.

    `identify(row)` gives the item that a row of the batch is or will be, None where nobody knows.
    """

    def __init__(
        self,
        state: ItemState,
        catalogue: Catalogue,
        batch: ScopeBatch,
        links: dict[str, bytes],
        identify: Callable[[ItemRow], str | None],
    ) -> None:
        self._state = state
        self._catalogue = catalogue
        self._batch = batch
        self._links = links
        self._identify = identify
        self._references: dict[str, list[str]] | None = None
        self._rows: dict[str, ItemRow] = {}
        self._on: dict[str, set[str]] | None = None
        self._asking: set[str] = set()

    def of_row(self, external_id: str) -> set[str]:
        """Return the record ids of the items that a row runs on, as far as they can be told before it is taken."""
        if self._references is None:
            self._references = self._read_batch()
            self._rows = {row.external_id: row for row in self._batch.items} if self._references else {}
        return {
            found
            for reference in self._references.get(external_id, ())
            if (found := self._resolved(reference)) is not None
        }

    def of_item(self, item: str) -> set[str]:
        """Return the record ids of the items that an item of the record runs on."""
        if self._on is None:
            on: defaultdict[str, set[str]] = defaultdict(set)
            for key in self._links:
                start, type_, end, _ = split_relationship_key(key)
                if type_ in _HOSTING:
                    on[start].add(end)
            self._on = dict(on)
        return self._on.get(item, set())

    def _resolved(self, reference: str) -> str | None:
        found = self._state.ids.get(self._batch.source, {}).get(reference)
        if found is not None:
            return found
        row = self._rows.get(reference)
        if row is not None and reference not in self._asking:
            self._asking.add(reference)
            try:
                return self._identify(row)
            finally:
                self._asking.discard(reference)
        source, _, id_ = reference.partition(":")
        return self._state.ids.get(source, {}).get(id_)

    def _read_batch(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        words: dict[tuple[str, str], tuple[str, bool] | None] = {}
        for row in self._batch.relationships:
            word = (row.type_name, self._batch.vocabularies[row.file])
            if word not in words:
                words[word] = self._catalogue.type_named(*word)
            named = words[word]
            if named is not None and named[0] in _HOSTING:
                start, end = (row.to_ref, row.from_ref) if named[1] else (row.from_ref, row.to_ref)
                found[start].append(end)
        return dict(found)
