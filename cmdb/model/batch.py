"""ImportBatch: what one source says now. The seam between importers and the record.

An importer reads files and gives one batch a (source, scope): rows that were understood, problems by row for
what was not, and whether the source was read whole. It knows nothing of what the record holds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

__all__ = ["FileRead", "ImportBatch", "ItemRow", "PoolRow", "Problem", "RelationshipRow"]


class ItemRow(NamedTuple):
    """One item as the source tells it. `values` is canonical JSON of ItemValues, nulls included."""

    file: int
    row: int
    external_id: str
    class_name: str
    name: str
    values: bytes
    aliases: tuple[str, ...] = ()


class RelationshipRow(NamedTuple):
    """One relationship as the source tells it; ends are external ids of this source, or "source:id".

    `type_name` is the source's own word; the catalogue turns it into a type and an orientation. `values` is
    canonical JSON of RelationshipValues, or empty when nothing more was said.
    """

    file: int
    row: int
    from_ref: str
    type_name: str
    to_ref: str
    key: str
    values: bytes


class PoolRow(NamedTuple):
    """One pool as the source tells it. `values` is canonical JSON of PoolValues."""

    file: int
    row: int
    consumer_ref: str
    name: str
    values: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row, or with a file where `row` is None.

    A `refused` row is not imported; an `ambiguous` one waits for a person; a `warning` row is imported.
    """

    file: str
    row: int | None
    id: str | None
    message: str
    severity: Literal["refused", "ambiguous", "warning"] = "refused"


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file that was read: its name as the user gave it, its size in bytes and the SHA-256 of its bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """What one (source, scope) says now.

    `complete` is True or False where the file says so and None where it does not (then it counts as partial).
    `cut` says how the export was seen to be cut short, which makes a complete batch partial. `vocabulary` names
    the catalogue's list of foreign words to read class and type names with ("" for the record's own).
    """

    source: str
    scope: str = ""
    complete: bool | None = None
    exported_at: dt.datetime | None = None
    vocabulary: str = ""
    items: list[ItemRow] = field(default_factory=list)
    relationships: list[RelationshipRow] = field(default_factory=list)
    pools: list[PoolRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    files: list[FileRead] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cut: str | None = None
    refused_links: list[tuple[str, str]] = field(default_factory=list)
    """Ends of refused relationship rows: refused rows count as seen, so what the record has there is kept."""
    refused_pools: list[tuple[str, str]] = field(default_factory=list)
    """Consumer and name of refused pool rows, for the same reason."""
    unreadable_rows: int = 0
    """Rows without a readable identity: nobody knows what they would have kept alive, so the batch is partial."""
