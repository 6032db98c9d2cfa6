"""The native inventory format in YAML 1.2, JSON and JSON Lines.

    read ──┬── json_lines ──┐
           └── document ────┴── header, rows ── BatchBuilder

A header says whose inventory it is, and rows say what is in it. `cmdb export` writes the same format.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cmdb.errors import FileProblem
from cmdb.model import ImportBatch
from importers.native.document import read_document
from importers.native.json_lines import read_lines
from importers.reading import SourceFile, sniff
from importers.registry import ReadOptions

__all__ = ["NativeImporter", "importer"]

_HEADER = re.compile(r"""(?:^|[{,])\s*["']?cmdb["']?\s*:""", re.MULTILINE)
_ROWS = re.compile(r"""(?:^|[{,])\s*["']?(?:items|relationships|pools)["']?\s*:""", re.MULTILINE)
_OTHERS = re.compile(r"^\s*apiVersion\s*:", re.MULTILINE)
_LINE_KIND = re.compile(r'"kind"\s*:\s*"(?:batch|item|relationship|pool)"')
_LONE_BATCH = re.compile(
    r'\s*\{[^{}]*"kind"\s*:\s*"batch"[^{}]*\}\s*\Z'
)  # one line tells nobody that more could follow
_HEAD_CHARACTERS = 20_000


class NativeImporter:
    """Reads the native format; one batch for each header."""

    name = "native"
    description = "cmdb's own inventory format: YAML 1.2, JSON, or JSON Lines for large estates"
    example = "cmdb import inventory.yaml"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is that the file begins with a header of the native format, or has rows of it."""
        try:
            syntax, head = sniff(source), source.sample()[:_HEAD_CHARACTERS]
        except FileProblem:
            return 0.0
        if syntax in ("csv", "xml"):
            return 0.0
        if syntax == "jsonl":
            first = head.lstrip().partition("\n")[0]
            return 1.0 if _HEADER.search(first) else 0.6 if _LINE_KIND.search(first) else 0.0
        if _HEADER.search(head):
            return 1.0
        # Without a header, yet with our rows: to be told that the header is missing helps more than "unknown format".
        return 0.3 if syntax == "yaml" and _ROWS.search(head) and not _OTHERS.search(head) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return the batches of every file.

        Raises FileProblem where a file is not in the format at all: no header, an unknown key in it, no source, or
        text that is no YAML or JSON. A bad row is refused by itself.
        """
        batches: list[ImportBatch] = []
        for source in sources:
            in_lines = sniff(source) == "jsonl" or _LONE_BATCH.match(source.sample()) is not None
            batches += (read_lines if in_lines else read_document)(source, options)
        return batches


importer = NativeImporter()
