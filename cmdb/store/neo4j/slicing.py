"""How much goes into one transaction. Takes rows and their sizes, gives slices that a small server can hold.

Sizes are guesses; when the server runs out of memory all the same, a slice is halved, down to single rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import neo4j

from cmdb.store.neo4j.connection import Connection, MemoryExhausted

__all__ = ["by_bytes", "in_smaller_steps"]

_T = TypeVar("_T")


def by_bytes(
    rows: Iterable[_T], size: Callable[[_T], int], most: int, most_rows: int = 1_000_000
) -> Iterator[list[_T]]:
    """Cut rows into slices of at most so many bytes and rows; a larger row makes a slice of its own.

    >>> list(by_bytes([3, 4, 5, 9, 1], lambda row: row, most=8))
    [[3, 4], [5], [9], [1]]
    """
    waiting: list[_T] = []
    weight = 0
    for row in rows:
        bytes_ = size(row)
        if waiting and (weight + bytes_ > most or len(waiting) >= most_rows):
            yield waiting
            waiting, weight = [], 0
        waiting.append(row)
        weight += bytes_
    if waiting:
        yield waiting


def in_smaller_steps(
    connection: Connection, rows: Sequence[_T], put: Callable[[neo4j.Transaction, Sequence[_T]], None]
) -> None:
    """Write rows in one transaction, or in two of half as many when the server has no memory for it, and so on.

    Raises StoreFull when there is none for a single row.
    """
    try:
        connection.write(lambda tx: put(tx, rows))
    except MemoryExhausted:
        if len(rows) <= 1:
            raise
        middle = len(rows) // 2
        in_smaller_steps(connection, rows[:middle], put)
        in_smaller_steps(connection, rows[middle:], put)
