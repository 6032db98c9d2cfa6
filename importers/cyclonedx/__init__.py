"""CycloneDX bills of materials, JSON: what software is made of.

    read ── parts (components and services, nested) ── Gatherer

A `bom-ref` is unique only within its bill, so the name of what the bill describes goes before it. Two bills that name
the same library tell of two copies of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words, listed
from importers.reading import SourceFile, read_json
from importers.registry import ReadOptions

__all__ = ["CycloneDxImporter", "importer"]

_FORMAT: Final = re.compile(r'"bomFormat"\s*:\s*"CycloneDX"')
_CLASSES: Final = {
    "application": "Application",
    "container": "Container",
    "device": "Hardware",
    "service": "Application",
}
_KEPT: Final = ("type", "group", "version", "purl", "cpe", "publisher", "scope")


class _Part(NamedTuple):
    row: int
    ref: str | None
    kind: str
    told: dict[str, Any]
    inside: str | None


class CycloneDxImporter:
    """Reads bills of materials; each is a batch of its own, for what it describes is its scope."""

    name = "cyclonedx"
    description = "CycloneDX bills of materials (JSON): components, services and what depends on what"
    example = "cmdb import --format cyclonedx bom.json --source sbom"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: it names its format."""
        return 1.0 if _FORMAT.search(first_words(source)) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch a bill; raises FileProblem for a file that is none."""
        batches = []
        for done, source in enumerate(sources, 1):
            bill = read_json(source)
            if not isinstance(bill, dict) or bill.get("bomFormat") != "CycloneDX":
                raise source.problem("this is no CycloneDX bill: bomFormat must be CycloneDX")
            root = _root_name(bill, source)
            gathered = Gatherer(options, source="cyclonedx", scope=root)
            gathered.begin(source)
            _take(gathered, bill, root)
            gathered.progress(done, len(sources))
            batches.append(gathered.batch())
        return batches


def _take(gathered: Gatherer, bill: dict[str, Any], root: str) -> None:
    known: dict[str, str] = {}
    for part in _parts(bill):
        name = part.told.get("name")
        id_ = f"{root}#{part.ref or part.told.get('purl') or _full_name(part.told)}"
        if not isinstance(name, str) or not name.strip():
            gathered.builder.refuse_unidentified(
                part.row, f"{part.kind} {part.row} has no name: a part is named by text"
            )
            continue
        if part.ref is not None:
            known[part.ref] = id_
        attributes = {key: part.told[key] for key in _KEPT if part.told.get(key)}
        licences = sorted(set(_licences(part.told)))
        values: dict[str, Any] = {"attributes": {**attributes, "licences": licences} if licences else attributes}
        if isinstance(part.told.get("description"), str):
            values["description"] = part.told["description"]
        kind = str(part.told.get("type") or part.kind)
        gathered.item(part.row, id_, _CLASSES.get(kind, "Package"), name, values)
        if part.inside is not None and part.inside in known:
            gathered.link(part.row, id_, "part_of", known[part.inside])
    _dependencies(gathered, bill, known, root)


def _dependencies(gathered: Gatherer, bill: dict[str, Any], known: dict[str, str], root: str) -> None:
    told = bill.get("dependencies")
    hanging: set[str] = set()
    links = 0
    for row, entry in enumerate(told if isinstance(told, list) else [], 1):
        ref = entry.get("ref") if isinstance(entry, dict) else None
        if not isinstance(ref, str) or not ref:
            gathered.builder.refuse_unidentified(row, f"dependency {row} has no ref: it names the part that depends")
            continue
        needs = entry.get("dependsOn") or []
        for other in needs if isinstance(needs, list) else []:
            if not isinstance(other, str) or not other:
                gathered.builder.refuse(row, known.get(ref), f"{ref} depends on {str(other)[:60]!r}: give a bom-ref")
                continue
            hanging.update(each for each in (ref, other) if each not in known)
            start, end = known.get(ref, f"{root}#{ref}"), known.get(other, f"{root}#{other}")
            links += gathered.link(row, start, "depends_on", end)
    if hanging:
        gathered.note(f"dependencies name parts that the bill does not list, now placeholders: {listed(hanging)}")
    if not links:
        gathered.note("the bill says of no part what it depends on: it lists parts, and nothing of what breaks what")


def _parts(bill: dict[str, Any]) -> Iterator[_Part]:
    """Give what the bill describes, then every component and service, parents before what is in them."""
    metadata = bill.get("metadata")
    main = metadata.get("component") if isinstance(metadata, dict) else None
    stack = [_Part(0, _ref(main), "component", main, None)] if isinstance(main, dict) else []
    for kind in ("components", "services"):
        entries = bill.get(kind)
        for row, told in enumerate(entries if isinstance(entries, list) else [], 1):
            if isinstance(told, dict):
                stack.append(_Part(row, _ref(told), kind[:-1], told, None))
    stack.reverse()
    while stack:
        part = stack.pop()
        yield part
        for kind in ("components", "services"):
            entries = part.told.get(kind)
            inside = [told for told in entries if isinstance(told, dict)] if isinstance(entries, list) else []
            stack.extend(_Part(part.row, _ref(told), kind[:-1], told, part.ref) for told in reversed(inside))


def _ref(told: dict[str, Any]) -> str | None:
    ref = told.get("bom-ref")
    return ref if isinstance(ref, str) and ref else None


def _full_name(told: dict[str, Any]) -> str:
    return "/".join(str(told[key]) for key in ("group", "name") if told.get(key))


def _root_name(bill: dict[str, Any], source: SourceFile) -> str:
    metadata = bill.get("metadata")
    main = metadata.get("component") if isinstance(metadata, dict) else None
    name = _full_name(main) if isinstance(main, dict) else ""
    return name or source.path.stem


def _licences(told: dict[str, Any]) -> Iterator[str]:
    entries = told.get("licenses")
    for entry in entries if isinstance(entries, list) else []:
        licence = entry.get("license") if isinstance(entry, dict) else None
        name = (licence or {}).get("id") or (licence or {}).get("name") or (entry or {}).get("expression")
        if isinstance(name, str):
            yield name


importer = CycloneDxImporter()
