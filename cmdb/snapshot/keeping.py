"""Keeps the newest snapshot of a record at hand: held in a file, caught up from the history, else built anew.

The key is the record's uuid and the catalogue's digest; what the file holds is believed only when its revision is
in the record with the same digest.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from cmdb.catalogue import Catalogue
from cmdb.errors import StoreError
from cmdb.model import Change, RecordIdentity
from cmdb.snapshot.build import build_snapshot
from cmdb.snapshot.catchup import MOST_CHANGES, catch_up
from cmdb.snapshot.file import FORMAT_VERSION, load_snapshot, save_snapshot
from cmdb.snapshot.snapshot import Snapshot
from cmdb.store.protocol import ReadView, Store

__all__ = ["SnapshotKeeper"]


class SnapshotKeeper:
    """Gives the present snapshot of a store. `folder` is where the file lies; None keeps it in memory alone."""

    def __init__(self, store: Store, catalogue: Catalogue, folder: Path | None) -> None:
        self._store = store
        self._catalogue = catalogue
        self._folder = folder
        self._held: Snapshot | None = None
        self._unsaved = False

    def present(self) -> Snapshot:
        """Return the snapshot of the newest revision."""
        identity = self._store.identity()
        with self._store.view() as view:
            revision = view.revision
            held = self._held or self._loaded(identity)
            if held is not None and held.revision == revision.number and held.revision_digest == revision.digest:
                self._held = held
                return held
            caught = self._caught_up(held, view)
            snapshot = caught or build_snapshot(
                view.columns(), identity=identity, revision=revision, catalogue=self._catalogue
            )
        self._held, self._unsaved = snapshot, True
        if caught is None:
            self.flush()  # the dear one is kept at once; one that was caught up can wait until the answer is given
        return snapshot

    def flush(self) -> None:
        """Write the held snapshot to its file, where that has not been done."""
        if self._held is not None and self._unsaved:
            self._unsaved = False
            self._save(self._held)

    def forget(self) -> None:
        """Erase what is kept of the record, in memory and in files, whatever the catalogue it was read with."""
        self._held, self._unsaved = None, False
        if self._folder is not None:
            with contextlib.suppress(OSError):
                for path in self._folder.glob(f"{self._store.identity().uuid}-*"):
                    path.unlink(missing_ok=True)

    def _caught_up(self, held: Snapshot | None, view: ReadView) -> Snapshot | None:
        revision = view.revision
        if held is None or held.revision >= revision.number:
            return None
        base = self._store.revision(held.revision)
        if base is None or base.digest != held.revision_digest:
            return None  # another record under the same uuid: a restored backup that went its own way
        rows = sum(each.rows for each in self._store.revisions(held.revision))
        if rows > MOST_CHANGES:
            return None
        changes: list[Change] = [change for _, change in view.changes(held.revision, revision.number)]
        return catch_up(held, changes, revision=revision, catalogue=self._catalogue)

    def _path(self, uuid: str) -> Path | None:
        if self._folder is None:
            return None
        return self._folder / f"{uuid}-{self._catalogue.digest[:16]}-{FORMAT_VERSION}.snapshot"

    def _loaded(self, identity: RecordIdentity) -> Snapshot | None:
        path = self._path(identity.uuid)
        snapshot = load_snapshot(path) if path is not None else None
        if snapshot is None or snapshot.record_uuid != identity.uuid:
            return None
        return snapshot if snapshot.catalogue_digest == self._catalogue.digest else None

    def _save(self, snapshot: Snapshot) -> None:
        path = self._path(snapshot.record_uuid)
        if path is not None:
            # A cache that cannot be written costs time, never an answer.
            with contextlib.suppress(OSError, StoreError):
                save_snapshot(snapshot, path)
