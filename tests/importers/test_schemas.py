"""The published JSON Schemas say what the readers take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cmdb.model.scalars import plain
from importers.native import importer
from importers.reading import open_source, read_yaml
from importers.registry import ReadOptions
from importers.schemas import schemas

ROOT = Path(__file__).resolve().parents[2]


def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schemas()[name])


@pytest.mark.parametrize("name", ["inventory", "mapping"])
def test_a_schema_is_a_schema_and_plain_json(name: str) -> None:
    """It is of draft 2020-12, and can be written to a file."""
    schema = schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert json.loads(json.dumps(schema)) == schema


def test_the_email_example_is_valid_and_is_taken_whole() -> None:
    """What we show people is right by the schema and by the reader."""
    source = open_source(ROOT / "examples" / "email" / "email.yaml")
    document = plain(read_yaml(source).value)
    _validator("inventory").validate(document)
    [batch] = importer.read([source], ReadOptions())
    assert batch.problems == []
    assert len(batch.items) == len(document["items"])
    assert len(batch.relationships) == len(document["relationships"])
    assert len(batch.pools) == len(document["pools"])


ITEM = {"id": "a", "class": "Server", "name": "a"}
LINK = {"from": "a", "type": "depends_on", "to": "b"}
POOL = {"consumer": "a", "name": "web"}


@pytest.mark.parametrize(
    ("kind", "row", "right"),
    [
        ("items", ITEM | {"users": 3, "owner": None, "availability": "99.9%", "aliases": ["x"]}, True),
        ("items", ITEM | {"availability": 0.999, "attributes": {"any": [1, {"x": None}]}}, True),
        ("items", {"id": "a", "class": "Server"}, False),
        ("items", ITEM | {"colour": "red"}, False),
        ("items", ITEM | {"status": "borked"}, False),
        ("items", ITEM | {"availability": 99.9}, False),
        ("items", ITEM | {"mtbf_low_hours": 800, "mtbf_high_hours": 1500.5, "reliability_basis": "measured"}, True),
        ("items", ITEM | {"maintenance_hours_per_year": 48, "mttr_low_hours": None}, True),
        ("items", ITEM | {"maintenance_hours_per_year": 8761}, False),
        ("items", ITEM | {"reliability_basis": "guessed"}, False),
        ("items", ITEM | {"mttr_low_hours": 0}, False),
        ("items", ITEM | {"users": -1}, False),
        ("relationships", LINK | {"pool": ["p", "q"], "key": "k", "lasts_minutes": 5, "standby": True}, True),
        ("relationships", LINK | {"lasts_minutes": 0}, False),
        ("relationships", {"from": "a", "to": "b"}, False),
        ("pools", POOL | {"need": 1, "full": "66.7%", "switch_minutes": 2}, True),
        ("pools", POOL | {"beta": 0.1}, True),
        ("pools", POOL | {"beta": "10%"}, True),
        ("pools", POOL | {"beta": 10}, False),
        ("pools", POOL | {"need": 0}, False),
        ("pools", POOL | {"need": "half"}, False),
    ],
)
def test_schema_and_reader_agree_on_a_row(tmp_path: Path, kind: str, row: dict[str, Any], right: bool) -> None:
    """What the one refuses the other refuses too."""
    document = {"cmdb": 1, "source": "acme", kind: [row]}
    assert _validator("inventory").is_valid(document) == right
    (tmp_path / "i.json").write_text(json.dumps(document), encoding="utf-8")
    [batch] = importer.read([open_source(tmp_path / "i.json")], ReadOptions())
    assert (batch.problems == []) == right


@pytest.mark.parametrize(
    "document", [{"source": "a"}, {"cmdb": 2}, {"cmdb": 1, "item": []}, {"cmdb": 1, "complete": 1}]
)
def test_a_wrong_header_is_wrong_by_the_schema_too(document: dict[str, Any]) -> None:
    """Version, known keys and types are held to."""
    assert not _validator("inventory").is_valid(document)


def test_the_mapping_schema_knows_its_keys() -> None:
    """A misspelt key is seen in the editor."""
    validator = _validator("mapping")
    assert validator.is_valid({"source": "s", "items": {"columns": {"Host": "name", "Note": None}, "rest": "ignore"}})
    assert not validator.is_valid({"item": {}})
    assert not validator.is_valid({"items": {"rest": "keep"}})
