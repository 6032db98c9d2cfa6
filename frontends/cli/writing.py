"""Answers on standard output: JSON, CSV, and plain text that another program drew. Always UTF-8."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from frontends.cli.text import for_spreadsheet, value_text

__all__ = ["write_csv", "write_encoded", "write_json", "write_text"]


def write_text(text: str | bytes) -> None:
    """Write text as it is, in UTF-8 whatever the terminal's encoding."""
    sys.stdout.flush()
    encoded = text if isinstance(text, bytes) else text.encode()
    # A terminal gets text, for it may be none of ours (a test's, a notebook's) and have no bytes below.
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        sys.stdout.write(encoded.decode())
    else:
        binary.write(encoded)
        binary.flush()


def write_json(value: Any) -> None:
    """Write one JSON document, indented."""
    import msgspec

    write_encoded(msgspec.json.encode(value))


def write_encoded(document: bytes) -> None:
    """Write one JSON document that is encoded already, indented."""
    import msgspec

    write_text(msgspec.json.format(document, indent=2) + b"\n")


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table for a spreadsheet: a header, then the rows; no text in it is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    write_text(text.getvalue())


def _cell(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return for_spreadsheet(value_text(value))
    return value
