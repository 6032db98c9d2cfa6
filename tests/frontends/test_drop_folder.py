"""Drop folders: whole files only, put away or quarantined with a report, nothing lost when interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import FileProblem, StoreBusy, UsageError
from frontends.cli.drop_folder import DropFolder, Imported

GOOD = "cmdb: 1\nsource: acme\nitems:\n  - {id: web1, class: Server, name: web1}\n"
DONE = Imported(0, 1, {"created": 1}, [])


def drop(folder: Path, name: str, text: str = GOOD, age: float = 60.0) -> Path:
    """Put a file into the folder that was last written `age` seconds ago."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_a_file_is_taken_once_it_is_whole(tmp_path: Path) -> None:
    """One that still grows is left alone, and so are names of unfinished and hidden files."""
    taken: list[str] = []

    def take(path: Path) -> Imported:
        taken.append(path.name)
        return DONE

    folder = DropFolder(tmp_path, take, settle_seconds=0.2)
    drop(tmp_path, "new.yaml", age=0)
    drop(tmp_path, "x.yaml.part")
    drop(tmp_path, ".hidden")
    assert folder.look() == []
    time.sleep(0.1)
    with (tmp_path / "new.yaml").open("a") as file:
        file.write("# more\n")
    assert folder.look() == []
    time.sleep(0.25)
    [done] = folder.look()
    assert (done.what, done.file, taken) == ("taken", "new.yaml", ["new.yaml"])
    assert (tmp_path / done.moved_to).read_text(encoding="utf-8").endswith("# more\n")
    assert folder.look() == []


def test_a_bad_file_goes_into_quarantine_with_its_report(tmp_path: Path) -> None:
    """And the next one is taken; what the record could not take stays and is tried again."""
    errors: dict[str, Exception] = {
        "bad.yaml": FileProblem("no inventory", file="bad.yaml"),
        "busy.yaml": StoreBusy("busy"),
    }

    def take(path: Path) -> Imported:
        if path.name in errors:
            raise errors[path.name]
        return DONE._replace(exit_code=4, report=["row 3: refused"])

    folder = DropFolder(tmp_path, take)
    for age, name in enumerate(["good.yaml", "busy.yaml", "bad.yaml"]):
        drop(tmp_path, name, age=60 + age)
    said = {done.file: done for done in folder.once()}
    assert [said[name].what for name in ("bad.yaml", "busy.yaml", "good.yaml")] == ["quarantined", "waiting", "taken"]
    assert list(said) == ["bad.yaml", "busy.yaml", "good.yaml"], "the oldest first"
    assert (tmp_path / "busy.yaml").exists()
    for name, text in (("bad.yaml", "no inventory"), ("good.yaml", "row 3: refused")):
        assert text in Path(f"{tmp_path / said[name].moved_to}.report.txt").read_text(encoding="utf-8")
    errors.clear()
    assert [done.file for done in folder.once()] == ["busy.yaml"]


def test_a_file_that_changes_while_it_is_read_is_read_anew(tmp_path: Path) -> None:
    """It is not put away as if it had been taken."""

    def take(path: Path) -> Imported:
        path.write_text("more", encoding="utf-8")
        return DONE

    drop(tmp_path, "a.yaml")
    [done] = DropFolder(tmp_path, take).look()
    assert (done.what, (tmp_path / "a.yaml").exists()) == ("waiting", True)


def test_a_folder_has_one_watcher(tmp_path: Path) -> None:
    """A second one is told, and a folder that is none is named."""
    first, second = (DropFolder(tmp_path, lambda path: DONE) for _ in range(2))
    with first.held(), pytest.raises(UsageError, match="watched already"), second.held():
        pass
    with second.held():
        pass
    with pytest.raises(UsageError, match="is no folder"):
        DropFolder(tmp_path / "nowhere", lambda path: DONE)


def test_once_from_the_command_line(folder: Path, run: Any, answer: Any) -> None:
    """One line a file; the exit code is the worst."""
    inbox = folder / "inn"
    inbox.mkdir()
    drop(inbox, "good.yaml")
    drop(inbox, "bad.yaml", "cmdb: 1\nitems: [", age=99)
    drop(inbox, "rows.yaml", GOOD + "  - {id: x, class: Nonsense, name: x}\n", age=10)
    lines = run("import", "--watch", str(inbox), "--once", code=4).stdout.splitlines()
    assert [line.split()[1:3] for line in lines] == [
        ["quarantined", "bad.yaml:"],
        ["taken", "good.yaml:"],
        ["taken", "rows.yaml:"],
    ]
    assert "1 created; revision 1" in lines[1]
    assert len(list((inbox / "done").glob("*.yaml"))) == 2
    assert "unknown class" in next((inbox / "done").glob("*.report.txt")).read_text(encoding="utf-8")
    assert answer("find", "web1")["total"] == 1
    drop(inbox, "good.yaml")
    [line] = run("import", "--watch", str(inbox), "--once", "-o", "json").stdout.splitlines()
    assert json.loads(line)["what"] == "taken"
    assert run("import", "--watch", str(inbox), "--once").stdout == ""
    drop(inbox, "again.yaml")
    header, line = run("import", "--watch", str(inbox), "--once", "-o", "csv").stdout.splitlines()
    assert (header.split(",")[1], line.split(",")[1]) == ("file", "again.yaml")


def test_words_that_do_not_go_together(folder: Path, run: Any) -> None:
    """Files or a folder."""
    for words in (["a.yaml", "--watch", "."], [], ["a.yaml", "--once"], ["--watch", ".", "--dry-run"]):
        assert "--watch DIR" in run("import", *words, code=2).stderr


def test_a_watch_ends_cleanly(folder: Path, importers_found: str) -> None:
    """By SIGTERM, after it has taken what came."""
    inbox = folder / "inn"
    inbox.mkdir()
    drop(inbox, "good.yaml")
    words = [sys.executable, "-m", "frontends.cli.main", "import", "--watch", str(inbox)]
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": importers_found},
    ) as watcher:
        assert watcher.stdout is not None
        line = watcher.stdout.readline()
        watcher.send_signal(signal.SIGTERM)
        _, error = watcher.communicate(timeout=30)
    assert "taken good.yaml" in line
    assert watcher.returncode == 0, error
    assert "ended" in error
    assert "Traceback" not in error
