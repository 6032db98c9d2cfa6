"""REST: pages of {count, next, previous, results}, or a plain list of objects.

In come the decoded pages of one file; into the Inventory go rows whose nested objects became bare keys, and what
those nested objects said of themselves. Which model an object is stands in its `url`, or is told from its shape.
`Pages` remembers what was counted and what was read, to see an export that was cut short.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from importers.netbox.dumpdata import keep
from importers.netbox.inventory import Inventory, Row
from importers.netbox.models import EVIDENCE, ITEMS, REFERENCES, REST_MODELS, SHAPES, plural
from importers.netbox.statements import Origin, Statements

__all__ = ["Pages", "is_rest", "pages_of", "read_page"]

_PATH = re.compile(r"/api/((?:plugins/)?[\w-]+/[\w-]+)/(\d+)/?$")
_PAGING = frozenset(["limit", "offset", "cursor"])


def is_rest(value: Any) -> bool:
    """Tell whether a decoded file holds REST pages or a plain list of REST objects."""
    pages = pages_of(value)
    return bool(pages) and all(
        isinstance(page["results"], list) and all(isinstance(each, dict) for each in page["results"][:1])
        for page in pages
    )


def pages_of(value: Any) -> list[dict[str, Any]]:
    """Return the pages in a file: one page, a list of pages, or a plain list of objects as one page."""
    if isinstance(value, dict):
        return [value] if "results" in value else [{"results": [value]}] if "url" in value and "id" in value else []
    if isinstance(value, list) and value:
        if all(isinstance(each, dict) and isinstance(each.get("results"), list) for each in value):
            return value
        return [{"results": value}]
    return []


@dataclass(slots=True)
class _Listing:
    """One query of the API: what it counted, and the objects of it that were read."""

    counted: int = 0
    read: set[Any] = field(default_factory=set)
    unread_next: bool = False
    what: str = ""


@dataclass(slots=True)
class Pages:
    """What the pages said of themselves, by query."""

    _listings: dict[tuple[str, ...], _Listing] = field(default_factory=dict)
    _alone: int = 0

    def add(self, page: dict[str, Any], models: Iterable[str], ids: Iterable[Any]) -> None:
        """Take note of one page."""
        following, before = page.get("next"), page.get("previous")
        link = following or before
        what = plural(next(iter(models), "objects"))
        if isinstance(link, str):
            parts = urlsplit(link)
            query = sorted(f"{name}={value}" for name, value in parse_qsl(parts.query) if name not in _PAGING)
            listing = self._listings.setdefault((parts.path, *query), _Listing())
        else:
            self._alone += 1
            listing = self._listings.setdefault((str(self._alone),), _Listing())
        count = page.get("count")
        listing.counted = max(listing.counted, count if isinstance(count, int) else 0)
        listing.read.update(ids)
        listing.unread_next = bool(following) if not isinstance(count, int) else False
        listing.what = what

    def cut(self) -> list[str]:
        """Return what the files lack of what the server counted, as sentences without a stop."""
        found = []
        for listing in self._listings.values():
            if len(listing.read) < listing.counted:
                read, counted = len(listing.read), listing.counted
                found.append(f"{read:,} of {counted:,} {listing.what} were read: a next page was not given")
            elif listing.unread_next:
                found.append(f"a next page of {listing.what} was not given")
        return found


def read_page(
    page: dict[str, Any], file: int, first_row: int, inventory: Inventory, said: Statements, pages: Pages
) -> int:
    """Keep the objects of one page; return the row after its last."""
    models: list[str] = []
    ids: list[Any] = []
    number = first_row
    for number, entry in enumerate(page["results"], first_row):
        origin = Origin(file, number)
        model = _model(entry)
        key = entry.get("id") if isinstance(entry, dict) else None
        if model is None or not isinstance(key, int) or isinstance(key, bool):
            said.refuse_unidentified(origin, "this is no object of NetBox's REST API: it needs a url and an id")
            continue
        models.append(model)
        ids.append((model, key))
        inventory.count(model)
        if model in ITEMS or model in EVIDENCE:
            keep(Row(file, number, model, key, _plain(model, entry, inventory)), inventory, said)
    pages.add(page, models, ids)
    return first_row + len(page["results"])


def _model(entry: Any) -> str | None:
    """Return the model of a REST object: by its url, else by its shape."""
    if not isinstance(entry, dict):
        return None
    url = entry.get("url")
    found = _PATH.search(urlsplit(url).path) if isinstance(url, str) else None
    if found is not None:
        return REST_MODELS.get(found[1], found[1])
    fields = entry.keys()
    return next((model for model, keys in SHAPES if keys <= fields), None)


def _plain(model: str, entry: dict[str, Any], inventory: Inventory) -> dict[str, Any]:
    """Return an object's fields as dumpdata would hold them; remember what nested objects say of themselves."""
    references = REFERENCES.get(model, {})
    fields: dict[str, Any] = {}
    for name, value in entry.items():
        if name in ("id", "url", "display", "display_url"):
            continue
        if model == "dcim.cable" and name in ("a_terminations", "b_terminations"):
            fields[name] = _terminations(value, inventory)
        elif name == "connected_endpoints":
            fields[name] = _endpoints(value, entry.get("connected_endpoints_type"), inventory)
        elif isinstance(value, dict) and "value" in value and "label" in value:
            fields[name] = value["value"]
        elif isinstance(value, dict) and "id" in value and ("url" in value or name in references):
            target = references.get(name)
            nested = _mention(_model({"url": value.get("url")}) or target, value, inventory)
            fields[name] = nested if target or name in ("cable", "termination") else _called(value)
        elif isinstance(value, list):
            fields[name] = [_called(each) if isinstance(each, dict) else each for each in value]
        else:
            fields[name] = value
    if model == "dcim.frontport" and isinstance(entry.get("rear_ports"), list):
        fields["rear_ports"] = entry["rear_ports"]
    return fields


def _mention(model: str | None, value: dict[str, Any], inventory: Inventory) -> Any:
    """Remember a nested object and return its key."""
    key = value.get("id")
    if model is not None and isinstance(key, int):
        known = inventory.mentions.setdefault((model, key), {})
        for name, field_value in _plain(model, value, inventory).items():
            known.setdefault(name, field_value)
        if "display" in value:
            known.setdefault("display", value["display"])
    return key


def _terminations(value: Any, inventory: Inventory) -> list[list[Any]]:
    """Return one end of a cable as [model, key] pairs; ports that only stand here are remembered."""
    ends = []
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            model = str(each.get("object_type") or "").lower()
            if isinstance(each.get("object"), dict) and model:
                _mention(model, each["object"], inventory)
            ends.append([model, each.get("object_id")])
    return ends


def _endpoints(value: Any, kind: Any, inventory: Inventory) -> list[list[Any]]:
    """Return what is at the other end of a path as [model, key] pairs; ports that only stand here are remembered."""
    model = kind.lower() if isinstance(kind, str) else ""
    found = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    return [[model, _mention(model or None, each, inventory)] for each in found]


def _called(value: dict[str, Any]) -> Any:
    """Return what a nested object is called, for showing."""
    return next(
        (value[name] for name in ("name", "display", "slug", "label") if isinstance(value.get(name), str)), None
    )
