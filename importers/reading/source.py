"""One file as it was given: its name, its size, its digest, and its text.

In comes a path, or "-" for standard input; out go blocks of UTF-8 text, in bounded memory however often they
are asked for, and every trouble the file can give as a `FileProblem`. Knows no format.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cmdb.errors import FileProblem
from importers.reading.decoding import Block, decode_sample, text_blocks

__all__ = ["MAX_FILE_BYTES", "SourceFile", "open_source"]

MAX_FILE_BYTES = 2 * 1024**3
_CHUNK_BYTES = 1024**2
_SAMPLE_BYTES = 256 * 1024


def open_source(path: Path | str) -> SourceFile:
    """Return the file at `path`, or standard input for "-".

    Raises:
        FileProblem: it is missing, empty, a directory, not readable, or above `MAX_FILE_BYTES`.
    """
    return SourceFile(Path(path))


class SourceFile:
    """A file that can be read, several times over.

    `name` is how the user wrote it, for messages. `size` is in bytes. `notes` collects remarks for the user,
    such as a guessed encoding, while the file is read. A regular file is opened for each pass and never kept
    open; a pipe or standard input is first copied to a temporary file, which goes with this object.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_FILE_BYTES) -> None:
        self.path = path
        self.name = "standard input" if str(path) == "-" else str(path)
        self.notes: list[str] = []
        self._sha256: str | None = None
        self._spool: IO[bytes] | None = None
        with self._problems_named():
            if str(path) == "-":
                self._spool = _spooled(sys.stdin.buffer, self.name, max_bytes)
            else:
                found = path.stat()
                if stat.S_ISDIR(found.st_mode):
                    raise self.problem("this is a directory: name the files in it")
                if not stat.S_ISREG(found.st_mode):
                    with path.open("rb") as pipe:
                        self._spool = _spooled(pipe, self.name, max_bytes)
            if self._spool is not None:
                weakref.finalize(self, self._spool.close)
            with self._opened() as file:
                found = os.fstat(file.fileno())
                self._identity = _identity(found)
                self.size = found.st_size
        if self.size > max_bytes:
            raise _too_large(self.name, max_bytes)
        if self.size == 0:
            raise self.problem("the file is empty: was the export cut off?")

    def problem(self, message: str, row: int | None = None) -> FileProblem:
        """Return the error that names this file, and `row` where one is known; the caller raises it."""
        return FileProblem(message, file=self.name, row=row)

    def note(self, remark: str) -> None:
        """Add `remark` to `notes` unless it stands there already."""
        if remark not in self.notes:
            self.notes.append(remark)

    @property
    def sha256(self) -> str:
        """The digest of the file's bytes, in hexadecimal; free once the file was read to its end."""
        if self._sha256 is None:
            for _ in self._chunks():
                pass
        assert self._sha256 is not None
        return self._sha256

    def blocks(self, *, max_line_bytes: int | None = None) -> Iterator[Block]:
        """Yield the text in UTF-8 blocks of whole lines; see `text_blocks`.

        Raises:
            FileProblem: not text, a line above `max_line_bytes`, or the file changed while it was read.
        """
        return text_blocks(self._chunks(), file=self.name, max_line_bytes=max_line_bytes, note=self.note)

    def text(self) -> str:
        """Return the whole file as text."""
        return str(self.utf8(), "utf-8")

    def utf8(self) -> bytes:
        """Return the whole file as UTF-8, whatever encoding it is in, without byte order mark."""
        return b"".join(block.text for block in self.blocks())

    def sample(self) -> str:
        """Return how the text begins (256 KiB at most), to guess from; never fails over the encoding."""
        with self._problems_named(), self._opened() as file:
            return decode_sample(file.read(_SAMPLE_BYTES))

    @contextlib.contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Give the file's bytes to read and seek in, for what is no text; raises FileProblem where it cannot."""
        with contextlib.ExitStack() as stack:
            with self._problems_named():
                file = stack.enter_context(self._opened())
            yield file

    def _chunks(self) -> Iterator[bytes]:
        digest, read = hashlib.sha256(), 0
        with self._problems_named(), self._opened() as file:
            changed = _identity(os.fstat(file.fileno())) != self._identity
            while not changed and (chunk := file.read(_CHUNK_BYTES)):
                read += len(chunk)
                digest.update(chunk)
                yield chunk
                file.seek(read)  # a sample may have been taken meanwhile
            if changed or read != self.size:
                raise self.problem("the file changed while it was read: import it again once it is written")
        self._sha256 = digest.hexdigest()

    @contextlib.contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if self._spool is None:
            with self.path.open("rb", buffering=0) as file:
                yield file
        else:
            self._spool.seek(0)
            yield self._spool

    @contextlib.contextmanager
    def _problems_named(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise self.problem("there is no such file: check the path") from None
        except PermissionError:
            raise self.problem("this account may not read the file: check its permissions") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise self.problem(f"the file cannot be read ({reason}): check the path and the disk") from None


def _spooled(stream: IO[bytes], name: str, max_bytes: int) -> IO[bytes]:
    """Copy what can be read only once to a temporary file."""
    copied = 0
    with contextlib.ExitStack() as on_failure:
        spool = tempfile.TemporaryFile()  # noqa: SIM115  # closed when its SourceFile goes
        on_failure.callback(spool.close)
        while chunk := stream.read(_CHUNK_BYTES):
            copied += len(chunk)
            if copied > max_bytes:
                raise _too_large(name, max_bytes)
            spool.write(chunk)
        spool.flush()
        on_failure.pop_all()
    return spool


def _identity(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _too_large(name: str, max_bytes: int) -> FileProblem:
    return FileProblem(f"the file is larger than {max_bytes:,} bytes: split it into several", file=name)
