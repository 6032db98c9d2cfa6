"""One row of the native format into a BatchBuilder.

In comes the mapping of a row, which is taken apart; unknown keys are left among the values, where the builder refuses
them with the row. Knows no syntax.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cmdb.model import BatchBuilder

__all__ = ["TAKERS", "take_item", "take_pool", "take_relationship"]


def take_item(builder: BatchBuilder, row: int, members: dict[str, Any]) -> None:
    """Take one item: id, class, name and aliases; all else is values."""
    take = members.pop
    given = take("id", None)
    if given is None:
        builder.refuse_unidentified(row, "id is missing: give the id that the source knows the item by")
        return
    aliases = take("aliases", None)
    if aliases is None:
        builder.item(row, given, take("class", None), take("name", None), members)
    else:
        several = aliases if isinstance(aliases, list) else [aliases]
        builder.item(row, given, take("class", None), take("name", None), members, several)


def take_relationship(builder: BatchBuilder, row: int, members: dict[str, Any]) -> None:
    """Take one relationship: from, type, to and key; all else is values."""
    take = members.pop
    start, end = take("from", None), take("to", None)
    if start is None or end is None:
        lacking = "from" if start is None else "to"
        builder.refuse_unidentified(row, f"{lacking} is missing: a relationship names both its ends")
        return
    builder.relationship(row, start, take("type", None), end, members, take("key", ""))


def take_pool(builder: BatchBuilder, row: int, members: dict[str, Any]) -> None:
    """Take one pool: consumer and name; all else is values."""
    consumer = members.pop("consumer", None)
    if consumer is None:
        builder.refuse_unidentified(row, "consumer is missing: name the item that the pool serves")
        return
    builder.pool(row, consumer, members.pop("name", None), members)


TAKERS: Final[dict[str, Callable[[BatchBuilder, int, dict[str, Any]], None]]] = {
    "item": take_item,
    "relationship": take_relationship,
    "pool": take_pool,
}
