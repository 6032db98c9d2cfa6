"""Cells of ServiceNow in one form: what is stored and what is shown of it, and which field a column is.

In come texts of a CSV file (stored or shown, nobody says which) and values of JSON: plain, {display_value, value,
link} or {link, value}. Headers are field names or labels. Knows no item.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

__all__ = ["NOTHING", "Cell", "Cells", "cell_of", "cells_of", "class_key", "field_name", "is_sys_id"]

_SYS_ID: Final = re.compile(r"[0-9a-fA-F]{32}")
_BLANKS: Final = re.compile(r"[\s_-]+")
_LABELS: Final = {
    "class": "sys_class_name",
    "status": "install_status",
    "fully_qualified_domain_name": "fqdn",
    "description": "short_description",
    "business_criticality": "busines_criticality",
    "change_group": "assignment_group",
    "model": "model_id",
    "updated": "sys_updated_on",
    "updated_by": "sys_updated_by",
    "updates": "sys_mod_count",
    "created": "sys_created_on",
    "created_by": "sys_created_by",
    "most_recent_discovery": "last_discovered",
    "domain": "sys_domain",
    "domain_path": "sys_domain_path",
    "tags": "sys_tags",
}
"""Labels that are not their field's name with blanks in it."""


class Cell(NamedTuple):
    """What a field stores (a sys_id, a code) and what is shown of it; both the same where only one was exported."""

    value: str
    shown: str


NOTHING: Final = Cell("", "")
Cells = Mapping[str, Cell]


def is_sys_id(text: str) -> bool:
    """Tell whether a text is an identity of ServiceNow: 32 hexadecimal digits."""
    return _SYS_ID.fullmatch(text) is not None


def field_name(header: str) -> str:
    """Return the field that a column is, by its name or its label.

    >>> field_name("Serial number"), field_name("Class"), field_name("parent.sys_class_name")
    ('serial_number', 'sys_class_name', 'parent.sys_class_name')
    """
    parts = [_BLANKS.sub("_", part.strip().lower()) for part in header.split(".")]
    parts[-1] = _LABELS.get(parts[-1], parts[-1])
    return ".".join(parts)


def class_key(name: str) -> str:
    """Return one spelling of a class name, for ids made of class and name.

    >>> class_key("cmdb_ci_linux_server") == class_key("Linux Server")
    True
    """
    return _BLANKS.sub("_", name.strip().lower()).removeprefix("cmdb_ci_")


def cell_of(given: Any) -> Cell:
    """Return a cell in one form, whichever way it was exported."""
    if isinstance(given, dict):
        value, shown = _text(given.get("value")), _text(given.get("display_value"))
        return Cell(value or shown, shown or value)
    text = _text(given)
    return Cell(text, text)


def cells_of(pairs: Iterable[tuple[str, Any]]) -> dict[str, Cell]:
    """Return the cells of a row that say anything, by field; of two columns that are one field the first counts."""
    cells: dict[str, Cell] = {}
    for name, given in pairs:
        cell = cell_of(given)
        if cell != NOTHING:
            cells.setdefault(field_name(name), cell)
    return cells


def _text(given: Any) -> str:
    if given is None:
        return ""
    if isinstance(given, bool):
        return "true" if given else "false"
    return given.strip() if isinstance(given, str) else str(given) if isinstance(given, (int, float)) else ""
