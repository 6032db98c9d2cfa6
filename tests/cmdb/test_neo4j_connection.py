"""A connection that breaks while it is being made, against a peer that agrees on a protocol and hangs up."""

from __future__ import annotations

import contextlib
import gc
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import neo4j
import pytest

from cmdb.errors import StoreUnavailable
from cmdb.store.neo4j.connection import Connection

BOLT_5_4 = b"\x00\x00\x04\x05"
HANG_UP_AT_ONCE = struct.pack("ii", 1, 0)  # linger for no time: the other side is told with a reset


@pytest.fixture
def rude_peer() -> Iterator[str]:
    """The URL of it."""

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.recv(64)
                connection.sendall(BOLT_5_4)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANG_UP_AT_ONCE)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield f"bolt://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(
    "ask",
    [lambda to: to.rows("RETURN 1"), lambda to: to.command("RETURN 1"), lambda to: to.server_agent()],
    ids=["transaction", "command", "greeting"],
)
def test_a_connection_that_breaks_while_it_is_made_is_our_error(
    rude_peer: str, ask: Callable[[Connection], object]
) -> None:
    """The driver lets a bare OSError through at that moment, most times of these, and leaves half a connection."""
    with neo4j.GraphDatabase.driver(rude_peer, auth=None) as driver:
        for _ in range(20):
            with pytest.raises(StoreUnavailable, match=r"cannot be reached|was lost"):
                ask(Connection(driver, "neo4j", rude_peer, retry_seconds=0))
            gc.collect()  # what is left of it would complain here
