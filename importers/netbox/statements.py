"""What the importer has to say, kept until it can be said file by file.

In come items, relationships, pools and remarks in the order in which they were worked out, each with the row it
rests on; out they go through a BatchBuilder, sorted by file. Says the same relationship once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from cmdb.model.building import BatchBuilder
from importers.netbox.inventory import Row

__all__ = ["Origin", "Statements", "counted", "listed"]


class Origin(NamedTuple):
    """Where a statement was read: the number of the file, and the row in it from 1."""

    file: int
    row: int


class Statements:
    """Collects statements; `say` gives those of one file to a builder."""

    def __init__(self) -> None:
        self._by_file: dict[int, list[tuple[str, tuple[Any, ...]]]] = {}
        self._related: set[tuple[str, str, str, str]] = set()
        self.notes: list[str] = []
        self.cut: list[str] = []

    def item(self, row: Row, class_name: str, name: str, values: Mapping[str, Any], *, as_id: str = "") -> None:
        """Say that a row is an item; `as_id` is its id where the row is not the item itself."""
        self._keep(row.file, "item", (row.row, as_id or row.id, class_name, name, values))

    def relationship(
        self, row: Row, start: str, type_name: str, end: str, values: Mapping[str, Any] | None = None, key: str = ""
    ) -> None:
        """Say that two items are related; saying it again changes nothing."""
        known = (start, type_name, end, key)
        if start == end:
            self.warn(row, f"it refers to itself as what it {type_name.replace('_', ' ')}: that was left out")
        elif known not in self._related:
            self._related.add(known)
            self._keep(row.file, "relationship", (row.row, start, type_name, end, values or {}, key))

    def pool(self, row: Row, consumer: str, name: str, *, evidence: str, need: int | None = None) -> None:
        """Say that members stand in for each other; without `need` how many must be up is assumed."""
        values: dict[str, Any] = {"evidence": evidence, "assumed": True}
        if need is not None:
            values = {"evidence": evidence, "need": need}
        self._keep(row.file, "pool", (row.row, consumer, name, values))

    def warn(self, row: Row, message: str) -> None:
        """Say what is doubtful about a row that is used all the same."""
        self._keep(row.file, "warn", (row.row, row.id, message))

    def refuse(self, origin: Origin, identity: str, message: str) -> None:
        """Say why a row is not used."""
        self._keep(origin.file, "refuse", (origin.row, identity, message))

    def refuse_unidentified(self, origin: Origin, message: str) -> None:
        """Say why nobody can tell which object a row is."""
        self._keep(origin.file, "refuse_unidentified", (origin.row, message))

    def note(self, text: str) -> None:
        """Keep a remark about the whole."""
        self.notes.append(text)

    def say(self, file: int, builder: BatchBuilder) -> None:
        """Give everything that rests on rows of one file to the builder."""
        for method, arguments in self._by_file.get(file, ()):
            getattr(builder, method)(*arguments)

    def _keep(self, file: int, method: str, arguments: tuple[Any, ...]) -> None:
        self._by_file.setdefault(file, []).append((method, arguments))


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Return names joined for a sentence, cut with how many more there are."""
    every = list(names)
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "cable"), counted(3400, "link")
    ('1 cable', '3,400 links')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
