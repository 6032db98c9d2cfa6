"""Vizceral traffic graphs: regions, the services in them, and the traffic between.

    read ── walk (each node with the path of names above it) ── Gatherer

Names are unique only within their graph, so an id is the path of names. Traffic that was seen is soft, as with traces.
What is drawn inside a service (its instances, its shards) has no stated meaning: it is kept and not evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.reading import SourceFile, read_json
from importers.registry import ReadOptions

__all__ = ["VizceralImporter", "importer"]

_CLASSES: Final = {"global": "System", "region": "Region"}


class VizceralImporter:
    """Reads a traffic graph as the Vizceral component takes it."""

    name = "vizceral"
    description = "Vizceral traffic graphs: regions, services and the traffic between them"
    example = "cmdb import --format vizceral traffic.json --source vizceral"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: nodes with a renderer."""
        sample = first_words(source)
        return 0.95 if sample.lstrip().startswith("{") and '"renderer"' in sample and '"nodes"' in sample else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file that is no graph."""
        gathered = Gatherer(options, source="vizceral")
        for done, source in enumerate(sources, 1):
            root = read_json(source)
            if not (isinstance(root, dict) and isinstance(root.get("nodes"), list) and _name(root)):
                raise source.problem("there is no graph in it: a graph is an object with a name and nodes")
            gathered.begin(source)
            _Walk(gathered).take(root)
            gathered.progress(done, len(sources))
        gathered.note("traffic that was seen counts as soft: without its target a service is degraded, not down")
        return [gathered.batch()]


class _Walk:
    """Takes one graph from the top down; a row is the place of a node or connection in that order."""

    def __init__(self, gathered: Gatherer) -> None:
        self._gathered = gathered
        self._row = 0

    def take(self, root: dict[str, Any]) -> None:
        stack: list[tuple[dict[str, Any], str, str]] = [(root, "", "")]
        while stack:
            node, above, renderer = stack.pop()
            self._row += 1
            name = _name(node)
            if name is None:
                self._gathered.builder.refuse_unidentified(
                    self._row, f"node {self._row}, in {above or 'the graph'}, has no name: a node is named by text"
                )
                continue
            id_ = f"{above}/{name}" if above else name
            own = str(node.get("renderer") or "")
            if not self._item(id_, name, own, node):
                continue
            if renderer == "region":
                self._gathered.link(self._row, id_, "located_in", above)
            elif renderer not in ("", "global"):
                self._gathered.link(self._row, id_, "instantiates", above)
            inside = node.get("nodes") or []
            stack.extend((each, id_, own) for each in reversed(inside) if isinstance(each, dict))
            self._connections(node, id_)

    def _item(self, id_: str, name: str, renderer: str, node: dict[str, Any]) -> bool:
        attributes = {key: node.get(key) for key in ("renderer", "node_type", "displayName", "metadata")}
        values: dict[str, Any] = {"attributes": {key: value for key, value in attributes.items() if value}}
        return self._gathered.item(self._row, id_, _CLASSES.get(renderer, "Application"), name, values)

    def _connections(self, node: dict[str, Any], id_: str) -> None:
        for connection in node.get("connections") or []:
            self._row += 1
            named = [connection.get(end) for end in ("source", "target")] if isinstance(connection, dict) else []
            ends = [f"{id_}/{end.strip()}" for end in named if isinstance(end, str) and end.strip()]
            if len(ends) != 2:
                self._gathered.builder.refuse_unidentified(
                    self._row, f"a connection in {id_} has no source and target: both are names of nodes"
                )
            else:
                self._gathered.link(self._row, ends[0], "calls", ends[1])


def _name(node: dict[str, Any]) -> str | None:
    name = node.get("name")
    return name.strip() if isinstance(name, str) and name.strip() else None


importer = VizceralImporter()
