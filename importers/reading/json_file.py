"""JSON files: one value in a file.

In comes a file; out goes its value. Knows no importer's keys.
"""

from __future__ import annotations

from typing import Any

from importers.reading.json_strict import JsonRefused, RiskyBytes, decode_strict
from importers.reading.source import SourceFile

__all__ = ["read_json"]


def read_json(source: SourceFile) -> Any:
    """Return the one JSON value in `source`.

    Raises:
        FileProblem: naming line and column where the text is not JSON, is cut off, holds a key twice, NaN, half
            a surrogate pair, a NUL, a number beyond 64 bits, or is nested too deep.
    """
    text = source.utf8()
    try:
        return decode_strict(text, RiskyBytes(text))
    except JsonRefused as refused:
        if refused.cut_off:
            if not text.strip():
                raise source.problem("the file holds nothing but blanks: was the export cut off?") from None
            row = text.rstrip().count(b"\n") + 1
            raise source.problem(
                f"the file ends in the middle of a JSON value (line {row}): is it cut off? Export it again", row
            ) from None
        if refused.at < 0:
            raise source.problem(refused.message) from None
        row, column = _place(text, refused.at)
        message = f"{refused.message} (line {row}, column {column})"
        if ":" not in refused.message:  # the decoder's own words, which say what is wrong and not what to do
            message = f"this is not JSON: {message}; correct it, or export it again"
        if refused.message == "trailing characters" and _is_line_of_objects(text):
            message = "there is more than one JSON value in the file: is it JSON Lines? Name the file .jsonl"
        raise source.problem(message, row) from None


def _place(text: bytes, at: int) -> tuple[int, int]:
    """Return line and column, both from 1, of byte `at`."""
    line_start = text.rfind(b"\n", 0, at) + 1
    return text.count(b"\n", 0, at) + 1, len(text[line_start:at].decode("utf-8", errors="replace")) + 1


def _is_line_of_objects(text: bytes) -> bool:
    return text.split(b"\n", 1)[0].rstrip().endswith(b"}")
