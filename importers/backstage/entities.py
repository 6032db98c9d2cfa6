"""An entity into a BatchBuilder: what it says of itself, and its relations.

In come entities of any file; the same entity said twice is taken once, and said differently the second is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from cmdb.model import BatchBuilder
from cmdb.model.vocabulary import Words
from importers.backstage.documents import Entity
from importers.backstage.relations import RELATION_FIELDS, relations
from importers.reading import SourceFile

__all__ = ["EntityTaker"]

_STATUSES: Final = {"production": "operational", "experimental": "in_test", "deprecated": "operational"}
_NAME_ALONE: Final = re.compile(r"^.*[:/]")
_NO_ITEMS: Final = frozenset(["template"])
_METADATA: Final = ("title", "annotations", "labels", "tags", "links")
_ELSEWHERE: Final = RELATION_FIELDS | {"type", "lifecycle", "definition"}


class EntityTaker:
    """Takes the entities of one batch."""

    def __init__(self, builder: BatchBuilder, words: Words) -> None:
        self._builder = builder
        self._words = words
        self._taken: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self._links: set[tuple[str, str, str]] = set()
        self._no_items: Counter[str] = Counter()
        self._repeated = 0

    def take(self, source: SourceFile, entity: Entity) -> None:
        """Take an entity of the present file, which is `source`."""
        if entity.kind in _NO_ITEMS:
            self._no_items[entity.kind_as_written] += 1
            return
        if (before := self._taken.get(entity.id)) is not None:
            file, row, whole = before
            if whole == entity.whole:
                self._repeated += 1
            else:
                self._builder.refuse(
                    entity.row,
                    entity.id,
                    f"{entity.id} is in {source.name}:{entity.row} and, with other content, in {file}:{row}, "
                    "which was taken: keep one",
                )
            return
        self._taken[entity.id] = (source.name, entity.row, entity.whole)
        if self._builder.item(entity.row, entity.id, entity.kind_as_written, entity.name, self._values(entity)):
            self._take_relations(entity)

    def notes(self) -> Iterator[str]:
        """Give what the person should know of what was left out."""
        for kind, count in sorted(self._no_items.items()):
            yield f"{count} entities of kind {kind} are no configuration items: skipped"
        if self._repeated:
            yield f"{self._repeated} entities are said twice in the same words: taken once"

    def _values(self, entity: Entity) -> dict[str, Any]:
        metadata, spec = entity.metadata, entity.spec
        values: dict[str, Any] = {}
        if metadata.get("description") is not None:
            values["description"] = metadata["description"]
        if isinstance(spec.get("owner"), str) and spec["owner"].strip():
            values["owner"] = _NAME_ALONE.sub("", spec["owner"].strip())
        if (status := self._status(entity)) is not None:
            values["status"] = status
        attributes = {key: metadata[key] for key in _METADATA if metadata.get(key)}
        attributes |= {key: spec[key] for key in ("type", "lifecycle") if spec.get(key) is not None}
        # An API's definition is a document by itself, often of megabytes: the catalog keeps it, not the record.
        if rest := {key: value for key, value in spec.items() if key not in _ELSEWHERE}:
            attributes["spec"] = rest
        if attributes:
            values["attributes"] = attributes
        return values

    def _status(self, entity: Entity) -> str | None:
        lifecycle = entity.spec.get("lifecycle")
        if lifecycle is None:
            return None
        word = str(lifecycle).strip()
        status = _STATUSES.get(word.lower()) or self._words.status(word)
        if status is None:
            self._builder.warn(
                entity.row,
                entity.id,
                f"lifecycle {word[:60]!r} is no known word: kept as an attribute, and no status is said",
            )
        return status

    def _take_relations(self, entity: Entity) -> None:
        for link in relations(entity):
            if link.complaint is not None:
                self._builder.refuse_unidentified(entity.row, f"{entity.id}: {link.complaint}")
            elif link[:3] not in self._links:
                self._links.add(link[:3])
                self._builder.relationship(entity.row, link.start, link.type_name, link.end, {})
