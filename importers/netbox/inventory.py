"""NetBox's objects in one form, whichever way they were exported.

In come rows from `dumpdata` and `rest`; out go fields by model and key, where a reference is the bare key of its
target and a choice its bare value. An object that is only mentioned inside another (REST nests names) answers too,
with the little that was said of it. Knows no class and no type of the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Inventory", "Point", "Row", "external_id"]

Point = tuple[str, int]
"""A model and a key: the end of a cable, or any object that a generic reference names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One object: the file it stands in (by number), its row there from 1, and its fields."""

    file: int
    row: int
    model: str
    key: int
    fields: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The external id, such as `dcim.device:12`."""
        return external_id(self.model, self.key)

    def ref(self, name: str) -> int | None:
        """Return the key that a reference field holds, None where it is empty."""
        value = self.fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def text(self, name: str) -> str:
        """Return a field as text, "" where it is empty or no text."""
        value = self.fields.get(name)
        return value.strip() if isinstance(value, str) else ""


def external_id(model: str, key: int) -> str:
    """Return the id under which the record knows an object; NetBox's keys are unique only within a model."""
    return f"{model}:{key}"


@dataclass(slots=True)
class Inventory:
    """Every row that was read, by model and key."""

    tables: dict[str, dict[int, Row]] = field(default_factory=dict)
    mentions: dict[Point, dict[str, Any]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    """Rows of each model as they stand in the files, those not kept included."""

    def add(self, row: Row) -> Row | None:
        """Keep a row; return the one that already has its key, if any (then the new one is not kept)."""
        table = self.tables.setdefault(row.model, {})
        other = table.get(row.key)
        if other is None:
            table[row.key] = row
        return other

    def count(self, model: str) -> None:
        """Count one row of a model."""
        self.counts[model] = self.counts.get(model, 0) + 1

    def rows(self, model: str) -> Iterator[Row]:
        """Yield the rows of a model in the order of the files."""
        yield from self.tables.get(model, {}).values()

    def find(self, model: str, key: int | None) -> Row | None:
        """Return an object's own row, None where no file holds it."""
        return None if key is None else self.tables.get(model, {}).get(key)

    def fields(self, model: str, key: int | None) -> Mapping[str, Any]:
        """Return what is known of an object: its row, else what was said in passing, else nothing."""
        if key is None:
            return {}
        row = self.find(model, key)
        return row.fields if row is not None else self.mentions.get((model, key), {})

    def name(self, model: str, key: int | None) -> str:
        """Return what a person calls an object, "" where nobody said."""
        fields = self.fields(model, key)
        for name in ("name", "model", "cid", "address", "display"):
            value = fields.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
        return ""

    def model_named(self, content_type: object) -> str:
        """Return the model that a content type means: ["dcim", "interface"], "dcim.interface" or its key."""
        if isinstance(content_type, list) and len(content_type) == 2:
            return ".".join(str(part) for part in content_type).lower()
        if isinstance(content_type, str):
            return content_type.lower()
        if isinstance(content_type, int):
            fields = self.fields("contenttypes.contenttype", content_type)
            if fields:
                return f"{fields.get('app_label')}.{fields.get('model')}"
        return ""

    def point(self, content_type: object, key: object) -> Point | None:
        """Return the object that a generic reference names, None where it names none."""
        model = self.model_named(content_type)
        return (model, key) if model and isinstance(key, int) and not isinstance(key, bool) else None
