"""Which character parts the cells of a CSV file.

In comes how the file begins; out goes one of `DELIMITERS`. Knows no file.
"""

from __future__ import annotations

import csv
import io
import itertools

__all__ = ["DELIMITERS", "find_delimiter"]

DELIMITERS = (",", ";", "\t", "|")
_ROWS_LOOKED_AT = 50


def find_delimiter(sample: str) -> str:
    """Return the delimiter that parts the header, and the rows below it most evenly; "," where none does.

    >>> find_delimiter("id;name;cost\\n1;web;3,5\\n2;db;4,25\\n")
    ';'
    """
    best, best_score = ",", (0.0, False, 1)
    for delimiter in DELIMITERS:
        score = _score(sample, delimiter)
        if score[2] > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _score(sample: str, delimiter: str) -> tuple[float, bool, int]:
    """Return the share of rows as wide as the header, whether its names are tidy, and how many they are."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        rows = list(itertools.islice((cells for cells in reader if any(cells)), _ROWS_LOOKED_AT))
    except csv.Error:
        rows = []
    if not rows:
        return 0.0, False, 0
    header, *below = rows
    even = sum(len(cells) == len(header) for cells in below) / len(below) if below else 1.0
    return even, all(name == name.strip() for name in header), len(header)
