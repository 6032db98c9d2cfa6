"""Which documents of a file are Backstage entities, and who each entity is.

In comes a file; out go entities with the line each begins at. What is no entity is noted, what is a broken one is
refused with its row; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from cmdb.model import BatchBuilder
from cmdb.model.scalars import plain
from importers.backstage.references import DEFAULT_NAMESPACE, reference_text
from importers.reading import SourceFile, read_json, read_yaml_all, sniff

__all__ = ["Entity", "read_entities"]

_API: Final = re.compile(r"(?:[\w-]+\.)*backstage\.io/\w+")
_NAME: Final = re.compile(r"[^\s/:]{1,200}")


class Entity(NamedTuple):
    """One entity; `kind_as_written` keeps its capitals, all else that identifies it is lower case."""

    row: int
    kind: str
    kind_as_written: str
    namespace: str
    name: str
    metadata: dict[str, Any]
    spec: dict[str, Any]
    whole: dict[str, Any]

    @property
    def id(self) -> str:
        """The full reference, by which others name it: component:default/shop."""
        return reference_text(self.kind, self.namespace, self.name)


def read_entities(source: SourceFile, builder: BatchBuilder, without: list[str]) -> list[Entity]:
    """Return the entities in `source`, whose rows this begins; a file that holds none is named in `without`.

    Raises FileProblem where the file cannot be read.
    """
    documents = list(_documents(source))
    builder.file(source.name, source.sha256, source.size)
    entities, others = [], 0
    for row, document in documents:
        if not (isinstance(document, dict) and _API.fullmatch(str(document.get("apiVersion", "")))):
            others += 1
        elif (entity := _entity(row, document, builder)) is not None:
            entities.append(entity)
    if others == len(documents):
        without.append(source.name)
    elif others:
        builder.note(f"{others} documents in {source.name} are no Backstage entities: skipped")
    return entities


def _documents(source: SourceFile) -> Iterator[tuple[int, Any]]:
    if sniff(source) == "json":
        value = read_json(source)
        if isinstance(value, dict) and isinstance(value.get("items"), list):
            value = value["items"]
        yield from enumerate(value if isinstance(value, list) else [value], 1)
        return
    for document in read_yaml_all(source, may_be_empty=True):
        if isinstance(document.value, list):
            for member in document.value:
                yield getattr(member, "line", document.line), member
        else:
            yield document.line, document.value


def _entity(row: int, document: dict[str, Any], builder: BatchBuilder) -> Entity | None:
    metadata, kind = document.get("metadata"), document.get("kind")
    if not isinstance(kind, str) or not _NAME.fullmatch(kind):
        builder.refuse_unidentified(row, f"kind is {kind!r}: an entity says its kind, such as Component")
        return None
    if not isinstance(metadata, dict):
        builder.refuse_unidentified(row, f"this {kind} has no metadata: an entity has metadata with a name")
        return None
    name, space = _word(metadata.get("name")), _word(metadata.get("namespace", DEFAULT_NAMESPACE))
    if name is None or space is None:
        field = "name" if name is None else "namespace"
        given = metadata.get(field)
        builder.refuse_unidentified(
            row, f"metadata.{field} of this {kind} is {given!r}: it is text without blanks, ':' and '/'"
        )
        return None
    spec = document.get("spec")
    if spec is not None and not isinstance(spec, dict):
        builder.refuse(row, reference_text(kind, space, name), f"spec is {str(spec)[:60]!r}: it must be a mapping")
        return None
    whole = plain(document)
    return Entity(row, kind.lower(), kind, space.lower(), name, whole["metadata"], whole.get("spec") or {}, whole)


def _word(given: object) -> str | None:
    """Return a name as it is written, None for what is no name."""
    text = getattr(given, "raw", given)
    return text if isinstance(text, str) and _NAME.fullmatch(text) else None
