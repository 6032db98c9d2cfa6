"""Everything that the README and the documents show is tried: commands, inventories, Cypher, links."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CMDB = [sys.executable, "-c", "import sys; from frontends.cli.main import main; sys.argv[0] = 'cmdb'; main()"]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])

ELSEWHERE = {
    "./run": "this very suite was started by it, and tests/test_run*.py look at it",
    ". .venv/bin/activate": "a matter of the shell",
    "export": "a setting",
    "pip": "installs",
    "git": "not ours",
    "curl": "asks a server of the reader's",
    "python": "tests/test_examples*.py",
    "ruff": "./run check",
    "pytest": "this suite",
}
NEEDS_A_SERVER = ("bolt://", "bolt+s://", "neo4j://", "netbox.example.org")
ITS_OWN_FILES = {
    *("docs/how-to/import-csv.md", "docs/how-to/import-netbox.md", "docs/how-to/import-backstage.md"),
    *("docs/how-to/import-openpsa.md", "docs/how-to/import-servicenow.md", "docs/how-to/import-itop-glpi.md"),
    "docs/how-to/import-excel.md",
}


def blocks(document: Path, language: str = "") -> Iterator[str]:
    """Give the fenced blocks of a document in a language."""
    fence = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
    for found in fence.finditer(document.read_text(encoding="utf-8")):
        if found[1] == language or (not language and found[1] in ("sh", "bash", "shell", "console")):
            yield found[2]


def commands(document: Path) -> list[str]:
    """Return the command lines of a document, in order; a block counts when its first line is a command."""
    found = []
    for block in blocks(document):
        lines = [line.removeprefix("$ ") for line in block.replace("\\\n", " ").splitlines() if line.strip()]
        if lines and (lines[0].startswith("cmdb ") or lines[0].split()[0] in ELSEWHERE or lines[0] in ELSEWHERE):
            found += lines
    return found


def runs_here(document: Path) -> bool:
    """Tell whether a document's commands can be run with the examples that ship."""
    text = "\n".join(commands(document))
    return bool(text) and str(document.relative_to(ROOT)) not in ITS_OWN_FILES and "cmdb " in text


@pytest.mark.parametrize("document", list(filter(runs_here, DOCUMENTS)), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_document_shows_runs(document: Path, tmp_path: Path) -> None:
    """A command of ours exits 0, or 4 where rows are named; others are known to be tried elsewhere."""
    (tmp_path / "examples").symlink_to(ROOT / "examples", target_is_directory=True)
    environment = {**os.environ, "CMDB_CACHE_DIR": str(tmp_path / "cache")}
    for line in commands(document):
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[:2] == ["python", "examples/midsize/generate.py"]:
            small = ["2000" if word == "100000" else word for word in words[1:]]
            subprocess.run([sys.executable, *small], cwd=tmp_path, env=environment, check=True, capture_output=True)
            continue
        if words[0] != "cmdb":
            assert any(line.startswith(known) for known in ELSEWHERE), f"{line}: nobody tries this"
            continue
        if any(server in line for server in NEEDS_A_SERVER) or "CMDB_STORE=bolt" in "".join(commands(document)):
            continue

        done = subprocess.run([*CMDB, *words[1:]], cwd=tmp_path, env=environment, capture_output=True, check=False)

        assert done.returncode in (0, 4), f"{line}\n{done.stderr.decode()}\n{done.stdout.decode()}"


def inventories() -> list[tuple[Path, str]]:
    """Return every native inventory that a document shows."""
    return [(doc, block) for doc in DOCUMENTS for block in blocks(doc, "yaml") if block.startswith("cmdb: 1")]


@pytest.mark.parametrize(("document", "text"), inventories(), ids=lambda value: getattr(value, "stem", ""))
def test_every_inventory_that_a_document_shows_is_imported_whole(document: Path, text: str, tmp_path: Path) -> None:
    """No row of it is refused, and the same again changes nothing."""
    from cmdb.record import Record
    from cmdb.settings import Settings
    from importers.reading import open_source
    from importers.registry import ReadOptions, importer_named

    (tmp_path / "shown.yaml").write_text(text, encoding="utf-8")
    settings = Settings.read(store=f"sqlite:///{tmp_path / 'cmdb.db'}", cache_dir=tmp_path)
    with Record.open(settings, create=True) as record:
        options = ReadOptions(words=record.catalogue.words)
        batches = importer_named("native").read([open_source(tmp_path / "shown.yaml")], options)

        first, again = record.import_batches(batches), record.import_batches(batches)

    assert first.proposal.problems == []
    assert first.exit_code == 0
    assert again.revision == first.revision


@pytest.mark.neo4j
def test_every_cypher_that_a_document_shows_runs(clean_neo4j: object, tmp_path: Path) -> None:
    """Hand-written Cypher finds the shape that the documents tell of."""
    neo4j = pytest.importorskip("neo4j")
    from cmdb.record import Record
    from cmdb.settings import Settings
    from importers.reading import open_source
    from importers.registry import ReadOptions, importer_named

    uri, auth, database = clean_neo4j.uri, clean_neo4j.auth, clean_neo4j.database  # type: ignore[attr-defined]
    settings = Settings.read(store=uri, cache_dir=tmp_path)
    with Record.open(settings, create=True) as record:
        email = open_source(ROOT / "examples" / "email" / "email.yaml")
        record.import_batches(importer_named("native").read([email], ReadOptions(words=record.catalogue.words)))
    shown = [line for doc in DOCUMENTS for block in blocks(doc, "cypher") for line in block.splitlines() if line]

    with neo4j.GraphDatabase.driver(uri, auth=auth) as driver:
        answers = [driver.execute_query(line, database_=database).records for line in shown]

    assert shown
    assert all(answers), dict(zip(shown, map(len, answers), strict=True))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    """A relative link names a file that is there."""
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))

    broken = [link for link in links if "://" not in link and not (document.parent / link).exists()]

    assert broken == []


def test_the_quickstart_runs() -> None:
    """The library without the command line does what it says."""
    words = [sys.executable, str(ROOT / "examples" / "quickstart.py")]

    done = subprocess.run(words, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})

    assert done.returncode == 0, done.stderr.decode()
    assert "110 items" in done.stdout.decode()


def test_the_demo_runs() -> None:
    """Every step of the demonstration does what it should."""
    words = [sys.executable, str(ROOT / "examples" / "demo.py"), "--quiet"]

    done = subprocess.run(words, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})

    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def test_the_importer_of_the_how_to_reads_its_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page shows is an importer: it makes the pool that the page speaks of, and refuses what it says."""
    import importlib

    from cmdb.catalogue import load_catalogue
    from cmdb.importing import EmptyView, propose
    from cmdb.reconcile import Policy
    from importers.reading import open_source
    from importers.registry import ReadOptions, importers_known

    page = ROOT / "docs" / "how-to" / "write-an-importer.md"
    (tmp_path / "haproxy_of_the_page.py").write_text(next(blocks(page, "python")), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importer = importlib.import_module("haproxy_of_the_page").importer
    file = tmp_path / "haproxy.cfg"
    file.write_text(next(blocks(page, "haproxy")) + "    server web3\n", encoding="utf-8")

    assert importer.recognises(open_source(file)) > max(
        each.recognises(open_source(file)) for each in importers_known().values()
    )
    (batch,) = importer.read([open_source(file)], ReadOptions(words=load_catalogue().words))
    assert [row.name for row in batch.items] == ["shop", "web1", "web2"]
    assert [(row.consumer_ref, row.name, b"need" in row.values) for row in batch.pools] == [("shop", "servers", False)]
    assert [(each.row, each.severity) for each in batch.problems] == [(4, "refused")]
    proposal = propose(EmptyView(), load_catalogue(), [batch], policy=Policy()).proposal
    assert (proposal.items["created"], proposal.relationships["created"], proposal.pools["created"]) == (3, 2, 1)
