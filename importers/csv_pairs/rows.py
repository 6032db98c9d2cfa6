"""One row of a table into a BatchBuilder.

In come cells and the plan of their table; out goes a row taken or refused. An empty cell says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmdb.model import BatchBuilder
from importers.csv_pairs.plan import TablePlan, Template

__all__ = ["take_row"]


def take_row(builder: BatchBuilder, plan: TablePlan, line: int, cells: Sequence[str]) -> None:
    """Take the row that begins at `line` of the present file."""
    given: dict[str, Any] = {}
    for column, field in plan.fields:
        if text := cells[column].strip():
            given[field] = text
    for field, template in plan.templates.items():
        missing, text = _filled(template, cells)
        if missing is None:
            given[field] = text
        elif field not in given and field not in plan.defaults:
            builder.refuse_unidentified(
                line, f"{field} is put together from {missing!r}, which is empty: fill the cell"
            )
            return
    for field, words in plan.words.items():
        if field in given and given[field].casefold() in words:
            meaning = words[given[field].casefold()]
            if meaning is None:
                del given[field]
            else:
                given[field] = meaning
    for field, default in plan.defaults.items():
        given.setdefault(field, default)
    attributes = {name: text for column, name in plan.attributes if (text := cells[column].strip())}
    for field in [field for field in given if field.startswith("attributes.")]:
        attributes.setdefault(field.removeprefix("attributes."), given.pop(field))
    if plan.kind != "pools":
        _put_words(plan, attributes)
        if attributes:
            given["attributes"] = attributes
    _take(builder, plan, line, _read(plan, given))


def _filled(template: Template, cells: Sequence[str]) -> tuple[str | None, str]:
    """Return the text, and the name of the column that is empty where one is."""
    parts = []
    for part in template.parts:
        text = cells[part].strip() if isinstance(part, int) else part
        if isinstance(part, int) and not text:
            return template.header[part], ""
        parts.append(text)
    return None, "".join(parts)


def _put_words(plan: TablePlan, attributes: dict[str, str]) -> None:
    """Translate the words of attributes that the mapping has words for."""
    for name, text in list(attributes.items()):
        words = plan.words.get(f"attributes.{name}", {})
        if text.casefold() in words:
            meaning = words[text.casefold()]
            if meaning is None:
                del attributes[name]
            else:
                attributes[name] = meaning


def _read(plan: TablePlan, given: dict[str, Any]) -> dict[str, Any]:
    """Part the lists, and read the decimal comma where the mapping says that there is one."""
    for field in plan.lists & given.keys():
        parts = [part.strip() for part in given[field].split(plan.list_separator)]
        parts = [part for part in parts if part]
        given[field] = parts[0] if field == "pool" and len(parts) == 1 else parts
    for field in plan.numbers & given.keys():
        if given[field].count(",") == 1:
            given[field] = given[field].replace(",", ".")
    return given


def _take(builder: BatchBuilder, plan: TablePlan, line: int, given: dict[str, Any]) -> None:
    take = given.pop
    if plan.kind == "items":
        identity = take("id", "")
        class_name, name, aliases = take("class", None), take("name", None), take("aliases", ())
        builder.item(line, identity, class_name, name, given, aliases)
    elif plan.kind == "relationships":
        start, type_name, end, key = take("from", ""), take("type", None), take("to", ""), take("key", "")
        builder.relationship(line, start, type_name, end, given, key)
    else:
        builder.pool(line, take("consumer", ""), take("name", None), given)
