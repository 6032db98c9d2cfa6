"""A small strict reader of YAML that remembers lines.

In comes the text of a catalogue file, out goes a tree of texts, tables and lists, each with its line. Scalars stay
text, so `NO` is two letters and `12:30` is no number; whoever knows what a field holds converts it. Anchors, tags,
duplicate keys, deep nesting and several documents are refused: a catalogue needs none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NoReturn

import yaml

from cmdb.catalogue.problems import Problems

__all__ = ["LARGEST", "ListNode", "Node", "Table", "Text", "read_yaml"]

LARGEST: Final = 2_000_000
"""Bytes of a catalogue file; the shipped files together have 60,000."""

_DEEPEST = 12

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Text:
    """A scalar as it is written; `plain` when it stands without quotes."""

    value: str
    plain: bool
    line: int


@dataclass(slots=True)
class Table:
    """Keys and values in the order of the file."""

    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class ListNode:
    """Members in the order of the file."""

    line: int
    members: list[Node] = field(default_factory=list)


Node = Text | Table | ListNode


def read_yaml(content: bytes, problems: Problems) -> Node | None:
    """Return the tree of one document, None for an empty one.

    Duplicate keys are noted in `problems`; text that cannot be understood at all raises CatalogueError.
    """
    if len(content) > LARGEST:
        problems.stop(1, f"the file has more than {LARGEST:,} bytes; give a catalogue file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.stop(line, "this is not UTF-8 text; save the file as UTF-8")
    try:
        return _build(text, problems)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        if "nesting depth" in str(error.problem):  # libyaml scans ahead of us, and has a limit of its own
            _too_deep(line, problems)
        problems.stop(line, f"this is not YAML: {error.problem or error.context}; mend the line")
    except yaml.YAMLError as error:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        reason = getattr(error, "reason", "it cannot be read")
        problems.stop(line, f"this is not YAML: {reason}; take the character out")


def _build(text: str, problems: Problems) -> Node | None:
    root: Node | None = None
    open_nodes: list[Table | ListNode] = []
    pending_keys: list[Text | None] = []  # beside open_nodes: the key that waits for its value
    documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = 1 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                problems.stop(line, "a second document begins here; keep one catalogue in one file")
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
            pending_keys.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        node = _node_of(event, line, problems)
        if not open_nodes:
            root = node
        else:
            pending_keys[-1] = _attach(open_nodes[-1], pending_keys[-1], node, problems)
        if not isinstance(node, Text):
            open_nodes.append(node)
            pending_keys.append(None)
            if len(open_nodes) > _DEEPEST:
                _too_deep(line, problems)
    return root


def _too_deep(line: int, problems: Problems) -> NoReturn:
    problems.stop(line, f"nested deeper than {_DEEPEST}; a catalogue file is flatter than that")


def _node_of(event: yaml.NodeEvent, line: int, problems: Problems) -> Node:
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        problems.stop(line, f"anchor or alias {event.anchor!r} is not allowed here; write the value out")
    if getattr(event, "tag", None) not in (None, "!"):
        problems.stop(line, f"tag {event.tag!r} is not allowed here; write the plain value")  # type: ignore[attr-defined]  # scalars and collections have one
    if isinstance(event, yaml.ScalarEvent):
        return Text(event.value, bool(event.implicit[0]), line)
    return Table(line) if isinstance(event, yaml.MappingStartEvent) else ListNode(line)


def _attach(parent: Table | ListNode, key: Text | None, node: Node, problems: Problems) -> Text | None:
    """Put `node` into its parent, or keep it as the key of the value to come; return the key that waits."""
    if isinstance(parent, ListNode):
        parent.members.append(node)
        return None
    if key is None:
        if not isinstance(node, Text):
            problems.stop(node.line, "a key must be a word, not a list or a table; mend the line")
        return node
    if key.value in parent.entries:
        first = parent.key_lines[key.value]
        problems.add(key.line, f"{key.value!r} stands here a second time (first on line {first}); keep one")
    else:
        parent.entries[key.value] = node
        parent.key_lines[key.value] = key.line
    return None
