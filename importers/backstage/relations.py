"""What an entity's spec says of its relations, each turned so that it is told from one end only.

In comes an entity; out go links (from, type, to) in Backstage's own words, and what is no reference. The catalogue
knows what the words mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from importers.backstage.documents import Entity
from importers.backstage.references import ReferenceRefused, full_reference

__all__ = ["RELATION_FIELDS", "Link", "relations"]


class Link(NamedTuple):
    """One relation; `complaint` says why it is none."""

    start: str
    type_name: str
    end: str
    complaint: str | None = None


class _Field(NamedTuple):
    type_name: str
    kind: str | None
    """The kind that a reference without one means; None where it must say."""
    reversed: bool = False


_FIELDS: Final = {
    "owner": _Field("ownedBy", "group"),
    "system": _Field("partOf", "system"),
    "domain": _Field("partOf", "domain"),
    "subcomponentOf": _Field("partOf", "component"),
    "subdomainOf": _Field("partOf", "domain"),
    "dependsOn": _Field("dependsOn", None),
    "dependencyOf": _Field("dependsOn", None, reversed=True),
    "providesApis": _Field("providesApi", "api"),
    "consumesApis": _Field("consumesApi", "api"),
}
_PEOPLE_FIELDS: Final = {
    "parent": _Field("childOf", "group"),
    "children": _Field("childOf", "group", reversed=True),
    "members": _Field("memberOf", "user", reversed=True),
    "memberOf": _Field("memberOf", "group"),
}
RELATION_FIELDS: Final = frozenset([*_FIELDS, *_PEOPLE_FIELDS])


def relations(entity: Entity) -> Iterator[Link]:
    """Give the relations of an entity."""
    known = _PEOPLE_FIELDS if entity.kind in ("group", "user") else _FIELDS
    for name, field in known.items():
        given = entity.spec.get(name)
        if given in (None, ""):
            continue
        for reference in given if isinstance(given, list) else [given]:
            yield _link(entity, name, field, reference)


def _link(entity: Entity, name: str, field: _Field, reference: Any) -> Link:
    try:
        other = full_reference(reference, kind=field.kind, namespace=entity.namespace)
    except ReferenceRefused as refused:
        return Link(entity.id, field.type_name, "", f"spec.{name}: {refused}")
    if other == entity.id:
        return Link(entity.id, field.type_name, other, f"spec.{name}: {other} names itself; remove it")
    return Link(other, field.type_name, entity.id) if field.reversed else Link(entity.id, field.type_name, other)
