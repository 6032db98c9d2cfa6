"""Definitions of Nagios objects, and the templates that they use.

In come files; out go definitions with the row each begins at, and then with what they inherit. Knows no kind of object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from importers.reading import SourceFile

__all__ = ["Definition", "read_definitions", "resolved"]

_BEGIN: Final = re.compile(r"define\s+(\w+)\s*\{(.*)")


class Definition(NamedTuple):
    """One object: its kind, the row it begins at, and its directives."""

    row: int
    kind: str
    told: dict[str, str]


def read_definitions(source: SourceFile) -> Iterator[Definition]:
    """Yield the definitions of `source`; raises FileProblem for one that is not closed."""
    kind, begun, told = "", 0, dict[str, str]()
    for row, line in enumerate(source.text().split("\n"), 1):
        text = line.split(";", 1)[0].strip()
        if not text or text.startswith("#"):
            continue
        if not kind:
            found = _BEGIN.fullmatch(text)
            if found is None:
                continue  # settings such as cfg_file=, which are no objects
            kind, begun, told, text = found[1].lower(), row, {}, found[2].strip()
        elif text.startswith("define ") and text.endswith("{"):
            raise source.problem(f"the {kind} that begins in line {begun} is not closed before this one", row)
        if text.endswith("}"):
            _take(told, text[:-1].strip())
            yield Definition(begun, kind, told)
            kind = ""
        elif text:
            _take(told, text)
    if kind:
        raise source.problem(f"the {kind} that begins here is never closed: was the file cut off?", begun)


def _take(told: dict[str, str], text: str) -> None:
    if text:
        key, *value = text.split(None, 1)
        told[key] = value[0].strip() if value else ""


def resolved(definitions: Sequence[Definition]) -> tuple[dict[int, str], dict[int, Definition]]:
    """Return what is wrong with definitions, and the objects among them with what they inherit, by `id()` of each.

    Those that say `register 0` are templates and no objects. A value that begins with "+" is added to the inherited.
    """
    templates = {(each.kind, each.told["name"]): each for each in definitions if "name" in each.told}
    complaints: dict[int, str] = {}
    objects: dict[int, Definition] = {}
    for each in definitions:
        if each.told.get("register") == "0":
            continue
        try:
            told = _inherited(each, templates)
        except LookupError as error:
            complaints[id(each)] = f"this {each.kind} {error.args[0]}"
        else:
            objects[id(each)] = Definition(each.row, each.kind, told)
    return complaints, objects


def _inherited(each: Definition, templates: Mapping[tuple[str, str], Definition]) -> dict[str, str]:
    """Return an object's directives with those of its templates, the first named before the others, depth first."""
    chain: list[Definition] = []
    stack: list[tuple[Definition, tuple[str, ...]]] = [(each, ())]
    while stack:
        current, path = stack.pop()
        chain.append(current)
        names = [name.strip() for name in current.told.get("use", "").split(",") if name.strip()]
        for name in reversed(names):
            if name in path:
                raise LookupError(f"uses the template {name!r}, which uses itself")
            template = templates.get((each.kind, name))
            if template is None:
                raise LookupError(f"uses the template {name!r}, which no file defines: name that file too")
            stack.append((template, (*path, name)))
    told: dict[str, str] = {}
    for source in reversed(chain):
        for key, value in source.told.items():
            if source is not each and key in ("name", "register", "use"):
                continue
            if value.startswith("+"):
                value = ",".join(part for part in (value[1:], told.get(key, "")) if part)
            told[key] = value
    return {key: value for key, value in told.items() if value != "null"}
