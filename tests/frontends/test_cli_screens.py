"""What reaches a terminal and a spreadsheet: names are data, whatever is in them."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

from frontends.cli.needs_report import _guides
from frontends.cli.text import for_spreadsheet, on_one_line

Run = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[2]
NASTY = "\x1b[31mred\x1b[0m\u202etxt.exe\nnext\ttab\x07 [bold]x[/bold]"


@pytest.fixture
def nasty(folder: Path, run: Run) -> str:
    """An estate of a service with a name that would act on a terminal."""
    rows: list[dict[str, Any]] = [
        {"kind": "batch", "cmdb": 1, "source": "x"},
        {"kind": "item", "id": "svc", "class": "BusinessService", "name": NASTY, "users": 5},
        {"kind": "item", "id": "srv", "class": "Server", "name": "=cmd|' /C calc'!A0", "owner": NASTY},
        {"kind": "relationship", "from": "svc", "type": "depends_on", "to": "srv"},
    ]
    (folder / "nasty.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("import", "nasty.jsonl")
    return "svc"


COMMANDS = [
    *[("find",), ("show", "svc"), ("show", "srv", "--sources"), ("impact", "srv"), ("impact", "svc"), ("needs", "svc")],
    *[("history", "svc"), ("doctor",), ("diff", "0", "1"), ("impact", "srv", "-o", "mermaid"), ("show", "nosuch\x1b")],
    *[("impact", "srv", "-o", "dot"), ("availability",), ("availability", "svc"), ("availability", "--explain", "svc")],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_name_acts_on_the_terminal(nasty: str, run: Run, words: tuple[str, ...]) -> None:
    """Control characters and direction marks are shown as escapes, markup as text."""
    result = run(*words, code=1 if "nosuch\x1b" in words else 0)

    for said in (result.stdout, result.stderr):
        assert {"\x1b", "\u202e", "\x07", "\t"} & set(said) == set()


def test_a_name_is_told_on_one_line_with_its_escapes(nasty: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left out of it."""
    monkeypatch.setenv("COLUMNS", "300")

    assert "\\x1b[31mred\\x1b[0m\\u202etxt.exe\\nnext\\ttab\\x07 [bold]x[/bold]" in run("find").stdout


@pytest.mark.parametrize("words", [("find",), ("impact", "srv"), ("show", "srv"), ("history", "srv")], ids=" ".join)
def test_csv_holds_no_formula(nasty: str, run: Run, words: tuple[str, ...]) -> None:
    """A name that begins like one has a ' before it."""
    cells = [cell for row in csv.reader(io.StringIO(run(*words, "-o", "csv").stdout)) for cell in row]

    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []


def test_negative_numbers_stay_numbers_in_csv() -> None:
    """Only text is neutralised; a written one is text."""
    assert for_spreadsheet("-1") == "'-1"


@given(st.text())
def test_a_cell_is_one_line_of_printable_text(text: str) -> None:
    """Whatever the text: what is left prints, or joins letters."""
    shown = on_one_line(text)

    assert len(shown.splitlines()) <= 1
    assert not any(letter < " " or "\x7f" <= letter <= "\x9f" for letter in shown)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_the_guides_of_a_tree_fit_its_levels(levels: list[int]) -> None:
    """A line's guide is three characters a level; the last of siblings has a corner."""
    tree = [0]
    for level in levels:
        tree.append(min(level, tree[-1] + 1) or 1)

    guides = _guides(tree, ascii_only=True)

    assert [len(guide) for guide in guides] == [3 * level for level in tree]
    for place, level in enumerate(tree[1:], 1):
        rest = tree[place + 1 :]
        after = next((each for each in rest if each <= level), 0)
        assert guides[place].endswith("|- " if after == level else "`- ")


def test_a_terminal_without_letters_still_shows_the_answer(estate: Path, process: Callable[..., Any]) -> None:
    """In plain ASCII there are escapes, and no failure."""
    import os

    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}

    done = process("show", "shop", env=environment)

    assert done.returncode == 0, done.stderr
    assert "\\xc5se Bj\\xf8rnstad" in done.stdout
    assert done.stdout.isascii()


def test_json_is_utf_8_whatever_the_terminal(estate: Path, process: Callable[..., Any]) -> None:
    """A script reads the same bytes everywhere."""
    import os

    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(ROOT)}

    done = process("find", "Nettbutikk", "-o", "json", env=environment)

    assert json.loads(done.stdout)["total"] == 1


def test_the_reference_of_commands_is_current() -> None:
    """docs/reference/commands.md is made from --help: python tools/commands_reference.py"""
    path = ROOT / "tools" / "commands_reference.py"
    spec = importlib.util.spec_from_file_location("commands_reference", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert module.PAGE.read_text(encoding="utf-8") == module.page()


def test_the_module_is_the_command(importers_found: str) -> None:
    """`python -m frontends.cli.main` is what `cmdb` is."""
    done = subprocess.run(
        [sys.executable, "-m", "frontends.cli.main", "--version"], capture_output=True, text=True, cwd=ROOT, timeout=60
    )

    assert done.stdout.startswith("cmdb, version ")
