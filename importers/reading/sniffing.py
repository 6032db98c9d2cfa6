"""Which syntax a file is written in.

In comes a file; out goes the name of a syntax, from its extension where that tells and else from how it begins.
Which importer reads it is not decided here.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from importers.reading.csv_delimiter import DELIMITERS
from importers.reading.source import SourceFile

__all__ = ["Syntax", "sniff"]

Syntax = Literal["csv", "json", "jsonl", "xlsx", "xml", "yaml"]

_BY_EXTENSION: dict[str, Syntax] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".ndjson": "jsonl",
    ".xml": "xml",
    ".yaml": "yaml",
    ".yml": "yaml",
}
_YAML_LINE = re.compile(r"""---|%YAML|-\s|-$|(?:[^\s,;|"'{}\[\]:]+|"[^"]*"|'[^']*')\s*:(?:\s|$)|\{\{|\{%""")
_XML_TAG = re.compile(r"<[A-Za-z_][\w.:-]*(?:\s|/?>|$)")


def sniff(source: SourceFile) -> Syntax:
    """Return the syntax of `source`. A `.json` file with an object on each line is JSON Lines.

    Raises:
        FileProblem: neither the name nor the beginning tells.
    """
    syntax = _BY_EXTENSION.get(source.path.suffix.lower())
    if syntax is not None and syntax != "json":
        return syntax
    sample = source.sample()
    if syntax is None and sample.startswith("PK\x03\x04"):
        return "xlsx"  # or another zip file: whoever opens it tells
    lines = [line for line in map(str.strip, sample.split("\n")) if line]
    if syntax == "json":
        return "jsonl" if _is_json_lines(lines) else "json"
    lines = [line for line in lines if not line.startswith("#")]
    first = lines[0] if lines else ""
    if first.startswith(("<?xml", "<!DOCTYPE", "<!--")) or _XML_TAG.match(first):
        return "xml"
    if _YAML_LINE.match(first):
        return "yaml"
    if first.startswith(("{", "[")):
        return "jsonl" if _is_json_lines(lines) else "json"
    if any(delimiter in first for delimiter in DELIMITERS):
        return "csv"
    raise source.problem("neither its name nor how it begins tells what this file is: give --format")


def _is_json_lines(lines: list[str]) -> bool:
    """Tell whether the first line is one whole object and another follows."""
    try:
        return len(lines) > 1 and lines[1].startswith("{") and type(msgspec.json.decode(lines[0])) is dict
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
