"""The command line run for real: in this process through click's runner, and as a process of its own.

The estate of these tests:

    Nettbutikk (vital, 300 users) ── pool web, 1 of 2 ──► web1 ──► esx1      esx1 ·· connects_to ·· esx2
         │                                          └───► web2 ──► esx2
         └──► db1 ──► esx1
    Betaling (high, 10 users) ──► db1
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from frontends.cli.main import cli
from importers.registry import _loaded

ROOT = Path(__file__).resolve().parents[2]
ESTATE = """\
cmdb: 1
source: acme
scope: oslo
complete: true
items:
  - {id: shop, class: BusinessService, name: Nettbutikk, criticality: vital, users: 300, owner: Åse Bjørnstad}
  - {id: pay, class: BusinessService, name: Betaling, criticality: high, users: 10}
  - {id: web1, class: VirtualMachine, name: web1}
  - {id: web2, class: VirtualMachine, name: web2}
  - {id: db1, class: DatabaseInstance, name: db1, mtbf_hours: 2000, mttr_hours: 4}
  - {id: esx1, class: Hypervisor, name: esx1, attributes: {rack: N1}}
  - {id: esx2, class: Hypervisor, name: esx2}
relationships:
  - {from: shop, type: depends_on, to: web1, pool: web}
  - {from: shop, type: depends_on, to: web2, pool: web}
  - {from: shop, type: depends_on, to: db1}
  - {from: pay, type: depends_on, to: db1}
  - {from: web1, type: hosted_on, to: esx1}
  - {from: web2, type: hosted_on, to: esx2}
  - {from: db1, type: runs_on, to: esx1}
  - {from: esx1, type: connects_to, to: esx2}
pools:
  - {consumer: shop, name: web, need: 1}
"""


@pytest.fixture(scope="session")
def importers_found(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Let a checkout that is not installed find its importers as an installed one does; gives the PYTHONPATH."""
    folders = [str(ROOT)]
    if not entry_points(group="cmdb.importers"):
        declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
        folder = tmp_path_factory.mktemp("declared")
        described = folder / "cmdb-0.dist-info"
        described.mkdir()
        (described / "METADATA").write_text("Metadata-Version: 2.1\nName: cmdb\nVersion: 0\n")
        lines = [f"{name} = {place}" for name, place in declared["cmdb.importers"].items()]
        (described / "entry_points.txt").write_text("\n".join(["[cmdb.importers]", *lines, ""]))
        sys.path.append(str(folder))
        _loaded.cache_clear()  # another test may have found none
        folders.append(str(folder))
    return os.pathsep.join(folders)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, importers_found: str) -> Path:
    """An empty working folder, where cmdb.db would be; a terminal of 100 columns, and `kari` at it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("CMDB_USER", "kari")
    monkeypatch.setenv("CMDB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


Run = Callable[..., Result]


@pytest.fixture
def run(folder: Path) -> Run:
    """Run a command in the folder; `code` is the exit code that is due."""

    def running(*words: str, code: int = 0, input: str | None = None) -> Result:  # noqa: A002 - click's word
        result = CliRunner().invoke(cli, list(words), input=input)
        assert result.exit_code == code, f"exit {result.exit_code}\n{result.stdout}\n{result.stderr}"
        assert "Traceback" not in result.stderr
        return result

    return running


@pytest.fixture
def answer(run: Run) -> Callable[..., Any]:
    """Run a command with `-o json` and return what it answers."""

    def answering(*words: str, code: int = 0) -> Any:
        return json.loads(run(*words, "-o", "json", code=code).stdout)

    return answering


@pytest.fixture
def estate(folder: Path, run: Run) -> Path:
    """The estate above, imported; gives its file."""
    file = folder / "estate.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    run("import", str(file))
    return file


@pytest.fixture
def process(folder: Path, importers_found: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command as a process of its own, with no terminal and no word on its width."""

    def running(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
        environment["PYTHONPATH"] = importers_found
        return subprocess.run(
            [sys.executable, "-m", "frontends.cli.main", *words],
            **{"capture_output": True, "text": True, "encoding": "utf-8", "env": environment, "timeout": 60, **more},
        )

    return running
