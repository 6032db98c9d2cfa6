"""The INI form of an inventory: hosts in sections, sections of children, sections of variables.

In comes a file; out go hosts and groups. Not the INI of other programs: a line is a host and its variables, quoted as
a shell would.
"""

from __future__ import annotations

import re
import shlex
from typing import Final

from importers.ansible.inventory import Inventory
from importers.reading import SourceFile

__all__ = ["looks_like_ini", "read_ini"]

_SECTION: Final = re.compile(r"\[([^\[\]:\s]+)(?::(hosts|children|vars))?\]\s*(?:[#;].*)?")
_FIRST_SECTION: Final = re.compile(r"^\[[\w.-]+(?::(?:hosts|children|vars))?\][ \t]*(?:[#;].*)?$", re.MULTILINE)
_OTHER_INI: Final = re.compile(r"^[\w.-]+ = |^[\w.-]+=[^=\n]*$", re.MULTILINE)
_SURE: Final = re.compile(r"^\[[\w.-]+:(?:children|vars)\]|\bansible_\w+=", re.MULTILINE)


def looks_like_ini(sample: str) -> bool:
    """Tell whether text is an inventory in this form, and no other program's settings."""
    if sample.lstrip()[:1] in ("{", "<") or not _FIRST_SECTION.search(sample):
        return False
    return bool(_SURE.search(sample)) or not _OTHER_INI.search(sample)


def read_ini(source: SourceFile, inventory: Inventory) -> None:
    """Put the hosts and groups of `source` into the inventory; a line that cannot be read is a complaint."""
    group, kind = None, "hosts"
    for row, line in enumerate(source.text().split("\n"), 1):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        if text.startswith("["):
            if (section := _SECTION.fullmatch(text)) is not None:
                group, kind = section[1], section[2] or "hosts"
                inventory.group(source.name, row, group)
                continue
            if "]" not in text or " " in text.partition("]")[0]:
                inventory.complain(source.name, row, f"{text[:60]!r} is no section: write [GROUP] or [GROUP:children]")
                group, kind = None, "unknown"
                continue
        if kind == "hosts":
            _take_host(source, inventory, row, text, group)
        elif kind == "children":
            child = text.split()[0]
            inventory.group(source.name, row, child, parent=group)


def _take_host(source: SourceFile, inventory: Inventory, row: int, text: str, group: str | None) -> None:
    try:
        name, *told = shlex.split(text, comments=True)
        variables = dict(each.split("=", 1) for each in told)
        inventory.host(source.name, row, name, group, variables)
    except ValueError as error:
        reason = str(error) if "range" in str(error) else "a host is NAME and then KEY=VALUE pairs, quoted for blanks"
        inventory.complain(source.name, row, f"{text[:60]!r} cannot be read: {reason}")
