"""What a store is. The seam between the record's logic and its two keepers, SQLite and Neo4j.

A store keeps documents, the columns they show, revisions with their parts, runs and baselines. It knows nothing of
what documents mean: reconciliation, merging, as-of, revert and names are the same code above both stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cmdb.model import (
    Actor,
    Baseline,
    Change,
    Delta,
    Kind,
    Paper,
    PaperDraft,
    RecordIdentity,
    Revision,
    RevisionDraft,
    Run,
    RunDraft,
)

__all__ = ["Health", "ReadView", "RecordColumns", "Store", "WriteSession"]


class RecordColumns(NamedTuple):
    """What the whole record shows, as plain lists of equal length, sorted by key; the raw material of a snapshot.

    `item_shown`, `relationship_shown` and `pool_shown` are canonical JSON of what `cmdb.model.merge` gives: for items
    `{"values": .., "external_ids": ..}`, for the others their shown values; None stands for a relationship that says
    nothing beside its ends. Relationships and pools that a manual claim denies are left out.
    """

    item_ids: list[str]
    item_classes: list[str]
    item_names: list[str]
    item_statuses: list[str]
    item_shown: list[bytes]
    relationship_from: list[str]
    relationship_types: list[str]
    relationship_to: list[str]
    relationship_keys: list[str]
    relationship_shown: list[bytes | None]
    pool_consumers: list[str]
    pool_names: list[str]
    pool_shown: list[bytes]


class Health(NamedTuple):
    """One finding of a store about itself, for `cmdb doctor`."""

    check: str
    ok: bool
    detail: str


class ReadView(Protocol):
    """The record at one revision: everything read through one view belongs together."""

    @property
    def revision(self) -> Revision:
        """The revision that is read."""

    def documents(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Give (key, document) of every entity of a kind, sorted by key."""

    def get(self, kind: Kind, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the documents of these keys; a key that does not exist is left out."""

    def touching(self, item_ids: Iterable[str]) -> dict[Kind, dict[str, bytes]]:
        """Return the documents of the relationships with an end among these items, and of the pools of these items."""

    def columns(self) -> RecordColumns:
        """Return what the whole record shows, by columns."""

    def changes(self, after: int, upto: int) -> Iterator[tuple[int, Change]]:
        """Give (revision number, change) of the revisions after `after` up to `upto`, oldest first."""


class WriteSession(ReadView, Protocol):
    """The right to write, held by nobody else until the session ends; reads what it would write upon."""

    def commit(self, delta: Delta, draft: RevisionDraft, run: RunDraft | None = None) -> Revision:
        """Make the Delta the next revision, atomically, and record the run with it.

        An empty Delta makes no revision: the run alone is recorded and the present revision returned.
        Raises StoreFull or StoreUnavailable, and then nothing was changed.
        """

    def purge(self, item_ids: Iterable[str], draft: RevisionDraft) -> dict[str, Any]:
        """Erase items with their relationships and pools from the present and from every revision.

        The rest of each history stays readable. Returns counts of what was erased; the purge itself is kept as
        a revision without values.
        """


class Store(Protocol):
    """One record in one place. Close it, or use it as a context manager."""

    @property
    def kind(self) -> str:
        """`sqlite` or `neo4j`."""

    @property
    def address(self) -> str:
        """The URL without secrets, fit to be shown."""

    def identity(self) -> RecordIdentity:
        """Return which record this is."""

    def view(self) -> AbstractContextManager[ReadView]:
        """Read at the newest revision, never waiting for a writer."""

    def write(self, actor: Actor, *, wait_seconds: float = 60.0) -> AbstractContextManager[WriteSession]:
        """Take the right to write, waiting for another writer; raises StoreBusy naming it when it takes too long.

        Leaving the block without a commit changes nothing.
        """

    def head(self) -> Revision:
        """Return the newest revision."""

    def revision(self, number: int) -> Revision | None:
        """Return a revision, None when there is none of that number."""

    def revisions(self, after: int = 0, limit: int | None = None, *, newest_first: bool = False) -> Iterator[Revision]:
        """Give the revisions with a number above `after`."""

    def changes_of(self, kind: Kind, keys: Iterable[str]) -> Iterator[tuple[int, Change]]:
        """Give every change of these entities, oldest first."""

    def runs(self, source: str | None = None, scope: str | None = None, limit: int | None = None) -> Iterator[Run]:
        """Give import runs, newest first."""

    def baselines(self) -> list[Baseline]:
        """Return the baselines, oldest first."""

    def put_baseline(self, baseline: Baseline) -> None:
        """Name a revision; a name is given once (raises EditRefused)."""

    def drop_baseline(self, name: str) -> bool:
        """Forget a name; returns whether there was one."""

    def settings(self) -> Mapping[str, str]:
        """Return small facts kept with the record."""

    def put_setting(self, key: str, value: str) -> None:
        """Keep a small fact with the record."""

    def put_paper(self, draft: PaperDraft, *, upon: int) -> Paper:
        """Keep the next version of a paper; `upon` is the version that its writer saw, 0 for a new one.

        Raises EditConflict when another version stands.
        """

    def papers(self, kind: str | None = None, key: str | None = None, *, newest: bool = False) -> Iterator[Paper]:
        """Give every version of the papers of a kind, or of one paper, in the order in which they were written.

        With `newest` only the newest version of each, in the order in which the papers were begun.
        """

    def rewrite_papers(self, rewritten: Callable[[Paper], Paper | None]) -> int:
        """Put other documents and notes in the place of those that papers hold, of any version; returns how many.

        For erasing alone. `rewritten` gives a paper as it is to be, None for one that stays as it is.
        """

    def backup(self, target: Path) -> None:
        """Write a whole, consistent copy to a file that did not exist; `cmdb.store.open_store` can open it."""

    def health(self) -> list[Health]:
        """Return what the store finds about itself: schema, constraints, indexes, unfinished work, driver."""

    def restore(
        self,
        identity: RecordIdentity,
        history: Iterable[tuple[Revision, list[Change]]],
        runs: Iterable[Run],
        baselines: Iterable[Baseline],
        settings: Mapping[str, str],
        papers: Iterable[Paper] = (),
    ) -> None:
        """Fill an empty store with a whole record and its history, numbers and digests kept; for `cmdb move`."""

    def close(self) -> None:
        """Let go of files and connections."""
