"""Graphs as GML and GraphML give them, into a Gatherer: nodes as items, edges as links.

In comes a graph read from either; out go items and relationships. Knows neither syntax. An edge without direction is a
link of a network (`connects_to`); what a directed one means is not said, unless its data names a relationship type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from importers.gathering import Gatherer

__all__ = ["Edge", "Graph", "Node", "take_graph"]

_CLASS_KEYS: Final = ("class", "class_name")
_TYPE_KEYS: Final = ("type", "relationship")
_CLASS: Final = "ConfigurationItem"


class Node(NamedTuple):
    """A node: its id within the graph, its label, and whatever else is told of it."""

    row: int
    id: str | None
    label: str | None
    told: dict[str, Any]


class Edge(NamedTuple):
    """An edge: the ids of its ends, its own id, and whatever else is told of it."""

    row: int
    start: str | None
    end: str | None
    id: str | None
    told: dict[str, Any]


@dataclass
class Graph:
    """One graph; `class_name` is what its nodes are unless they say."""

    name: str
    directed: bool
    class_name: str | None = None
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def take_graph(gathered: Gatherer, graph: Graph) -> None:
    """Take the nodes and edges of one graph of the present file; ids have the graph's name before them."""
    labels: dict[str, int] = {}
    for node in graph.nodes:
        if node.id is None:
            gathered.builder.refuse_unidentified(node.row, "this node has no id: edges could not name it")
            continue
        told = dict(node.told)
        class_name = next((str(told.pop(key)) for key in _CLASS_KEYS if told.get(key)), graph.class_name or _CLASS)
        name = node.label or (told.get("name") if isinstance(told.get("name"), str) else None) or node.id
        labels[name] = labels.get(name, 0) + 1
        gathered.item(node.row, f"{graph.name}/{node.id}", class_name, name, {"attributes": told})
    meanings = _edges(gathered, graph)
    if twice := sum(count > 1 for count in labels.values()):
        gathered.note(f"{twice} labels stand on several nodes of {graph.name}: the nodes are kept apart by their ids")
    if meanings:
        gathered.note(
            f"{meanings} edges of {graph.name} have a direction whose meaning is not said: not evaluated; "
            "give them a `type` such as depends_on"
        )


def _edges(gathered: Gatherer, graph: Graph) -> int:
    """Take the edges; return how many have a direction without a meaning."""
    known = {node.id for node in graph.nodes}
    counts: dict[tuple[str, str, str], int] = {}
    meanings = 0
    for edge in graph.edges:
        if edge.start is None or edge.end is None or not {edge.start, edge.end} <= known:
            gone = next((end for end in (edge.start, edge.end) if end is None or end not in known), None)
            gathered.builder.refuse_unidentified(edge.row, f"this edge leads to node {gone!r}, which the graph has not")
            continue
        told = dict(edge.told)
        type_name = next((str(told.pop(key)) for key in _TYPE_KEYS if told.get(key)), None)
        if type_name is None:
            type_name = "associated_with" if graph.directed else "connects_to"
            meanings += graph.directed
        low, high = sorted((edge.start, edge.end))
        alike = (edge.start, edge.end, type_name) if graph.directed else (low, high, type_name)
        number = counts[alike] = counts.get(alike, 0) + 1
        # The first of parallel edges has no key, so that a second one does not make it another.
        key = "" if number == 1 else str(number)
        if edge.id is not None:
            told["edge"] = edge.id
        values: dict[str, Any] = {"attributes": told} if told else {}
        gathered.link(
            edge.row, f"{graph.name}/{edge.start}", type_name, f"{graph.name}/{edge.end}", key=key, **values
        )  # fmt: skip
    return meanings
