"""JSON Schemas of the file formats that people write by hand, for editors and pipelines: `cmdb schema NAME`.

In comes nothing: the fields are those that the record checks rows with, so the two cannot part.
"""

from __future__ import annotations

import copy
from typing import Any, Final

from pydantic import TypeAdapter

from cmdb.model.values import ItemValues, PoolValues, RelationshipValues
from importers.csv_pairs.mapping import CsvMapping
from importers.native.header import FORMAT_VERSION

__all__ = ["schemas"]

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final = {"type": "string", "minLength": 1}
# YAML writes 0123 and 12 for texts too; where text is due, the reader takes what was written.
_WRITTEN: Final = {"type": ["string", "number"]}
_REFERENCE: Final = _WRITTEN | {"description": "An external id of this source, or source:id of another."}
_FRACTION: Final = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": "%?$"},
                              {"type": "null"}]}  # fmt: skip
_NEED: Final = {
    "anyOf": [
        {"type": "integer", "minimum": 1},
        {"type": "string", "pattern": r"^[0-9]+([.][0-9]+)?%$|^[1-9][0-9]*$|^capacity$"},
    ],
    "description": "How many members must be up: a count, a percentage above 0 and at most 100, or `capacity`.",
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schemas (draft 2020-12) by name: `inventory` is the native format, `mapping` that of CSV files.

    `inventory` describes the YAML and JSON form; each row of JSON Lines is one of its `$defs`, with a `kind`.
    """
    return {"inventory": _inventory(), "mapping": {"$schema": _DRAFT} | CsvMapping.model_json_schema()}


def _inventory() -> dict[str, Any]:
    return {
        "$schema": _DRAFT,
        "title": "cmdb inventory",
        "type": "object",
        "required": ["cmdb"],
        "additionalProperties": False,
        "properties": {
            "cmdb": {"const": FORMAT_VERSION, "description": "The version of the format."},
            "source": _WRITTEN | {"description": "Who says so; without it, --source is needed."},
            "scope": _WRITTEN | {"description": "Which part of the source's world this is."},
            "complete": {"type": ["boolean", "null"], "description": "What is absent in this scope is missing."},
            "exported_at": {"type": ["string", "null"], "format": "date-time"},
            "items": _rows("item"),
            "relationships": _rows("relationship"),
            "pools": _rows("pool"),
        },
        "$defs": {
            "item": _row(
                TypeAdapter(ItemValues),
                {"id": _WRITTEN, "class": _TEXT, "name": _WRITTEN, "aliases": _one_or_more()},
                ["id", "class", "name"],
                {"availability": _FRACTION, "availability_target": _FRACTION},
            ),
            "relationship": _row(
                TypeAdapter(RelationshipValues),
                {"from": _REFERENCE, "type": _TEXT, "to": _REFERENCE, "key": _WRITTEN, "pool": _one_or_more()},
                ["from", "type", "to"],
                {"pools": None},
            ),
            "pool": _row(
                TypeAdapter(PoolValues),
                {"consumer": _REFERENCE, "name": _WRITTEN},
                ["consumer", "name"],
                {"need": _NEED, "full": {"anyOf": [_NEED, {"type": "null"}]}, "beta": _FRACTION},
            ),
        },
    }


def _rows(name: str) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": {"$ref": f"#/$defs/{name}"}}


def _one_or_more() -> dict[str, Any]:
    return {"anyOf": [_WRITTEN, {"type": "array", "items": _WRITTEN}, {"type": "null"}]}


def _row(
    values: TypeAdapter[Any], own: dict[str, Any], required: list[str], instead: dict[str, Any | None]
) -> dict[str, Any]:
    """Return the schema of a row: its own keys, and the values that the record checks.

    `instead` replaces the schema of a value, or with None leaves the value out.
    """
    fields: dict[str, Any] = copy.deepcopy(values.json_schema()["properties"])
    fields |= {name: schema for name, schema in instead.items() if schema is not None}
    for name, schema in fields.items():
        fields[name] = {key: value for key, value in _written_too(schema).items() if key != "title"}
    kept = {name: schema for name, schema in fields.items() if instead.get(name, schema) is not None}
    return {"type": "object", "required": required, "additionalProperties": False, "properties": own | kept}


def _written_too(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a number stand where free text is due."""
    choices = schema.get("anyOf", ())
    if any(choice.get("type") == "string" and "maxLength" in choice for choice in choices):
        return schema | {"anyOf": [*choices, {"type": "number"}]}
    return schema
