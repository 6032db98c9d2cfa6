"""Regions, site groups, sites, locations and racks.

In comes the Inventory, out go items and what each is located in. A place is found by walking outwards only once:
a rack in its location, else in its site.
"""

from __future__ import annotations

from importers.netbox.describing import Describer
from importers.netbox.inventory import Inventory, Row, external_id
from importers.netbox.statements import Statements

__all__ = ["place_text", "read_places"]

_CLASSES = {
    "dcim.region": "Region",
    "dcim.sitegroup": "Region",
    "dcim.site": "Site",
    "dcim.location": "Location",
    "dcim.rack": "Rack",
}


def read_places(inventory: Inventory, describer: Describer, said: Statements) -> None:
    """Say every place and what it is located in."""
    for model, class_name in _CLASSES.items():
        for row in inventory.rows(model):
            values = describer.values(row, ("parent", "region", "group", "site", "location", "serial", "asset_tag"))
            if model == "dcim.rack":
                values |= {name: row.text(field) for name, field in _RACK_TEXTS.items() if row.text(field)}
                if text := place_text(inventory, row):
                    values["location"] = text
            said.item(row, class_name, row.text("name") or row.id, values)
            for target_model, key in _outside(row):
                said.relationship(row, row.id, "located_in", external_id(target_model, key))


_RACK_TEXTS = {"serial_number": "serial", "asset_tag": "asset_tag"}


def _outside(row: Row) -> list[tuple[str, int]]:
    """Return what a place is located in: a site in its region and its group, anything else in the nearest place."""
    if row.model == "dcim.site":
        given = [("dcim.region", row.ref("region")), ("dcim.sitegroup", row.ref("group"))]
        return [(model, key) for model, key in given if key is not None]
    nearest = {
        "dcim.location": [("dcim.location", row.ref("parent")), ("dcim.site", row.ref("site"))],
        "dcim.rack": [("dcim.location", row.ref("location")), ("dcim.site", row.ref("site"))],
    }.get(row.model, [(row.model, row.ref("parent"))])
    return [(model, key) for model, key in nearest if key is not None][:1]


def place_text(inventory: Inventory, row: Row) -> str:
    """Return where a row says it stands, for a person: "MDF / Row 1 / R101"."""
    names = [
        inventory.name("dcim.site", row.ref("site")),
        inventory.name("dcim.location", row.ref("location")),
        inventory.name("dcim.rack", row.ref("rack")),
    ]
    return " / ".join(name for name in names if name)
