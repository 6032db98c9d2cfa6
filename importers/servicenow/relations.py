"""Relationships: which items the ends are, and what the type is called.

In come cells of cmdb_rel_ci, relations of an instance, or relations of a payload; out go relationships in the
builder. An end is found by sys_id, else by name among the items read; a name that several items have is refused, not
guessed.
"""

from __future__ import annotations

from typing import Any, Final

from cmdb.model import BatchBuilder
from importers.servicenow.cells import NOTHING, Cell, Cells, cell_of, class_key, is_sys_id
from importers.servicenow.items import ItemTaker

__all__ = ["RelationTaker"]

_KEPT: Final = ("connection_strength", "percent_outage")


class RelationTaker:
    """Takes the relationships of one batch."""

    def __init__(self, builder: BatchBuilder, items: ItemTaker) -> None:
        self._builder = builder
        self._items = items
        self._types: dict[str, str] = {}

    def take_type(self, cells: Cells) -> None:
        """Remember a row of cmdb_rel_type, by which a bare sys_id of a type is understood."""
        name = _descriptors(cells.get("parent_descriptor", NOTHING), cells.get("child_descriptor", NOTHING))
        for sys_id in (cells.get("sys_id", NOTHING).value, cells.get("name", NOTHING).value):
            if sys_id:
                self._types[sys_id] = name or cells.get("name", NOTHING).value

    def take(self, row: int, cells: Cells) -> None:
        """Take a row of cmdb_rel_ci."""
        ends = [self._end(row, cells, side) for side in ("parent", "child")]
        type_name = self._type_name(row, cells)
        if ends[0] is None or ends[1] is None or type_name is None:
            return
        attributes = {name: cells[name].shown for name in _KEPT if name in cells}
        values: dict[str, Any] = {"attributes": attributes} if attributes else {}
        self._builder.relationship(row, ends[0], type_name, ends[1], values, cells.get("port", NOTHING).shown)

    def take_instance(self, row: int, identity: str, instance: dict[str, Any]) -> None:
        """Take the relations of an object of the CMDB Instance API: outbound ones make it the parent."""
        for direction in ("outbound_relations", "inbound_relations"):
            given = instance.get(direction)
            for each in given if isinstance(given, list) else ():
                relation = each if isinstance(each, dict) else {}
                other = cell_of(relation.get("target"))
                ends = (identity, other.value) if direction == "outbound_relations" else (other.value, identity)
                type_name = self._type_name(row, {"type": cell_of(relation.get("type"))})
                if not other.value:
                    self._builder.refuse_unidentified(row, f"one of the {direction} of {identity} has no target")
                elif type_name is not None:
                    self._builder.relationship(row, ends[0], type_name, ends[1], {})

    def take_payload(self, row: int, relation: Any, ids: dict[str, str | None]) -> None:
        """Take one of a payload's relations; `ids` are its items' by index and internal id."""
        given = relation if isinstance(relation, dict) else {}
        named = [str(given.get(side, given.get(f"{side}_id", ""))) for side in ("parent", "child")]
        ends = [ids.get(name) for name in named]
        if ends[0] is not None and ends[1] is not None:
            self._builder.relationship(row, ends[0], given.get("type"), ends[1], {})
            return
        lost = next(name for name, end in zip(named, ends, strict=True) if end is None)
        why = "was refused" if lost in ids else "is the index of no item of the payload"
        self._builder.refuse_unidentified(row, f"relation {row} names {lost!r}, which {why}: correct it")

    def _end(self, row: int, cells: Cells, side: str) -> str | None:
        """Return the id at one end, None where it was refused."""
        cell = cells.get(side, NOTHING)
        sys_id = cells.get(f"{side}.sys_id", NOTHING).value or (cell.value if is_sys_id(cell.value) else "")
        if sys_id:
            return sys_id
        name = cells.get(f"{side}.name", NOTHING).shown or cell.shown
        class_cell = cells.get(f"{side}.sys_class_name", NOTHING)
        if not name:
            self._builder.refuse_unidentified(row, f"the {side} is empty: export parent, type and child")
            return None
        found = self._items.named(name, class_cell.value)
        if len(found) == 1:
            return found[0]
        if found:
            self._builder.refuse_unidentified(
                row, f"{len(found)} items are called {name!r}, so nobody knows which is the {side}: "
                f"export {side}.sys_id too",
            )  # fmt: skip
            return None
        if class_cell != NOTHING:
            return f"{class_key(class_cell.value)}:{name}"
        self._builder.refuse_unidentified(
            row, f"no item that was read is called {name!r}: import cmdb_ci in the same command, or export "
            f"{side}.sys_id too",
        )  # fmt: skip
        return None

    def _type_name(self, row: int, cells: Cells) -> str | None:
        cell = cells.get("type", NOTHING)
        named = cells.get("type.name", NOTHING).shown
        paired = _descriptors(cells.get("type.parent_descriptor", NOTHING), cells.get("type.child_descriptor", NOTHING))
        texts = [text for text in (paired, named, cell.shown, cell.value) if text]
        known = next((text for text in texts if "::" in text), None)
        known = known or next((self._types[text] for text in texts if text in self._types), None)
        known = known or next((text for text in texts if not is_sys_id(text)), None)
        if known is None:
            self._builder.refuse_unidentified(
                row, f"the type is {cell.value!r}, a sys_id that no file explains: export type.name too, or give "
                "cmdb_rel_type in the same command" if cell.value else "the type is empty: export it",
            )  # fmt: skip
        return known


def _descriptors(parent: Cell, child: Cell) -> str:
    return f"{parent.shown}::{child.shown}" if parent.shown and child.shown else ""
