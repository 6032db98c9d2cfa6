"""What is known already, seen through a change: entries that the change made wrong are gone, new ones stand beside.

A question about one changed number looks at a few hundred of a hundred thousand parts, so copying them all would be
most of its time.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TypeVar, overload

__all__ = ["Seen", "seen_without"]

ValueT = TypeVar("ValueT")
OtherT = TypeVar("OtherT")


class Seen(dict[int, ValueT]):
    """A dictionary of what is new, above one of what was known before, without what is `gone`.

    Keys from `end` on are seen only where they are new. Only looking up by key, `in`, `get` and setting are those of
    both together; nothing here goes through it.
    """

    def __init__(self, before: Mapping[int, ValueT], gone: Container[int], end: int) -> None:
        super().__init__()
        self._before = before
        self._gone = gone
        self._end = end

    def __missing__(self, key: int) -> ValueT:
        """Return what was known before."""
        if key in self._gone or key >= self._end:
            raise KeyError(key)
        return self._before[key]

    def __contains__(self, key: object) -> bool:
        """Whether it is known, now or from before."""
        if dict.__contains__(self, key):
            return True
        return isinstance(key, int) and key < self._end and key not in self._gone and key in self._before

    @overload
    def get(self, key: int, default: None = None, /) -> ValueT | None: ...
    @overload
    def get(self, key: int, default: OtherT, /) -> ValueT | OtherT: ...
    def get(self, key: int, default: OtherT | None = None, /) -> ValueT | OtherT | None:
        """Return what is known, now or from before."""
        try:
            return self[key]
        except KeyError:
            return default

    def flat(self) -> dict[int, ValueT]:
        """Return the same in one dictionary."""
        kept = {key: each for key, each in self._before.items() if key < self._end and key not in self._gone}
        return kept | dict(self)


def seen_without(known: dict[int, ValueT], gone: Container[int], end: int) -> dict[int, ValueT]:
    """Return what is known, and will be, of the keys below `end` that are not gone.

    Of keys from `end` on nobody has looked yet whether the change made them wrong.
    """
    return Seen(known.flat() if isinstance(known, Seen) else known, gone, end)
