"""XML files: their elements, each with the line it begins in.

In comes a file; out goes its root element. Read by expat with everything refused that reaches outside the file or
grows inside it: a declared entity of any kind (external files, bombs), and references to entities nobody declared. A
document type is read over, and what it names is never fetched. Knows no importer's elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from importers.reading.source import SourceFile

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "XmlElement", "read_xml"]

MAX_DEPTH: Final = 200
MAX_ELEMENTS: Final = 5_000_000
_CHUNK: Final = 1024**2


@dataclass(slots=True)
class XmlElement:
    """An element: its name without prefix, its attributes, its children, and the text in it that is in no child."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[XmlElement] = field(default_factory=list)
    text: str = ""

    def __iter__(self) -> Iterator[XmlElement]:
        return iter(self.children)

    def child(self, name: str) -> XmlElement | None:
        """Return the first child of that name, None when there is none."""
        return next((each for each in self.children if each.name == name), None)

    def text_of(self, name: str) -> str:
        """Return the text of the first child of that name without blanks around it, "" when there is none."""
        found = self.child(name)
        return "" if found is None else found.text.strip()


class _Refused(Exception):
    """What the parser's own errors do not cover; told with the line the parser stands in."""


def read_xml(source: SourceFile) -> XmlElement:
    """Return the root element of `source`.

    Raises:
        FileProblem: naming the line where it is not XML, is cut off, declares an entity, names one that nobody
            declared, is nested above `MAX_DEPTH` or has more than `MAX_ELEMENTS` elements.
    """
    builder = _Builder()
    # The text was decoded already, whatever encoding the declaration names.
    parser = expat.ParserCreate("UTF-8")
    builder.attach(parser)
    whole = source.utf8()
    try:
        for start in range(0, len(whole), _CHUNK):
            parser.Parse(whole[start : start + _CHUNK], False)
        parser.Parse(b"", True)
    except _Refused as refused:
        raise source.problem(str(refused), parser.CurrentLineNumber) from None
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code) or "not well-formed"
        unclosed = builder.open[-1] if builder.open else None
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS] and unclosed is not None:
            said = f"it ends inside <{unclosed.name}> of line {unclosed.line}: was the file cut off?"
        raise source.problem(f"this is not XML: {said} (column {error.offset + 1}); correct it", error.lineno) from None
    assert builder.root is not None
    return builder.root


class _Builder:
    """Elements as the parser meets them."""

    def __init__(self) -> None:
        self.root: XmlElement | None = None
        self.open: list[XmlElement] = []
        self._texts: list[list[str]] = []
        self._count = 0
        self._parser: expat.XMLParserType | None = None

    def attach(self, parser: expat.XMLParserType) -> None:
        """Take what the parser finds."""
        self._parser = parser
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.UnparsedEntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped
        parser.ExternalEntityRefHandler = self._external

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        assert self._parser is not None
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise _Refused(f"more than {MAX_ELEMENTS:,} elements: split the file")
        if len(self.open) >= MAX_DEPTH:
            raise _Refused(f"elements nested above {MAX_DEPTH} deep: no inventory is")
        element = XmlElement(name.rpartition(":")[2], attributes, self._parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)
        self._texts.append([])

    def _end(self, _: str) -> None:
        self.open.pop().text = "".join(self._texts.pop())

    def _text(self, text: str) -> None:
        self._texts[-1].append(text)

    def _entity(self, name: str, *_: object) -> None:
        raise _Refused(f"it declares the entity {name!r}: entities are refused; write the text itself")

    def _skipped(self, name: str, _: bool) -> None:
        raise _Refused(f"it names the entity {name!r}, which is not declared here: write the text itself")

    def _external(self, *_: object) -> int:
        raise _Refused("it refers to another file: nothing outside the file is read; write the text itself")
