"""Python's garbage collector, out of the way while a large record is read or written.

Hundreds of thousands of rows are made at once, none of them in a cycle; looking for cycles among them again and
again takes longer than making them.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["collector_paused"]


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Make no search for cycles within the block; plain reference counting goes on."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
