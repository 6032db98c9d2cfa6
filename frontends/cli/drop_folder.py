"""A drop folder: files that come in are imported one by one and put away, bad ones with a report beside them.

Takes a folder and what imports one file. A file is taken once it is whole: it has not changed between two looks, as one
that was renamed into the folder never does. Nothing is erased, and an interruption leaves each file where it can be
found: not imported and still in the folder, or imported and put away.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Literal, NamedTuple

from cmdb.errors import CmdbError, FileProblem, ImportRefused, StoreError, UsageError

__all__ = ["DropFolder", "FileDone", "Imported"]

_UNFINISHED: Final = (".part", ".partial", ".tmp", ".crdownload", ".filepart")


class Imported(NamedTuple):
    """What importing one file came to: the exit code, the revision, counts in words, and what is to be reported."""

    exit_code: int
    revision: int
    counts: dict[str, int]
    report: list[str]


class FileDone(NamedTuple):
    """One line of the log. `what` is taken, quarantined, or waiting: the record could not be written, tried again."""

    at: str
    file: str
    what: Literal["taken", "quarantined", "waiting"]
    exit_code: int
    told: str
    moved_to: str


_State = tuple[int, int, int]


class DropFolder:
    """One watched folder. `settle_seconds` is how long a file must have stayed as it is."""

    def __init__(self, folder: Path, import_file: Callable[[Path], Imported], *, settle_seconds: float = 2.0) -> None:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder; make it, or name another to watch")
        self._folder = folder
        self._import = import_file
        self._settle = settle_seconds
        self._seen: dict[Path, tuple[_State, float]] = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other watcher of the folder away; raises UsageError while there is one."""
        try:
            file = (self._folder / ".cmdb-watch.lock").open("w")
        except OSError as error:
            raise UsageError(f"cannot write in {self._folder}: {error.strerror}; files are put away in it") from None
        with file:
            if not _locked(file):
                raise UsageError(f"{self._folder} is watched already; let the other watcher go on, or end it first")
            yield

    def once(self) -> list[FileDone]:
        """Take what is whole now, or becomes so within the settling time; returns what became of each."""
        if self._whole():
            return self.look()
        if self._seen:
            time.sleep(self._settle)
        return self.look()

    def forever(self, tell: Callable[[FileDone], None]) -> None:
        """Take files as they come, until interrupted."""
        while True:
            for done in self.look():
                tell(done)
            time.sleep(max(self._settle / 2, 0.05))

    def look(self) -> list[FileDone]:
        """Take every file that is whole, the oldest first."""
        return [self._take(path) for path in self._whole()]

    def _whole(self) -> list[Path]:
        now = time.monotonic()
        found: dict[Path, tuple[_State, float]] = {}
        for path in self._folder.iterdir():
            if path.name.startswith((".", "~")) or path.suffix.lower() in _UNFINISHED or path.is_symlink():
                continue
            state = _state(path)
            if state is not None and path.is_file():
                before = self._seen.get(path)
                found[path] = before if before is not None and before[0] == state else (state, self._since(state, now))
        self._seen = found
        whole = [path for path, (_, since) in found.items() if now - since >= self._settle]
        return sorted(whole, key=lambda path: (found[path][0][1], path.name))

    def _since(self, state: _State, now: float) -> float:
        """Return since when the file has been so: what was last written a while ago need not be watched anew."""
        quiet = time.time() - state[1] / 1e9
        return now - quiet if quiet > self._settle else now

    def _take(self, path: Path) -> FileDone:
        before = _state(path)
        try:
            done = self._import(path)
        except (FileProblem, ImportRefused, UsageError) as error:
            return self._put_away(path, before, "quarantined", error.exit_code, str(error), [str(error)])
        except StoreError as error:
            return FileDone(_now(), path.name, "waiting", error.exit_code, f"{error}; tried again", "")
        except CmdbError as error:
            return self._put_away(path, before, "quarantined", error.exit_code, str(error), [str(error)])
        counts = ", ".join(f"{count:,} {name}" for name, count in done.counts.items() if count) or "nothing"
        told = f"{counts}; revision {done.revision}"
        return self._put_away(path, before, "taken", done.exit_code, told, done.report)

    def _put_away(
        self,
        path: Path,
        before: _State | None,
        what: Literal["taken", "quarantined"],
        exit_code: int,
        told: str,
        report: list[str],
    ) -> FileDone:
        if _state(path) != before:
            return FileDone(
                _now(), path.name, "waiting", exit_code, f"{told}; it has changed since, and is read anew", ""
            )
        target = self._folder / ("done" if what == "taken" else "quarantine")
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        moved = target / f"{stamp}-{path.name}"
        try:
            target.mkdir(exist_ok=True)
            path.rename(moved)
            if report:
                moved.with_name(f"{moved.name}.report.txt").write_text("\n".join(report) + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"{path.name} cannot be put away in {target}: {error.strerror}; see to the folder"
            ) from None
        self._seen.pop(path, None)
        return FileDone(_now(), path.name, what, exit_code, told, str(moved.relative_to(self._folder)))


def _state(path: Path) -> _State | None:
    try:
        found = path.stat()
    except OSError:  # taken away between two looks
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _locked(file: IO[Any]) -> bool:
    """Return whether the lock was got; where the system has none, two watchers only import a file twice."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
