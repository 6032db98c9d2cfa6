"""Cells that a spreadsheet would take for a formula: written so that it does not, and read back as they were.

A quote before the cell makes it text in every spreadsheet. What begins with such quotes gets one more, so that reading
takes away exactly what writing put there. Plain numbers are left alone.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["neutralised", "restored"]

_EXECUTED: Final = re.compile(r"'*[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?")
_QUOTED: Final = re.compile(r"'+[=+\-@\t\r]")


def neutralised(text: str) -> str:
    """Return a cell that no spreadsheet executes.

    >>> neutralised("=HYPERLINK(A1)"), neutralised("-5"), neutralised("'=1")
    ("'=HYPERLINK(A1)", '-5', "''=1")
    """
    return f"'{text}" if _EXECUTED.match(text) and not _NUMBER.fullmatch(text) else text


def restored(text: str) -> str:
    """Return a cell as it was before `neutralised`; a cell that was never neutralised stays.

    >>> restored("'=HYPERLINK(A1)"), restored("'tis")
    ('=HYPERLINK(A1)', "'tis")
    """
    return text[1:] if text[:1] == "'" and _QUOTED.match(text) else text
