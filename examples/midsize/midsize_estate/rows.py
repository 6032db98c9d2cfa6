"""Rows of the native format and the names in them. Knows nothing of tiers."""

from __future__ import annotations

import random
from typing import Any

__all__ = ["OWNERS", "Row", "device", "item", "link", "place", "pool", "serial_number", "service_name"]

Row = dict[str, Any]

_PLACES = ["Fjordvik", "Ålesund", "Tromsø", "Bodø", "Hønefoss", "Sandøya", "Årdal", "Mosjøen", "Vågå", "Røros"]
_PLACES += ["Hå", "Nærbø", "Ørsta", "Førde", "Bærum", "Rælingen", "Målselv", "Sømna", "Kåfjord", "Træna"]
_THINGS = ["Barnehage", "Lønn", "Byggesak", "Helsejournal", "Vannmåling", "Skoleportal", "Fakturaflyt", "Møterom"]
_THINGS += ["Kart", "Arkiv", "Brøyting", "Økonomi"]
_PLAIN = str.maketrans({"å": "aa", "ø": "oe", "æ": "ae"})
OWNERS = ("Drift Nord", "Drift Sør", "Fagsystemer", "Nettverk", "Plattform", "Database", "Sluttbrukertjenester")


def place(site: int) -> str:
    """Return the name of a site's town."""
    return _PLACES[site % len(_PLACES)]


def service_name(number: int) -> str:
    """Return what a business service is called: its trade, its town, its number."""
    return f"{_THINGS[number % len(_THINGS)]} {place(number // len(_THINGS))} {number}"


def serial_number(draw: random.Random) -> str:
    """Return a made-up serial number, unlikely to be drawn twice."""
    return f"SN{draw.getrandbits(48):012X}"


def item(id_: str, class_name: str, name: str, **values: Any) -> Row:
    """Return an item row."""
    return {"kind": "item", "id": id_, "class": class_name, "name": name, **values}


def device(draw: random.Random, name: str, class_name: str, site: int, **values: Any) -> Row:
    """Return the row of an item that is on the network, with a serial number unless it is virtual."""
    number = draw.randrange(1, 2**16)
    address = f"10.{site}.{number >> 8}.{number & 255}"
    domain = place(site).lower().translate(_PLAIN)
    row = item(name, class_name, name, ip=address, fqdn=f"{name}.{domain}.example", location=place(site))
    row |= {"owner": OWNERS[number % len(OWNERS)], **values}
    if class_name != "VirtualMachine":
        row["serial_number"] = serial_number(draw)
    return row


def link(from_: str, type_: str, to: str, pool: str | None = None, **values: Any) -> Row:
    """Return a relationship row, a member of `pool` where that is given."""
    row = {"kind": "relationship", "from": from_, "type": type_, "to": to, **values}
    if pool is not None:
        row["pool"] = pool
    return row


def pool(consumer: str, name: str, need: int, **values: Any) -> Row:
    """Return a pool row."""
    return {"kind": "pool", "consumer": consumer, "name": name, "need": need, **values}
