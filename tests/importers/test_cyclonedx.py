"""CycloneDX: components and services, nested ones, dependencies; real bills of materials."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import FileProblem
from importers.cyclonedx import importer
from importers.reading import open_source
from importers.registry import ReadOptions

BILL = {
    "bomFormat": "CycloneDX", "specVersion": "1.5",
    "metadata": {"component": {"type": "application", "bom-ref": "root", "group": "acme", "name": "shop"}},
    "components": [
        {"type": "library", "bom-ref": "a", "name": "liba", "version": "1", "purl": "pkg:x/a@1", "description": "A",
         "licenses": [{"license": {"id": "MIT"}}, {"expression": "Apache-2.0 OR MIT"}],
         "components": [{"type": "library", "bom-ref": "a/inner", "name": "inner"}]},
        {"type": "library", "name": "libb", "group": "g"},
        {"type": "library", "bom-ref": "nameless"},
    ],
    "services": [{"bom-ref": "pay", "name": "payments"}],
    "dependencies": [
        {"ref": "root", "dependsOn": ["a", "pay"]}, {"ref": "a", "dependsOn": ["gone", 7, "a"]}, {"dependsOn": ["a"]},
        {"ref": "pay"},
    ],
}  # fmt: skip


def test_a_bill_is_its_parts_and_what_they_need(read_files: Callable[..., Any]) -> None:
    """Ids are qualified by what the bill describes, which is also the scope; refused rows are named."""
    batch = read_files("cyclonedx", {"bom.json": json.dumps(BILL)})
    assert batch.batch.scope == "acme/shop"
    assert batch.items == {
        "acme/shop#root": ("Application", "shop", {"attributes": {"type": "application", "group": "acme"}}),
        "acme/shop#a": ("Package", "liba", {"description": "A", "attributes": {
            "type": "library", "version": "1", "purl": "pkg:x/a@1", "licences": ["Apache-2.0 OR MIT", "MIT"]}}),
        "acme/shop#a/inner": ("Package", "inner", {"attributes": {"type": "library"}}),
        "acme/shop#g/libb": ("Package", "libb", {"attributes": {"type": "library", "group": "g"}}),
        "acme/shop#pay": ("Application", "payments", {}),
    }  # fmt: skip
    assert batch.links == {
        ("acme/shop#a/inner", "part_of", "acme/shop#a"),
        ("acme/shop#root", "depends_on", "acme/shop#a"),
        ("acme/shop#root", "depends_on", "acme/shop#pay"),
        ("acme/shop#a", "depends_on", "acme/shop#gone"),
    }
    assert batch.refused == [
        (3, "component 3 has no name: a part is named by text"),
        (2, "a depends on '7': give a bom-ref"),
        (3, "dependency 3 has no ref: it names the part that depends"),
    ]
    assert any("now placeholders: gone" in note for note in batch.notes)


def test_a_bill_without_dependencies_says_so(read_files: Callable[..., Any]) -> None:
    """A list of parts shows nothing of what breaks what; what is no bill is refused whole."""
    batch = read_files("cyclonedx", {"b.json": '{"bomFormat": "CycloneDX", "components": [{"name": "a"}]}'})
    assert batch.batch.scope == "b"
    assert any("nothing of what breaks what" in note for note in batch.notes)
    with pytest.raises(FileProblem, match="no CycloneDX"):
        read_files("cyclonedx", {"b.json": '{"bomFormat": "SPDX"}'})


def test_the_same_bill_twice_changes_nothing(read_files: Callable[..., Any], imports_once: Callable[..., Any]) -> None:
    """Every class and type is known to the record, and a second import is silent."""
    first = imports_once([read_files("cyclonedx", {"bom.json": json.dumps(BILL)}).batch])
    assert (first["counts"]["created"], first["counts"]["placeholders"], len(first["problems"])) == (5, 1, 3)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "parts", "needs"),
    [("dropwizard-1.3.15/bom.json", 167, 170), ("laravel-7.12.0/bom.1.2.json", 62, 113),
     ("laravel-7.12.0/bom.1.3.json", 62, 113), ("laravel-7.12.0/bom.1.4.json", 62, 113)],
)  # fmt: skip
def test_real_bills(shared_data: Path, told: Callable[..., Any], path: str, parts: int, needs: int) -> None:
    """Parts and dependencies agree with a plain reading of the JSON."""
    file = shared_data / "cyclonedx" / path
    whole = json.loads(file.read_text(encoding="utf-8"))
    [batch] = importer.read([open_source(file)], ReadOptions())
    read = told(batch)
    said = {(each["ref"], other) for each in whole["dependencies"] for other in each.get("dependsOn", [])}
    assert {(start.partition("#")[2], end.partition("#")[2]) for start, _, end in read.links} == said
    assert {id_.partition("#")[2] for id_ in read.items} == {
        whole["metadata"]["component"]["bom-ref"], *(each["bom-ref"] for each in whole["components"])
    }  # fmt: skip
    assert (len(read.items) - 1, len(read.links), read.refused) == (parts, needs, [])
