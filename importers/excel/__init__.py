"""Excel workbooks: sheets of items, relationships and pools, with a mapping file for columns of other names.

    workbook ── csv_pairs (mapping, plan, rows) ── BatchBuilder

A workbook that `cmdb export` wrote says on its sheet `batches` whose each sheet is; another is one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cmdb.errors import CmdbError, FileProblem
from cmdb.model import BatchBuilder, ImportBatch
from importers.csv_pairs import begin_batch
from importers.csv_pairs.mapping import CsvMapping, read_mapping
from importers.csv_pairs.plan import TablePlan, plan_table
from importers.csv_pairs.rows import take_rows
from importers.csv_pairs.tables import Table, sheet_table
from importers.reading import SourceFile, Workbook, open_workbook, sheet_names, sniff
from importers.registry import ReadOptions

__all__ = ["BATCHES", "ExcelImporter", "importer"]

BATCHES: Final = "batches"
"""The sheet on which an export says whose the other sheets are: `items 1` is of the batch with number 1."""


class ExcelImporter:
    """Reads the sheets of workbooks; all files together are one batch, unless they say otherwise."""

    name = "excel"
    description = "Excel workbooks (.xlsx): sheets of items, relationships and pools, with a mapping file"
    example = "cmdb import servers.xlsx --mapping servers.yaml"

    def recognises(self, source: SourceFile) -> float:
        """Return a little for any workbook, which a mapping file may explain; more for one of our own."""
        try:
            names = sheet_names(source) if sniff(source) == "xlsx" else ()
        except CmdbError:
            return 0.0
        return 0.9 if BATCHES in names else 0.2 if names else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return the batches of all files.

        Raises FileProblem where no sheet of a file is a table we understand, or the mapping file is wrong; UsageError
        where nobody says whose inventory this is.
        """
        mapping = CsvMapping() if options.mapping is None else read_mapping(options.mapping)
        builders: dict[tuple[str, str], BatchBuilder] = {}
        for source in sources:
            with open_workbook(source) as book:
                owners = _owners(source, book)
                read = 0
                unread: dict[str, FileProblem] = {}
                for sheet in book.names:
                    if sheet == BATCHES and owners:
                        continue
                    table = sheet_table(source, book, sheet, mapping)
                    if table is None:
                        continue
                    plan = _plan(table, mapping, unread)
                    if plan is None:
                        continue
                    owner = owners.get(sheet.rpartition(" ")[2], ("", ""))
                    if owner not in builders:
                        builders[owner] = begin_batch(mapping, options, *owner)
                    builders[owner].file(table.name, source.sha256, source.size)
                    take_rows(builders[owner], plan, table.rows, options)
                    read += 1
                if not read and unread:
                    raise next(iter(unread.values()))
                if not read and not owners:
                    raise source.problem("no sheet holds a table: was the export cut off?")
            for builder in builders.values():
                for note in [*source.notes, *(f"sheet {sheet!r} of {source.name} is not read" for sheet in unread)]:
                    builder.note(note)
        return [builder.batch() for builder in builders.values()]


def _plan(table: Table, mapping: CsvMapping, unread: dict[str, FileProblem]) -> TablePlan | None:
    """Return the plan of a sheet; None, and why, where nothing explains it: workbooks hold notes and charts too."""
    try:
        return plan_table(table.problem, table.header, mapping, named=table.named, row=table.header_row)
    except FileProblem as problem:
        if table.named is not None:
            raise
        unread[table.sheet or ""] = problem
        return None


def _owners(source: SourceFile, book: Workbook) -> dict[str, tuple[str, str]]:
    """Return source and scope by the number that sheets end in, as an export wrote them."""
    if BATCHES not in book.names:
        return {}
    table = book.table(BATCHES)
    if table is None or table.header[:3] != ["number", "source", "scope"]:
        return {}
    owners = {row.cells[0]: (row.cells[1], row.cells[2]) for row in table.rows if row.problem is None}
    for number, (name, _) in owners.items():
        if not name:
            raise source.problem(f"sheet {BATCHES!r} does not say the source of {number}: fill the cell")
    return owners


importer = ExcelImporter()
