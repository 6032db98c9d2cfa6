"""The record of an import, opened before its files are read.

A mistake in --store is told at once and not after a long read, and a server, which may need seconds for its first
answers, gives them while the files are read. A record that is missing is begun only when there is something to keep.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from cmdb.record import Record
    from cmdb.settings import Settings

__all__ = ["EarlyRecord"]


class EarlyRecord:
    """The record of these settings, open or being opened for the length of a block.

    Without `create` a missing record is one that is empty and nowhere, as a dry run needs it.
    """

    def __init__(self, settings: Settings, *, create: bool) -> None:
        import cmdb.record  # noqa: F401 - here, for in the other thread each file of it would wait for its turn
        from cmdb.store.opening import is_server, load_keeper

        self._settings = settings
        self._create = create
        self._opened: Future[Record | None] = Future()
        self._begun: Record | None = None
        if is_server(settings.store):
            load_keeper(settings.store)
            # No pool of threads: Python would wait for it at its end, though nobody waits for the answer any more.
            threading.Thread(target=self._open, name="cmdb-opening", daemon=True).start()
        else:
            self._open()  # a file is opened in no time, and used by the thread that opened it
            self.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.add_done_callback(_close)
        if self._begun is not None:
            self._begun.close()

    def check(self) -> None:
        """Raise what went wrong, where that is known already; does not wait."""
        if self._opened.done():
            self._opened.result()

    def get(self) -> tuple[Record, bool]:
        """Return the record, and whether it was begun just now; raises what went wrong in opening it."""
        from cmdb.record import Record

        found = self._opened.result()
        if found is not None:
            return found, False
        self._begun = Record.open(self._settings, create=True)
        return self._begun, True

    def existing(self) -> Record | None:
        """Return the record where there is one that could be opened, else None."""
        return None if self._opened.exception() is not None else self._opened.result()

    def _open(self) -> None:
        from cmdb.errors import StoreMissing
        from cmdb.record import Record

        try:
            self._opened.set_result(
                Record.open(self._settings) if self._create else Record.open_or_empty(self._settings)
            )
        except StoreMissing:
            self._opened.set_result(None)
        except BaseException as error:
            self._opened.set_exception(error)


def _close(opened: Future[Record | None]) -> None:
    if opened.exception() is None and (record := opened.result()) is not None:
        record.close()
