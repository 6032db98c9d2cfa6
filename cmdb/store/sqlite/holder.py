"""Who holds the right to write: a note beside the file, read only to say it to whoever waits in vain.

The lock itself is SQLite's. The note may be missing or stale, and nothing is decided by it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from pathlib import Path

import msgspec

from cmdb.model import Actor
from cmdb.store.succession import present_time

__all__ = ["WriterNote", "who_holds"]


class _Holder(msgspec.Struct):
    token: str
    name: str
    account: str
    process: int
    host: str
    since: str


class WriterNote:
    """The note of one writer; `put` it when the right is taken and `remove` it when it is given back."""

    def __init__(self, path: Path, actor: Actor) -> None:
        self._file = _note_of(path)
        self._holder = _Holder(
            uuid.uuid4().hex, actor.name, actor.account, os.getpid(), socket.gethostname(), present_time()
        )

    def put(self) -> None:
        """Say who writes, as far as the folder lets us."""
        with contextlib.suppress(OSError, ValueError):
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as note:
                note.write(msgspec.json.encode(self._holder))

    def remove(self) -> None:
        """Take the note away, unless the next writer has already put its own."""
        with contextlib.suppress(OSError):
            if (found := _read(self._file)) is not None and found.token == self._holder.token:
                self._file.unlink()


def who_holds(path: Path) -> str:
    """Return words for who writes to the file, "another process" where nobody said."""
    holder = _read(_note_of(path))
    if holder is None:
        return "another process"
    account = "" if holder.account == holder.name else f" (account {holder.account})"
    return f"{holder.name}{account}, process {holder.process} on {holder.host}, since {holder.since}"


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + ".writer")


def _read(file: Path) -> _Holder | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Holder)
    except (OSError, msgspec.DecodeError):  # a note half-written is no note; ValidationError is a DecodeError
        return None
