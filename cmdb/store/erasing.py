"""How items are erased from the past. Takes a revision's parts and the ids, gives the parts without them.

Alike for both keepers, so that two records that were equal before a purge are equal after it. Knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cmdb.history.codec import PART_ROWS, Part, decode_part, encode_parts
from cmdb.model import ID_LENGTH, Change, Delta, Kind, split_pool_key, split_relationship_key

__all__ = ["parts_without", "tells_of"]


def tells_of(kind: Kind, key: str, doomed: frozenset[str]) -> bool:
    """Return whether the entity is one of these items, a relationship that ends in one, or a pool of one."""
    if kind == "item":
        return key in doomed
    if kind == "pool":
        return split_pool_key(key)[0] in doomed
    from_id, _, to_id, _ = split_relationship_key(key)
    return from_id in doomed or to_id in doomed


def parts_without(read_parts: Callable[[], Iterable[Part]], doomed: frozenset[str]) -> tuple[list[Part], int]:
    """Return the parts that a revision has when these items never were, and the number of changes that go.

    `read_parts` gives the revision's parts in order each time it is called. With 0 changes gone the parts are
    not made again and the list is empty: the revision stays as it is.
    """
    gone = sum(
        tells_of(change.kind, change.key, doomed)
        for part in read_parts()
        if _may_tell(part, doomed)
        for change in decode_part(part)
    )
    if not gone:
        return [], 0
    return list(_packed(_kept(read_parts(), doomed))), gone


def _may_tell(part: Part, doomed: frozenset[str]) -> bool:
    """Return False only where the range of a part's keys shows that no item is in it; `to` ends are in no order."""
    first, last = part.first[:ID_LENGTH], part.last[:ID_LENGTH]
    return part.kind == "relationship" or any(first <= id_ <= last for id_ in doomed)


def _kept(parts: Iterable[Part], doomed: frozenset[str]) -> Iterator[Change]:
    for part in parts:
        for change in decode_part(part):
            if not tells_of(change.kind, change.key, doomed):
                yield change


def _packed(changes: Iterable[Change]) -> Iterator[Part]:
    """Pack changes as `encode_parts` does, holding no more than one part's changes at a time."""
    seq = 0
    waiting: list[Change] = []
    for change in changes:
        if waiting and (len(waiting) == PART_ROWS or waiting[0].kind != change.kind):
            yield from encode_parts(Delta(waiting), seq)
            seq += 1
            waiting = []
        waiting.append(change)
    yield from encode_parts(Delta(waiting), seq)
