"""Rows of many files into one batch: what several files say alike is taken once, what they say otherwise is refused.

In come the rows of an importer, file by file; out goes an ImportBatch. Between importers and BatchBuilder, for the
formats whose files overlap. Knows no format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from cmdb.errors import FileProblem
from cmdb.model import BatchBuilder, ImportBatch
from cmdb.model.scalars import plain
from importers.reading import SourceFile
from importers.registry import ReadOptions

__all__ = ["Gatherer", "first_words", "listed"]

_SHOWN: Final = 5


class Gatherer:
    """Collects the rows of one (source, scope); `options` override what the format says by default."""

    def __init__(self, options: ReadOptions, *, source: str, scope: str = "", complete: bool | None = None) -> None:
        self.builder = BatchBuilder(
            options.source or source,
            options.scope or scope,
            complete=complete if options.complete is None else options.complete,
        )
        self._options = options
        self._items: dict[str, tuple[tuple[Any, ...], str]] = {}
        self._links: set[tuple[Any, ...]] = set()
        self._pools: set[tuple[str, str]] = set()
        self._skipped: Counter[str] = Counter()
        self._file = ""

    def begin(self, source: SourceFile) -> None:
        """Begin the rows of a file that was read to its end."""
        self._file = source.name
        self.builder.file(source.name, source.sha256, source.size)
        for note in source.notes:
            self.builder.note(note)

    def item(
        self,
        row: int,
        id_: object,
        class_name: str,
        name: object,
        values: Mapping[str, Any] | None = None,
        aliases: Iterable[str] = (),
    ) -> bool:
        """Take an item; return False where it is refused, or was said before (with other words it is refused)."""
        told = {key: value for key, value in plain(dict(values or {})).items() if value not in (None, "", {}, [])}
        if isinstance(id_, str) and (before := self._items.get(id_)) is not None:
            if before[0] != (class_name, name, told):
                self.builder.refuse(row, id_, f"{id_} is told otherwise in {before[1]}, which was taken: keep one")
            return False
        if not self.builder.item(row, id_, class_name, name, told, aliases):
            return False
        self._items[str(id_)] = ((class_name, name, told), f"{self._file}:{row}")
        return True

    def has(self, id_: str) -> bool:
        """Tell whether an item of that id was taken."""
        return id_ in self._items

    def link(
        self,
        row: int,
        start: object,
        type_name: str,
        end: object,
        pool: str | None = None,
        key: str = "",
        **values: Any,
    ) -> bool:
        """Take a relationship unless it was said before; an item that names itself is counted among what is skipped."""
        if start == end:
            self.skip("relationships of an item to itself")
            return False
        said = (start, type_name, end, pool, key)
        if said in self._links:
            return False
        self._links.add(said)
        told = values if pool is None else {**values, "pool": pool}
        return self.builder.relationship(row, start, type_name, end, told, key)

    def pool(self, row: int, consumer: str, name: str, evidence: str, need: int | str | None = None) -> None:
        """Take a pool once. `need` is given only where the source states it."""
        if (consumer, name) not in self._pools:
            self._pools.add((consumer, name))
            stated = {} if need is None else {"need": need}
            self.builder.pool(row, consumer, name, {**stated, "evidence": evidence})

    def any_of(
        self,
        row: int,
        consumer: str,
        type_name: str,
        providers: Sequence[str],
        name: str,
        evidence: str,
        need: int | str | None = None,
    ) -> None:
        """Take links to providers that stand in for each other: a pool of several, a plain requirement of one."""
        several = list(dict.fromkeys(each for each in providers if each != consumer))
        if len(several) > 1:
            self.pool(row, consumer, name, evidence, need)
        for provider in several:
            self.link(row, consumer, type_name, provider, name if len(several) > 1 else None)

    def skip(self, what: str, count: int = 1) -> None:
        """Count what is left out, for one note at the end."""
        self._skipped[what] += count

    def note(self, text: str) -> None:
        """Keep a remark on the whole import."""
        self.builder.note(text)

    def progress(self, done: int, total: int) -> None:
        """Tell how many files are read."""
        self._options.progress(done, total)

    def batch(self) -> ImportBatch:
        """Return what was gathered, with a note on what was left out."""
        for what, count in sorted(self._skipped.items()):
            self.note(f"{count:,} {what}: skipped")
        return self.builder.batch()


def listed(names: Iterable[str]) -> str:
    """Return names in a row, the first few of many.

    >>> listed(["b", "a"])
    'a, b'
    >>> listed("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    each = sorted(set(names))
    more = f" and {len(each) - _SHOWN} more" if len(each) > _SHOWN else ""
    return ", ".join(each[:_SHOWN]) + more


def first_words(source: SourceFile) -> str:
    """Return how a file begins, "" where it cannot be read: for `recognises`, which must not raise."""
    try:
        return source.sample()
    except FileProblem:
        return ""
