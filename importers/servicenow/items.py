"""A row of a class table into an item: its id, its class as the source spells it, its values.

In come cells; out goes an item in the builder, and where it is found by name. A status nobody knows is kept as an
attribute and said, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cmdb.model import BatchBuilder
from cmdb.model.vocabulary import OUT_OF_SERVICE, Words
from importers.servicenow.cells import NOTHING, Cell, Cells, class_key, is_sys_id

__all__ = ["ItemTaker"]

_TEXTS: Final = {
    "serial_number": ("serial_number",),
    "asset_tag": ("asset_tag",),
    "ip": ("ip_address",),
    "mac": ("mac_address",),
    "fqdn": ("fqdn",),
    "environment": ("environment", "used_for"),
    "description": ("short_description",),
    "location": ("location",),
    "manufacturer": ("manufacturer",),
    "model": ("model_id", "model_number"),
    "owner": ("owned_by",),
    "support_group": ("support_group", "assignment_group"),
    "cloud_id": ("object_id",),
}
"""The fields that say a value; the first that holds anything counts."""
_STATUSES: Final = ("operational_status", "install_status", "life_cycle_stage_status", "life_cycle_stage")
_BOOKKEEPING: Final = frozenset(
    [
        "sys_id",
        "name",
        "sys_class_name",
        "busines_criticality",
        "sys_updated_on",
        "sys_updated_by",
        "sys_created_on",
        "sys_created_by",
        "sys_mod_count",
        "sys_tags",
        "sys_domain",
        "sys_domain_path",
        "sys_class_path",
        "last_discovered",
        "first_discovered",
    ]
)
"""Said elsewhere, or of the row and not of the item: they would make every import differ."""


class ItemTaker:
    """Takes the items of one batch, and finds them again by name."""

    def __init__(self, builder: BatchBuilder, words: Callable[[str], Words]) -> None:
        self._builder = builder
        self._words = words("servicenow")
        self._codes = {field: words(f"servicenow.{field}") for field in _STATUSES}
        self._by_name: dict[str, dict[str, None]] = {}
        self._by_class: dict[tuple[str, str], dict[str, None]] = {}

    def take(self, row: int, cells: Cells, identity: str = "") -> str | None:
        """Take one row; return the item's id, None where it was refused."""
        class_name, name = cells.get("sys_class_name", NOTHING), cells.get("name", NOTHING).shown
        key = class_key(class_name.value)
        sys_id = cells.get("sys_id", NOTHING).value
        identity = sys_id or identity or (f"{key}:{name}" if key and name else "")
        if not identity:
            self._builder.refuse_unidentified(row, "the row has no sys_id, and no class and name: export sys_id too")
            return None
        if not name and is_sys_id(identity):
            # ServiceNow lets an item be nameless; what else tells it apart is better than nothing.
            name = next((cells[field].shown for field in ("fqdn", "serial_number") if field in cells), "")
        if not self._builder.item(row, identity, class_name.value or None, name, self._values(row, identity, cells)):
            return None
        self._by_name.setdefault(name.casefold(), {})[identity] = None
        for spelling in {key, class_key(class_name.shown)}:
            self._by_class.setdefault((spelling, name.casefold()), {})[identity] = None
        return identity

    def named(self, name: str, class_name: str = "") -> list[str]:
        """Return the ids of the items with a name, of one class where that is known too."""
        if class_name:
            return list(self._by_class.get((class_key(class_name), name.casefold()), ()))
        return list(self._by_name.get(name.casefold(), ()))

    def _values(self, row: int, identity: str, cells: Cells) -> dict[str, Any]:
        values: dict[str, Any] = {}
        said: set[str] = set()
        for field, columns in _TEXTS.items():
            for column in columns:
                text = cells.get(column, NOTHING).shown
                # A bare sys_id is nobody's name; it is kept as an attribute.
                if text and not is_sys_id(text):
                    values[field] = text
                    said.add(column)
                    break
        if (status := self._status(row, identity, cells)) is not None:
            values["status"] = status
        attributes: dict[str, Any] = {}
        criticality = cells.get("busines_criticality", NOTHING)
        if criticality != NOTHING:
            known = self._words.criticality(criticality.shown) or self._words.criticality(criticality.value)
            if known is not None:
                values["criticality"] = known
            else:
                attributes["business_criticality"] = criticality.shown
                self._unknown(row, identity, "business criticality", criticality)
        for field, cell in cells.items():
            if field not in said and field not in _BOOKKEEPING:
                attributes[field] = cell.shown
        if attributes:
            values["attributes"] = attributes
        return values

    def _status(self, row: int, identity: str, cells: Cells) -> str | None:
        """Return what the status fields say together.

        Each begins as operational and is often left there, so one that says otherwise counts more. Where two say
        otherwise and differ, what keeps the item in the answers counts, and the doubt is named.
        """
        told: dict[str, str] = {}
        for field in _STATUSES:
            cell = cells.get(field, NOTHING)
            if cell == NOTHING:
                continue
            known = self._codes[field].status(cell.shown) or self._codes[field].status(cell.value)
            if known is not None:
                told[field] = known
            else:
                self._unknown(row, identity, field, cell)
        others = list(dict.fromkeys(status for status in told.values() if status != "operational"))
        if len(others) > 1:
            listed = ", ".join(f"{field} {cells[field].shown!r}" for field in told)
            chosen = next((status for status in others if status not in OUT_OF_SERVICE), others[0])
            self._builder.warn(row, identity, f"its status fields differ ({listed}): taken as {chosen}")
            return chosen
        return others[0] if others else next(iter(told.values()), None)

    def _unknown(self, row: int, identity: str, field: str, cell: Cell) -> None:
        self._builder.warn(
            row,
            identity,
            f"{field} {cell.shown[:60]!r} is no known word: kept as an attribute; add it to the catalogue's words",
        )
