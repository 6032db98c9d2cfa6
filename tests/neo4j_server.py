"""The Neo4j side of the test session: a server to talk to, wiped between tests, or a loud word that there is none.

In: CMDB_TEST_NEO4J_URI (with ..._USERNAME, ..._PASSWORD, ..._DATABASE), else java and mvn for a server of our own.
Out: the fixtures below, registered as a plugin by conftest.py. Never touches a database without our mark.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import neo4j
import pytest

LOUD = "NEO4J TESTS DID NOT RUN"
MARK = "CmdbTestMark"
_FIXTURES = {"neo4j_server", "neo4j_auth_server", "neo4j_throwaway", "clean_neo4j"}
_SERVER = Path(__file__).resolve().parent.parent / "tools" / "neo4j" / "server.py"


def _tool() -> ModuleType:
    """Load tools/neo4j/server.py, which is a program of its own and in no package."""
    spec = importlib.util.spec_from_file_location("cmdb_neo4j_server", _SERVER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _tool()


@dataclass(frozen=True)
class Neo4jTarget:
    """One database the tests may wipe: what a driver, or `--store` with the environment, needs to reach it."""

    uri: str
    auth: tuple[str, str] | None
    database: str

    def driver(self) -> neo4j.Driver:
        """Return a new driver; the caller closes it."""
        # A crash test may have restarted the server: test a pooled connection before it is used.
        return neo4j.GraphDatabase.driver(self.uri, auth=self.auth, liveness_check_timeout=0)

    @property
    def environment(self) -> dict[str, str]:
        """The variables cmdb reads to open this database, beside the URI itself."""
        named = {} if self.database == "neo4j" else {"NEO4J_DATABASE": self.database}
        if self.auth is None:
            return named
        return {"NEO4J_USERNAME": self.auth[0], "NEO4J_PASSWORD": self.auth[1], "NEO4J_DATABASE": self.database}


def claim(target: Neo4jTarget) -> None:
    """Mark an empty database as the tests' own; refuse one that is neither empty nor marked."""
    with target.driver() as driver:
        found = driver.execute_query(
            f"OPTIONAL MATCH (m:{MARK}) WITH count(m) AS marks "
            "OPTIONAL MATCH (n) WITH marks, n LIMIT 1 RETURN marks, count(n) AS nodes",
            database_=target.database,
        ).records[0]
        if found["marks"] == 0 and found["nodes"] > 0:
            pytest.fail(
                f"The database {target.database} at {target.uri} holds data that no test wrote, and the tests wipe "
                "theirs. Point CMDB_TEST_NEO4J_URI at an empty database, or unset it to have a server started.",
                pytrace=False,
            )
        if found["marks"] == 0:
            driver.execute_query(f"CREATE (:{MARK})", database_=target.database)


def wipe(target: Neo4jTarget, driver: neo4j.Driver) -> None:
    """Delete every node but the mark, in batches; constraints and indexes stay. Without the mark, refuse."""
    with driver.session(database=target.database) as session:
        if session.run(f"MATCH (m:{MARK}) RETURN count(m)").single(strict=True)[0] == 0:
            pytest.fail(f"{target.uri} has lost its :{MARK} node, so it may not be wiped; look at it by hand")
        session.run(
            f"MATCH (n) WHERE NOT n:{MARK} CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF 1000 ROWS"
        ).consume()


def _only_worker(config: pytest.Config, folders: pytest.TempPathFactory) -> None:
    """Fail in a second worker of one run: the two would wipe each other's data in the one database."""
    if not hasattr(config, "workerinput"):
        return
    try:
        (folders.getbasetemp().parent / "neo4j-worker").touch(exist_ok=False)
    except FileExistsError:
        message = "another worker already uses CMDB_TEST_NEO4J_URI; add --dist loadgroup"
    else:
        return
    pytest.fail(message, pytrace=False)


def _start(**options: Any) -> Any:
    """Start a server of our own, or skip with the loud reason that the summary and CI look for."""
    try:
        return tool.Neo4jServer(quick=True, **options).start()
    except tool.Unavailable as problem:
        pytest.skip(f"{LOUD}: {problem}")


@pytest.fixture(scope="session")
def neo4j_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jTarget]:
    """The session's database: the one CMDB_TEST_NEO4J_URI names, else a server started here and now.

    CMDB_TEST_NEO4J_AUTH=1 has the started one ask for a password. Take `clean_neo4j` to get it wiped as well.
    """
    if uri := os.environ.get("CMDB_TEST_NEO4J_URI"):
        _only_worker(request.config, tmp_path_factory)
        user = os.environ.get("CMDB_TEST_NEO4J_USERNAME", "neo4j")
        password = os.environ.get("CMDB_TEST_NEO4J_PASSWORD")
        database = os.environ.get("CMDB_TEST_NEO4J_DATABASE", "neo4j")
        target = Neo4jTarget(uri, (user, password) if password else None, database)
        claim(target)
        yield target
        return
    server = _start(auth=os.environ.get("CMDB_TEST_NEO4J_AUTH") == "1")
    target = Neo4jTarget(server.uri, server.auth, "neo4j")
    claim(target)
    yield target
    server.stop()


@pytest.fixture(scope="session")
def neo4j_auth_server(request: pytest.FixtureRequest) -> Iterator[Neo4jTarget]:
    """A database that asks for a password: the session's own when it does, else a second server."""
    if os.environ.get("CMDB_TEST_NEO4J_AUTH") == "1" and not os.environ.get("CMDB_TEST_NEO4J_URI"):
        yield request.getfixturevalue("neo4j_server")
        return
    server = _start(auth=True, memory="512m")
    target = Neo4jTarget(server.uri, server.auth, "neo4j")
    claim(target)
    yield target
    server.stop()


@pytest.fixture(scope="session")
def _neo4j_driver(neo4j_server: Neo4jTarget) -> Iterator[neo4j.Driver]:
    with neo4j_server.driver() as driver:
        yield driver


@pytest.fixture
def clean_neo4j(
    neo4j_server: Neo4jTarget, _neo4j_driver: neo4j.Driver, monkeypatch: pytest.MonkeyPatch, clean_environment: None
) -> Neo4jTarget:
    """The session's database, wiped, with the environment set so that its `uri` works as `--store`."""
    wipe(neo4j_server, _neo4j_driver)
    for name, value in neo4j_server.environment.items():
        monkeypatch.setenv(name, value)
    return neo4j_server


@pytest.fixture
def neo4j_throwaway() -> Iterator[Callable[..., Any]]:
    """A function that starts a server of the test's own, to be killed and restarted at will.

    `server = neo4j_throwaway(auth=False, memory="512m")`; then `server.uri`, `.auth`, `.kill()`, `.start()`, `.pid`.
    """
    started: list[Any] = []

    def start(**options: Any) -> Any:
        started.append(_start(**{"memory": "512m", **options}))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.hookimpl(tryfirst=True)  # before `-m` selects and before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Neo4j, and keep it in one worker: Community Edition has one database for all of it."""
    for item in items:
        if _FIXTURES & set(getattr(item, "fixturenames", ())) and item.get_closest_marker("neo4j") is None:
            item.add_marker(pytest.mark.neo4j)
        if item.get_closest_marker("neo4j") is not None:
            item.add_marker(pytest.mark.xdist_group("neo4j"))


def _silenced(config: pytest.Config) -> list[str]:
    """Return the loud reasons among the skipped tests of this session, workers' included."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    reasons = [str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)]
    return [reason.removeprefix("Skipped: ") for reason in reasons if LOUD in reason]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI, Neo4j tests that did not run are a failure."""
    if os.environ.get("CI") == "true" and _silenced(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly, once, that Neo4j tests did not run, and why."""
    if reasons := _silenced(config):
        failing = "; under CI that is a failure" if os.environ.get("CI") == "true" else ""
        terminalreporter.section(f"{len(reasons)} {LOUD}", sep="!", red=True, bold=True)
        terminalreporter.line(f"{reasons[0]}{failing}", red=True)
