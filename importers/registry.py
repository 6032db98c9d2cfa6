"""Which foreign formats there are, and which one a file is in. Importers are found by entry point `cmdb.importers`.

An importer takes opened files, gives one ImportBatch a (source, scope). Others can add theirs by declaring the entry
point; nothing here names a format.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

from cmdb.errors import FileProblem, UsageError
from cmdb.model import ImportBatch
from cmdb.model.vocabulary import PlainWords, Words

if TYPE_CHECKING:
    from importers.reading import SourceFile

__all__ = ["Importer", "ReadOptions", "guess_importer", "importer_named", "importers_known"]


def _plain_words(vocabulary: str) -> Words:
    return PlainWords()


def _no_progress(done: int, total: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the person asked for, over what a file says of itself.

    `source`, `scope` and `complete` override the file where they are not None. `words` gives the translator of a
    vocabulary's statuses and criticalities. `mapping` is the path of a mapping file for tables. `progress(done,
    total)` is called now and then with bytes or rows read.
    """

    source: str | None = None
    scope: str | None = None
    complete: bool | None = None
    mapping: str | None = None
    words: Callable[[str], Words] = _plain_words
    progress: Callable[[int, int], None] = _no_progress
    extra: Mapping[str, str] = field(default_factory=dict)


class Importer(Protocol):
    """One foreign format."""

    name: str
    """As in `--format NAME`."""
    description: str
    """One line: what it reads."""
    example: str
    """A command line that shows its use."""

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is that the file is in its format: 0 not at all, 1 certain. Must not raise."""

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Read the files whole; raises FileProblem when a file cannot be understood at all."""


def importers_known() -> dict[str, Importer]:
    """Return every importer that is installed and can be loaded, by name, sorted."""
    return _loaded()[0]


def importer_named(name: str) -> Importer:
    """Return the importer of a format; raises UsageError with the names there are, or why it cannot be loaded."""
    known, broken = _loaded()
    if name in broken:
        raise UsageError(f"the importer {name!r} cannot be loaded: {broken[name]}; install it anew")
    if name not in known:
        raise UsageError(f"no format is called {name!r}; there are {', '.join(known)}")
    return known[name]


@functools.cache
def _loaded() -> tuple[dict[str, Importer], dict[str, str]]:
    """Return the importers by name, and why others cannot be loaded: one broken plug-in must not take all down."""
    known: dict[str, Importer] = {}
    broken: dict[str, str] = {}
    for point in sorted(entry_points(group="cmdb.importers"), key=lambda point: point.name):
        try:
            known[point.name] = point.load()
        except Exception as error:
            broken[point.name] = f"{type(error).__name__}: {error}"
    return known, broken


def guess_importer(source: SourceFile) -> Importer:
    """Return the importer that is surest of the file.

    Raises:
        FileProblem: none is, for a reason that the file itself may show; or two are equally sure.
    """
    sure = sorted(((each.recognises(source), name, each) for name, each in importers_known().items()), reverse=True)
    best = [(score, name, each) for score, name, each in sure if score > 0 and score == sure[0][0]]
    if not best:
        _refuse_unreadable(source)
        names = ", ".join(name for _, name, _ in sorted(sure, key=lambda entry: entry[1]))
        raise FileProblem(f"its format is not recognised; name it with --format ({names})", file=source.name)
    if len(best) > 1:
        names = " or ".join(name for _, name, _ in best)
        raise FileProblem(f"it could be {names}; say which with --format", file=source.name)
    return best[0][2]


def _refuse_unreadable(source: SourceFile) -> None:
    """Raise the FileProblem that hides behind "not recognised": no text at all, nothing in it, a broken header."""
    from importers.reading import read_csv, sniff

    if not any(block.text.strip() for block in source.blocks()):
        raise source.problem("the file holds nothing but blanks: was the export cut off?")
    try:
        syntax = sniff(source)
    except FileProblem:
        return  # it tells less than what names the formats
    if syntax == "csv":
        read_csv(source)
