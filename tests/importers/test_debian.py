"""Debian control files: dependencies, alternatives as pools, virtual packages, versions; a real index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import FileProblem
from importers.debian import importer
from importers.debian.relations import compare_versions, groups_of, satisfies
from importers.reading import open_source
from importers.registry import ReadOptions

INDEX = """\
# an index
Package: web
Version: 1:2.0-1
Architecture: amd64
Depends: libc (>= 2.36), mta | mail-transport-agent, editor,
 httpd-cgi | php:any, python (>= 3), self-made
Pre-Depends: init
Provides: self-made
Description: a web server
 and more of it

Package: libc
Version: 2.36

Package: mta
Version: 4
Provides: mail-transport-agent (= 4)

Package: postfix
Version: 3
Provides: mail-transport-agent, editor

Package: vi
Version: 9
Provides: editor

Package: php
Version: 8

Package: python
Version: 2.7
"""


def test_alternatives_and_virtual_packages_are_pools_of_which_one_will_do(read_files: Callable[..., Any]) -> None:
    """An alternative that is in no file is no redundancy; what a package provides itself it does not need."""
    batch = read_files("debian", {"Packages": INDEX})
    assert batch.items["web"] == ("Package", "web", {
        "description": "a web server", "attributes": {"version": "1:2.0-1", "architecture": "amd64"}})  # fmt: skip
    assert batch.items.keys() == {"web", "libc", "mta", "postfix", "vi", "php", "python"}
    mail = "mta | mail-transport-agent"
    assert batch.links == {
        ("web", "depends_on", "libc"),
        ("web", "depends_on", "mta", mail),
        ("web", "depends_on", "postfix", mail),
        ("web", "depends_on", "postfix", "editor"),
        ("web", "depends_on", "vi", "editor"),
        ("web", "depends_on", "php"),
        ("web", "depends_on", "python"),
        ("web", "depends_on", "init"),
    }
    assert batch.pools == {
        ("web", mail): {"need": 1, "evidence": f"Depends: {mail}; any one will do"},
        ("web", "editor"): {"need": 1, "evidence": "editor is provided by postfix, vi; any one will do"},
    }
    notes = "\n".join(batch.notes)
    assert "1 packages are needed and in no file, now placeholders: init" in notes
    assert "not counted as redundancy: httpd-cgi" in notes


def test_a_version_that_will_not_do_cannot_stand_in(read_files: Callable[..., Any]) -> None:
    """Nor can a provider that states no version for a need that has one."""
    text = (
        "Package: a\nDepends: old (>= 2) | b, v (>= 2) | b | c\n\nPackage: old\nVersion: 1\n\n"
        "Package: b\nVersion: 1\n\nPackage: c\nVersion: 1\n\n"
        "Package: d\nProvides: v\n\nPackage: e\nProvides: v (= 1.9)\n"
    )
    batch = read_files("debian", {"Packages": text})
    pool = "v (>= 2) | b | c"
    assert batch.links == {("a", "depends_on", "b"), ("a", "depends_on", "b", pool), ("a", "depends_on", "c", pool)}


def test_only_what_is_installed_counts_in_a_status_file(read_files: Callable[..., Any]) -> None:
    """dpkg keeps packages that were removed with their settings."""
    text = (
        "Package: a\nStatus: install ok installed\nDepends: b | c\n\nPackage: b\nStatus: install ok installed\n\n"
        "Package: c\nStatus: deinstall ok config-files\n"
    )
    batch = read_files("debian", {"status": text})
    assert (batch.items.keys(), batch.links, batch.pools) == ({"a", "b"}, {("a", "depends_on", "b")}, {})


@pytest.mark.parametrize(
    ("text", "message", "row"),
    [
        ("Package: a\nnonsense\n", "is no field", 2),
        ("Package: a\nPackage: b\n", "stands twice", 2),
        (" goes on\n", "none was begun", 1),
    ],
)
def test_a_damaged_file_is_refused_whole(read_files: Callable[..., Any], text: str, message: str, row: int) -> None:
    """What cannot be read to its end may lack anything."""
    with pytest.raises(FileProblem, match=message) as refused:
        read_files("debian", {"Packages": text})
    assert refused.value.row == row


def test_bad_stanzas_are_told_with_their_row(read_files: Callable[..., Any]) -> None:
    """One without a name is refused; one whose dependencies cannot be read is taken, and warned about."""
    text = "Version: 1\n\nPackage: a\nDepends: b (>= 1\n\nPackage: a\nVersion: 2\n"
    batch = read_files("debian", {"Packages": text})
    assert [row for row, _ in batch.refused] == [1, 6]
    assert batch.warned == [
        (3, "depends of a is left out: 'b (>= 1' is no dependency: it is a name and perhaps (>= VERSION)")
    ]


@pytest.mark.parametrize(
    "ascending",
    [["1.0~~", "1.0~~a", "1.0~", "1.0", "1.0a", "1.0+b", "1.0.1", "1.9", "1.10", "1:0.1", "2:0"],
     ["1-1", "1-1+deb12u1", "1-2", "1-10", "1.1-1"], ["0", "00.1", "0.2"]],
)  # fmt: skip
def test_versions_are_in_debians_order(ascending: list[str]) -> None:
    """The order of Debian policy 5.6.12, both ways round."""
    for at, one in enumerate(ascending):
        assert compare_versions(one, one) == 0
        for other in ascending[at + 1 :]:
            assert (compare_versions(one, other), compare_versions(other, one)) == (-1, 1)
    [[alternative]] = groups_of("x (>> 1.0)")
    assert [satisfies(alternative, version) for version in ("1.0", "1.1", None)] == [False, True, False]


def test_the_same_index_twice_changes_nothing(read_files: Callable[..., Any], imports_once: Callable[..., Any]) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    first = imports_once([read_files("debian", {"Packages": INDEX}).batch])
    assert (first["counts"]["created"], first["counts"]["placeholders"]) == (7, 1)


@pytest.mark.shared
def test_the_real_index(shared_data: Path, told: Callable[..., Any]) -> None:
    """1,424 packages, 6,058 pairs by name, 266 needs that several can meet: by a reading with split() alone."""
    path = shared_data / "debian" / "subset.Packages"
    stanzas = [
        dict(line.split(": ", 1) for line in stanza.split("\n") if ": " in line and not line.startswith(" "))
        for stanza in path.read_text(encoding="utf-8").split("\n\n") if stanza.strip()
    ]  # fmt: skip
    names = {each["Package"] for each in stanzas}
    provided: dict[str, set[str]] = {}
    for each in stanzas:
        for virtual in each.get("Provides", "").split(","):
            provided.setdefault(virtual.split("(")[0].strip(), set()).add(each["Package"])

    def plain(alternative: str) -> str:
        return alternative.split("(")[0].split(":")[0].strip()

    groups = [
        (each["Package"], {plain(alternative) for alternative in group.split("|")})
        for each in stanzas
        for field in ("Pre-Depends", "Depends")
        if each.get(field)
        for group in each[field].split(",")
    ]
    met = [
        (name, {each for each in group if each in names}.union(*(provided.get(each, ()) for each in group)))
        for name, group in groups
    ]
    pairs = {(name, provider) for name, able in met for provider in able}
    several = sum(len(able) > 1 for _, able in met)
    assert (len(names), len(pairs), several) == (1424, 6058, 266)
    [batch] = importer.read([open_source(path)], ReadOptions())
    read = told(batch)
    assert read.items.keys() == names
    # By name alone four more would do, whose version does not: perl is not below 5.19, php8.2 provides no php 2:7.4.
    assert pairs - {(start, end) for start, _, end, *_ in read.links} == {
        ("mediawiki", "php8.2"),
        ("mediawiki", "uwsgi-plugin-php"),
        ("phpmyadmin", "dbconfig-common"),
        ("systemd", "libelogind0"),
    }
    assert {(start, end) for start, _, end, *_ in read.links} <= pairs
    assert len(read.pools) == several - 3
    assert all(values["need"] == 1 for values in read.pools.values())
