"""CSV pairs: a table of items, a table of relationships and, if there are any, a table of pools.

    tables ── mapping (YAML, optional) ── plan (what each column means) ── rows ── stating ── BatchBuilder

Which file is which shows in its header. Without a mapping file the columns are called like our fields.
"""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.errors import FileProblem, UsageError
from cmdb.model import BatchBuilder, ImportBatch
from importers.csv_pairs.mapping import CsvMapping, read_mapping
from importers.csv_pairs.plan import normal_header, plan_table
from importers.csv_pairs.rows import take_rows
from importers.csv_pairs.tables import csv_table
from importers.reading import SourceFile, read_csv, sniff
from importers.registry import ReadOptions

__all__ = ["CsvPairsImporter", "begin_batch", "importer"]

_TELLING = (({"from", "to"}, 0.8), ({"consumer", "name"}, 0.7), ({"id", "class", "name"}, 0.7), ({"id", "name"}, 0.4))


def begin_batch(
    mapping: CsvMapping, options: ReadOptions, source: str | None = None, scope: str | None = None
) -> BatchBuilder:
    """Return the builder of a batch; raises UsageError where nobody says whose inventory it is.

    `source` and `scope` are what the file says of itself: options stand above the mapping, the mapping above the file.
    """
    name = options.source or mapping.source or source
    if not name:
        raise UsageError("a table does not say whose inventory it is: give --source NAME")
    return BatchBuilder(
        name,
        options.scope if options.scope is not None else mapping.scope or scope or "",
        complete=options.complete if options.complete is not None else mapping.complete,
        vocabulary=mapping.vocabulary,
        words=options.words(mapping.vocabulary),
    )


class CsvPairsImporter:
    """Reads tables of items, relationships and pools; all files together are one batch."""

    name = "csv"
    description = "CSV tables of items, relationships and pools, with a mapping file for columns of other names"
    example = "cmdb import items.csv relationships.csv --source acme"

    def recognises(self, source: SourceFile) -> float:
        """Return how much the header looks like ours; a little for any CSV, which a mapping file may explain."""
        try:
            if sniff(source) != "csv":
                return 0.0
            header = {normal_header(name) for name in read_csv(source).header}
        except FileProblem:
            return 0.0
        return next((score for names, score in _TELLING if names <= header), 0.1 if len(header) > 1 else 0.0)

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files.

        Raises FileProblem where a file is no table or its columns say too little, and where the mapping file is
        wrong; UsageError where nobody says whose inventory this is.
        """
        mapping = CsvMapping() if options.mapping is None else read_mapping(options.mapping)
        builder = begin_batch(mapping, options)
        for source in sources:
            _read_file(source, mapping, builder, options)
        return [builder.batch()]


def _read_file(source: SourceFile, mapping: CsvMapping, builder: BatchBuilder, options: ReadOptions) -> None:
    builder.file(source.name, size=source.size)
    table = csv_table(source, mapping)
    if table is None:
        builder.note(f"{source.name} is not read: the mapping says so")
    else:
        plan = plan_table(table.problem, table.header, mapping, named=table.named, row=table.header_row)
        take_rows(builder, plan, table.rows, options)
    builder.read_file(source.name, source.sha256, source.size)
    for note in source.notes:
        builder.note(note)


importer = CsvPairsImporter()
