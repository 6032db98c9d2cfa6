"""Room on Python's stack for functions that follow a structure as deep as it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["room_for"]


@contextmanager
def room_for(calls: int) -> Iterator[None]:
    """Allow so many more nested calls of plain Python functions, which take heap and no stack of the machine."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, calls + 1000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
