"""One row of a table into a BatchBuilder.

In come cells and the plan of their table; out goes a row taken or refused, with the relationships that it states. An
empty cell says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cmdb.model import BatchBuilder
from importers.csv_pairs.plan import TablePlan, Template
from importers.csv_pairs.stating import state_relationships
from importers.reading import CsvRow
from importers.reading.json_strict import JsonRefused, RiskyBytes, decode_strict
from importers.registry import ReadOptions

__all__ = ["take_row", "take_rows"]

_ROWS_A_REPORT = 2_000


def take_rows(builder: BatchBuilder, plan: TablePlan, rows: Iterable[CsvRow], options: ReadOptions) -> None:
    """Take every row of a table."""
    done = 0
    for done, row in enumerate(rows, 1):
        if row.problem is not None:
            # With its cells out of step nobody knows which of them is the identity.
            builder.refuse_unidentified(row.line, row.problem)
        else:
            take_row(builder, plan, row.line, row.cells)
        if done % _ROWS_A_REPORT == 0:
            options.progress(done, 0)
    options.progress(done, done)


def take_row(builder: BatchBuilder, plan: TablePlan, line: int, cells: Sequence[str]) -> None:
    """Take the row that begins at `line` of the present file."""
    if plan.splits:
        cells = _split(plan, cells)
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
    attributes: dict[str, Any] = {name: text for column, name in plan.attributes if (text := cells[column].strip())}
    for field in [field for field in given if field.startswith("attributes.")]:
        attributes.setdefault(field.removeprefix("attributes."), given.pop(field))
    if plan.kind != "pools":
        _put_words(plan, attributes)
        for name in attributes.keys() & {field.removeprefix("attributes.") for field in plan.lists}:
            attributes[name] = _parted(attributes[name], plan.lists.get(f"attributes.{name}", ""))
        if attributes:
            given["attributes"] = attributes
    given = _read(plan, given)
    if "json" in given and not _put_json(builder, line, given):
        return
    identity = given.get("id", "")
    taken = _take(builder, plan, line, given)
    if plan.relationships and identity:
        state_relationships(builder, plan.relationships, line, cells, identity, taken=taken)


def _split(plan: TablePlan, cells: Sequence[str]) -> list[str]:
    """Return the cells with those that others are split into; what is beyond the last named part is left out."""
    more = list(cells)
    for column, separator, count in plan.splits:
        parts = [part.strip() for part in cells[column].split(separator)][:count]
        more += parts + [""] * (count - len(parts))
    return more


def _parted(text: str, separator: str) -> Any:
    return [part.strip() for part in text.split(separator) if part.strip()] if separator else text


def _put_json(builder: BatchBuilder, line: int, given: dict[str, Any]) -> bool:
    """Put what the cell `json` says over what the others say; False where it is no JSON object, and was refused."""
    text = given.pop("json").encode()
    try:
        said = decode_strict(text, RiskyBytes(text))
    except JsonRefused as refused:
        builder.refuse_unidentified(line, f"json is no JSON: {refused.message}; correct it, or clear the cell")
        return False
    if not isinstance(said, dict):
        builder.refuse_unidentified(line, 'json must be an object, such as {"users": 12}')
        return False
    if isinstance(said.get("attributes"), dict):
        said["attributes"] = given.get("attributes", {}) | said["attributes"]
    given.update(said)
    return True


def _filled(template: Template, cells: Sequence[str]) -> tuple[str | None, str]:
    """Return the text, and the name of the column that is empty where one is."""
    parts = []
    for part in template.parts:
        text = cells[part].strip() if isinstance(part, int) else part
        if isinstance(part, int) and not text:
            return template.header[part], ""
        parts.append(text)
    return None, "".join(parts)


def _put_words(plan: TablePlan, attributes: dict[str, Any]) -> None:
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
    for field in plan.lists.keys() & given.keys():
        parts = _parted(given[field], plan.lists[field])
        given[field] = parts[0] if field == "pool" and len(parts) == 1 else parts
    for field in plan.numbers & given.keys():
        if given[field].count(",") == 1:
            given[field] = given[field].replace(",", ".")
    return given


def _take(builder: BatchBuilder, plan: TablePlan, line: int, given: dict[str, Any]) -> bool:
    take = given.pop
    if plan.kind == "items":
        identity = take("id", "")
        class_name, name, aliases = take("class", None), take("name", None), take("aliases", ())
        return builder.item(line, identity, class_name, name, given, aliases)
    if plan.kind == "relationships":
        start, type_name, end, key = take("from", ""), take("type", None), take("to", ""), take("key", "")
        return builder.relationship(line, start, type_name, end, given, key)
    return builder.pool(line, take("consumer", ""), take("name", None), given)
