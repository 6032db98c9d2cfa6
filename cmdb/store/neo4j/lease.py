"""The right to write: a lease on the `:Record` node, by the server's clock.

A writer that dies without a word keeps it no longer than the lease; when it died on this machine, not even so long.
Taking a lease over is safe whoever is wrong about whom, because of the fence.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import neo4j

from cmdb.errors import CmdbError, StoreBusy
from cmdb.model import Actor
from cmdb.store.neo4j.connection import Connection
from cmdb.store.neo4j.record import LEASE_SECONDS, RECORD, missing

__all__ = ["Lease"]

_HOLDER = (
    f"MATCH {RECORD} RETURN r.writer AS token, r.writer_name AS name, r.writer_process AS process, "
    "r.writer_host AS host, r.writer_machine AS machine, toString(r.writer_since) AS since, "
    "r.writer IS NULL OR r.writer_until < datetime.realtime() AS free"
)
_TAKE = (
    f"MATCH {RECORD} SET r.touched = $token "
    "WITH r WHERE r.writer IS NULL OR r.writer_until < datetime.realtime() OR r.writer IN [$token, $dead] "
    "SET r.writer = $token, r.writer_name = $name, r.writer_process = $process, r.writer_host = $host, "
    "r.writer_machine = $machine, r.writer_since = datetime.realtime(), "
    f"r.writer_until = datetime.realtime() + duration({{seconds: {LEASE_SECONDS}}}) RETURN true"
)
_RENEW = (
    f"MATCH {RECORD} SET r.touched = $token WITH r WHERE r.writer = $token "
    f"SET r.writer_until = datetime.realtime() + duration({{seconds: {LEASE_SECONDS}}})"
)
_RELEASE = (
    f"MATCH {RECORD} SET r.touched = $token WITH r WHERE r.writer = $token "
    "REMOVE r.writer, r.writer_name, r.writer_process, r.writer_host, r.writer_machine, r.writer_since, r.writer_until"
)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


class Lease:
    """The right to write while its block lasts; renewed in the background, so that a long thought does not lose it."""

    def __init__(self, connection: Connection, actor: Actor, wait_seconds: float) -> None:
        self.token = uuid.uuid4().hex
        self._connection = connection
        self._actor = actor
        self._wait_seconds = wait_seconds
        self._ended = threading.Event()
        self._renewing = threading.Thread(target=self._renew, name="cmdb-lease", daemon=True)

    def __enter__(self) -> Lease:
        until = time.monotonic() + self._wait_seconds
        pause = _FIRST_PAUSE
        while True:
            rows = self._connection.rows(_HOLDER)
            if not rows:
                raise missing(self._connection.address)
            holder = rows[0]
            dead = holder["token"] if _is_dead(holder["machine"], holder["process"]) else None
            if (holder["free"] or dead is not None) and self._take(dead):
                self._renewing.start()
                return self
            left = until - time.monotonic()
            if left <= 0:
                raise self._busy(holder)
            time.sleep(min(pause, left))
            pause = min(1.5 * pause, _LONGEST_PAUSE)

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._renewing.join()
        # When it cannot be given back now, it lapses by itself.
        with contextlib.suppress(CmdbError):
            self._say(_RELEASE)

    def _take(self, dead: str | None) -> bool:
        said = {
            "token": self.token,
            "dead": dead,
            "name": self._actor.name,
            "process": _own_process(),
            "host": socket.gethostname(),
            "machine": _own_machine(),
        }

        def take(tx: neo4j.Transaction) -> bool:
            return tx.run(_TAKE, said).single() is not None

        return self._connection.write(take)

    def _renew(self) -> None:
        while not self._ended.wait(LEASE_SECONDS / 3):
            with contextlib.suppress(CmdbError):
                self._say(_RENEW)

    def _say(self, text: str) -> None:
        self._connection.write(lambda tx: tx.run(text, token=self.token).consume())

    def _busy(self, holder: Any) -> StoreBusy:
        since = f", since {holder['since']}" if holder["since"] else ""
        process = str(holder["process"]).partition("@")[0]
        return StoreBusy(
            f"{holder['name'] or 'another writer'}, process {process} on {holder['host']}{since}, is writing to "
            f"{self._connection.address}, and {self._wait_seconds:g} seconds of waiting were not enough; "
            "wait for it to end and do it again"
        )


def _own_process() -> str:
    """Return this process' id, with the time it began where the system tells, for ids are given again."""
    return f"{os.getpid()}@{_begun(os.getpid())}"


def _begun(process: int | str) -> str:
    """Return when a process began, in the system's ticks; "" when it is not there, has ended or nobody tells."""
    with contextlib.suppress(OSError, IndexError):
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if stat[0] in "ZX" else stat[19]
    return ""


def _own_machine() -> str:
    """Return what tells this boot of this machine and this set of process ids from all others; "" when unknown."""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    return ""


def _is_dead(machine: str | None, process: str | None) -> bool:
    """Return whether the process is known to have ended: it was here, and is not, or its id is another's now."""
    if not machine or not process or machine != _own_machine():
        return False
    number, _, begun = process.partition("@")
    if not begun or not number.isdigit() or (now := _begun(number)) == begun:
        return False
    if now or Path(f"/proc/{number}").exists():  # another process has its id, or it waits to be buried
        return True
    try:
        os.kill(int(number), 0)  # asks; a system may hide the processes of others
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False
