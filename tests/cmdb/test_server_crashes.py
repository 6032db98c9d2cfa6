"""A Neo4j server that is killed during an import, and a connection that is cut: the last whole revision stands.

The server is one of the test's own, killed as a crash would and started again on the same data. The writer is another
process: it either rides the crash out or ends with a message, and the next import goes on by itself.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import neo4j
import pytest
from crash_words import ITEMS, generation, started, wanted_links

from cmdb.errors import StoreUnavailable
from cmdb.record import Record
from cmdb.settings import Settings

_GRAPH = (
    "MATCH (a:CI) WITH collect(DISTINCT a.attributes) AS told, count(a) AS items "
    "MATCH (a:CI)-[r:DEPENDS_ON]->(b:CI) RETURN told, items, collect([a.name, b.name]) AS links"
)


@contextlib.contextmanager
def opened(url: str, tmp_path: Path, environment: dict[str, str] | None = None) -> Iterator[Record]:
    """Open the record at a server for reading beside the writers, and begin it where there is none."""
    settings = Settings.read(store=url, by="reader", cache_dir=tmp_path / "reader", environment=environment or {})
    with Record.open(settings, create=True) as record:
        yield record


def check_graph(url: str, number: int, auth: tuple[str, str] | None = None) -> None:
    """Assert that the graph that people query by hand shows this generation and nothing else."""
    with neo4j.GraphDatabase.driver(url, auth=auth) as driver:
        [found] = driver.execute_query(_GRAPH, database_="neo4j").records
    assert found["told"] == [f'{{"generation":{number}}}']
    assert found["items"] == ITEMS
    assert len(found["links"]) == len(wanted_links(number)), "no link twice"
    assert {tuple(link) for link in found["links"]} == wanted_links(number)


def kill_the_server_again_and_again(
    start: Callable[..., Any], tmp_path: Path, times: int, *, stays_away: float = 0.0
) -> None:
    """Kill the server at random moments of an import; it comes back at once, or where drawn so after the writer ended.

    `stays_away` is how likely the second is.
    """
    server = start()
    draw = random.Random(times)
    with opened(server.uri, tmp_path) as record:
        with started(record, tmp_path, {}, "generation", 1) as first:
            begun = time.monotonic()
            assert first.wait(120) == 0
        whole = time.monotonic() - begun
        now = generation(record)
        for number in range(2, times + 2):
            seen = [now]
            with started(record, tmp_path, {}, "generation", number) as process:
                deadline = time.monotonic() + draw.uniform(0.0, 1.1) * whole
                while time.monotonic() < deadline and process.poll() is None:
                    seen.append(generation(record))
                server.kill()
                if draw.random() < stays_away:
                    with pytest.raises(StoreUnavailable, match=server.uri):
                        generation(record)
                    process.wait(120)
                server.start()
                said = process.communicate(timeout=180)[0]
            assert "Traceback" not in said, said
            after = generation(record)
            assert set(seen) | {after} <= {now, number}, "old or new"
            assert seen == sorted(seen), "never back again"
            if said.endswith("done\n"):
                assert after == number, "what was said to be kept is kept"
            else:
                assert said.startswith("StoreUnavailable"), said
                assert "\n" not in said.strip(), said
            now = after
        last = times + 2
        with started(record, tmp_path, {}, "generation", last) as finished:
            said = finished.communicate(timeout=180)[0]
            assert finished.returncode == 0, f"the next command goes on by itself: {said}"
        assert generation(record) == last
        assert [check for check in record.health() if not check.ok] == []
        check_graph(server.uri, last)


def test_a_server_killed_during_an_import_leaves_a_whole_revision(
    neo4j_throwaway: Callable[..., Any], tmp_path: Path
) -> None:
    """Readers find the old revision or the new one after the crash, and nothing needs to be repaired by hand."""
    kill_the_server_again_and_again(neo4j_throwaway, tmp_path, 2)


@pytest.mark.thorough
def test_a_server_killed_very_often_leaves_a_whole_revision(
    neo4j_throwaway: Callable[..., Any], tmp_path: Path
) -> None:
    """The same, long enough to meet rare moments, and with a server that stays away until the writer gives up."""
    kill_the_server_again_and_again(neo4j_throwaway, tmp_path, 25, stays_away=0.3)


class Cable:
    """A way to a server that can be cut: passes bytes on between its own port and the server's."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._ends: list[socket.socket] = []
        self._guard = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Cut every connection there is; new ones may be made."""
        with self._guard:
            ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        """Cut everything, and let nobody in any more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here = self._listener.accept()[0]
                there = socket.create_connection((self._host, self._port))
                with self._guard:
                    self._ends += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


def cut_again_and_again(target: Any, tmp_path: Path, times: int) -> None:
    """Cut the writer's connections at random moments of its imports; each import is done all the same, and once."""
    draw = random.Random(times)
    cable = Cable(target.uri)
    with contextlib.closing(cable), opened(target.uri, tmp_path, target.environment) as record:
        words = record, tmp_path, target.environment, "generation"
        with started(*words, 1, cable.url) as first:
            begun = time.monotonic()
            assert first.wait(120) == 0
        whole = time.monotonic() - begun
        for number in range(2, times + 2):
            with started(*words, number, cable.url) as process:
                while process.poll() is None:
                    time.sleep(draw.uniform(0.05, 0.6) * whole)
                    cable.cut()
                    assert generation(record) in (number - 1, number), "who reads by another way notices nothing"
                said = process.communicate(timeout=180)[0]
            assert said == "done\n", said
            assert generation(record) == number
            assert record.store.head().number == number, "done once, however often it was tried"
        assert [check for check in record.health() if not check.ok] == []
        check_graph(target.uri, times + 1, target.auth)


def test_a_lost_connection_is_made_again(clean_neo4j: Any, tmp_path: Path) -> None:
    """An import whose connections are cut again and again goes on where it was."""
    cut_again_and_again(clean_neo4j, tmp_path, 3)


@pytest.mark.thorough
def test_a_connection_lost_very_often_is_made_again(clean_neo4j: Any, tmp_path: Path) -> None:
    """The same, long enough to meet rare moments."""
    cut_again_and_again(clean_neo4j, tmp_path, 40)
