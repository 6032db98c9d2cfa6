"""What every test stands on: a scrubbed environment, the real data, a fresh store of either kind, and --thorough.

The Neo4j fixtures are in neo4j_server.py beside this file. CONTRIBUTING.md shows how to use them.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
_KEPT = ("CMDB_TEST_", "CMDB_NEO4J_CACHE", "CMDB_SHARED_DATA")  # they steer the tests, not the product


def _plugin(name: str) -> object:
    """Load a module beside this file; in importlib mode the tests folder is not on the path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run the long property, fuzz and crash tests too")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_plugin("neo4j_server"), "cmdb-neo4j")
    ci = os.environ.get("CI") == "true"
    settings = hypothesis.settings
    settings.register_profile("quick", max_examples=50, deadline=None, derandomize=ci, print_blob=True)
    settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)
    settings.load_profile("thorough" if config.getoption("--thorough") else "quick")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared)
        if item.get_closest_marker("thorough") and not config.getoption("--thorough"):
            item.add_marker(pytest.mark.skip(reason="long; run it with --thorough"))


@pytest.fixture(scope="session")
def _empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, _empty_home: Path) -> None:
    """Hide the developer's own store, credentials and caches from every test."""
    jars = os.environ.get("CMDB_NEO4J_CACHE") or str(
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cmdb"
    )
    for name in list(os.environ):
        if name.startswith(("CMDB_", "NEO4J_")) and not name.startswith(_KEPT):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CMDB_NEO4J_CACHE", jars)
    monkeypatch.setenv("XDG_CACHE_HOME", str(_empty_home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(_empty_home / "config"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inventories beside the project; a test that needs it is skipped where it is absent."""
    folder = Path(os.environ.get("CMDB_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real inventories in {folder}; name their folder in CMDB_SHARED_DATA")
    return folder


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, empty store: the test runs once on each backend."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cmdb.db"
    target = request.getfixturevalue("clean_neo4j")
    return str(target.uri)
