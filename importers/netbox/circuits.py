"""Providers, provider networks, circuits, and where circuits end.

In comes the Inventory, out go items and ends. A provider is an organisation: circuits belong to it, nothing rests on
it. A line from outside (its other end is not at a site of ours) carries its site; a line between two of our sites is
undirected, for nothing says which of them is the hub. What a router needs of its circuits NetBox does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from importers.netbox.describing import Describer
from importers.netbox.inventory import Inventory, Point, Row, external_id
from importers.netbox.statements import Statements

__all__ = ["read_circuits"]

_NETWORK = "circuits.providernetwork"


def read_circuits(inventory: Inventory, describer: Describer, said: Statements) -> None:
    """Say every provider, provider network and circuit."""
    for row in inventory.rows("circuits.provider"):
        said.item(row, "Provider", row.text("name") or row.id, describer.values(row))
    for row in inventory.rows(_NETWORK):
        said.item(row, "Network", row.text("name") or row.id, describer.values(row, ("provider",)))
        _owned(row, said)
    ends = _ends(inventory, said)
    for row in inventory.rows("circuits.circuit"):
        kind = inventory.name("circuits.circuittype", row.ref("type"))
        class_name = "InternetConnection" if "internet" in kind.lower() else "Circuit"
        values = describer.values(row, ("provider", "cid"))
        provider = inventory.name("circuits.provider", row.ref("provider"))
        if provider:
            values.setdefault("attributes", {})["provider"] = provider
        said.item(row, class_name, row.text("cid") or row.id, values)
        _owned(row, said)
    for key, those in ends.items():
        _say_ends(external_id("circuits.circuit", key), those, said)


def _owned(row: Row, said: Statements) -> None:
    if (provider := row.ref("provider")) is not None:
        said.relationship(row, row.id, "owned_by", external_id("circuits.provider", provider))


def _ends(inventory: Inventory, said: Statements) -> dict[int, list[tuple[Row, str, Point | None]]]:
    """Return the ends of each circuit: where it was read, its side, and the place or network it ends at."""
    found: dict[int, list[tuple[Row, str, Point | None]]] = {}
    for row in inventory.rows("circuits.circuittermination"):
        circuit = row.ref("circuit")
        if circuit is None:
            said.warn(row, "this termination names no circuit: it ends nothing")
        else:
            found.setdefault(circuit, []).append((row, row.text("term_side"), _place(row.fields, inventory)))
    for row in inventory.rows("circuits.circuit"):
        for side in "AZ":
            key = row.fields.get(f"termination_{side.lower()}")
            # REST nests the ends into the circuit: enough where their own pages were not given.
            if isinstance(key, int) and inventory.find("circuits.circuittermination", key) is None:
                place = _place(inventory.fields("circuits.circuittermination", key), inventory)
                found.setdefault(row.key, []).append((row, side, place))
    return found


def _place(fields: Mapping[str, Any], inventory: Inventory) -> Point | None:
    """Return the site, other place or provider network of an end, in the form before or since NetBox 4.2."""
    point = inventory.point(fields.get("termination_type"), fields.get("termination_id"))
    if point is not None:
        return point
    for model, field in (("dcim.site", "site"), (_NETWORK, "provider_network")):
        key = fields.get(field)
        if isinstance(key, int):
            return model, key
    return None


def _say_ends(circuit: str, ends: list[tuple[Row, str, Point | None]], said: Statements) -> None:
    ours = {place for _, _, place in ends if place is not None and place[0] != _NETWORK}
    for row, side, place in ends:
        if place is None:
            continue
        if place[0] == _NETWORK:
            said.relationship(row, circuit, "depends_on", external_id(*place))
        elif len(ours) == 1:
            said.relationship(row, circuit, "terminates_at", external_id(*place), _side(side))
        else:
            said.relationship(row, circuit, "connects_to", external_id(*place), _side(side))


def _side(side: str) -> dict[str, Any] | None:
    return {"attributes": {"side": side}} if side else None
