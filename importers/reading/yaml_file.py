"""YAML files: their documents, as YAML 1.2 means them.

In comes a file; out go its documents, in which each mapping knows its line. PyYAML scans and parses; what it
finds is built by `yaml_builder`. Knows no importer's keys.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.reader import Reader, ReaderError

from cmdb.errors import FileProblem
from importers.reading.source import SourceFile
from importers.reading.yaml_builder import TOO_DEEP, YamlDocument, YamlRefused, build_documents

__all__ = ["SLOW_ABOVE_BYTES", "lines_in_list", "read_yaml", "read_yaml_all"]

SLOW_ABOVE_BYTES = 20 * 1024**2
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is many times faster where it is there
_TEMPLATE = re.compile(r"\{\{|\{%|<%")
_TEMPLATE_HINT = (
    "this looks like a template (Jinja, Helm or the like), not YAML: fill the template in first, or leave the file out"
)


def read_yaml(source: SourceFile) -> YamlDocument:
    """Return the one document in `source`.

    Raises:
        FileProblem: as `read_yaml_all`, or the file holds several documents.
    """
    first, *others = read_yaml_all(source)
    if others:
        raise source.problem(
            f"the file holds {len(others) + 1} documents where one is due: put each in a file", others[0].line
        )
    return first


def read_yaml_all(source: SourceFile, *, may_be_empty: bool = False) -> list[YamlDocument]:
    """Return the documents in `source`; documents that hold nothing are left out.

    There is at least one, unless `may_be_empty`: then a file of comments alone gives none.

    Raises:
        FileProblem: naming the line where it is not YAML, is a template, or is refused by `build_documents`.
    """
    if source.size > SLOW_ABOVE_BYTES:
        source.note(f"{source.name} is large for YAML, which is slow to read: JSON Lines takes seconds")
    text = source.text()
    try:
        documents = list(build_documents(yaml.parse(text, Loader=_PARSER)))
    except YamlRefused as refused:
        line = refused.line
        raise (_template(source, text, line, line) or source.problem(refused.message, line)) from None
    except ReaderError:
        raise _unprintable(source, text) from None
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(source, text, error) from None
    except yaml.YAMLError as error:
        raise source.problem(f"this is not YAML ({error}): correct it, or name the format") from None
    if not documents and not may_be_empty:
        raise source.problem("the file holds nothing but blanks and comments: was the export cut off?")
    return documents


def lines_in_list(source: SourceFile, key: str) -> list[int]:
    """Return the line of each entry of the list `key` of a file that `read_yaml` could read.

    Mappings know their line by themselves; this reads the file once more for a text that stands where one is due.
    """
    root = yaml.compose(source.text(), Loader=_PARSER)
    lists = (value for name, value in root.value if name.value == key) if isinstance(root, yaml.MappingNode) else ()
    return [entry.start_mark.line + 1 for each in lists for entry in each.value]


def _not_yaml(source: SourceFile, text: str, error: yaml.MarkedYAMLError) -> FileProblem:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return source.problem(f"this is not YAML ({error.problem}): correct it, or name the format")
    row = min(mark.line + 1, text.rstrip("\n").count("\n") + 1)
    if "nesting depth" in str(error.problem):  # libyaml scans ahead of the builder, and newer ones have a limit
        return source.problem(TOO_DEEP, row)
    context = f" {error.context}" if error.context else ""
    if error.context and error.context_mark is not None:
        context += f" that begins in line {error.context_mark.line + 1}"
    message = f"this is not YAML: {error.problem}{context} (column {mark.column + 1}); correct it"
    if "tab" in str(error.problem) or "\t" in _line_of(text, row)[: mark.column + 1]:
        message += ", and indent with spaces, not with tabs"
    begun = error.context_mark.line + 1 if error.context_mark is not None else row
    return _template(source, text, max(begun, row - 2), row) or source.problem(message, row)


def _template(source: SourceFile, text: str, from_row: int, to_row: int) -> FileProblem | None:
    """Return that this is a template, if the rows that cannot be read hold the marks of one."""
    for row in range(from_row, to_row + 1):
        if _TEMPLATE.search(_line_of(text, row)):
            return source.problem(_TEMPLATE_HINT, row)
    return None


def _unprintable(source: SourceFile, text: str) -> FileProblem:
    found = Reader.NON_PRINTABLE.search(text)
    if found is None:
        return source.problem("a control character that YAML does not allow: remove it")
    row = text.count("\n", 0, found.start()) + 1
    return source.problem(
        f"the control character U+{ord(found.group()):04X}, which YAML does not allow: remove it", row
    )


def _line_of(text: str, row: int) -> str:
    """Return line `row` of `text`, at most its first thousand characters."""
    start = 0
    for _ in range(row - 1):
        start = text.find("\n", start) + 1
        if start == 0:
            return ""
    end = text.find("\n", start)
    return text[start : min(end if end >= 0 else len(text), start + 1000)]
