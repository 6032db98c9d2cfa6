"""Who was seen to call whom: the dependencies that Jaeger and Zipkin work out of OpenTelemetry traces.

    read ── calls (caller, callee) ── Gatherer

A call that was seen says that the caller uses the callee, not that it fails without: it becomes the soft type `calls`.
How often it was made differs from export to export, and is left to the tracing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.reading import SourceFile, read_json
from importers.registry import ReadOptions

__all__ = ["JaegerImporter", "importer"]

_EDGE: Final = re.compile(r'\{\s*"(?:parent|child|callCount)"\s*:\s*("|\d)')
_FIELDS: Final = ('"parent"', '"child"', '"callCount"')


class JaegerImporter:
    """Reads `GET /api/dependencies`, wrapped in `data` or not."""

    name = "jaeger"
    description = "Jaeger and Zipkin service dependencies: who was seen to call whom"
    example = "cmdb import --format jaeger dependencies.json --source jaeger"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: its first edge names parent, child and callCount."""
        sample = first_words(source)
        found = sample.lstrip()[:1] in ("[", "{") and _EDGE.search(sample[:2000])
        return 0.95 if found and all(field in sample for field in _FIELDS) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file without a list of dependencies."""
        gathered = Gatherer(options, source="jaeger")
        for done, source in enumerate(sources, 1):
            calls = list(_calls(source))
            gathered.begin(source)
            for row, call in calls:
                _take(gathered, row, call)
            gathered.progress(done, len(sources))
        gathered.note("a call that was seen counts as soft: without the callee the caller is degraded, not down")
        return [gathered.batch()]


def _calls(source: SourceFile) -> Iterator[tuple[int, Any]]:
    value = read_json(source)
    if isinstance(value, dict):
        value = value.get("data")
    if not isinstance(value, list):
        raise source.problem("there is no list of dependencies in it: export GET /api/dependencies")
    return enumerate(value, 1)


def _take(gathered: Gatherer, row: int, call: Any) -> None:
    named = [call.get("parent"), call.get("child")] if isinstance(call, dict) else []
    ends = [end.strip() for end in named if isinstance(end, str) and end.strip()]
    if len(ends) != 2:
        gathered.builder.refuse_unidentified(row, f"entry {row} names no parent and child: both are names of services")
        return
    for end in ends:
        if not gathered.has(end):
            gathered.item(row, end, "Application", end)
    gathered.link(row, ends[0], "calls", ends[1])


importer = JaegerImporter()
