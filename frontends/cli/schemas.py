"""JSON Schemas by name: of the files that people write, and of the answers that scripts read.

Those of files come from the room that reads them, those of findings from their models; the two answers that are no
findings are described here, key by key.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["SCHEMAS", "schema_named"]

SCHEMAS: Final = {
    "inventory": "The native inventory format, as YAML or JSON.",
    "mapping": "The mapping file of CSV tables.",
    "catalogue": "A site's own catalogue file.",
    "change": "The change file that `cmdb change` reads.",
    "plan": "The plan file that `cmdb change plan` reads.",
    "import": "What `cmdb import -o json` answers.",
    "find": "What `cmdb find -o json` answers.",
    "impact": "What `cmdb impact -o json` answers.",
    "needs": "What `cmdb needs -o json` answers.",
    "hypothesis": "The file of steps that `cmdb what-if` reads.",
    "what-if": "What `cmdb what-if -o json` answers.",
    "spof": "What `cmdb spof -o json` answers.",
    "cutsets": "What `cmdb cutsets -o json` answers.",
    "availability": "What `cmdb availability -o json` answers.",
    "network": "What `cmdb network -o json` answers without items.",
    "routes": "What `cmdb network ITEM ITEM -o json` answers.",
    "capacity": "What `cmdb capacity -o json` answers.",
}
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Final = {"type": "string"}
_OR_NOTHING: Final = {"type": ["string", "null"]}
_COUNT: Final = {"type": "integer", "minimum": 0}
_ROW: Final = {"type": ["integer", "null"], "minimum": 1}
_TEXTS: Final = {"type": "array", "items": _TEXT}


def schema_named(name: str) -> dict[str, Any]:
    """Return the schema (draft 2020-12) of that name, one of SCHEMAS."""
    if name in ("inventory", "mapping"):
        from importers.schemas import schemas

        return schemas()[name]
    if name == "catalogue":
        return _catalogue()
    if name == "plan":
        from frontends.desk.plan_file import PlanForm

        return {"$schema": _DRAFT, **PlanForm.model_json_schema()}
    if name == "change":
        from cmdb.changes.file_form import schema_of_change_file

        return {"$schema": _DRAFT, **schema_of_change_file()}
    if name == "impact":
        from impact.finding import ImpactFinding

        return {"$schema": _DRAFT, **ImpactFinding.model_json_schema(mode="serialization")}
    if name == "needs":
        from impact.needs import NeedsFinding

        return {"$schema": _DRAFT, **NeedsFinding.model_json_schema(mode="serialization")}
    if name == "hypothesis":
        from impact.whatif.steps import schema_of_file

        return {"$schema": _DRAFT, **schema_of_file()}
    if name == "what-if":
        from impact.whatif.finding import WhatIfFinding

        return {"$schema": _DRAFT, **WhatIfFinding.model_json_schema(mode="serialization")}
    if name == "cutsets":
        from impact.cutsets.finding import CutSetFinding

        return {"$schema": _DRAFT, **CutSetFinding.model_json_schema(mode="serialization")}
    if name in ("network", "routes"):
        from impact.network.finding import NetworkFinding, RoutesFinding

        model = NetworkFinding if name == "network" else RoutesFinding
        return {"$schema": _DRAFT, **model.model_json_schema(mode="serialization")}
    if name == "capacity":
        from impact.capacity import CapacityFinding

        return {"$schema": _DRAFT, **CapacityFinding.model_json_schema(mode="serialization")}
    if name == "spof":
        from impact.spof.finding import SpofFinding

        return {"$schema": _DRAFT, **SpofFinding.model_json_schema(mode="serialization")}
    if name == "availability":
        from impact.availability.finding import AvailabilityFinding

        return {"$schema": _DRAFT, **AvailabilityFinding.model_json_schema(mode="serialization")}
    return {"$schema": _DRAFT, **(_import() if name == "import" else _find())}


def _object(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Describe an object that has these keys for certain; others may come to it in later releases."""
    return {"type": "object", "required": list(properties), "properties": properties, **more}


def _counts(*names: str) -> dict[str, Any]:
    return _object(dict.fromkeys(names, _COUNT))


def _rows(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _object(properties)}


def _import() -> dict[str, Any]:
    links = ("created", "updated", "unchanged", "removed", "refused")
    problem = {
        "file": _TEXT,
        "row": _ROW,
        "id": _OR_NOTHING,
        "message": _TEXT,
        "severity": {"enum": ["refused", "ambiguous", "warning"]},
    }
    guarded = {
        "source": _TEXT,
        "scope": _TEXT,
        "kind": {"enum": ["class", "type", "pool"]},
        "name": _TEXT,
        "going": _COUNT,
        "total": _COUNT,
    }
    verdict = {
        "file": _TEXT,
        "row": _COUNT,
        "kind": {"enum": ["item", "relationship", "pool"]},
        "id": _TEXT,
        "verdict": {"enum": ["create", "update", "unchanged", "ambiguous", "refused"]},
        "reason": _TEXT,
    }
    answer = _object(
        {
            "revision": _COUNT,
            "dry_run": {"type": "boolean"},
            "counts": _counts(
                *("created", "updated", "unchanged", "missing", "retired", "refused", "ambiguous", "placeholders")
            ),
            "relationships": _counts(*links),
            "pools": _counts(*links),
            "guard": _rows(guarded) | {"description": "What would have gone, and was held back."},
            "problems": _rows(problem) | {"description": "Rows that were not imported."},
            "doubts": _rows(problem) | {"description": "Rows that were imported, and are doubtful."},
            "warnings": _TEXTS,
        },
        title="cmdb import",
    )
    answer["properties"]["verdicts"] = _rows(verdict) | {"description": "Of a dry run: what becomes of every row."}
    return answer


def _find() -> dict[str, Any]:
    item = {
        "id": _TEXT,
        "external_ids": {"type": "object", "additionalProperties": _TEXT, "description": "Per source its primary id."},
        "name": _TEXT,
        "class": _TEXT,
        "status": _TEXT,
        "criticality": _OR_NOTHING,
    }
    found = {"revision": _COUNT, "total": _COUNT, "items": _rows(item)}
    return _object(found, title="cmdb find")


def _catalogue() -> dict[str, Any]:
    import msgspec

    from cmdb.catalogue.definition import Definitions

    described = msgspec.json.schema(Definitions)
    parts: dict[str, Any] = described["$defs"]
    sections: dict[str, Any] = parts.pop("Definitions")["properties"]
    overridable = {name: schema for name, schema in sections.items() if name != "vocabularies"}
    for part in parts.values():
        part["additionalProperties"] = False
    return {
        "$schema": _DRAFT,
        "title": "cmdb catalogue file",
        "type": "object",
        "required": ["catalogue"],
        "additionalProperties": False,
        "properties": {
            "catalogue": {"const": 1, "description": "Says what the file is."},
            **sections,
            "override": {"type": "object", "properties": overridable, "additionalProperties": False},
        },
        "$defs": parts,
    }
