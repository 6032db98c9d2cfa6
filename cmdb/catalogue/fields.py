"""From one node of a catalogue file to the value that a field holds, with a clear word where it does not fit."""

from __future__ import annotations

import math
import re
from collections.abc import Collection

from cmdb.catalogue.problems import Problems, did_you_mean
from cmdb.catalogue.words import normal
from cmdb.catalogue.yaml_text import ListNode, Node, Table, Text

__all__ = ["FieldReader"]

_WHOLE = re.compile(r"[-+]?[0-9]{1,9}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_LONGEST = 2_000


class FieldReader:
    """Reads values and notes problems. A value that does not fit comes back as None, so that reading goes on."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems

    def table(self, node: Node, what: str, allowed: Collection[str] | None = None) -> Table | None:
        """Return a table, and note keys outside `allowed`."""
        if isinstance(node, Text) and node.plain and node.value in _NULLS:
            return Table(node.line)
        if not isinstance(node, Table):
            self.problems.add(node.line, f"{what} must be a table of keys and values; write `key: value` lines")
            return None
        for key in node.entries:
            if allowed is not None and key not in allowed:
                hint = did_you_mean(key, allowed) or f"; known are {', '.join(allowed)}"
                self.problems.add(node.key_lines[key], f"{what} has no {key!r}{hint}")
        return node

    def members(self, node: Node, what: str) -> list[Node]:
        """Return the members of a list; nothing counts as an empty one."""
        if isinstance(node, ListNode):
            return node.members
        if not (isinstance(node, Text) and node.plain and node.value in _NULLS):
            self.problems.add(node.line, f"{what} must be a list; write [one, two]")
        return []

    def text(self, node: Node | None, what: str) -> str | None:
        """Return a text that is not empty, on one line and without control characters."""
        if node is None:
            return None
        if not isinstance(node, Text) or (node.plain and node.value in _NULLS) or not node.value.strip():
            self.problems.add(node.line, f"{what} must be a text; write it after the colon")
            return None
        value = node.value.strip()
        if len(value) > _LONGEST or not value.isprintable():
            self.problems.add(node.line, f"{what} must be one line of at most {_LONGEST} printable letters")
            return None
        return value

    def choice(self, node: Node | None, what: str, allowed: tuple[str, ...]) -> str | None:
        """Return one of the allowed words."""
        value = self.text(node, what)
        if value is not None and value not in allowed and node is not None:
            self.problems.add(node.line, f"{what} is {value!r}; write {' or '.join(allowed)}")
            return None
        return value

    def truth(self, node: Node | None, what: str) -> bool | None:
        """Return true or false; yes, no, on and off are words, not truth values."""
        if node is None:
            return None
        if isinstance(node, Text) and node.plain and node.value.lower() in ("true", "false"):
            return node.value.lower() == "true"
        shown = f" not {node.value!r}" if isinstance(node, Text) else ""
        self.problems.add(node.line, f"{what} must be true or false,{shown or ' nothing else'}; write one of them")
        return None

    def whole(self, node: Node | None, what: str, lowest: int, highest: int) -> int | None:
        """Return a whole number between two bounds, both allowed."""
        if node is None:
            return None
        if isinstance(node, Text) and node.plain and _WHOLE.fullmatch(node.value):
            value = int(node.value)
            if lowest <= value <= highest:
                return value
        self.problems.add(node.line, f"{what} must be a whole number from {lowest} to {highest}; write one")
        return None

    def hours(self, node: Node | None, what: str) -> float | None:
        """Return a number of hours above 0."""
        if node is None:
            return None
        if isinstance(node, Text) and node.plain and _NUMBER.fullmatch(node.value):
            value = float(node.value)
            if value > 0 and math.isfinite(value):
                return value
        self.problems.add(node.line, f"{what} must be a number of hours above 0; write one, like 2000 or 0.5")
        return None

    def words(self, node: Node | None, what: str) -> dict[str, list[Text]]:
        """Return vocabulary -> words, each with its line; a plain number counts as the text it looks like."""
        table = None if node is None else self.table(node, what)
        found: dict[str, list[Text]] = {}
        for vocabulary, member in (table.entries if table is not None else {}).items():
            for word in self.members(member, f"the {vocabulary} words of {what}"):
                value = self.text(word, f"a word of {what}")
                if value is None:
                    continue
                if not all(normal(half) for half in value.split("::")) or value.count("::") > 1:
                    self.problems.add(word.line, f"{value!r} holds no letter or digit to know it by; write a word")
                    continue
                found.setdefault(vocabulary, []).append(Text(value, True, word.line))
        return found
