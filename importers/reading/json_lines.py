"""JSON Lines: one object a line, for files of any length.

In comes a file; out goes each row's number and object, in bounded memory. Knows no importer's keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from cmdb.errors import FileProblem
from importers.reading.json_strict import FEW_BRACKETS, JsonRefused, RiskyBytes, decode_strict, refuse_unsafe
from importers.reading.source import SourceFile

__all__ = ["MAX_LINE_BYTES", "iter_json_lines"]

MAX_LINE_BYTES = 16 * 1024**2


def iter_json_lines(
    source: SourceFile, *, max_line_bytes: int = MAX_LINE_BYTES
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row, object) for each line of `source` that is not blank; rows count every line, from 1.

    Raises:
        FileProblem: naming the row that is not one JSON object, is too long, holds a key twice, NaN, half a
            surrogate pair, a NUL, a number beyond 64 bits, or is nested too deep. Reading ends there.
    """
    decode = msgspec.json.Decoder().decode
    for first_row, text in source.blocks(max_line_bytes=max_line_bytes):
        risky = RiskyBytes(text)
        values, brackets = risky.values, risky.brackets
        for row, line in enumerate(text.split(b"\n"), first_row):
            try:
                members = decode(line)
            except (msgspec.MsgspecError, RecursionError, ValueError):
                if line.strip():
                    raise _refused(source, row, line, risky) from None
                continue
            if type(members) is not dict:
                raise source.problem("this row is no JSON object: write one {...} a line", row)
            # Nearly every row has no colon but those of its own keys, which proves there is no key twice.
            if line.count(b":") != len(members) or values or (brackets and line.count(b"[") >= FEW_BRACKETS):
                try:
                    refuse_unsafe(members, line, risky)
                except JsonRefused as refused:
                    raise source.problem(_message(refused, line, row), row) from None
            yield row, members


def _refused(source: SourceFile, row: int, line: bytes, risky: RiskyBytes) -> FileProblem:
    """Return the problem of a line that cannot be decoded."""
    try:
        decode_strict(line, risky)
    except JsonRefused as refused:
        return source.problem(_message(refused, line, row), row)
    raise AssertionError("a line was refused once and then taken")


def _message(refused: JsonRefused, line: bytes, row: int) -> str:
    if refused.cut_off:
        if row == 1 and line.strip() in (b"{", b"["):
            return "this row is no whole object: is it ordinary JSON rather than JSON Lines? Name the file .json"
        return "this row ends in the middle of an object: is the file cut off? Write one object a line"
    if refused.at < 0:
        return refused.message
    column = len(line[: refused.at].decode("utf-8", errors="replace")) + 1
    return f"{refused.message} (column {column})"
