"""What an entity looks like in the graph that people query by hand. Takes what it shows, gives properties.

Scalars are native properties. What Neo4j cannot hold as one (a site's attributes) is JSON text, so that no attribute
can overwrite a property of ours. Claims stay with the packed documents, off the graph.
"""

from __future__ import annotations

from typing import Any, Final

from cmdb.model import Kind, ShownItem, split_pool_key, split_relationship_key
from cmdb.model.values import encode
from cmdb.store.neo4j.names import index_key

__all__ = ["denied_id", "denied_properties", "item_properties", "pool_properties", "relationship_properties"]

_LONGEST_NAME: Final = 1_500  # characters that a range index surely takes; a longer name is whole in `long_name`


def item_properties(id_: str, shown: ShownItem) -> dict[str, Any]:
    """Return the properties of a `:CI` node; `external_ids` are "source:id", primary ids and aliases alike."""
    properties = _native(shown.values)
    properties["id"] = id_
    properties["class"] = shown.class_
    properties["name"] = shown.name
    if len(shown.name) > _LONGEST_NAME:
        properties["name"] = f"{shown.name[:_LONGEST_NAME]}…"
        properties["long_name"] = shown.name
    properties["status"] = shown.status
    properties["external_ids"] = [f"{source}:{id_}" for source, ids in shown.external_ids.items() for id_ in ids]
    return properties


def relationship_properties(key: str, shown: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a relationship; `key` tells parallel links apart, and most have none."""
    properties = _native(shown)
    if key:
        properties["key"] = key
    return properties


def pool_properties(consumer: str, name: str, shown: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a `:Pool` node, which hangs on its consumer."""
    properties = _native(shown)
    properties["consumer"] = consumer
    properties["name"] = name
    return properties


def denied_id(kind: Kind, key: str) -> str:
    """Return the key of a `:Denied` node."""
    return index_key(f"{kind} {key}")


def denied_properties(kind: Kind, key: str) -> dict[str, Any]:
    """Return the properties of a `:Denied` node: what a manual claim says is not so, and which items it names."""
    items = [split_pool_key(key)[0]] if kind == "pool" else list(split_relationship_key(key)[0:3:2])
    return {"cmdb_id": denied_id(kind, key), "kind": kind, "key": key, "items": items}


def _native(values: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for name, value in values.items():
        kind = type(value)
        if kind is str or kind is bool or kind is float or (kind is int and -(2**63) <= value < 2**63):
            properties[name] = value
        elif value is None or value == [] or value == {}:
            continue
        elif kind is list and all(type(member) is str for member in value):
            properties[name] = value
        elif kind is list and all(type(member) in (int, float) for member in value):
            properties[name] = [float(member) for member in value]  # a list in Neo4j holds one type
        else:
            properties[name] = encode(value).decode()
    return properties
