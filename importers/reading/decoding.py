"""From the bytes of a file to UTF-8 blocks of whole lines.

In come raw chunks in whatever encoding an export was saved in; out go blocks of UTF-8 that end at the end of a
line, each with the row it begins at. Refuses what is not text. Checks whole blocks, never single lines, so that
it costs next to nothing a row. Knows no format and no path.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from cmdb.errors import FileProblem

__all__ = ["Block", "decode_sample", "text_blocks"]

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook or another zip file: save the sheet as CSV, or unpack it",
    b"\x1f\x8b": "compressed with gzip: unpack it first",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file: save it as CSV",
    b"%PDF": "a PDF: export the data as CSV or JSON",
    b"SQLite format 3": "an SQLite database: export the data as CSV or JSON",
}
# What no text holds, in any language; seen only where a file is not UTF-8 and might be no text at all.
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


class Block(NamedTuple):
    """Whole lines of UTF-8 text, of which the first is line `row` of the file (from 1)."""

    row: int
    text: bytes


def text_blocks(
    chunks: Iterable[bytes],
    *,
    file: str,
    max_line_bytes: int | None = None,
    note: Callable[[str], None],
) -> Iterator[Block]:
    """Yield the text in `chunks` as UTF-8 blocks ending at a line's end (the last may end without one).

    Takes UTF-8 with or without byte order mark, UTF-16 with one, and otherwise Windows-1252, which `note` is
    told. A file is in one encoding: damage in a UTF-8 file is refused, not read as Windows-1252.

    Raises:
        FileProblem: not text, a NUL byte, a byte that is no letter, or a line above `max_line_bytes`.
    """
    encoding = _Encoding(file, note)
    row, offset = 1, 0
    for lines in _whole_lines(_utf8_or_legacy(chunks, file), file, max_line_bytes):
        yield Block(row, encoding.to_utf8(lines, row, offset))
        row += lines.count(b"\n")
        offset += len(lines)


def decode_sample(sample: bytes) -> str:
    """Return the first bytes of a file as text, to guess from: what cannot be decoded becomes U+FFFD."""
    if sample.startswith(_UTF16_MARKS):
        return sample.decode("utf-16", errors="replace")
    return sample.decode("utf-8-sig", errors="replace")


def _utf8_or_legacy(chunks: Iterable[bytes], file: str) -> Iterator[bytes]:
    """Yield `chunks` without a byte order mark, UTF-16 turned into UTF-8."""
    decoder: codecs.IncrementalDecoder | None = None
    first = True
    for chunk in chunks:
        if first:
            first = False
            for magic, what in _NOT_TEXT.items():
                if chunk.startswith(magic):
                    raise FileProblem(f"this is {what}", file=file)
            if chunk.startswith(_UTF16_MARKS):
                decoder = codecs.getincrementaldecoder("utf-16")()
            elif chunk.startswith(codecs.BOM_UTF8):
                chunk = chunk[len(codecs.BOM_UTF8) :]
        yield chunk if decoder is None else _from_utf16(decoder, chunk, file)
    if decoder is not None:
        _from_utf16(decoder, b"", file, final=True)


def _from_utf16(decoder: codecs.IncrementalDecoder, chunk: bytes, file: str, *, final: bool = False) -> bytes:
    try:
        return decoder.decode(chunk, final).encode("utf-8")
    except UnicodeDecodeError:
        raise FileProblem("this UTF-16 text is damaged or cut off: export it again, as UTF-8", file=file) from None


def _whole_lines(chunks: Iterable[bytes], file: str, max_line_bytes: int | None) -> Iterator[bytes]:
    """Yield `chunks` cut anew so that each ends at a line's end; join nothing while a line goes on."""
    row, waiting, waiting_bytes = 1, list[bytes](), 0
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        first_line_bytes = waiting_bytes + (chunk.find(b"\n") if end else len(chunk))
        if max_line_bytes is not None and first_line_bytes > max_line_bytes:
            raise FileProblem(
                f"this line is longer than {max_line_bytes:,} bytes: write one record a line", file=file, row=row
            )
        if end:
            waiting.append(chunk[:end])
            lines = b"".join(waiting)
            row += lines.count(b"\n")
            yield lines
            waiting, waiting_bytes, chunk = [], 0, chunk[end:]
        if chunk:
            waiting.append(chunk)
            waiting_bytes += len(chunk)
    if waiting:
        yield b"".join(waiting)


class _Encoding:
    """What a file's encoding has shown itself to be, block by block."""

    def __init__(self, file: str, note: Callable[[str], None]) -> None:
        self._file = file
        self._note = note
        self._seen = "ascii"

    def to_utf8(self, lines: bytes, row: int, offset: int) -> bytes:
        """Return `lines`, which begin at `row` and at byte `offset` of the text, as UTF-8."""
        if (nul := lines.find(b"\0")) >= 0:
            raise self._problem(
                "a NUL byte: this is not text, is damaged, or is UTF-16 without a byte order mark; save it as UTF-8",
                lines, nul, row,
            )  # fmt: skip
        if lines.isascii():
            return lines
        try:
            lines.decode("utf-8")
        except UnicodeDecodeError as error:
            if self._seen == "utf-8" or _mostly_utf8(lines):
                raise self._damaged(lines, error.start, row, offset) from None
            return self._from_windows(lines, row, offset)
        if self._seen == "windows-1252":
            first = next(at for at, byte in enumerate(lines) if byte > 0x7F)
            raise self._problem(
                "this row is UTF-8 but rows before it are not: save the whole file as UTF-8", lines, first, row
            )
        self._seen = "utf-8"
        return lines

    def _from_windows(self, lines: bytes, row: int, offset: int) -> bytes:
        if control := _CONTROLS.search(lines):
            raise self._damaged(lines, control.start(), row, offset)
        try:
            text = lines.decode("cp1252")
        except UnicodeDecodeError as error:
            raise self._damaged(lines, error.start, row, offset) from None
        if self._seen == "ascii":
            self._seen = "windows-1252"
            self._note(
                f"{self._file} is not UTF-8 and was read as Windows-1252; check the letters, or save it as UTF-8"
            )
        return text.encode("utf-8")

    def _damaged(self, lines: bytes, at: int, row: int, offset: int) -> FileProblem:
        return self._problem(
            f"byte 0x{lines[at]:02X} at offset {offset + at:,} is no letter in UTF-8 or Windows-1252 text here: "
            "the file is damaged or no text; export it again as UTF-8",
            lines, at, row,
        )  # fmt: skip

    def _problem(self, message: str, lines: bytes, at: int, row: int) -> FileProblem:
        return FileProblem(message, file=self._file, row=row + lines.count(b"\n", 0, at))


def _mostly_utf8(lines: bytes) -> bool:
    """Tell whether text that is not whole UTF-8 is damaged UTF-8, rather than Windows-1252.

    A letter of two bytes in UTF-8 would be "Ã¸" in Windows-1252, which hardly anybody writes.
    """
    text = lines.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", errors="ignore")) - broken
    return whole >= broken
