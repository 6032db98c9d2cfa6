"""The Neo4j tool and the fixtures that stand on it: start, stop, crash, passwords, downloads, and whose data is wiped.

Where the server's own behaviour does not matter, a small program that answers a Bolt handshake plays its part.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neo4j
import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVER = ROOT / "tools" / "neo4j" / "server.py"

FAKE_JAVA = f"""#!{sys.executable}
import re, socket, sys
from pathlib import Path
if "-version" in sys.argv:
    print('openjdk version "17.0.1"', file=sys.stderr)
    sys.exit()
if "dbms" in sys.argv:
    sys.exit()
home = next(a for a in sys.argv if a.startswith("--home-dir=")).partition("=")[2]
if (Path(home) / "broken").exists():
    sys.exit("ERROR the disk is full")
port = int(re.search("address=127.0.0.1:(.*)", (Path(home) / "conf" / "neo4j.conf").read_text())[1])
with socket.create_server(("127.0.0.1", port)) as listener:
    print("Started.", flush=True)
    while True:
        client = listener.accept()[0]
        client.recv(20)
        client.sendall(bytes([0, 0, 4, 5]))
        client.close()
"""

FAKE_MVN = """#!/bin/sh
for word; do case "$word" in -DoutputDirectory=*) out="${word#*=}";; esac; done
echo jar > "$out/neo4j.jar"
[ ! -e "$(dirname "$0")/no-network" ] || { echo "[ERROR] Unknown host"; exit 1; }
"""


@pytest.fixture
def plugin(pytestconfig: pytest.Config) -> Any:
    """The module tests/neo4j_server.py."""
    return pytestconfig.pluginmanager.get_plugin("cmdb-neo4j")


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a java and an mvn that only pretend, first on the PATH, and an empty cache of jars."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("java", FAKE_JAVA), ("mvn", FAKE_MVN)):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("CMDB_NEO4J_CACHE", str(tmp_path / "cache"))
    return folder


def run_tool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SERVER), *words], capture_output=True, text=True, check=False, timeout=60
    )


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


def test_a_server_is_started_found_and_stopped_from_the_command_line(fakes: Path, tmp_path: Path) -> None:
    """`start` leaves a server behind that `status` and `stop` find again by its home, with its password."""
    home = ["--home", str(tmp_path / "home")]

    started = run_tool("start", "--auth", *home)
    found = run_tool("status", *home)
    stopped = run_tool("stop", "--erase", *home)
    gone = run_tool("status", *home)

    assert started.returncode == 0, started.stderr
    assert "NEO4J_PASSWORD=" in started.stdout
    assert found.stdout == started.stdout
    assert "stopped bolt://127.0.0.1:" in stopped.stdout
    assert not (tmp_path / "home").exists()
    assert gone.returncode == 3


def test_a_server_ends_with_the_process_that_started_it_even_when_that_is_killed(
    fakes: Path, tmp_path: Path, plugin: Any
) -> None:
    """A test session that is killed leaves no server behind."""
    home = tmp_path / "home"
    code = (
        f"import sys, time; sys.path.insert(0, {str(SERVER.parent)!r}); from server import *\n"
        f"server = Neo4jServer(Path({str(home)!r})).start(); print(server.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        server = plugin.tool.Neo4jServer(home, guarded=False)
        pid = int(owner.stdout.readline())
        assert server.pid == pid

        owner.send_signal(signal.SIGKILL)

        assert wait_until(lambda: server.pid is None)


def test_a_server_that_cannot_start_shows_its_last_words(fakes: Path, tmp_path: Path, plugin: Any) -> None:
    """The reason stands in the server's own log, so the error ends in it."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "broken").touch()

    with pytest.raises(plugin.tool.ServerError, match=r"exit code 1 while starting:\nERROR the disk is full"):
        plugin.tool.Neo4jServer(tmp_path / "home").start()


def test_a_cut_download_is_never_used(fakes: Path, tmp_path: Path, plugin: Any) -> None:
    """Jars count as downloaded only when Maven has brought all of them; the next try begins anew."""
    (fakes / "no-network").touch()
    with pytest.raises(plugin.tool.Unavailable, match="is the network there"):
        plugin.tool.fetch()
    assert not list((tmp_path / "cache").rglob("*.jar"))
    (fakes / "no-network").unlink()

    lib = plugin.tool.fetch()

    assert [jar.name for jar in lib.iterdir()] == ["neo4j.jar"]


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_neo4j_tests_that_cannot_run_are_said_loudly_and_fail_under_ci(ci: str, status: int, tmp_path: Path) -> None:
    """Without java the summary says that nothing was tested on Neo4j, and CI is not green."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CMDB_TEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "1", "--dist", "loadgroup"]
    done = subprocess.run(
        [*command, f"--basetemp={tmp_path / 'base'}", f"{__file__}", "-k", "wiping_leaves"],
        env={**environment, "CI": ci, "PATH": str(tmp_path), "CMDB_NEO4J_CACHE": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert "1 NEO4J TESTS DID NOT RUN" in done.stdout, done.stdout + done.stderr
    assert "apt-get install" in done.stdout
    assert done.returncode == status


def test_wiping_leaves_the_mark_and_the_schema(clean_neo4j: Any, plugin: Any) -> None:
    """Between tests all data go, however much, but constraints stay and so does the mark that allows the wipe."""
    with clean_neo4j.driver() as driver:

        def ask(query: str) -> list[Any]:
            return [record[0] for record in driver.execute_query(query, database_=clean_neo4j.database).records]

        ask("CREATE CONSTRAINT wiped IF NOT EXISTS FOR (n:Wiped) REQUIRE n.id IS UNIQUE")
        ask("UNWIND range(1, 2500) AS id CREATE (:Wiped {id: id})-[:NEXT]->(:Other)")

        plugin.wipe(clean_neo4j, driver)

        assert ask("MATCH (n) RETURN labels(n)") == [[plugin.MARK]]
        assert "wiped" in ask("SHOW CONSTRAINTS YIELD name")
        ask("DROP CONSTRAINT wiped")


def test_a_database_of_somebody_else_is_refused(clean_neo4j: Any, plugin: Any) -> None:
    """A database that holds data and no mark is never marked and never wiped."""
    with clean_neo4j.driver() as driver:

        def ask(query: str) -> list[Any]:
            return [record[0] for record in driver.execute_query(query, database_=clean_neo4j.database).records]

        ask(f"MATCH (m:{plugin.MARK}) DELETE m CREATE (:Payroll)")
        try:
            with pytest.raises(pytest.fail.Exception, match="holds data that no test wrote"):
                plugin.claim(clean_neo4j)
            with pytest.raises(pytest.fail.Exception, match="may not be wiped"):
                plugin.wipe(clean_neo4j, driver)
            assert ask("MATCH (n) RETURN labels(n)") == [["Payroll"]]
        finally:
            ask(f"MATCH (n:Payroll) DELETE n CREATE (:{plugin.MARK})")


def test_a_server_with_a_password_refuses_a_wrong_one(neo4j_auth_server: Any) -> None:
    """The password the tool prints opens the server, and no other does."""
    user, _ = neo4j_auth_server.auth

    with neo4j_auth_server.driver() as right:
        right.verify_connectivity()

    with (
        neo4j.GraphDatabase.driver(neo4j_auth_server.uri, auth=(user, "not the password")) as wrong,
        pytest.raises(neo4j.exceptions.AuthError),
    ):
        wrong.verify_connectivity()


@pytest.mark.thorough  # the store's crash tests stand on the same kill and restart, every time
def test_a_killed_server_comes_back_on_the_same_port_with_its_data(neo4j_throwaway: Callable[..., Any]) -> None:
    """What was committed survives SIGKILL, and clients find the server where it was."""
    server = neo4j_throwaway()
    uri = server.uri
    with neo4j.GraphDatabase.driver(uri, auth=server.auth) as driver:
        driver.execute_query("CREATE (:Survivor)", database_="neo4j")

        server.kill()
        assert server.pid is None
        server.start()

        assert driver.execute_query("MATCH (n:Survivor) RETURN count(n)", database_="neo4j").records[0][0] == 1
    assert server.uri == uri
