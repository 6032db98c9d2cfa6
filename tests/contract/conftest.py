"""Fixtures of the store contract: an open, empty store of either kind, and the words to fill it with."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cmdb.store import Store, open_store


def _load(name: str) -> ModuleType:
    """Load a module beside this file; in importlib mode the folder is not on the path."""
    spec = importlib.util.spec_from_file_location(f"contract_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_ESTATES = _load("estates")


@pytest.fixture
def estates() -> ModuleType:
    """The functions of estates.py, with which the contract builds documents, Deltas and drafts."""
    return _ESTATES


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty record, open."""
    with open_store(store_url, create=True) as opened:
        yield opened


@pytest.fixture
def reference(tmp_path: Path) -> Iterator[Store]:
    """A second, empty record in SQLite, to compare the first with."""
    with open_store(f"sqlite:///{tmp_path}/reference.db", create=True) as opened:
        yield opened
