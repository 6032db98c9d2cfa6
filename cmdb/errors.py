"""Every error a user can cause, in one place.

    CmdbError
    ├── UsageError            the question itself is wrong (exit 2)
    ├── SettingsError         a setting is missing or makes no sense (exit 2)
    ├── FileProblem           a file, or one row of it, cannot be read
    ├── CatalogueError        a site's catalogue file is wrong
    ├── ItemNotFound          no item answers to the name
    ├── ItemAmbiguous         several items answer to the name
    ├── EditRefused           an edit of the record that would not be true
    ├── ImportRefused         a whole import that must not be applied
    ├── RevisionNotFound      no such revision, time or baseline
    ├── PaperNotFound         no such change, assessment, outage, calendar rule, decision or import run
    └── StoreError
        ├── StoreMissing      there is no record there
        ├── StoreUnavailable  the server or the file cannot be reached
        ├── StoreBusy         another writer holds the record
        ├── StoreMoved        the record moved on while this edit was made
        ├── StoreFull         no room left on the disk or in the server's memory
        └── StoreDamaged      the record contradicts itself, or is not ours

Each message says what is wrong and ends in what to do. Driver and file errors never cross the border of a
store or an importer: they are translated there, once.
"""

from __future__ import annotations

__all__ = [
    "CatalogueError",
    "CmdbError",
    "EditConflict",
    "EditRefused",
    "FileProblem",
    "ImportRefused",
    "ItemAmbiguous",
    "ItemNotFound",
    "PaperNotFound",
    "RevisionNotFound",
    "SettingsError",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreMissing",
    "StoreMoved",
    "StoreUnavailable",
    "UsageError",
]


class CmdbError(Exception):
    """Base of every error a user can cause; `str()` is the message for the user."""

    exit_code = 1


class UsageError(CmdbError):
    """The question itself is wrong."""

    exit_code = 2


class SettingsError(CmdbError):
    """A setting is missing or makes no sense; names the setting."""

    exit_code = 2


class FileProblem(CmdbError):
    """A file, or one row of it, cannot be read.

    `file` is the name as the user gave it; `row` is a line number from 1 where one is known.
    """

    def __init__(self, message: str, *, file: str, row: int | None = None) -> None:
        self.message = message
        self.file = file
        self.row = row
        super().__init__(f"{file}: {message}" if row is None else f"{file}:{row}: {message}")


class CatalogueError(CmdbError):
    """A site's catalogue file is wrong; every problem of the file stands in the message."""

    def __init__(self, message: str, *, file: str | None = None, row: int | None = None) -> None:
        self.file = file
        self.row = row
        where = "" if file is None else f"{file}: " if row is None else f"{file}:{row}: "
        super().__init__(where + message)


class ItemNotFound(CmdbError):
    """No item answers to the name; `near` lists names that are close."""

    def __init__(self, name: str, near: tuple[str, ...] = ()) -> None:
        self.name = name
        self.near = near
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"no item is called {name!r}.{hint} Look with: cmdb find TEXT")


class ItemAmbiguous(CmdbError):
    """Several items answer to the name; `candidates` are (id, class, name, status)."""

    def __init__(self, name: str, candidates: tuple[tuple[str, str, str, str], ...]) -> None:
        self.name = name
        self.candidates = candidates
        listed = "".join(f"\n  {id_}  {class_}:{called}  ({status})" for id_, class_, called, status in candidates[:20])
        more = f"\n  and {len(candidates) - 20} more" if len(candidates) > 20 else ""
        super().__init__(f"{len(candidates)} items are called {name!r}; say which by its id:{listed}{more}")


class EditRefused(CmdbError):
    """An edit of the record that would not be true; nothing was changed."""


class EditConflict(EditRefused):
    """Somebody else edited the same thing meanwhile; nothing was changed. `version` is the one that stands now."""

    def __init__(self, message: str, version: int) -> None:
        self.version = version
        super().__init__(message)


class ImportRefused(CmdbError):
    """A whole import that must not be applied; nothing was changed."""


class RevisionNotFound(CmdbError):
    """No such revision, time or baseline."""


class PaperNotFound(CmdbError):
    """No such change, assessment, outage, calendar rule, standing decision or import run."""


class StoreError(CmdbError):
    """Something about the store; nothing was changed unless the message says so."""


class StoreMissing(StoreError):
    """There is no record there. Reading never creates one."""


class StoreUnavailable(StoreError):
    """The server or the file cannot be reached."""


class StoreBusy(StoreError):
    """Another writer holds the record; the message says who, where it is known."""


class StoreMoved(StoreError):
    """The record moved on while this edit was made; made again from the new revision it may succeed."""


class StoreFull(StoreError):
    """No room left on the disk or in the server's memory; the last whole revision stands."""


class StoreDamaged(StoreError):
    """The record contradicts itself, has another schema version than this program, or is not ours."""
