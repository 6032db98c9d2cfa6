"""The record as its users meet it: one store, one catalogue, and everything that can be asked of them or done to them.

Items are named as a person names them. Thin: each deed lives in a module of its own; those by hand are inherited from
`cmdb.hand_edits`.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cmdb.catalogue import Catalogue, load_catalogue
from cmdb.changes.book import ChangeBook
from cmdb.changes.calendars import CalendarBook
from cmdb.changes.circumstances import Shelves, circumstances_of
from cmdb.changes.outages import OutageBook
from cmdb.errors import EditRefused, PaperNotFound, RevisionNotFound, StoreMissing
from cmdb.exporting import PastDocuments, export_rows
from cmdb.hand_edits import EditOutcome, HandEdits
from cmdb.history.asof import snapshot_as_of
from cmdb.history.telling import EntityChange, HistoryEntry, RecordDiff, difference, history_of
from cmdb.importing import EmptyView, ImportOutcome, import_batches, propose
from cmdb.model import Baseline, ImportBatch, Revision, Run
from cmdb.model.circumstances import Circumstances
from cmdb.model.vocabulary import MANUAL
from cmdb.moving import move_record
from cmdb.reconcile import Policy
from cmdb.reviewing import Reviewing
from cmdb.ruling import Ruling
from cmdb.runs import FailedImport, RunProblems, failed_imports, keep_failure, problems_of
from cmdb.settings import Settings
from cmdb.sightings import SightingsKeeper
from cmdb.snapshot.keeping import SnapshotKeeper
from cmdb.snapshot.naming import resolve
from cmdb.snapshot.snapshot import Snapshot
from cmdb.staleness import Staleness, staleness_of
from cmdb.store.opening import open_store, plain_text_warning
from cmdb.store.protocol import Health, Store
from cmdb.store.succession import present_time

__all__ = ["EditOutcome", "EntityChange", "HistoryEntry", "Record", "RecordDiff"]


class Record(HandEdits):
    """One record, open. Close it, or use it as a context manager."""

    def __init__(self, store: Store | None, catalogue: Catalogue, settings: Settings) -> None:
        self._store = store
        self.catalogue = catalogue
        self.settings = settings
        self.warnings = [text for text in [plain_text_warning(settings.store)] if text]
        self.warnings += list(getattr(store, "warnings", ()))
        self._keeper = None if store is None else SnapshotKeeper(store, catalogue, settings.cache_dir)

    @classmethod
    def open(cls, settings: Settings, *, create: bool = False) -> Self:
        """Open the record of these settings; without `create` a missing one is StoreMissing."""
        catalogue = load_catalogue(settings.catalogue)
        return cls(open_store(settings.store, settings, create=create), catalogue, settings)

    @classmethod
    def open_or_empty(cls, settings: Settings) -> Self:
        """Open the record, or one that is empty and nowhere: for a dry run before the first import."""
        try:
            return cls.open(settings)
        except StoreMissing:
            return cls(None, load_catalogue(settings.catalogue), settings)

    @property
    def store(self) -> Store:
        """The store; raises StoreMissing for a record that is nowhere."""
        if self._store is None:
            raise StoreMissing(f"there is no record at {self.settings.store}; begin one with: cmdb init")
        return self._store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Keep the snapshot for the next time, and let go of the store."""
        if self._keeper is not None:
            self._keeper.flush()
        if self._store is not None:
            self._store.close()

    def forget_snapshots(self) -> None:
        """Erase the snapshots that are kept at hand: they hold what was erased."""
        assert self._keeper is not None
        self._keeper.forget()

    # Reading

    def snapshot(self, as_of: str | None = None) -> Snapshot:
        """Return the estate now, or as of a revision number, a time in ISO 8601 or a baseline's name."""
        store = self.store
        assert self._keeper is not None
        present = self._keeper.present()
        if as_of is None:
            return present
        revision = self.revision_at(as_of)
        if revision.number == present.revision:
            return present
        with store.view() as view:
            held = present if view.revision.number == present.revision else None
            return snapshot_as_of(
                view, held, revision, list(store.revisions()), identity=store.identity(), catalogue=self.catalogue
            )

    def revision_at(self, as_of: str) -> Revision:
        """Return the revision that a number, a time or a baseline means; raises RevisionNotFound."""
        store = self.store
        text = as_of.strip()
        text = next((str(baseline.revision) for baseline in store.baselines() if baseline.name == text), text)
        if text.isascii() and text.isdigit():
            found = store.revision(int(text))
            if found is None:
                raise RevisionNotFound(f"there is no revision {text}; the newest is {store.head().number}")
            return found
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise RevisionNotFound(
                f"{as_of!r} is no revision number, no time like 2026-11-23T14:00 and no baseline; see: cmdb log"
            ) from None
        moment = moment.astimezone(dt.UTC)
        for revision in store.revisions(newest_first=True):
            if dt.datetime.fromisoformat(revision.at) <= moment:
                return revision
        beginning = store.revision(0)
        if beginning is None or dt.datetime.fromisoformat(beginning.at) > moment:
            raise RevisionNotFound(f"the record did not exist at {as_of}; it began at {store.identity().created_at}")
        return beginning

    def item_id(self, name: str, as_of: str | None = None) -> str:
        """Return the record id of the item that `name` means."""
        snapshot = self.snapshot(as_of)
        return snapshot.id_at(resolve(snapshot, name))

    def history(self, item: str) -> list[HistoryEntry]:
        """Return every change of an item, its relationships and its pools, oldest first."""
        target = self.item_id(item)
        revisions = {revision.number: revision for revision in self.store.revisions()}
        with self.store.view() as view:
            return list(history_of(view, target, revisions))

    def diff(self, before: str, after: str) -> RecordDiff:
        """Return what differs from one revision to another, in that direction."""
        first, last = self.revision_at(before), self.revision_at(after)
        with self.store.view() as view:
            return difference(view, first.number, last.number)

    def log(self, limit: int | None = None) -> list[Revision]:
        """Return the revisions, newest first."""
        return list(self.store.revisions(limit=limit, newest_first=True))

    def runs(self, limit: int | None = None) -> list[Run]:
        """Return the import runs, newest first; what hands did is in the history."""
        imports = (run for run in self.store.runs() if run.draft.source != MANUAL)
        return list(itertools.islice(imports, limit))

    def failed_imports(self) -> list[FailedImport]:
        """Return the imports that failed, newest first; they changed nothing."""
        return failed_imports(self.store)

    def note_failed_import(self, files: Sequence[str], error: Exception, source: str = "", scope: str = "") -> None:
        """Leave a mark of an import that failed, for `cmdb runs`."""
        keep_failure(self.store, self.settings.actor(), (source, scope), files, error)

    def problems_of_run(self, number: int) -> tuple[Run, RunProblems]:
        """Return a run with the problems that are kept of it; raises PaperNotFound when there is no such run."""
        for run in self.store.runs():
            if run.number == number and run.draft.source != MANUAL:
                return run, problems_of(self.store, number)
        raise PaperNotFound(f"there is no import run {number}; see: cmdb runs")

    def export(self, as_of: str | None = None, source: str | None = None) -> Iterator[dict[str, Any]]:
        """Give the rows of the native format (JSON Lines form) that import again to an empty Delta."""
        with self.store.view() as view:
            if as_of is None:
                yield from export_rows(view, source)
                return
            revision = self.revision_at(as_of)
            yield from export_rows(PastDocuments(view, revision), source)

    # Importing and editing

    @property
    def review(self) -> Reviewing:
        """What waits for a person, and what people have decided."""
        return Reviewing(self.store, self.catalogue, self.settings.actor)

    @property
    def changes(self) -> ChangeBook:
        """The book of changes: every change request with its versions."""
        return ChangeBook(self.store, self.settings.actor)

    @property
    def outages(self) -> OutageBook:
        """The book of outages: what is down or degraded, and what was."""
        return OutageBook(self.store, self.settings.actor)

    @property
    def calendar(self) -> CalendarBook:
        """The calendar: maintenance windows, freezes and business hours."""
        return CalendarBook(self.store, self.settings.actor)

    def shelves(self) -> Shelves:
        """Return the papers of change management: requests, outages, calendar, history, settings."""
        return Shelves(self.store, self.settings.actor)

    def circumstances(self, now: dt.datetime | None = None) -> Circumstances:
        """Return what an answer about changes rests on beside the estate; `now` (aware) is the present if not said."""
        return circumstances_of(self.shelves(), now or dt.datetime.now(dt.UTC))

    @property
    def rules(self) -> Ruling:
        """The site's rules on whose word counts."""
        return Ruling(self.store, self.catalogue, self.settings.actor)

    def import_batches(
        self,
        batches: Sequence[ImportBatch],
        *,
        policy: Policy | None = None,
        dry_run: bool = False,
        message: str = "",
        progress: Callable[[str], None] = lambda phase: None,
    ) -> ImportOutcome:
        """Import batches as one Delta, or say what importing them would do."""
        policy = policy or Policy()
        if self._store is not None:
            rules = self.rules
            policy = replace(
                policy, settled=self.review.settled(), precedence=rules.precedence(), identity=rules.identity()
            )
        if not dry_run:
            try:
                return import_batches(
                    self.store,
                    self.catalogue,
                    batches,
                    actor=self.settings.actor(),
                    policy=policy,
                    message=message,
                    progress=progress,
                )
            except Exception as error:
                first = batches[0] if batches else ImportBatch("")
                files = [file.name for batch in batches for file in batch.files]
                self.note_failed_import(files, error, first.source, first.scope)
                raise
        if self._store is None:
            return propose(EmptyView(), self.catalogue, batches, policy=policy)
        with self.store.view() as view:
            runs = list(self.store.runs())
            return propose(view, self.catalogue, batches, policy=policy, runs=runs)

    # Care

    def add_baseline(self, name: str, as_of: str | None = None, note: str = "") -> Baseline:
        """Name a revision, by default the newest."""
        revision = self.store.head() if as_of is None else self.revision_at(as_of)
        if not name.strip() or name.strip().isdigit():
            raise EditRefused("a baseline needs a name that is not a number, or it could be taken for a revision")
        baseline = Baseline(name.strip(), revision.number, present_time(), self.settings.actor(), note)
        self.store.put_baseline(baseline)
        return baseline

    def baselines(self) -> list[Baseline]:
        """Return the baselines, oldest first."""
        return self.store.baselines()

    def drop_baseline(self, name: str) -> bool:
        """Forget a baseline; the revision stays."""
        return self.store.drop_baseline(name)

    def backup(self, target: Path) -> None:
        """Write a whole copy of the record to a file that did not exist."""
        self.store.backup(target)

    def move(self, target_url: str, progress: Callable[[str], None] = lambda phase: None) -> dict[str, Any]:
        """Copy the whole record with its history to another, empty store."""
        return move_record(self.store, target_url, self.settings, progress)

    def health(self) -> list[Health]:
        """Return what the store finds about itself."""
        return self.store.health()

    def staleness(self, snapshot: Snapshot) -> Staleness:
        """Return the items in service of a snapshot that nobody has seen for longer than their class allows."""
        sightings = SightingsKeeper(self.store, self.settings.cache_dir).present()
        return staleness_of(snapshot, sightings, self.catalogue, present_time())
