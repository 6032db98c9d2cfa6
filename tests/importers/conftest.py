"""What tests of importers share: files written and read in one call, batches in plain words, and the second import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from cmdb.catalogue import load_catalogue
from cmdb.model import ImportBatch
from cmdb.record import Record
from cmdb.settings import Settings
from importers.reading import open_source
from importers.registry import ReadOptions, importer_named


class Told(NamedTuple):
    """A batch in plain words."""

    items: dict[str, tuple[str, str, dict[str, Any]]]
    links: set[tuple[Any, ...]]
    pools: dict[tuple[str, str], dict[str, Any]]
    refused: list[tuple[int | None, str]]
    warned: list[tuple[int | None, str]]
    notes: list[str]
    batch: ImportBatch


def _values(encoded: bytes) -> dict[str, Any]:
    return dict(msgspec.json.decode(encoded)) if encoded else {}


def _told(batch: ImportBatch) -> Told:
    links = set()
    for each in batch.relationships:
        values = _values(each.values)
        more = (*values.get("pools", []), *([each.key] if each.key else []))
        links.add((each.from_ref, each.type_name, each.to_ref, *more))
    assert len(links) == len(batch.relationships), "a relationship is told twice"
    return Told(
        {each.external_id: (each.class_name, each.name, _values(each.values)) for each in batch.items},
        links,
        {(each.consumer_ref, each.name): _values(each.values) for each in batch.pools},
        [(each.row, each.message) for each in batch.problems if each.severity == "refused"],
        [(each.row, each.message) for each in batch.problems if each.severity == "warning"],
        batch.notes,
        batch,
    )


@pytest.fixture
def told() -> Callable[[ImportBatch], Told]:
    """Turn a batch into plain words; values and pools decoded."""
    return _told


@pytest.fixture
def read_files(tmp_path: Path) -> Callable[..., Told]:
    """Write files into one folder (name -> text) and read them with a named importer, as one batch."""

    def read(importer: str, files: dict[str, str | bytes], **options: Any) -> Told:
        paths = []
        for name, text in files.items():
            path = tmp_path / name
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            paths.append(path)
        [batch] = importer_named(importer).read([open_source(path) for path in paths], ReadOptions(**options))
        return _told(batch)

    return read


@pytest.fixture
def scratch_record(tmp_path: Path) -> Iterator[Record]:
    """An empty record in SQLite, with the catalogue as it is shipped."""
    settings = Settings.read(
        store=f"sqlite:///{tmp_path}/scratch.db", by="Kari Nordmann", cache_dir=tmp_path / "cache", environment={}
    )
    with Record.open(settings, create=True) as record:
        yield record


@pytest.fixture
def imports_once(scratch_record: Record) -> Callable[[list[ImportBatch]], dict[str, Any]]:
    """Import batches into a fresh record, and again: the second time nothing changes, and every word is known.

    Returns what the first import says, as `cmdb import -o json` does.
    """
    catalogue = load_catalogue()

    def twice(batches: list[ImportBatch]) -> dict[str, Any]:
        for batch in batches:
            for item in batch.items:
                assert catalogue.class_named(item.class_name, batch.vocabulary), item.class_name
            for link in batch.relationships:
                assert catalogue.type_named(link.type_name, batch.vocabulary), link.type_name
        first = scratch_record.import_batches(batches).as_contract()
        again = scratch_record.import_batches(batches).as_contract()
        assert again["revision"] == first["revision"]
        assert (again["counts"]["created"], again["counts"]["updated"]) == (0, 0)
        assert (again["relationships"]["created"], again["relationships"]["updated"]) == (0, 0)
        return first

    return twice
