"""`cmdb review` on the screen and for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

OTHER = """\
cmdb: 1
source: vcenter
items:
  - {id: vm-1, class: VirtualMachine, name: WEB-1, serial_number: S1}
  - {id: vm-9, class: VirtualMachine, name: Web2}
"""
BOTH = """\
cmdb: 1
source: acme
scope: oslo
items:
  - {id: web1, class: VirtualMachine, name: web1, serial_number: S1}
  - {id: web2, class: VirtualMachine, name: web2, serial_number: S1}
"""


@pytest.fixture
def ambiguous(folder: Path, estate: Path, run: Any) -> Path:
    """Two items with one serial number, and a row of another source that has it too."""
    for name, text in (("both.yaml", BOTH), ("other.yaml", OTHER)):
        (folder / name).write_text(text, encoding="utf-8")
    run("import", "both.yaml")
    run("import", "other.yaml", code=4)
    return folder / "other.yaml"


def test_what_waits_is_listed_and_settled(ambiguous: Path, run: Any, answer: Any) -> None:
    """A row by its id; the names alike are a suggestion beside it."""
    said = answer("review")
    assert [each["kind"] for each in said["matters"]] == ["row", "alike"]
    row, alike = said["matters"]
    assert (row["source"], row["external_id"], row["row"]) == ("vcenter", "vm-1", 4)
    assert len(row["candidates"]) == 2
    text = run("review").stdout
    assert "2 items have its" in text
    assert "acme:web1" in text
    told = run("review", "settle", row["id"][:6], "--same", "web1").stdout
    assert "the next import of vcenter goes by it" in told
    run("import", str(ambiguous))
    assert set(answer("show", "web1")["item"]["external_ids"]) == {"acme", "vcenter"}
    run("review", "settle", alike["id"], "--different", "-m", "to vertsmaskiner")
    assert answer("review")["matters"] == []
    assert "Nothing waits" in run("review").stdout
    assert [each["verdict"] for each in answer("review", "decisions")["decisions"]] == ["different", "same"]
    assert "stands no more" in run("review", "undo", "2").stdout
    assert len(answer("review")["matters"]) == 1


def test_merge_and_split(ambiguous: Path, run: Any, answer: Any) -> None:
    """By name, and back."""
    assert "merged VirtualMachine:Web2" in run("review", "merge", "acme:web2", "vcenter:vm-9").stdout
    assert set(answer("show", "acme:web2")["item"]["external_ids"]) == {"acme", "vcenter"}
    assert "two items again" in run("review", "split", "acme:web2", "--source", "vcenter").stdout
    assert set(answer("show", "vcenter:vm-9")["item"]["external_ids"]) == {"vcenter"}


def test_what_cannot_be_settled_says_why(ambiguous: Path, run: Any) -> None:
    """Two answers, none, and what does not wait."""
    assert "say what it is" in run("review", "settle", "x", code=2).stderr
    assert "say what it is" in run("review", "settle", "x", "--same", "web1", "--different", code=2).stderr
    assert "nothing that waits has the id" in run("review", "settle", "x", "--different", code=1).stderr
    assert "no standing decision" in run("review", "undo", "7", code=1).stderr
    assert "acme shows both" in run("review", "merge", "acme:web1", "acme:web2", code=1).stderr
    assert "says nothing of the item" in run("review", "split", "web1", "--source", "nobody", code=1).stderr


def test_screens(ambiguous: Path, run: Any, monkeypatch: Any) -> None:
    """The table fits 80 columns."""
    for width in ("80", "120"):
        monkeypatch.setenv("COLUMNS", width)
        assert max(map(len, run("review").stdout.splitlines())) <= int(width)
    assert run("review", "-o", "csv").stdout.splitlines()[0].startswith("id,kind,subject")


def test_precedence_is_set_shown_and_taken_away(ambiguous: Path, run: Any, answer: Any) -> None:
    """Whose word counts, and what is not believed beside it."""
    run("review", "merge", "acme:web2", "vcenter:vm-9")
    assert "No rules" in run("precedence").stdout
    assert answer("show", "acme:web2")["item"]["name"] == "web2"
    assert "1 item or pool go by it" in run("precedence", "VirtualMachine", "name", "vcenter", "acme").stderr
    said = answer("show", "acme:web2", "--sources")
    assert said["item"]["name"] == "Web2"
    losing = {each["source"]: each["not_shown"] for each in said["sources"]}
    assert losing == {"acme": ["name"], "vcenter": []}
    assert all(each["seen_at"] for each in said["sources"])
    assert "last seen" in run("show", "acme:web2", "--sources").stdout
    rules = [{"class": "VirtualMachine", "field": "name", "sources": ["vcenter", "acme"]}]
    assert answer("precedence")["rules"] == rules
    assert "vcenter, acme" in run("precedence").stdout
    assert "name the sources" in run("precedence", "VirtualMachine", code=2).stderr
    run("precedence", "VirtualMachine", "name", "--clear")
    assert answer("show", "acme:web2")["item"]["name"] == "web2"


def test_runs_tell_problems_and_failures(ambiguous: Path, folder: Path, run: Any, answer: Any) -> None:
    """A number gives the problems; a file that could not be read leaves a mark."""
    number = answer("runs")["runs"][0]["run"]
    [problem] = answer("runs", str(number))["problems"]
    assert (problem["severity"], problem["id"]) == ("ambiguous", "vm-1")
    assert "vm-1" in run("runs", str(number)).stdout
    (folder / "bad.yaml").write_text("cmdb: 1\nitems: [", encoding="utf-8")
    run("import", "bad.yaml", code=1)
    newest = answer("runs")["runs"][0]
    assert newest["run"] is None
    assert "bad.yaml" in newest["failed"]
    assert "bad.yaml" in run("runs").stdout
    assert "no import run 999" in run("runs", "999", code=1).stderr


def test_rules_of_identification(folder: Path, run: Any, answer: Any) -> None:
    """Listed, set, and taken back."""
    run("init")
    assert "ConfigurationItem" in run("identification").stdout
    said = answer("identification", "Server", "asset_tag", "serial_number", "--junk", "see label")
    assert {"class": "Server", "rules": ["asset_tag", "serial_number"], "by": "site"} in said["rules"]
    assert said["own_junk"] == ["see label"]
    assert "the rules are" in run("identification", "Server", "colour", code=2).stderr
    assert "--clear" in run("identification", "Server", code=2).stderr
    said = answer("identification", "Server", "--clear", "--no-junk", "see label")
    assert all(each["by"] == "shipped" for each in said["rules"])


def test_pools_are_suggested(estate: Path, run: Any, answer: Any) -> None:
    """With their evidence; accepted by a person."""
    run("relate", "Betaling", "depends_on", "web1")
    run("relate", "Betaling", "depends_on", "web2")
    [hint] = answer("suggest", "pools")["pools"]
    assert (hint["consumer"], hint["pool"], sorted(hint["members"])) == ("Betaling", "web", ["web1", "web2"])
    assert "number alone" in run("suggest", "pools").stdout
    assert "accepted" in run("suggest", "pools", "--accept", hint["id"]).stdout
    assert "no further pool" in run("suggest", "pools").stdout
    assert [each["name"] for each in answer("show", "Betaling")["pools"]] == ["web"]
    assert "accept one or refuse one" in run("suggest", "pools", "--accept", "a", "--refuse", "b", code=2).stderr
