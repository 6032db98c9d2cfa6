"""The time that one question may take for what is hard: a purse that every core pays from, so that many end too.

Diagrams, intervals and simulations pay; what a closed form or a small diagram answers does not, however much of it
there is. Who finds the purse empty makes do with what costs next to nothing, and says so.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["Purse"]

_EASY: Final = 0.1
"""Seconds of one core that count as easy where they led to an exact figure."""
_SCRAPS: Final = 0.02
"""What an empty purse still gives: enough for a core that only looks hard."""


class Purse:
    """Seconds left of `seconds`; whoever works under `spending` pays for it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._spent = 0.0
        self._begun: float | None = None

    @property
    def left(self) -> float:
        """Seconds left; below none there is nothing."""
        running = 0.0 if self._begun is None else time.monotonic() - self._begun
        return max(0.0, self.seconds - self._spent - running)

    @property
    def is_empty(self) -> bool:
        """Whether nothing worth mentioning is left."""
        return self.left <= _SCRAPS

    def share(self, part: float) -> float:
        """Return the seconds that one step may take: a part of what is left, so that something is left for others."""
        return max(self.left * part, _SCRAPS)

    def fill(self, seconds: float | None = None) -> None:
        """Begin a new question."""
        self.seconds = self.seconds if seconds is None else seconds
        self._spent = 0.0

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Pay for the time inside; a step inside another is paid for once."""
        if self._begun is not None:
            yield
            return
        self._begun = time.monotonic()
        try:
            yield
        finally:
            self._spent += time.monotonic() - self._begun
            self._begun = None

    def refund_easy(self, seconds: float) -> None:
        """Give back what a step that led to an exact figure in so many seconds does not pay for."""
        self._spent -= min(seconds, _EASY)
