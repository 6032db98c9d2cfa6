"""GML as nested lists of keys and values, each with its line.

In comes a file; out go its pairs. A strict reader of the published grammar (Himsolt 1997: keys, numbers, strings,
lists), for the graph library at hand refuses labels that stand twice, and knows no lines. Nothing here recurses.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any, Final

from importers.reading import SourceFile

__all__ = ["MAX_DEPTH", "Pairs", "read_gml"]

MAX_DEPTH: Final = 100
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<comment>\#[^\n]*)|(?P<key>[A-Za-z][A-Za-z0-9_]*)|(?P<number>[+-]?\d+(?![\d.eE])|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |"(?P<text>[^"]*)"|(?P<open>\[)|(?P<close>\]))""",
    re.VERBOSE,
)


@dataclass
class Pairs:
    """A list of keys and values, in the order of the file; a key may stand several times."""

    rows: list[tuple[int, str, Any]] = field(default_factory=list)

    def first(self, key: str) -> Any:
        """Return the first value of a key, None when there is none."""
        return next((value for _, name, value in self.rows if name == key), None)

    def plain(self) -> dict[str, Any]:
        """Return the pairs as a mapping; of a key that stands several times the last, and lists within left out."""
        return {key: value for _, key, value in self.rows if not isinstance(value, Pairs)}


def read_gml(source: SourceFile) -> Pairs:
    """Return the pairs of `source`; raises FileProblem where it is not GML, with the line."""
    text = source.text()
    whole = Pairs()
    stack = [(whole, 1)]
    at, row, key = 0, 1, None
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            row += text.count("\n", at, at + len(text[at:]) - len(text[at:].lstrip()))
            raise source.problem(f"this is no GML: {text[at:].lstrip()[:40]!r} is neither a key nor a value", row)
        row += text.count("\n", at, found.start(found.lastgroup or 0))
        at, kind = found.end(), found.lastgroup
        if kind == "key" and key is None:
            key = found["key"]
        elif kind == "close" and key is None and len(stack) > 1:
            stack.pop()
        elif kind == "open" and key is not None:
            if len(stack) >= MAX_DEPTH:
                raise source.problem(f"lists are nested deeper than {MAX_DEPTH}: is this the right file?", row)
            inside = Pairs()
            stack[-1][0].rows.append((row, key, inside))
            stack.append((inside, row))
            key = None
        elif kind in ("number", "text") and key is not None:
            stack[-1][0].rows.append((row, key, _value(found)))
            row += found.group().lstrip().count("\n")
            key = None
        elif kind != "comment":
            due = "a value" if key is not None else "a key"
            raise source.problem(f"this is no GML: {found.group().strip()[:40]!r} where {due} is due", row)
    if key is not None or len(stack) > 1:
        raise source.problem(f"the list that begins in line {stack[-1][1]} is never closed: was the file cut off?", row)
    return whole


def _value(found: re.Match[str]) -> str | int | float:
    if (number := found["number"]) is not None:
        return int(number) if re.fullmatch(r"[+-]?\d{1,18}", number) else float(number)
    return html.unescape(found["text"])
