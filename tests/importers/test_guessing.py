"""Which importer a file is for: every real file goes to exactly its own, and nothing makes a guess fail or hang."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import FileProblem
from importers.reading import open_source
from importers.registry import ReadOptions, guess_importer, importers_known

# Where the files of each format lie among the real inventories; the first pattern that fits a file decides.
FORMATS = [
    ("nmap/defused_*", None),
    ("ansible/*/*/*.ini", "ansible"),
    ("ansible/*", None),
    ("backstage/*/catalog*/*", "backstage"),
    ("backstage/*", None),
    ("compose/*", "compose"),
    ("cyclonedx/*", "cyclonedx"),
    ("debian/*.Packages", "debian"),
    ("jaeger/*", "jaeger"),
    ("kubernetes/*", "kubernetes"),
    ("nmap/*", "nmap"),
    ("terraform/*", "terraform"),
    ("topology-zoo/*", "gml"),
    ("vizceral/*", "vizceral"),
    ("netbox/*.json", "netbox"),
]
OURS = {name for _, name in FORMATS if name} | {"awsconfig", "graphml", "icinga", "nagios", "openpsa", "otlp"}
WORDS = [
    "graph [", "node [", "define host {", 'object Host "', "services:", "  image: x", "apiVersion: v1", "kind: Pod",
    "[web]", "web ansible_host=1", "all:", "  hosts:", "Package: a", "Depends: b | c", "}", "]", "\n", "<nmaprun>",
    "<graphml>", '{"resourceSpans": [{}]}', '{"version": 4, "serial": 1}', '{"bomFormat": "CycloneDX"}',
    '{"configurationItems": []}',
    '[{"parent": "a", "child": "b"}]', '{"renderer": "global", "nodes": [], "name": "a"}',
]  # fmt: skip


@pytest.mark.shared
def test_every_real_file_is_recognised_by_exactly_its_importer(shared_data: Path) -> None:
    """Files of other formats are claimed by none of these, and none claims another's."""
    seen = set()
    for path in sorted(each for each in shared_data.rglob("*") if each.is_file()):
        inside = path.relative_to(shared_data)
        expected = next((name for pattern, name in FORMATS if _fits(inside, pattern)), None)
        try:
            source = open_source(path)
        except FileProblem:
            continue
        claims = {name for name, each in importers_known().items() if name in OURS and each.recognises(source) > 0}
        assert claims == ({expected} if expected else set()), inside
        if expected:
            assert guess_importer(source).name == expected
            seen.add(expected)
    assert seen == {name for _, name in FORMATS if name}


def _fits(path: Path, pattern: str) -> bool:
    """Tell whether a path lies below a pattern, in which a star stands for one name and the last for all below."""
    parts, wanted = path.parts, pattern.split("/")
    return len(parts) >= len(wanted) and all(Path(one).match(other) for one, other in zip(parts, wanted, strict=False))


@given(
    pieces=st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), max_size=12),
    join=st.sampled_from(["\n", " "]),
)
def test_no_text_makes_an_importer_fail_but_by_a_file_problem(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[str], join: str
) -> None:
    """Pieces of all formats, mixed: recognising never raises, and reading only what a person can act on."""
    path = tmp_path_factory.mktemp("guess") / "file"
    path.write_bytes((join.join(pieces) + "\n").encode("utf-8", errors="replace"))
    source = open_source(path)
    for name, each in importers_known().items():
        if name in OURS:
            each.recognises(source)
            try:
                each.read([source], ReadOptions())
            except FileProblem as problem:
                assert problem.message  # noqa: PT017


@pytest.mark.parametrize("piece", ["\n", " ", "a:\n", "[a]\n", " \n", "a", "define\n", "node\n", "{", "Package: a\n\n"])
def test_recognising_a_hostile_file_takes_no_time(tmp_path: Path, piece: str) -> None:
    """A pattern that is slow on blanks would hang every import of a folder."""
    path = tmp_path / "file"
    path.write_text("x" + piece * (250_000 // len(piece)), encoding="utf-8")
    source = open_source(path)
    for name, each in importers_known().items():
        if name in OURS:
            started = time.process_time()
            each.recognises(source)
            assert time.process_time() - started < 1, name
