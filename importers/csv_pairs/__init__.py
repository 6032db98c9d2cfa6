"""CSV pairs: a table of items, a table of relationships and, if there are any, a table of pools.

    read ── mapping (YAML, optional) ── plan (what each column means) ── rows ── BatchBuilder

Which file is which shows in its header. Without a mapping file the columns are called like our fields.
"""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.errors import FileProblem, UsageError
from cmdb.model import BatchBuilder, ImportBatch
from importers.csv_pairs.mapping import CsvMapping, read_mapping
from importers.csv_pairs.plan import normal_header, plan_table
from importers.csv_pairs.rows import take_row
from importers.reading import SourceFile, read_csv, sniff
from importers.registry import ReadOptions

__all__ = ["CsvPairsImporter", "importer"]

_TELLING = (({"from", "to"}, 0.8), ({"consumer", "name"}, 0.7), ({"id", "class", "name"}, 0.7), ({"id", "name"}, 0.4))
_ROWS_A_REPORT = 2_000


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
        name = options.source or mapping.source
        if not name:
            raise UsageError("a CSV file does not say whose inventory it is: give --source NAME")
        builder = BatchBuilder(
            name,
            options.scope if options.scope is not None else mapping.scope,
            complete=options.complete if options.complete is not None else mapping.complete,
            vocabulary=mapping.vocabulary,
            words=options.words(mapping.vocabulary),
        )
        for source in sources:
            _read_table(source, mapping, builder, options)
        return [builder.batch()]


def _read_table(source: SourceFile, mapping: CsvMapping, builder: BatchBuilder, options: ReadOptions) -> None:
    builder.file(source.name, size=source.size)
    table = read_csv(source, delimiter=mapping.delimiter)
    plan = plan_table(source, table.header, mapping)
    done = 0
    for done, row in enumerate(table.rows, 1):
        if row.problem is not None:
            # With its cells out of step nobody knows which of them is the identity.
            builder.refuse_unidentified(row.line, row.problem)
        else:
            take_row(builder, plan, row.line, row.cells)
        if done % _ROWS_A_REPORT == 0:
            options.progress(done, 0)
    options.progress(done, done)
    builder.read_file(source.name, source.sha256, source.size)
    for note in source.notes:
        builder.note(note)


importer = CsvPairsImporter()
