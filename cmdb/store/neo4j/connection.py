"""Talking to the server: one driver, short transactions, one place that tries again.

Takes functions that run statements in a transaction, gives what they return. Such a function may run more than once,
so it finds out by itself whether it was done already. Knows no record.
"""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar

import neo4j
from neo4j.exceptions import GqlError, ServiceUnavailable

from cmdb.errors import StoreFull
from cmdb.store.neo4j.errors import is_memory_error, may_pass, translated

__all__ = ["Connection", "MemoryExhausted", "Work"]

_T = TypeVar("_T")
Work: TypeAlias = Callable[[neo4j.Transaction], _T]

_TRANSACTION_SECONDS = 300.0  # a client that vanished without a word holds its locks no longer than this
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class MemoryExhausted(StoreFull):
    """The server has no memory for this transaction; a smaller one may fit."""


class Connection:
    """A driver and the one database it is used with. Any number of threads may share it."""

    def __init__(self, driver: neo4j.Driver, database: str, address: str, *, retry_seconds: float = 15.0) -> None:
        self.address = address
        self.database = database
        self._driver = driver
        self._retry_seconds = retry_seconds
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()  # each transaction sees those before it

    def read(self, work: Work[_T]) -> _T:
        """Run reading statements in a transaction; raises our errors."""
        return self._run(work, neo4j.READ_ACCESS)

    def write(self, work: Work[_T]) -> _T:
        """Run writing statements in a transaction; raises our errors, or MemoryExhausted."""
        return self._run(work, neo4j.WRITE_ACCESS)

    def rows(self, text: str, **parameters: Any) -> list[neo4j.Record]:
        """Return the rows of one reading statement."""
        return self.read(lambda tx: list(tx.run(text, parameters)))

    def command(self, text: str) -> None:
        """Run a statement that must stand alone: a schema command, or a call that waits for indexes."""
        try:
            with _socket_errors(), self._session(neo4j.WRITE_ACCESS) as session:
                session.run(text).consume()
        except GqlError as error:
            raise translated(error, self.address) from error

    def server_agent(self) -> str:
        """Return what the server calls itself, such as Neo4j/5.26.30; raises when it cannot be reached."""
        try:
            with _socket_errors():
                self._driver.verify_connectivity()
                with self._session(neo4j.READ_ACCESS) as session:  # which finds out about the database, too
                    return session.run("RETURN 1").consume().server.agent
        except GqlError as error:
            raise translated(error, self.address) from error

    def close(self) -> None:
        """Let go of the connections."""
        self._driver.close()

    def _session(self, access: str) -> neo4j.Session:
        return self._driver.session(
            database=self.database, default_access_mode=access, bookmark_manager=self._bookmarks
        )

    def _run(self, work: Work[_T], access: str) -> _T:
        """Run until it is done, cannot be done, or `retry_seconds` have passed since it first failed."""
        until: float | None = None
        pause = _FIRST_PAUSE
        while True:
            try:
                with self._session(access) as session, _begun(session) as tx:
                    result = work(tx)
                    tx.commit()
                    return result
            except GqlError as error:
                if is_memory_error(error):
                    raise MemoryExhausted(str(translated(error, self.address))) from error
                until = until or time.monotonic() + self._retry_seconds
                if not may_pass(error) or time.monotonic() + pause > until:
                    raise translated(error, self.address) from error
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _begun(session: neo4j.Session) -> neo4j.Transaction:
    with _socket_errors():  # here the driver opens a connection; what a transaction's work raises is its own
        return session.begin_transaction(timeout=_TRANSACTION_SECONDS)


@contextlib.contextmanager
def _socket_errors() -> Iterator[None]:
    """Turn a bare OSError of the driver into the one it promises: it lets some through when a new connection breaks.

    The driver leaves that connection half made, and Python would print its failing goodbye on the screen.
    """
    try:
        yield
    except OSError as error:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            kill = getattr(frame.f_locals.get("self"), "kill", None)
            if kill is not None:
                kill()
        raise ServiceUnavailable(str(error)) from error
