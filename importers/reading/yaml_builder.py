"""From the events of a YAML parser to plain dicts and lists that know their line.

In come the events of PyYAML's parser (libyaml where it is there), one at a time; out go documents. Nothing here
recurses and nothing is built twice, so a hostile file costs no more than its own length: depth, repeated
anchors, unknown tags and duplicate keys are refused as they are met. Knows no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from importers.reading.yaml_core import Scalar, ScalarRefused, resolve, resolve_tagged

__all__ = ["MAX_DEPTH", "MAX_REPEATED", "TOO_DEEP", "LocatedDict", "YamlDocument", "YamlRefused", "build_documents"]

MAX_DEPTH = 100
MAX_REPEATED = 1_000_000
TOO_DEEP = f"mappings and lists are nested deeper than {MAX_DEPTH}: is this the right file?"
_TEXT_PER_UNIT = 100  # characters of a scalar that count as one more value, so that long texts count too
_COLLECTION_TAGS = {
    MappingStartEvent: (None, "!", "tag:yaml.org,2002:map"),
    SequenceStartEvent: (None, "!", "tag:yaml.org,2002:seq"),
}


class LocatedDict(dict[str, Any]):
    """A mapping of a YAML file; `line` is where it begins, from 1. Keys are text, as they are written."""

    __slots__ = ("line",)

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


class YamlDocument(NamedTuple):
    """One document of a YAML file: a `LocatedDict` or a list, and the line it begins at."""

    value: LocatedDict | list[Any]
    line: int


class YamlRefused(Exception):
    """YAML that no importer should see; `line` is from 1."""

    def __init__(self, message: str, line: int) -> None:
        self.message = message
        self.line = line
        super().__init__(message)


def build_documents(events: Iterable[Event]) -> Iterator[YamlDocument]:
    """Yield each document that holds something.

    A mapping or list behind an alias is the same object wherever it is named: change none of them.

    Raises:
        YamlRefused: a key twice, a key that is no text, an unknown tag or anchor, an anchor inside itself, more
            than `MAX_REPEATED` values through aliases, deeper than `MAX_DEPTH`, NaN or infinity, a NUL.
    """
    builder = _Builder()
    for event in events:
        if type(event) is DocumentStartEvent:
            builder = _Builder()
        elif type(event) is DocumentEndEvent:
            if builder.root is not None:
                if not isinstance(builder.root, (LocatedDict, list)):
                    raise YamlRefused("this is a line of text, not a mapping or a list", builder.root_line)
                yield YamlDocument(builder.root, builder.root_line)
        else:
            builder.take(event)


class _NoKey:
    """Stands where a mapping waits for its next key."""


class _MergeKey:
    """Stands for the key `<<`."""


class _Open:
    """A mapping or list whose end has not come yet."""

    __slots__ = ("anchor", "height", "key", "line", "merged", "size_before", "value")

    def __init__(self, value: LocatedDict | list[Any], line: int, anchor: str | None, size_before: int) -> None:
        self.value = value
        self.line = line
        self.anchor = anchor
        self.size_before = size_before
        self.height = 1
        self.key: str | type[_NoKey] | type[_MergeKey] = _NoKey
        self.merged: list[LocatedDict] | None = None


class _Anchored(NamedTuple):
    value: Any
    size: int
    height: int


class _Builder:
    """One document being built; sizes count every value as often as an alias repeats it."""

    def __init__(self) -> None:
        self.root: Any = None
        self.root_line = 0
        self._stack: list[_Open] = []
        self._anchors: dict[str, _Anchored | None] = {}  # None while the anchor's own node is still open
        self._size = 0
        self._repeated = 0

    def take(self, event: Event) -> None:
        if isinstance(event, ScalarEvent):
            self._take_scalar(event)
        elif isinstance(event, CollectionStartEvent):
            self._open(event)
        elif isinstance(event, CollectionEndEvent):
            self._close()
        elif isinstance(event, AliasEvent):
            self._take_alias(event)

    def _take_scalar(self, event: ScalarEvent) -> None:
        text = event.value
        size = 1 + len(text) // _TEXT_PER_UNIT
        self._size += size
        if event.style == '"':
            _refuse_escaped_controls(text, _line(event))
        top = self._stack[-1] if self._stack else None
        if top is not None and top.key is _NoKey and type(top.value) is LocatedDict:
            value: Scalar = text
            self._take_key(top, top.value, event)
        else:
            try:
                if event.tag is not None:
                    value = resolve_tagged(event.tag, text)
                elif event.implicit[0]:
                    value = resolve(text)
                else:
                    value = text
            except ScalarRefused as refused:
                raise YamlRefused(str(refused), _line(event)) from None
            self._place(value, _line(event), 0)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, size, 0)

    def _take_key(self, top: _Open, members: LocatedDict, event: ScalarEvent) -> None:
        text = event.value
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            raise YamlRefused(f"the key {text!r} has a tag: leave the tag out", _line(event))
        if text == "<<" and event.implicit[0]:
            if top.merged is not None:
                raise YamlRefused("the key '<<' stands twice: write one, with a list", _line(event))
            top.key = _MergeKey
            return
        if text in members:
            raise YamlRefused(f"the key {text!r} stands twice in one mapping: keep one", _line(event))
        top.key = text
        members[text] = None  # so that it is known, even while its value is still to come

    def _open(self, event: CollectionStartEvent) -> None:
        line = _line(event)
        if event.tag not in _COLLECTION_TAGS[type(event)]:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise YamlRefused(f"the tag {shown} is not understood: leave it out, and write plain YAML", line)
        if self._stack and self._stack[-1].key is _NoKey and type(self._stack[-1].value) is LocatedDict:
            raise YamlRefused("a mapping or list stands where a key is due: a key must be text", line)
        if len(self._stack) >= MAX_DEPTH:
            raise _too_deep(line)
        self._size += 1
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        value: LocatedDict | list[Any] = LocatedDict(line) if type(event) is MappingStartEvent else []
        self._stack.append(_Open(value, line, event.anchor, self._size - 1))

    def _close(self) -> None:
        done = self._stack.pop()
        if done.merged is not None and isinstance(done.value, LocatedDict):
            self._merge(done.value, done.merged, done.line)
        if done.anchor is not None:
            self._anchors[done.anchor] = _Anchored(done.value, self._size - done.size_before, done.height)
        self._place(done.value, done.line, done.height)

    def _take_alias(self, event: AliasEvent) -> None:
        line = _line(event)
        if event.anchor not in self._anchors:
            raise YamlRefused(f"*{event.anchor} names no anchor above it: add &{event.anchor} there", line)
        found = self._anchors[event.anchor]
        if found is None:
            raise YamlRefused(f"*{event.anchor} stands inside what it names: nothing can hold itself", line)
        if self._stack and self._stack[-1].key is _NoKey and type(self._stack[-1].value) is LocatedDict:
            raise YamlRefused(f"*{event.anchor} stands where a key is due: write the key out", line)
        if len(self._stack) + found.height > MAX_DEPTH:
            raise _too_deep(line)
        self._count_repeated(found.size, line)
        self._place(found.value, line, found.height)

    def _place(self, value: Any, line: int, height: int) -> None:
        """Put a whole value, which begins at `line`, where the document has room for it."""
        if not self._stack:
            self.root, self.root_line = value, line
            return
        top = self._stack[-1]
        if height >= top.height:
            top.height = height + 1
        if isinstance(top.value, list):
            top.value.append(value)
            return
        if isinstance(top.key, str):
            top.value[top.key] = value
        else:
            top.merged = value if type(value) is list else [value]
            if not all(type(each) is LocatedDict for each in top.merged):
                raise YamlRefused("the key '<<' takes a mapping, or a list of mappings", line)
        top.key = _NoKey

    def _merge(self, members: LocatedDict, merged: list[LocatedDict], line: int) -> None:
        for other in merged:
            self._count_repeated(len(other), line)
            for key, value in other.items():
                members.setdefault(key, value)

    def _count_repeated(self, size: int, line: int) -> None:
        self._size += size
        self._repeated += size
        if self._repeated > MAX_REPEATED:
            raise YamlRefused(f"its aliases repeat more than {MAX_REPEATED:,} values: write it without aliases", line)


def _line(event: Event) -> int:
    mark = event.start_mark
    return 0 if mark is None else mark.line + 1


def _refuse_escaped_controls(text: str, line: int) -> None:
    """Refuse what only an escape can bring into a text."""
    if "\0" in text:
        raise YamlRefused("a NUL character (\\0) in a text: remove it", line)
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise YamlRefused("half a surrogate pair (\\ud800 to \\udfff) is no character: write the letter", line)


def _too_deep(line: int) -> YamlRefused:
    return YamlRefused(TOO_DEEP, line)
