"""Icinga 2 configuration as statements: objects with those of their values that are plainly written.

In comes a file; out go objects, templates and apply rules, each with its row. Not an interpreter: a value that is an
expression is not known, and says so by its absence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from importers.reading import SourceFile

__all__ = ["Statement", "read_statements"]

_TOKEN: Final = re.compile(
    r"""(?P<blank>[ \t\r\f]+|//[^\n]*|\#[^\n]*|/\*.*?\*/)|(?P<line>\n)|"(?P<text>(?:[^"\\\n]|\\.)*)\""""
    r"""|\{\{\{(?P<raw>.*?)\}\}\}"""
    r"""|(?P<number>\d+(?:\.\d+)?[smhd]?\b)|(?P<word>[A-Za-z_][\w.]*)|(?P<sign>[{}\[\]]|\+=|=|.)""",
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


class Statement(NamedTuple):
    """An object, a template, or an apply rule."""

    row: int
    how: str
    kind: str
    name: str
    imports: tuple[str, ...]
    values: dict[str, Any]


class _Token(NamedTuple):
    kind: str
    text: str
    row: int


def read_statements(source: SourceFile) -> list[Statement]:
    """Return the statements of `source`; raises FileProblem for one that never closes."""
    tokens = list(_tokens(source.text()))
    found, at = [], 0
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "word" and token.text in ("object", "template", "apply") and at + 2 < len(tokens):
            kind, name = tokens[at + 1].text, tokens[at + 2]
            start = at + 2
            while start < len(tokens) and tokens[start].text != "{":
                start += 1
            end = _closing(source, tokens, start, token)
            imports, values = _body(tokens[start + 1 : end])
            found.append(
                Statement(token.row, token.text, kind, name.text if name.kind == "text" else "", imports, values)
            )
            at = end + 1
        elif token.kind == "sign" and token.text == "{":
            at = _closing(source, tokens, at, token) + 1
        else:
            at += 1
    return found


def _tokens(text: str) -> Iterator[_Token]:
    row, at = 1, 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None  # the last choice takes any character
        kind = str(match.lastgroup)
        if kind != "blank":
            yield _Token(kind, _ESCAPED.sub(r"\1", match[kind]) if kind == "text" else match[kind], row)
        row += match[0].count("\n")
        at = match.end()


def _closing(source: SourceFile, tokens: list[_Token], start: int, begun: _Token) -> int:
    """Return where the brace at `start` closes."""
    depth = 0
    for at in range(start, len(tokens)):
        if tokens[at].kind == "sign":
            depth += (tokens[at].text == "{") - (tokens[at].text == "}")
            if depth == 0:
                return at
    raise source.problem("what begins here is never closed: was the file cut off?", begun.row)


def _body(tokens: list[_Token]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the imports, and the values that are text, numbers, or lists of text, of the outermost level."""
    imports: list[str] = []
    values: dict[str, Any] = {}
    line: list[_Token] = []
    depth = 0
    for token in [*tokens, _Token("line", "\n", 0)]:
        if token.kind == "sign" and token.text in "{}[]":
            depth += 1 if token.text in "{[" else -1
        if (token.kind == "line" or token.text == ";") and depth == 0:
            _statement(line, imports, values)
            line = []
        elif token.kind != "line":
            line.append(token)
    return tuple(imports), values


def _statement(line: list[_Token], imports: list[str], values: dict[str, Any]) -> None:
    if len(line) == 2 and line[0].text == "import" and line[1].kind == "text":
        imports.append(line[1].text)
    elif len(line) >= 3 and line[0].kind == "word" and line[1].text in ("=", "+="):
        key, rest = line[0].text, line[2:]
        if len(rest) == 1 and rest[0].kind in ("text", "number"):
            values[key] = rest[0].text
        elif rest[0].text == "[" and rest[-1].text == "]":
            inside = [token for token in rest[1:-1] if token.text != ","]
            if all(token.kind == "text" for token in inside):
                listed = [token.text for token in inside]
                values[key] = [*values.get(key, []), *listed] if line[1].text == "+=" else listed
