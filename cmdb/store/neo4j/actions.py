"""What a revision does to the graph of items, as a row of actions in an order that depends on nothing else.

Takes changes, gives actions: first what goes (links before items), then what comes (items before links). The order is
the same whenever it is made, so that work that was cut off goes on where it stopped. Knows no database.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from cmdb.model import (
    Change,
    Kind,
    decode_edges,
    decode_item,
    show_item,
    show_pool,
    show_relationship,
    split_pool_key,
    split_relationship_key,
)
from cmdb.store.neo4j import statements
from cmdb.store.neo4j.names import class_label, relationship_type
from cmdb.store.neo4j.shape import (
    denied_id,
    denied_properties,
    item_properties,
    pool_properties,
    relationship_properties,
)

__all__ = ["WINDOW", "Action", "Changes", "actions_from"]

_LINKS_GO, _ITEMS_GO, _ITEMS_COME, _LINKS_COME = range(4)
WINDOW = 10_000
"""So many actions are sorted by statement at a time."""

Changes = Callable[[], Iterator[Change]]
"""Gives the changes of a revision, in order, each time it is called."""


class Action(NamedTuple):
    """One row for one statement; earlier phases come first, and `bytes` is about what it weighs."""

    phase: int
    statement: str
    row: Any
    bytes: int


_show_relationship = functools.lru_cache(10_000)(lambda document: show_relationship(decode_edges(document)))
_show_pool = functools.lru_cache(10_000)(lambda document: show_pool(decode_edges(document)))


def actions_from(changes: Changes, position: int) -> Iterator[list[Action]]:
    """Give the actions of a revision from a position on, in windows sorted by phase and statement."""
    start = position - position % WINDOW
    following = itertools.islice(_actions(changes), start, None)
    skip = position - start
    while window := list(itertools.islice(following, WINDOW)):
        window.sort(key=attrgetter("phase", "statement"))
        if window[skip:]:
            yield window[skip:]
        skip = 0


def _actions(changes: Changes) -> Iterator[Action]:
    for drop in (_drop_link, _drop_item):
        for change in changes():
            if change.before is not None and (action := drop(change, change.before)) is not None:
                yield action
    for change in changes():
        if change.after is not None and (action := _PUT[change.kind](change, change.after)) is not None:
            yield action


def _drop_link(change: Change, before: bytes) -> Action | None:
    """Take away what is there before and not after: the link, or the word that it is denied."""
    kind, key, _, after = change
    if kind == "item":
        return None
    was, is_ = _stands(kind, before), after is not None and _stands(kind, after)
    if not was:
        gone = is_ or after is None
        return Action(_LINKS_GO, statements.DROP_DENIED, denied_id(kind, key), _size(key)) if gone else None
    if is_:
        return None
    if kind == "pool":
        return Action(_LINKS_GO, statements.DROP_POOL, split_pool_key(key), _size(key))
    from_id, type_, to_id, name = split_relationship_key(key)
    return Action(_LINKS_GO, statements.drop_relationship(type_), (from_id, to_id, name), _size(key))


def _drop_item(change: Change, before: bytes) -> Action | None:
    if change.kind != "item" or change.after is not None:
        return None
    return Action(_ITEMS_GO, statements.DROP_ITEM, change.key, _size(change.key))


def _put_item(change: Change, after: bytes) -> Action | None:
    shown = show_item(decode_item(after))
    before = None if change.before is None else show_item(decode_item(change.before))
    if shown == before:
        return None
    label, properties = class_label(shown.class_), item_properties(change.key, shown)
    if before is None:
        return Action(_ITEMS_COME, statements.CREATE_ITEM, (label, properties), _size(after))
    return Action(_ITEMS_COME, statements.UPDATE_ITEM, (class_label(before.class_), label, properties), _size(after))


def _put_relationship(change: Change, after: bytes) -> Action | None:
    shown = _show_relationship(after)
    if shown is None:
        return Action(
            _LINKS_COME, statements.PUT_DENIED, denied_properties("relationship", change.key), _size(change.key)
        )
    before = None if change.before is None else _show_relationship(change.before)
    if shown == before:
        return None
    from_id, type_, to_id, key = split_relationship_key(change.key)
    row: tuple[Any, ...]
    if before is not None:
        text = statements.update_relationship(type_)
        row = (from_id, to_id, key, relationship_properties(key, shown))
    elif shown or key:
        text = statements.CREATE_RELATIONSHIP
        row = (from_id, to_id, relationship_type(type_), relationship_properties(key, shown))
    else:
        text, row = statements.CREATE_PLAIN_RELATIONSHIP, (from_id, to_id, relationship_type(type_))
    return Action(_LINKS_COME, text, row, _size(after))


def _put_pool(change: Change, after: bytes) -> Action | None:
    shown = _show_pool(after)
    if shown is None:
        return Action(_LINKS_COME, statements.PUT_DENIED, denied_properties("pool", change.key), _size(change.key))
    before = None if change.before is None else _show_pool(change.before)
    if shown == before:
        return None
    text = statements.CREATE_POOL if before is None else statements.UPDATE_POOL
    consumer, name = split_pool_key(change.key)
    return Action(_LINKS_COME, text, (consumer, pool_properties(consumer, name, shown)), _size(after))


_PUT: dict[Kind, Callable[[Change, bytes], Action | None]] = {
    "item": _put_item,
    "relationship": _put_relationship,
    "pool": _put_pool,
}


def _stands(kind: Kind, document: bytes) -> bool:
    return (_show_pool if kind == "pool" else _show_relationship)(document) is not None


def _size(told: Sequence[Any]) -> int:
    return 300 + len(told)
