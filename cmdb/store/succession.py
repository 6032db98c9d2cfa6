"""What follows what in a record: the first revision, and each one after it. Alike for both keepers.

Takes a draft and what stands, gives the Revision to keep. Knows no database.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from cmdb.errors import EditConflict, UsageError
from cmdb.history.codec import chain_digest
from cmdb.model import Actor, Paper, PaperDraft, RecordIdentity, Revision, RevisionDraft

__all__ = ["first_revision", "new_identity", "next_paper", "next_revision", "present_time"]

_NOBODY = Actor("", "", "account")


def present_time() -> str:
    """Return the present in UTC, as every time in the record is written: ISO 8601 with microseconds."""
    return _written(dt.datetime.now(dt.UTC))


def new_identity(schema_version: int) -> RecordIdentity:
    """Return the identity of a record that begins now."""
    return RecordIdentity(str(uuid.uuid4()), schema_version, present_time())


def first_revision(identity: RecordIdentity) -> Revision:
    """Return revision 0, the empty record. Its digest is the same in every record."""
    return Revision(0, identity.created_at, chain_digest("", ()), _NOBODY, "", message="the empty record")


def next_revision(head: Revision, draft: RevisionDraft, part_digests: Iterable[str], rows: int) -> Revision:
    """Return the revision that the draft makes upon the head.

    Its time is the draft's, moved to one microsecond after the head's where it is not later. Raises UsageError
    when the draft's time is no ISO 8601 time with an offset.
    """
    return Revision(
        number=head.number + 1,
        at=_later(draft.at, head.at),
        digest=chain_digest(head.digest, part_digests),
        actor=draft.actor,
        source=draft.source,
        scope=draft.scope,
        message=draft.message,
        counts=draft.counts,
        rows=rows,
    )


def next_paper(draft: PaperDraft, upon: int, standing: Paper | None, known: int, revision: int) -> Paper:
    """Return the version of a paper that the draft makes.

    `standing` is its newest version, `known` how many papers of the kind there are, `revision` the record's newest.
    Raises EditConflict when `upon` is not the version that stands.
    """
    stands = 0 if standing is None else standing.version
    if upon != stands:
        who = "nobody" if standing is None else f"{standing.actor.name}, at {standing.at}"
        raise EditConflict(
            f"{draft.key} has version {stands} now (by {who}), and this edit was made upon version {upon}; "
            "look at what stands and make the edit anew",
            stands,
        )
    return Paper(
        kind=draft.kind,
        key=draft.key or f"{draft.prefix}{known + 1:06d}",
        version=stands + 1,
        at=_written(dt.datetime.fromisoformat(draft.at)) if standing is None else _later(draft.at, standing.at),
        actor=draft.actor,
        revision=revision,
        document=draft.document,
        note=draft.note,
    )


def _later(at: str, than: str) -> str:
    try:
        given = dt.datetime.fromisoformat(at)
    except ValueError:
        given = dt.datetime.min  # has no offset either
    if given.tzinfo is None:
        raise UsageError(f"{at!r} is not a time in ISO 8601 with its offset; write it like {present_time()}")
    return _written(max(given, dt.datetime.fromisoformat(than) + dt.timedelta(microseconds=1)))


def _written(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).isoformat(timespec="microseconds")
