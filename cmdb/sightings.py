"""When each item was last seen: by an import that showed it, by a hand that edited it, by a person who verified it.

Takes the runs of a record, gives a column. Last-seen lives with the runs, for a night that finds everything unchanged
must not rewrite every item; what was worked out is kept in a file, and only the runs since are read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cmdb.model import Run
from cmdb.snapshot.snapshot import Snapshot
from cmdb.store.protocol import Store

__all__ = ["Sightings", "SightingsKeeper"]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Sightings:
    """Who was seen when: record ids, sorted, and seconds since 1970 (UTC). `run` and `finished_at` are of the last run
    that is in it."""

    ids: NDArray[np.bytes_]
    at: NDArray[np.float64]
    run: int = 0
    finished_at: str = ""

    @classmethod
    def nothing(cls) -> Sightings:
        """Return that nobody was ever seen."""
        return cls(np.zeros(0, "S16"), np.zeros(0))

    def by_row(self, snapshot: Snapshot) -> NDArray[np.float64]:
        """Return by item of a snapshot when it was last seen, NaN where it never was."""
        when = np.full(len(snapshot), np.nan)
        if len(self.ids):
            place = np.minimum(np.searchsorted(self.ids, snapshot.ids), len(self.ids) - 1)
            found = self.ids[place] == snapshot.ids
            when[found] = self.at[place[found]]
        return when

    def with_run(self, run: Run) -> Sightings:
        """Return the sightings after one more run.

        A run of files that had been imported before, or of an older export, tells nothing new.
        """
        draft = run.draft
        ids, at = self.ids, self.at
        if draft.refreshes and draft.seen:
            seen = np.frombuffer(zlib.decompress(draft.seen), "S16")
            moment = dt.datetime.fromisoformat(draft.exported_at or draft.finished_at).timestamp()
            ids = np.union1d(self.ids, seen)
            at = np.full(len(ids), -np.inf)
            at[np.searchsorted(ids, self.ids)] = self.at
            places = np.searchsorted(ids, seen)
            at[places] = np.maximum(at[places], moment)
        return Sightings(ids, at, run.number, draft.finished_at)


class SightingsKeeper:
    """Gives the sightings of a store, up to its newest run. `folder` is where the file lies; None keeps none."""

    def __init__(self, store: Store, folder: Path | None) -> None:
        self._store = store
        self._folder = folder

    def present(self) -> Sightings:
        """Return who was seen when, the newest run included."""
        path = None if self._folder is None else self._folder / f"{self._store.identity().uuid}-{_FORMAT}.sightings"
        kept = Sightings.nothing() if path is None else _load(path)
        found, known = _since(self._store.runs(), kept)
        sightings = kept if known else Sightings.nothing()
        for run in reversed(found):
            sightings = sightings.with_run(run)
        if found and path is not None:
            with contextlib.suppress(OSError):  # a cache that cannot be written costs time, never an answer
                _save(path, sightings)
        return sightings


def _since(runs: Iterable[Run], kept: Sightings) -> tuple[list[Run], bool]:
    """Return the runs after the last one that is kept, newest first, and whether that one is in the record at all.

    A restored backup may have gone its own way; then all runs are returned.
    """
    found: list[Run] = []
    for run in runs:
        if run.number == kept.run and run.draft.finished_at == kept.finished_at:
            return found, True
        found.append(run)
    return found, False


def _load(path: Path) -> Sightings:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return Sightings(kept["ids"], kept["at"], int(kept["run"]), str(kept["finished_at"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return Sightings.nothing()


def _save(path: Path, sightings: Sightings) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            np.savez(
                file,
                ids=sightings.ids,
                at=sightings.at,
                run=np.int64(sightings.run),
                finished_at=np.str_(sightings.finished_at),
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
