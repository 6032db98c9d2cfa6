"""Papers: what is kept beside the estate, version by version: reviews and decisions, change requests, outages, plans.

A paper is known by its kind and key. Nothing of it is overwritten: an edit is a new version, made upon the version that
its writer saw.
"""

from __future__ import annotations

import msgspec

from cmdb.model.revision import Actor

__all__ = ["Paper", "PaperDraft"]


class PaperDraft(msgspec.Struct, frozen=True):
    """What a writer says of the version that is to be made.

    `key` is empty for a new paper that the store shall number: then it becomes `prefix` and six digits, counted from
    1 within the kind. `at` is UTC in ISO 8601; `document` is canonical JSON, whose meaning no store knows.
    """

    kind: str
    key: str
    actor: Actor
    at: str
    document: bytes
    note: str = ""
    prefix: str = ""


class Paper(msgspec.Struct, frozen=True):
    """One version of a paper; versions count from 1. `revision` is the record's newest when it was written."""

    kind: str
    key: str
    version: int
    at: str
    actor: Actor
    revision: int
    document: bytes
    note: str = ""
