"""`cmdb import`: what it answers, its exit codes, and what bad input leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from cmdb.errors import StoreUnavailable
from frontends.cli.schemas import schema_named
from frontends.cli.session import Session

Run = Callable[..., Result]
Answer = Callable[..., Any]


def written(folder: Path, text: str | bytes, name: str = "inventory.yaml") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return name


def servers(count: int) -> str:
    rows = "".join(f"  - {{id: s{n}, class: Server, name: s{n}}}\n" for n in range(count))
    return f"cmdb: 1\nsource: acme\ncomplete: true\nitems:\n{rows}"


def test_the_answer_has_the_keys_of_the_contract(folder: Path, estate: Path, answer: Answer) -> None:
    """Design, section 7: keys may be added, never renamed or dropped."""
    said = answer("import", str(estate))

    jsonschema.validate(said, schema_named("import"))
    assert said == {
        "revision": 1,
        "dry_run": False,
        "counts": {
            "created": 0,
            "updated": 0,
            "unchanged": 7,
            "missing": 0,
            "retired": 0,
            "refused": 0,
            "ambiguous": 0,
            "placeholders": 0,
        },
        "relationships": {"created": 0, "updated": 0, "unchanged": 8, "removed": 0, "refused": 0},
        "pools": {"created": 0, "updated": 0, "unchanged": 1, "removed": 0, "refused": 0},
        "guard": [],
        "problems": [],
        "doubts": [],
        "warnings": ["the same files of acme were imported before; when items were last seen stays as it was"],
    }


def test_a_first_import_says_what_it_made_and_what_it_took_the_file_for(folder: Path, run: Run) -> None:
    """The answer on standard output; the guessed format, and that a record was begun, on standard error."""
    done = run("import", written(folder, servers(2)))

    assert "Revision 1 was made:" in done.stdout
    assert "inventory.yaml: read as native" in done.stderr
    assert "began a record at sqlite:///" in done.stderr


def test_quiet_leaves_the_answer_alone(folder: Path, run: Run) -> None:
    """-q is for scripts that keep standard error."""
    assert run("-q", "import", written(folder, servers(2))).stderr == ""


def test_the_same_file_again_changes_nothing_and_says_so(folder: Path, estate: Path, run: Run) -> None:
    """Importing twice is safe."""
    assert "Nothing has changed; revision 1 stands." in run("import", str(estate)).stdout


class TestDryRun:
    """`--dry-run` says of every row what would become of it."""

    def test_it_answers_without_a_record_and_makes_none(self, folder: Path, answer: Answer) -> None:
        """A look before the first import is the most useful of all."""
        said = answer("import", "--dry-run", written(folder, servers(2)))

        jsonschema.validate(said, schema_named("import"))
        assert (said["dry_run"], said["revision"], said["counts"]["created"]) == (True, 0, 2)
        assert [(each["row"], each["kind"], each["id"], each["verdict"]) for each in said["verdicts"]] == [
            (5, "item", "s0", "create"),
            (6, "item", "s1", "create"),
        ]
        assert not (folder / "cmdb.db").exists()

    def test_a_table_that_is_cut_says_how_much_it_leaves_out(self, folder: Path, run: Run) -> None:
        """Never silent."""
        shown = run("import", "--dry-run", "--limit", "3", written(folder, servers(10))).stdout

        assert "… 7 more; see all with --limit 0 or -o json" in shown
        assert "nothing was changed; revision 0 stands" in shown

    def test_what_changes_comes_before_what_does_not(self, folder: Path, run: Run) -> None:
        """A person looks for what would happen."""
        run("import", written(folder, servers(3)))

        shown = run("import", "--dry-run", written(folder, servers(4), "more.yaml")).stdout

        assert shown.index("create") < shown.index("unchanged")

    def test_a_refused_row_is_a_verdict_with_its_reason(self, folder: Path, answer: Answer) -> None:
        """Every row, the ones refused while they were read too."""
        file = written(folder, servers(1) + "  - {id: x, class: Server, name: x, users: many}\n")

        said = answer("import", "--dry-run", file, code=4)

        refused = [each for each in said["verdicts"] if each["verdict"] == "refused"]
        assert [(each["row"], each["id"]) for each in refused] == [(6, "x")]
        assert "users" in refused[0]["reason"]

    def test_csv_has_a_line_for_every_row(self, folder: Path, run: Run) -> None:
        """For a spreadsheet that somebody goes through."""
        lines = run("import", "--dry-run", "-o", "csv", written(folder, servers(60))).stdout.splitlines()

        assert lines[0] == "file,row,kind,id,verdict,reason"
        assert len(lines) == 61


class TestExitCodes:
    """0 well, 1 failed, 3 guarded, 4 done with refused rows."""

    def test_refused_rows_are_named_and_the_rest_is_imported(self, folder: Path, run: Run, answer: Answer) -> None:
        """4: one bad row costs that row."""
        file = written(folder, servers(2) + "  - {id: x, class: Sever, name: x}\n")

        done = run("import", file, code=4)

        assert "inventory.yaml:7: refused: x:" in done.stderr
        assert "Server" in done.stderr
        assert answer("find")["total"] == 2

    def test_the_guard_names_what_it_held_back_and_how_to_let_it_through(
        self, folder: Path, run: Run, answer: Answer
    ) -> None:
        """3: a file that was cut takes nothing away."""
        run("import", written(folder, servers(20)))

        held = answer("import", written(folder, servers(10), "cut.yaml"), code=3)
        said = run("import", "cut.yaml", code=3).stderr

        jsonschema.validate(held, schema_named("import"))
        assert held["guard"] == [
            {"source": "acme", "scope": "", "kind": "class", "name": "Server", "going": 10, "total": 20}
        ]
        assert held["counts"]["missing"] == 0
        assert "held back: 10 of 20 of class Server" in said
        assert "--max-removal 50" in said

        let_through = answer("import", "--max-removal", "50", "cut.yaml")

        assert let_through["counts"]["missing"] == 10

    def test_absent_retire_retires_at_once(self, folder: Path, run: Run, answer: Answer) -> None:
        """Where the source is known to be right."""
        run("import", written(folder, servers(20)))

        said = answer("import", "--absent", "retire", written(folder, servers(19), "less.yaml"))

        assert said["counts"]["retired"] == 1

    def test_partial_takes_nothing_away_whatever_the_file_says(self, folder: Path, run: Run, answer: Answer) -> None:
        """--partial and --complete are over what the file says."""
        run("import", written(folder, servers(20)))

        said = answer("import", "--partial", written(folder, servers(19), "less.yaml"))

        assert (said["counts"]["missing"], said["counts"]["retired"]) == (0, 0)


BAD_FILES = {
    "empty": b"",
    "truncated": b"cmdb: 1\nsource: acme\nitems:\n  - {id: a, class: Ser",
    "no text": b"cmdb: 1\nsource: a\x00cme\n",
    "another format": b"PK\x03\x04 a workbook",
    "duplicate key": b"cmdb: 1\nsource: acme\nsource: other\n",
    "bomb": b"cmdb: 1\nsource: acme\na: &a [x,x,x]\nb: &b [*a,*a,*a]\nitems: [*b,*b]\n",
    "unknown key": b"cmdb: 1\nsource: acme\nitmes: []\n",
}


@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_and_leaves_the_record_as_it_was(
    folder: Path, estate: Path, run: Run, answer: Answer, content: bytes
) -> None:
    """1: with the file's name, and no revision."""
    said = run("import", "--format", "native", written(folder, content, "bad.yaml"), code=1).stderr

    assert said.splitlines()[-1].startswith("cmdb: bad.yaml")
    assert answer("log")["revision"] == 1


def test_a_bad_file_begins_no_record(folder: Path, run: Run) -> None:
    """What failed before it began leaves nothing behind."""
    run("import", written(folder, b"nonsense\n"), code=1)

    assert not (folder / "cmdb.db").exists()


def test_one_bad_file_among_several_imports_none(folder: Path, run: Run) -> None:
    """All files of one command are one revision, or none."""
    run("import", written(folder, servers(2)), written(folder, b"", "bad.yaml"), code=1)

    assert not (folder / "cmdb.db").exists()


def test_names_of_all_kinds_come_back_as_they_went_in(folder: Path, run: Run, answer: Answer) -> None:
    """Quotes, emoji, Norwegian letters and Cypher are data."""
    names = ["Blåbærsyltetøy", 'it\'s "q"', "🐟🏳️‍🌈", "x'}) DETACH DELETE n //", "=1+1", "[red]ikke rød[/red]", "NO"]
    rows = "".join(f"  - {{id: 'i{n}', class: Server, name: {_quoted(name)}}}\n" for n, name in enumerate(names))

    run("import", written(folder, f"cmdb: 1\nsource: acme\nitems:\n{rows}"))

    assert sorted(each["name"] for each in answer("find")["items"]) == sorted(names)
    table = run("find").stdout
    assert [name for name in names if name not in table] == []


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def test_a_file_of_standard_input_is_a_dash(folder: Path, process: Callable[..., Any]) -> None:
    """`generator | cmdb import -`."""
    done = process("import", "-", input=servers(2))

    assert done.returncode == 0, done.stderr
    assert "standard input: read as native" in done.stderr


def test_an_unknown_format_names_those_there_are(folder: Path, run: Run) -> None:
    """2: the question was wrong."""
    said = run("import", "--format", "wordperfect", written(folder, servers(1)), code=2).stderr

    assert "native" in said
    assert "netbox" in said


def test_an_interruption_while_the_files_are_compared_changed_nothing(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C before the writing begins is told as what it is."""
    from cmdb.record import Record

    def interrupted(self: Any, batches: Any, *, progress: Callable[[str], None], **more: Any) -> Any:
        progress("comparing acme")
        raise KeyboardInterrupt

    monkeypatch.setattr(Record, "import_batches", interrupted)

    assert "interrupted; nothing was changed" in run("import", written(folder, servers(1)), code=130).stderr


def test_no_progress_is_drawn_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    """Logs hold no bars."""
    assert not Session().shows_progress()


@pytest.mark.parametrize(
    ("store", "code", "message"),
    [("sqlite:/x", 2, "is not the URL of a store"), ("foo://x", 2, "there is no store of the kind 'foo'")],
)
def test_a_store_that_is_none_is_told_before_the_file_is_read(
    folder: Path, run: Run, store: str, code: int, message: str
) -> None:
    """The file would take long, or is no inventory at all: that is not what is wrong first."""
    refused = run("--store", store, "import", written(folder, "no inventory", "x.bin"), code=code)
    assert message in refused.stderr
    assert "x.bin" not in refused.stderr


def test_a_server_that_does_not_answer_is_told_while_the_file_is_read(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading ends as soon as the other thread knows, however much of the file is left."""
    read = 0

    def opened(settings: object, *, create: bool = False) -> object:
        raise StoreUnavailable("bolt://nowhere:1: the server cannot be reached")

    def rows(source: object, **how: object) -> Iterator[tuple[int, dict[str, Any]]]:
        nonlocal read
        yield 1, {"kind": "batch", "cmdb": 1, "source": "acme"}
        for read in range(2, 10_000_000):
            yield read, {"kind": "item", "id": f"s{read % 100}", "class": "Server", "name": "s"}

    monkeypatch.setattr("cmdb.record.Record.open", opened)
    monkeypatch.setattr("importers.native.json_lines.iter_json_lines", rows)
    name = written(folder, '{"kind": "batch", "cmdb": 1, "source": "acme"}\n', "endless.jsonl")

    refused = run("--store", "bolt://nowhere:1", "import", name, code=1)

    assert "the server cannot be reached" in refused.stderr
    assert read < 10_000_000 - 1
