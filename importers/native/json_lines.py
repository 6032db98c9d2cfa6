"""The native format as JSON Lines: a `batch` row, then rows in any order; another `batch` row begins another batch.

In comes a file of any length, read in bounded memory; out go batches.
"""

from __future__ import annotations

from cmdb.model import BatchBuilder, ImportBatch
from cmdb.model.collector import collector_paused
from importers.native.header import begin_batch
from importers.native.rows import TAKERS
from importers.reading import SourceFile, iter_json_lines
from importers.registry import ReadOptions

__all__ = ["read_lines"]

_ROWS_A_REPORT = 5_000


def read_lines(source: SourceFile, options: ReadOptions) -> list[ImportBatch]:
    """Return the batches of a file; raises FileProblem where it is no JSON Lines, or its first row is no header."""
    with collector_paused():
        builders = _read(source, options)
    for builder in builders:
        builder.read_file(source.name, source.sha256, source.size)
        for note in source.notes:
            builder.note(note)
    return [builder.batch() for builder in builders]


def _read(source: SourceFile, options: ReadOptions) -> list[BatchBuilder]:
    builders: list[BatchBuilder] = []
    builder: BatchBuilder | None = None
    expected = _expected_rows(source)
    for row, members in iter_json_lines(source):
        kind = members.pop("kind", None)
        if builder is not None and type(kind) is str and kind in TAKERS:
            TAKERS[kind](builder, row, members)
        elif kind == "batch":
            builder = begin_batch(source, members, row, options)
            builders.append(builder)
        elif builder is None:
            raise source.problem('the first row must be the header: {"kind": "batch", "cmdb": 1, "source": NAME}', row)
        else:
            builder.refuse_unidentified(row, f"kind is {kind!r}: it must be batch, item, relationship or pool")
        if row % _ROWS_A_REPORT == 0:
            options.progress(row, max(row, expected))
    if builder is None:
        raise source.problem("the file holds nothing but blanks: was the export cut off?")
    options.progress(expected, expected)
    return builders


def _expected_rows(source: SourceFile) -> int:
    """Guess how many rows the file has from how long its first ones are; for a progress bar that is near enough."""
    sample = source.sample()
    return max(1, round(source.size * sample.count("\n") / max(1, len(sample.encode("utf-8", "replace")))))
