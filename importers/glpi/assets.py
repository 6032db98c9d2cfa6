"""Assets: rows of a search export (localised headers, one type a file) and objects of the REST API.

In come rows; out go items, and the places they stand in: a location is a path such as "Oslo > Hall 2 > Row 3".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from cmdb.model import BatchBuilder
from cmdb.model.vocabulary import Words

__all__ = ["ITEM_TYPES", "AssetTaker", "asset_field", "item_type_of_fields", "item_type_of_name"]

ITEM_TYPES: Final = (
    "Computer", "NetworkEquipment", "Printer", "Monitor", "Peripheral", "Phone", "Rack", "Enclosure", "PDU",
    "Datacenter",
    "DCRoom", "Software", "Appliance", "Cluster", "DatabaseInstance", "Database", "Certificate", "Domain", "Line",
    "Location", "Supplier", "NetworkPort", "IPNetwork", "Vlan", "User", "Group",
)  # fmt: skip
_LABELS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id",),
    "itemtype": ("item type", "itemtype", "type d'élément"),
    "name": ("name", "nom"),
    "entity": ("entity", "entité", "entität", "entities_id"),
    "status": ("status", "statut", "states_id"),
    "manufacturer": ("manufacturer", "fabricant", "hersteller", "manufacturers_id"),
    "type": ("type", "typ"),
    "model": ("model", "modèle", "modell"),
    "serial_number": ("serial number", "serial", "numéro de série", "seriennummer"),
    "asset_tag": ("inventory number", "otherserial", "numéro d'inventaire", "inventarnummer"),
    "location": ("location", "lieu", "standort", "locations_id"),
    "user": ("user", "utilisateur", "benutzer", "users_id", "alternate username", "usager"),
    "group": ("group", "groupe", "gruppe", "groups_id"),
    "technician": ("technician in charge", "technicien responsable", "users_id_tech"),
    "description": ("comments", "comment", "commentaires", "kommentare"),
    "os": ("operating system - name", "operating system", "système d'exploitation - nom"),
}
"""The fields, by the headers that GLPI gives them in English, French and German, and the columns of its tables."""
_FIELDS: Final = {label: field for field, labels in _LABELS.items() for label in labels}
_ITEM_FIELDS: Final = ("manufacturer", "model", "serial_number", "asset_tag", "location", "description")
_BOOKKEEPING: Final = re.compile(
    r"^(last (update|inventory).*|dernière modification|letzte .*nderung|date_(mod|creation)|links|is_\w+|uuid"
    r"|last_inventory_update|autoupdatesystems_id|template_name|ticket_tco)$"
)
_SHOWN_TYPE: Final = re.compile(r"^([a-z]+)(?:types|models)_id$")


def asset_field(header: str) -> str:
    """Return the field that a column is, the column itself where it is none.

    >>> asset_field("Numéro de série"), asset_field("otherserial"), asset_field("Rack level")
    ('serial_number', 'asset_tag', 'Rack level')
    """
    spelt = header.strip().casefold().replace("\u2019", "'")
    if (known := _FIELDS.get(spelt)) is not None:
        return known
    shown = _SHOWN_TYPE.match(spelt)
    return header.strip() if shown is None else "model" if spelt.endswith("models_id") else "type"


def item_type_of_name(stem: str) -> str | None:
    """Return the type that a file is named after, None where its name tells none.

    >>> item_type_of_name("Computer"), item_type_of_name("glpi-network-equipments_2026"), item_type_of_name("glpi")
    ('Computer', 'NetworkEquipment', None)
    """
    spelt = re.sub(r"[^a-z]", "", stem.casefold())
    found = [name for name in ITEM_TYPES if re.search(rf"{name.casefold()}s?$|^{name.casefold()}", spelt)]
    return max(found, key=len) if found else None


def item_type_of_fields(fields: Iterable[str]) -> str | None:
    """Return the type of a REST object: the table of its type or its model is named after it."""
    for field in fields:
        if (found := _SHOWN_TYPE.match(field)) is not None:
            return next((name for name in ITEM_TYPES if name.casefold() == found[1]), None)
    return None


class AssetTaker:
    """Takes the assets of one batch."""

    def __init__(self, builder: BatchBuilder, words: Words) -> None:
        self._builder = builder
        self._words = words
        self._rows: dict[str, tuple[str, int]] = {}
        self._places: set[str] = set()

    def take(self, file: str, row: int, item_type: str | None, cells: Mapping[str, str]) -> None:
        """Take one asset of a file; cells are by field, and hold something."""
        item_type, name, key = cells.get("itemtype") or item_type, cells.get("name", ""), cells.get("id", "")
        if not item_type:
            self._builder.refuse_unidentified(row, "nothing says the item type of this row: fill its column")
            return
        if not key and not name:
            self._builder.refuse_unidentified(row, "the row has neither ID nor name: export the column ID too")
            return
        identity = f"{item_type}:{key or name}"
        if identity in self._rows:
            other, line = self._rows[identity]
            self._builder.refuse(row, identity, f"{other}:{line} is the same {item_type}; export the column ID too")
            return
        self._rows[identity] = (file, row)
        taken = self._builder.item(row, identity, item_type, name or identity, self._values(row, identity, cells))
        if taken and item_type != "Location" and (place := cells.get("location")):
            self._builder.relationship(row, identity, "located_in", self._place(row, place), {})

    def _values(self, row: int, identity: str, cells: Mapping[str, str]) -> dict[str, Any]:
        values: dict[str, Any] = {
            field: cells[field] for field in _ITEM_FIELDS if not _is_number(cells.get(field, "0"))
        }
        if not _is_number(cells.get("group", "0")):
            values["support_group"] = cells["group"]
        if not _is_number(cells.get("user", "0")):
            values["owner"] = cells["user"]
        attributes: dict[str, Any] = {}
        if not _is_number(status := cells.get("status", "0")):
            if (known := self._words.status(status)) is not None:
                values["status"] = known
            else:
                attributes["status"] = status
                self._builder.warn(row, identity, f"status {status[:60]!r} is no known word: kept as an attribute")
        kept = {"id", "itemtype", "name", "status", "group", "user", *_ITEM_FIELDS}
        attributes |= {
            field: text
            for field, text in cells.items()
            if field not in kept and not _BOOKKEEPING.match(field.casefold())
        }
        return values | {"attributes": attributes} if attributes else values

    def _place(self, row: int, path: str) -> str:
        """Return the id of a location, and say it and what it lies in where nobody did yet."""
        if _is_number(path):
            return f"Location:{path}"  # REST without expand_dropdowns: the locations have a file of their own
        parts = [part.strip() for part in path.split(">")]
        for depth in range(1, len(parts) + 1):
            identity = f"Location:{' > '.join(parts[:depth])}"
            if identity in self._places or identity in self._rows:
                continue
            self._places.add(identity)
            self._builder.item(row, identity, "Location", parts[depth - 1] or identity, {})
            if depth > 1:
                self._builder.relationship(
                    row, identity, "located_in", f"Location:{' > '.join(parts[: depth - 1])}", {}
                )
        return f"Location:{' > '.join(parts)}"


def _is_number(text: str) -> bool:
    """Tell whether a cell holds the key of another table, which is nobody's name."""
    return text.isdigit()
