"""The whole path at the command line, on either store: what is asked and answered does not depend on the keeper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
Answer = Callable[..., Any]


@pytest.fixture
def on_store(folder: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command of the test use this store."""
    monkeypatch.setenv("CMDB_STORE", store_url)


@pytest.mark.usefixtures("on_store")
def test_from_an_inventory_to_what_breaks_if(estate: Path, run: Run, answer: Answer) -> None:
    """Import, ask, edit, look back, take back, check, export."""
    affected = {each["name"]: each["state"] for each in answer("impact", "esx1")["affected"]}
    assert affected == {"Nettbutikk": "down", "Betaling": "down", "db1": "down", "web1": "down"}

    assert answer("import", str(estate))["counts"]["unchanged"] == 7
    run("item", "edit", "shop", "--set", "owner=Per", "-m", "flyttet")
    assert answer("history", "shop")["entries"][-1]["message"] == "flyttet"
    assert answer("show", "shop", "--as-of", "1")["item"]["values"]["owner"] == "Åse Bjørnstad"
    run("revert", "2")
    assert answer("show", "shop")["item"]["values"]["owner"] == "Åse Bjørnstad"
    run("retire", "esx2")
    assert "unmet_requirement" in {each["kind"] for each in answer("doctor")["findings"]}
    exported = run("export").stdout
    Path("again.jsonl").write_text(exported, encoding="utf-8")
    assert "Nothing has changed" in run("import", "again.jsonl").stdout
    run("purge", "db1", "--yes")
    assert answer("find", "db1", "--as-of", "1")["total"] == 0


@pytest.mark.usefixtures("on_store")
def test_a_record_moves_away_and_a_backup_opens(estate: Path, run: Run, answer: Answer) -> None:
    """From whichever store, to a file."""
    log = answer("log")["revisions"]
    run("move", "sqlite:///moved.db")
    assert answer("log", "--store", "sqlite:///moved.db")["revisions"] == log
    run("backup", "copy.db")
    assert answer("impact", "esx1", "--store", "sqlite:///copy.db") == answer("impact", "esx1")
