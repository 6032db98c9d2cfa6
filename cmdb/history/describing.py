"""What a change is, in fields: what an entity showed before and what it shows after. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple

from cmdb.model import Change, decode_edges, decode_item, show_item, show_pool, show_relationship

__all__ = ["FieldChange", "describe_change", "shown_fields"]


class FieldChange(NamedTuple):
    """One field before and after; None where it was or is not said. `field` is `claims` where only sources differ."""

    field: str
    before: Any
    after: Any


def shown_fields(kind: str, document: bytes | None) -> dict[str, Any]:
    """Return what a document shows, flat: `attributes` by `attributes.name`. Empty for no document."""
    if document is None:
        return {}
    if kind == "item":
        item = show_item(decode_item(document))
        fields: dict[str, Any] = {"class": item.class_, "name": item.name, "status": item.status}
        fields.update({key: value for key, value in item.values.items() if key != "attributes"})
        for source, ids in item.external_ids.items():
            fields[f"external_ids.{source}"] = ids if len(ids) > 1 else ids[0]
        attributes = item.values.get("attributes") or {}
        fields.update({f"attributes.{key}": value for key, value in attributes.items()})
        return fields
    claims = decode_edges(document)
    shown = show_relationship(claims) if kind == "relationship" else show_pool(claims)
    return {"denied": True} if shown is None else {"exists": True, **shown}


def describe_change(change: Change) -> list[FieldChange]:
    """Return the fields that a change made different, sorted; `claims` alone when only what sources say differs."""
    before, after = shown_fields(change.kind, change.before), shown_fields(change.kind, change.after)
    found = [
        FieldChange(field, before.get(field), after.get(field))
        for field in sorted({*before, *after})
        if before.get(field) != after.get(field)
    ]
    return found or [FieldChange("claims", _sources(change.kind, change.before), _sources(change.kind, change.after))]


def _sources(kind: str, document: bytes | None) -> list[str]:
    if document is None:
        return []
    claims = decode_item(document) if kind == "item" else decode_edges(document)
    return [claim.source for claim in claims]
