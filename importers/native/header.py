"""Whose inventory it is: the header of a document, or a `batch` row of JSON Lines.

In comes a mapping and what the person asked for; out goes a BatchBuilder, or a FileProblem.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from cmdb.model import BatchBuilder
from importers.reading import SourceFile
from importers.registry import ReadOptions

__all__ = ["FORMAT_VERSION", "HEADER_KEYS", "begin_batch"]

FORMAT_VERSION: Final = 1
HEADER_KEYS: Final = ("cmdb", "source", "scope", "complete", "exported_at")


def begin_batch(source: SourceFile, given: Mapping[str, Any], row: int, options: ReadOptions) -> BatchBuilder:
    """Return the builder of the batch that the header `given`, in line `row`, begins.

    Raises FileProblem for an unknown key, another version of the format, no source, or a value that makes no sense.
    """
    if "cmdb" not in given:
        raise source.problem("the header lacks the format's version: begin with 'cmdb: 1'", row)
    version = given["cmdb"]
    if isinstance(version, bool) or version != FORMAT_VERSION:
        raise source.problem(f"the header says 'cmdb: {version}': this program reads version {FORMAT_VERSION}", row)
    for key in given:
        if key not in HEADER_KEYS:
            raise source.problem(f"unknown key {key!r} in the header: it has {', '.join(HEADER_KEYS)}", row)
    name = options.source if options.source is not None else _text(source, given, "source", row)
    if not name:
        raise source.problem("nobody says whose inventory this is: add 'source: NAME' or give --source NAME", row)
    complete = given.get("complete")
    if complete is not None and not isinstance(complete, bool):
        raise source.problem(f"complete is {complete!r}: write true or false", row)
    builder = BatchBuilder(
        name,
        options.scope if options.scope is not None else _text(source, given, "scope", row),
        complete=options.complete if options.complete is not None else complete,
        exported_at=_moment(source, given.get("exported_at"), row),
        words=options.words(""),
    )
    builder.file(source.name, size=source.size)
    return builder


def _text(source: SourceFile, given: Mapping[str, Any], key: str, row: int) -> str:
    value = given.get(key)
    text = getattr(value, "raw", value)  # a scope written 0123 or 12 in YAML is that text
    if text is None:
        return ""
    if not isinstance(text, str) or len(text) > 200 or "\0" in text:
        raise source.problem(f"{key} is {str(text)[:60]!r}: it must be text of at most 200 characters", row)
    return text.strip()


def _moment(source: SourceFile, given: object, row: int) -> dt.datetime | None:
    if given is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise source.problem(
            f"exported_at is {str(given)[:60]!r}: give a time with its zone, like 2026-11-23T02:00:00Z", row
        )
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise source.problem(f"exported_at is {given!r}: the year is out of range", row) from None
