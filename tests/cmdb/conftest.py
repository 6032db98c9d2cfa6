"""Fixtures for the tests of the record: words to write batches with, a record in memory, and one in a store."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cmdb.catalogue import Catalogue, load_catalogue
from cmdb.record import Record
from cmdb.settings import Settings


def _load(name: str) -> ModuleType:
    """Load a module beside this file; in importlib mode the folder is not on the path."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


_INVENTORY = _load("inventory_words")
for _name in ("crash_words", "estate_strategies", "naive_graph", "snapshot_words"):
    _load(_name)


@pytest.fixture(scope="session")
def shipped() -> Catalogue:
    """The catalogue as it is shipped."""
    return load_catalogue(None)


@pytest.fixture
def memory(shipped: Catalogue) -> object:
    """An empty record in memory: batches are reconciled with it, and their Deltas applied."""
    return _INVENTORY.MemoryRecord(shipped)


@pytest.fixture
def settings_for(tmp_path: Path, request: pytest.FixtureRequest) -> object:
    """Give the settings with which a store of these tests is opened."""

    def settings(url: str, name: str = "Kari Nordmann") -> Settings:
        environment: dict[str, str] = {}
        if not url.startswith("sqlite"):
            environment = request.getfixturevalue("clean_neo4j").environment
        return Settings.read(store=url, by=name, cache_dir=tmp_path / "cache", environment=environment)

    return settings


@pytest.fixture
def record(store_url: str, settings_for: object) -> Iterator[Record]:
    """An empty record in a store, open; the test runs on each backend."""
    with Record.open(settings_for(store_url), create=True) as opened:  # type: ignore[operator]
        yield opened


@pytest.fixture
def lite(tmp_path: Path, settings_for: object) -> Iterator[Record]:
    """An empty record in SQLite, open."""
    with Record.open(settings_for(f"sqlite:///{tmp_path}/lite.db"), create=True) as opened:  # type: ignore[operator]
        yield opened
