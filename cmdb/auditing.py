"""Unauthorised changes: what discovery saw differ on items in service without a change request that covers it.

Takes a view, revisions and the book of changes, gives `Unauthorised` rows. Discovery sees a change after it was made:
a change request covers an item when its work had begun by then, and had not ended before that source last looked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from cmdb.history.describing import FieldChange, describe_change
from cmdb.model import Change, Revision, decode_item, show_item, split_pool_key, split_relationship_key
from cmdb.model.change import ChangeStanding
from cmdb.model.occupation import moment
from cmdb.model.vocabulary import MANUAL, OUT_OF_SERVICE
from cmdb.store.protocol import ReadView

__all__ = ["Unauthorised", "unauthorised"]

_LOOKS_DAILY: Final = dt.timedelta(days=1)
"""How long ago a source is taken to have looked where it never did before."""
_WORKED: Final = ("implementing", "review", "closed")


class Unauthorised(NamedTuple):
    """One item that a source saw differ. `nearest` is the change on it whose work was closest in time, if any."""

    revision: int
    at: str
    source: str
    item: str
    name: str
    class_name: str
    what: str
    fields: list[FieldChange]
    nearest: str | None


def unauthorised(
    view: ReadView, revisions: Sequence[Revision], changes: Iterable[ChangeStanding], after: int
) -> Iterator[Unauthorised]:
    """Give what revisions above `after` changed on items in service with no change request behind it, oldest first.

    `revisions` are all, oldest first. An item's first appearance counts; edits by hand and what a change entered do
    not, for they say who did it.
    """
    worked = [each for each in changes if each.state in _WORKED and each.started_at is not None]
    by_item: dict[str, list[ChangeStanding]] = {}
    for each in worked:
        for step in each.request.steps:
            by_item.setdefault(step.item, []).append(each)
            if step.replacement is not None:
                by_item.setdefault(step.replacement, []).append(each)
    by_number = {each.number: each for each in revisions}
    looked: dict[str, dt.datetime] = {}
    before: dict[int, dt.datetime] = {}
    for revision in revisions:
        at = moment(revision.at)
        before[revision.number] = looked.get(revision.source, at - _LOOKS_DAILY)
        looked[revision.source] = at
    for number, change in view.changes(after, view.revision.number):
        revision = by_number[number]
        if revision.source == MANUAL:
            continue
        at, since = moment(revision.at), before[number]
        fields = [each for each in describe_change(change) if each.field != "claims"]
        if not fields:
            continue
        for item in _items_of(change):
            found = by_item.get(item, [])
            if any(_begun(each) <= at and (_ended(each) or at) >= since for each in found):
                continue
            document = view.get("item", [item]).get(item)
            if document is None:
                continue
            shown = show_item(decode_item(document))
            if shown.status in OUT_OF_SERVICE:
                continue
            nearest = min(found, key=lambda each: abs((_ended(each) or _begun(each)) - at), default=None)
            yield Unauthorised(
                number,
                revision.at,
                revision.source,
                item,
                shown.name,
                shown.class_,
                _what(change),
                fields,
                nearest.number if nearest is not None else None,
            )


def _items_of(change: Change) -> list[str]:
    if change.kind == "item":
        return [change.key]
    if change.kind == "pool":
        return [split_pool_key(change.key)[0]]
    start, _, _, _ = split_relationship_key(change.key)
    return [start]


def _what(change: Change) -> str:
    verdict = "created" if change.before is None else "removed" if change.after is None else "changed"
    if change.kind == "relationship":
        return f"{split_relationship_key(change.key)[1]} {verdict}"
    return verdict if change.kind == "item" else f"pool {verdict}"


def _begun(change: ChangeStanding) -> dt.datetime:
    text: Any = change.outcome.started_at if change.outcome is not None else change.started_at
    return moment(text)


def _ended(change: ChangeStanding) -> dt.datetime | None:
    return moment(change.outcome.ended_at) if change.outcome is not None else None
