"""Who changed the record, when and from what: revisions, import runs, baselines."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["Actor", "Baseline", "RecordIdentity", "Revision", "RevisionDraft", "Run", "RunDraft"]


class Actor(msgspec.Struct, frozen=True):
    """Who acts: the name claimed, the operating-system account, and how the name was established."""

    name: str
    account: str
    established: Literal["--by", "CMDB_USER", "account"]


class RecordIdentity(msgspec.Struct, frozen=True):
    """Which record this is; a copy made by `cmdb move` or a restored backup keeps the uuid."""

    uuid: str
    schema_version: int
    created_at: str


class RevisionDraft(msgspec.Struct, frozen=True):
    """What a writer says of the revision it is about to make.

    `at` is UTC in ISO 8601 with microseconds; a store moves it forward where needed, for it is strictly increasing.
    """

    actor: Actor
    at: str
    source: str
    scope: str = ""
    message: str = ""
    counts: dict[str, Any] = {}


class Revision(msgspec.Struct, frozen=True):
    """One revision of the record. Number 0 is the empty record.

    `digest` chains the digest of the revision before with those of this one's parts, so equal digests mean equal
    histories. `rows` is the number of changes.
    """

    number: int
    at: str
    digest: str
    actor: Actor
    source: str
    scope: str = ""
    message: str = ""
    counts: dict[str, Any] = {}
    rows: int = 0


class RunDraft(msgspec.Struct, frozen=True):
    """What an import says of itself; stored with its Delta in one transaction, or alone when the Delta is empty.

    `seen` is a compressed set of the ids of the items that the source showed (`cmdb.history.codec.pack_ids`).
    `refreshes` is False when the same files were imported before or the export is older than the last.
    """

    source: str
    scope: str
    actor: Actor
    started_at: str
    finished_at: str
    complete: bool
    refreshes: bool
    exported_at: str | None = None
    files: list[dict[str, Any]] = []
    counts: dict[str, Any] = {}
    problems: int = 0
    seen: bytes = b""


class Run(msgspec.Struct, frozen=True):
    """An import as it is kept; `revision` is the one it made, or the one that stood when it changed nothing."""

    number: int
    revision: int
    draft: RunDraft


class Baseline(msgspec.Struct, frozen=True):
    """A name for a revision."""

    name: str
    revision: int
    at: str
    actor: Actor
    note: str = ""
