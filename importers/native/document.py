"""The native format as one document, YAML or JSON: a header with lists of items, relationships and pools.

In comes a file; out goes one batch. A row is known by its line in YAML, and in JSON by its place in its list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cmdb.model import BatchBuilder, ImportBatch
from importers.native.header import begin_batch
from importers.native.rows import TAKERS
from importers.reading import LocatedDict, SourceFile, read_json, read_yaml, sniff
from importers.registry import ReadOptions

__all__ = ["read_document"]

_LISTS: Final = {"items": "item", "relationships": "relationship", "pools": "pool"}
_ROWS_A_REPORT = 1_000


def read_document(source: SourceFile, options: ReadOptions) -> list[ImportBatch]:
    """Return the one batch of a file; raises FileProblem where it is not in the format at all."""
    document = read_json(source) if sniff(source) == "json" else read_yaml(source).value
    line = getattr(document, "line", 1)
    if not isinstance(document, dict):
        raise source.problem("this is a list: an inventory begins with its header, 'cmdb: 1' and 'source: NAME'", line)
    header = {key: value for key, value in document.items() if key not in _LISTS}
    builder = begin_batch(source, header, line, options)
    builder.read_file(source.name, source.sha256, source.size)
    lists = {key: _listed(source, document, key, line) for key in _LISTS}
    done, total = 0, sum(map(len, lists.values()))
    for key, rows in lists.items():
        for place, members in enumerate(rows, 1):
            _take(builder, _LISTS[key], getattr(members, "line", place), members)
            done += 1
            if done % _ROWS_A_REPORT == 0:
                options.progress(done, total)
    options.progress(total, total)
    for note in source.notes:
        builder.note(note)
    return [builder.batch()]


def _take(builder: BatchBuilder, kind: str, row: int, members: Any) -> None:
    if isinstance(members, dict):
        # A mapping behind an alias is one object wherever it stands: what is taken apart is a copy.
        TAKERS[kind](builder, row, dict(members) if isinstance(members, LocatedDict) else members)
    else:
        builder.refuse_unidentified(
            row, f"{str(members)[:60]!r} stands where {kind} number {row} is due: write {{...}}"
        )


def _listed(source: SourceFile, document: Mapping[str, Any], key: str, line: int) -> list[Any]:
    rows = document.get(key)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise source.problem(f"{key} is no list: write one row a line, each beginning with '- '", line)
    return rows
