"""The native format as one document, YAML or JSON: a header with lists of items, relationships and pools.

In comes a file; out goes one batch. A row is known by its line in YAML, and in JSON by its place in its list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cmdb.model import BatchBuilder, ImportBatch
from importers.native.header import begin_batch
from importers.native.rows import TAKERS
from importers.reading import LocatedDict, SourceFile, lines_in_list, read_json, read_yaml, sniff
from importers.registry import ReadOptions

__all__ = ["read_document"]

_LISTS: Final = {"items": "item", "relationships": "relationship", "pools": "pool"}
_ROWS_A_REPORT = 1_000


def read_document(source: SourceFile, options: ReadOptions) -> list[ImportBatch]:
    """Return the one batch of a file; raises FileProblem where it is not in the format at all."""
    is_json = sniff(source) == "json"
    document = read_json(source) if is_json else read_yaml(source).value
    line = getattr(document, "line", 1)
    if not isinstance(document, dict):
        raise source.problem("this is a list: an inventory begins with its header, 'cmdb: 1' and 'source: NAME'", line)
    header = {key: value for key, value in document.items() if key not in _LISTS}
    builder = begin_batch(source, header, line, options)
    builder.read_file(source.name, source.sha256, source.size)
    lists = {key: _listed(source, document, key, line) for key in _LISTS}
    done, total = 0, sum(map(len, lists.values()))
    for key, rows in lists.items():
        places: Sequence[int] = range(1, len(rows) + 1)
        if not is_json and not all(isinstance(members, LocatedDict) for members in rows):
            places = lines_in_list(source, key) or places  # none where the list came in by a merge key
        for place, members in zip(places, rows, strict=True):
            _take(builder, _LISTS[key], place, members)
            done += 1
            if done % _ROWS_A_REPORT == 0:
                options.progress(done, total)
    options.progress(total, total)
    for note in source.notes:
        builder.note(note)
    return [builder.batch()]


def _take(builder: BatchBuilder, kind: str, place: int, members: Any) -> None:
    if isinstance(members, LocatedDict):
        # A mapping behind an alias is one object wherever it stands: what is taken apart is a copy.
        TAKERS[kind](builder, members.line, dict(members))
    elif isinstance(members, dict):
        TAKERS[kind](builder, place, members)
    else:
        builder.refuse_unidentified(place, f"{str(members)[:60]!r} stands where one {kind} is due: write {{...}}")


def _listed(source: SourceFile, document: Mapping[str, Any], key: str, line: int) -> list[Any]:
    rows = document.get(key)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise source.problem(f"{key} is no list: write one row a line, each beginning with '- '", line)
    return rows
