"""What is wrong with one catalogue file: all of it is collected, and told at once.

Knows lines and messages, not what they are about.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn

from cmdb.errors import CatalogueError

__all__ = ["Problems", "did_you_mean"]


class Problems:
    """The problems of one file, each with its line; raised together as one `CatalogueError`."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, message: str) -> None:
        """Note one problem; the message says what is wrong and ends in what to do."""
        if (line, message) not in self._found:
            self._found.append((line, message))

    def stop(self, line: int, message: str) -> NoReturn:
        """Note a problem after which the rest of the file cannot be understood, and raise."""
        self.add(line, message)
        self.raise_if_any()
        raise AssertionError("unreachable: a problem was just added")

    def raise_if_any(self) -> None:
        """Raise CatalogueError with every problem in order of lines, the first one's line as `row`."""
        if not self._found:
            return
        found = sorted(self._found)
        first_line, first = found[0]
        rest = "".join(f"\n{self.file}:{line}: {message}" for line, message in found[1:])
        raise CatalogueError(first + rest, file=self.file, row=first_line)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return "; did you mean X?" where a known name is close to the given one, else nothing."""
    lowered = {name.lower(): name for name in known}
    close = [lowered[key] for key in get_close_matches(given.lower(), lowered, n=2, cutoff=0.7)]
    return f"; did you mean {' or '.join(close)}?" if close else ""
