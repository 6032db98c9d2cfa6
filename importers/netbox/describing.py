"""What every NetBox object says in the same way: status, owner, description, tags, and fields of no special meaning.

In comes a row, out go values for an item. Fields that no item field takes are kept as attributes, so that nothing a
site records is lost; NetBox's own bookkeeping is left out, for it would make every import differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cmdb.model import STATUSES
from cmdb.model.vocabulary import Words
from importers.netbox.inventory import Inventory, Row
from importers.netbox.models import REFERENCES
from importers.netbox.statements import Statements

__all__ = ["Describer"]

_BOOKKEEPING = frozenset(
    [
        "id",
        "url",
        "display",
        "created",
        "last_updated",
        "lft",
        "rght",
        "tree_id",
        "level",
        "path",
        "_depth",
        "natural_slug",
        "name",
        "slug",
        "status",
        "tenant",
        "description",
        "comments",
        "tags",
        "custom_field_data",
        "custom_fields",
        "local_context_data",
        "config_context",
        "config_template",
        "cable",
        "cable_end",
        "mark_connected",
        "link_peers",
        "link_peers_type",
        "connected_endpoints",
        "connected_endpoints_type",
        "connected_endpoints_reachable",
        "images",
        "asns",
        "termination_a",
        "termination_z",
        "primary_ip",
        "front_image",
        "rear_image",
    ]
)


@dataclass(slots=True)
class Describer:
    """Turns a row's common fields into values; remembers which statuses nobody could translate."""

    inventory: Inventory
    said: Statements
    words: Words
    _tags: dict[tuple[str, int], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.inventory.rows("extras.taggeditem"):
            point = self.inventory.point(row.fields.get("content_type"), row.fields.get("object_id"))
            tag = self.inventory.name("extras.tag", row.ref("tag"))
            if point is not None and tag:
                self._tags.setdefault(point, []).append(tag)

    def values(self, row: Row, used: Iterable[str] = ()) -> dict[str, Any]:
        """Return status, owner, description and attributes; fields in `used` are said elsewhere."""
        values: dict[str, Any] = {}
        attributes = self._attributes(row, frozenset(used))
        status = row.text("status")
        if status:
            known = status if status in STATUSES else self.words.status(status)
            if known:
                values["status"] = known
            else:
                self.said.warn(
                    row, f"status {status!r} is unknown and was kept as an attribute; add it to the catalogue"
                )
            if known != status and (status, known) != ("active", "operational"):
                attributes["netbox_status"] = status
        if owner := self.inventory.name("tenancy.tenant", row.ref("tenant")):
            values["owner"] = owner
        description, comments = row.text("description"), row.text("comments")
        if description or comments:
            values["description"] = description or comments
        if description and comments:
            attributes["comments"] = comments
        if attributes:
            values["attributes"] = attributes
        return values

    def _attributes(self, row: Row, used: frozenset[str]) -> dict[str, Any]:
        references = REFERENCES.get(row.model, {})
        found: dict[str, Any] = {}
        for name, value in row.fields.items():
            if name in _BOOKKEEPING or name in used or name.startswith("_") or name.endswith("_count"):
                continue
            if name in references:
                value = self.inventory.name(references[name], value if isinstance(value, int) else None)
            if isinstance(value, (str, int, float)) and value != "":
                found[name] = value
        custom = row.fields.get("custom_field_data") or row.fields.get("custom_fields")
        if isinstance(custom, dict) and (
            filled := {name: each for name, each in custom.items() if each not in (None, "")}
        ):
            found["custom_fields"] = filled
        inline = row.fields.get("tags")
        tags = [each for each in inline if isinstance(each, str)] if isinstance(inline, list) else []
        if tags := sorted({*tags, *self._tags.get((row.model, row.key), ())}):
            found["tags"] = tags
        return found
