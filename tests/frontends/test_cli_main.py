"""The command line as a whole: its help, its options, and what becomes of errors."""

from __future__ import annotations

import doctest
import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from cmdb import __version__
from cmdb.errors import StoreBusy
from frontends.cli.boundary import run_bounded
from frontends.cli.listing import COMMANDS, SECTIONS
from frontends.cli.main import cli
from frontends.cli.session import Session

Run = Callable[..., Result]
HEAVY = ("numpy", "pydantic", "networkx", "rich", "msgspec", "neo4j", "yaml", "sqlite3")
MODULES = ("answers", "changes", "tables", "text")


def command_named(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


def test_help_lists_every_command_in_its_section(run: Run) -> None:
    """What can be done is found without knowing its name."""
    shown = run("--help").stdout

    places = [shown.index(f"\n{section}:") for section in SECTIONS]
    assert places == sorted(places)
    assert [each.name for each in COMMANDS if f"  {each.name} " not in shown] == []


@pytest.mark.parametrize("listed", COMMANDS, ids=lambda each: each.name)
def test_a_command_says_of_itself_what_the_list_says(listed: Any) -> None:
    """The list is kept by hand so that help is instant, and must not part from the commands."""
    command = command_named(listed.name)

    assert command.name == listed.name
    assert " ".join((command.help or "").partition("\n\n")[0].split()) == listed.summary


def test_help_imports_nothing_heavy(process: Callable[..., Any], importers_found: str) -> None:
    """`cmdb --help` answers at once: commands import what they need when they run."""
    code = f"""
import sys
sys.argv = ["cmdb", "--help"]
from frontends.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code
heavy = [name for name in {HEAVY!r} if name in sys.modules]
commands = [name for name in sys.modules if name.startswith("frontends.cli.commands.")]
sys.exit(repr(heavy + commands) if heavy + commands else 0)
"""
    environment = {**os.environ, "PYTHONPATH": importers_found}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)

    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there the system does not say")
def test_help_is_quick(process: Callable[..., Any]) -> None:
    """Under 0.2 seconds, of the processor's own time: whoever else keeps the machine busy does not count."""
    import resource

    def seconds() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    taken = []
    for _ in range(4):
        before = seconds()
        process("--help")
        taken.append(seconds() - before)

    assert min(taken) < 0.2


def test_the_version_is_the_packages(run: Run) -> None:
    """`cmdb --version` is for scripts that ask what they talk to."""
    assert run("--version").stdout == f"cmdb, version {__version__}\n"


def test_an_unknown_command_names_the_one_that_may_be_meant(run: Run) -> None:
    """A slip of the finger costs no search."""
    said = run("imapct", "web1", code=2).stderr

    assert "there is no command 'imapct'. Did you mean impact" in said


def test_every_command_has_its_own_help(run: Run) -> None:
    """Each begins with what the list says of it, and takes -h too."""
    for listed in COMMANDS:
        assert listed.summary in " ".join(run(listed.name, "-h").stdout.split())


@pytest.mark.parametrize("words", [("--by", "ola", "log"), ("log", "--by", "ola")])
def test_shared_options_stand_before_or_after_the_command(estate: Path, run: Run, words: tuple[str, ...]) -> None:
    """Both are what people type."""
    place = words.index("log")
    edit = ("item", "edit", "web1", "--set", "owner=Per")
    run(*words[:place], *edit, *words[place + 1 :])

    assert "ola" in run("log").stdout


def test_a_missing_record_is_an_error_that_says_how_to_begin(folder: Path, run: Run) -> None:
    """A wrong folder is no empty answer, and reading makes no file."""
    said = run("find", "web1", code=1).stderr

    assert "cmdb init" in said or "cmdb import" in said
    assert not (folder / "cmdb.db").exists()


def test_a_password_in_the_url_is_refused_and_not_repeated(run: Run) -> None:
    """URLs are shown and logged."""
    said = run("find", "--store", "bolt://neo4j:hemmelig@localhost", code=2).stderr

    assert "hemmelig" not in said
    assert "NEO4J_PASSWORD" in said


class TestTheBoundary:
    """Whatever happens inside becomes an exit code and a message."""

    def outcome(self, error: BaseException, session: Session | None = None) -> tuple[int, str]:
        @click.command()
        def failing() -> None:
            raise SystemExit(run_bounded(self.raising(error), session or Session()))

        result = CliRunner().invoke(failing)
        return result.exit_code, result.stderr

    @staticmethod
    def raising(error: BaseException) -> Callable[[], None]:
        def run() -> None:
            raise error

        return run

    def test_an_error_of_ours_is_its_message_and_its_code(self) -> None:
        """The message says what to do; nothing is put around it."""
        assert self.outcome(StoreBusy("kari holds the record; try again")) == (
            1,
            "cmdb: kari holds the record; try again\n",
        )

    def test_an_interruption_says_that_nothing_was_changed(self) -> None:
        """130, as the shell has it."""
        assert self.outcome(KeyboardInterrupt()) == (130, "cmdb: interrupted; nothing was changed\n")

    def test_an_interruption_while_writing_does_not_promise_that(self) -> None:
        """Only what is true is said."""
        session = Session()
        session.writing = True

        code, said = self.outcome(KeyboardInterrupt(), session)

        assert code == 130
        assert "nothing was changed" not in said
        assert "cmdb log" in said

    def test_an_interruption_after_writing_names_the_revision(self) -> None:
        """The person knows that it is done."""
        session = Session()
        session.made = 7

        assert "revision 7" in self.outcome(KeyboardInterrupt(), session)[1]

    def test_a_broken_pipe_is_silent(self) -> None:
        """`cmdb find | head` is no failure of ours."""
        assert self.outcome(BrokenPipeError(32, "Broken pipe")) == (141, "")

    def test_what_should_not_happen_is_one_line(self) -> None:
        """Never a traceback, and a way to report it."""
        code, said = self.outcome(KeyError("odd\n\x1b[31m"))

        assert code == 1
        assert said.count("\n") == 1
        assert "KeyError" in said
        assert "--debug" in said
        assert "\x1b" not in said

    def test_debug_shows_the_traceback(self) -> None:
        """For whoever is to mend it."""
        session = Session()
        session.debug = True

        assert "Traceback" in self.outcome(KeyError("odd"), session)[1]

    def test_a_full_disk_is_told_as_one(self) -> None:
        """The system's word, and what to look at."""
        code, said = self.outcome(OSError(28, "No space left on device", "/srv/out.csv"))

        assert code == 1
        assert "No space left on device (/srv/out.csv)" in said


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's pipe")
def test_a_reader_that_leaves_early_sees_no_complaint(estate: Path, process: Callable[..., Any]) -> None:
    """The interpreter does not complain either as it ends."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = process("schema", "inventory", stdout=writer, stderr=subprocess.PIPE, capture_output=False)
    finally:
        os.close(writer)

    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_hold(name: str) -> None:
    """What a docstring shows is what happens."""
    assert doctest.testmod(importlib.import_module(f"frontends.cli.{name}")).failed == 0
