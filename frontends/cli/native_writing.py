"""Writes the native inventory format: JSON Lines row by row, YAML and JSON as one document.

In come the rows of an export, out go bytes that the native importer reads back to the very same values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final

import msgspec

from cmdb.errors import UsageError

__all__ = ["write_document", "write_lines"]

_LISTS: Final = {"item": "items", "relationship": "relationships", "pool": "pools"}
# Text that no YAML takes for anything else: it begins with a letter and holds nothing that means something.
_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w .()/+-]*[\w)])?", re.UNICODE)
_WORDS: Final = frozenset(
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "nan", "inf", "infinity"]
)


def write_lines(rows: Iterable[dict[str, Any]], stream: IO[bytes]) -> int:
    """Write JSON Lines; returns how many rows there were."""
    encode = msgspec.json.Encoder().encode
    count = 0
    for row in rows:
        stream.write(encode(row) + b"\n")
        count += 1
    return count


def write_document(rows: Iterable[dict[str, Any]], stream: IO[bytes], format_name: str) -> int:
    """Write one document, "yaml" or "json"; returns how many rows it holds.

    Raises UsageError when the rows are of several sources or scopes: a document holds one.
    """
    document: dict[str, Any] = {}
    count = 0
    for row in rows:
        kind = row.pop("kind")
        if kind != "batch":
            document[_LISTS[kind]].append(row)
            count += 1
        elif document:
            raise UsageError(
                f"the record holds several sources or scopes, and a {format_name} file holds one: "
                "choose with --source NAME, or write JSON Lines with -f jsonl"
            )
        else:
            document = {**row, **{name: [] for name in _LISTS.values()}}
    if not document:
        raise UsageError("there is nothing to export; is the name of the source right? See: cmdb runs")
    document = {key: value for key, value in document.items() if value != []}
    if format_name == "json":
        stream.write(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
    else:
        for piece in _yaml(document):
            stream.write(piece.encode())
    return count


def _yaml(document: dict[str, Any]) -> Iterator[str]:
    """Give a YAML document with a line for each row; whatever might be read as something else is in quotes."""
    for key, value in document.items():
        if isinstance(value, list):
            yield f"{key}:\n"
            for row in value:
                yield f"  - {_flow(row)}\n"
        else:
            yield f"{key}: {_flow(value)}\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(str(key))}: {_flow(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.casefold() not in _WORDS
        # JSON text in double quotes is YAML text; what YAML does not print stands as an escape.
        return value if plain else _quoted(value)
    return msgspec.json.encode(value).decode()


def _quoted(text: str) -> str:
    encoded = msgspec.json.encode(text).decode()
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda found: f"\\u{ord(found.group()):04x}", encoded)
