"""GraphML graphs, as network tools and drawing programs write them.

    read ── keys (the names of data), nodes, edges ── graphs.take_graph ── Gatherer

The XML is read without anything from outside the file. Nested graphs are one with the graph around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from cmdb.model import ImportBatch
from importers.gathering import Gatherer, first_words
from importers.graphs import Edge, Graph, Node, take_graph
from importers.reading import SourceFile, XmlElement, read_xml
from importers.registry import ReadOptions

__all__ = ["GraphMlImporter", "importer"]

_ROOT: Final = re.compile(r"<(?:\w+:)?graphml[\s>]")
_NUMBERS: Final = {"int": int, "long": int, "float": float, "double": float}


class GraphMlImporter:
    """Reads graphs; all files together are one batch."""

    name = "graphml"
    description = "GraphML graphs: nodes and links of a network, parallel ones kept"
    example = "cmdb import --format graphml network.graphml --source drawing"

    def recognises(self, source: SourceFile) -> float:
        """Return how sure it is of the file: its root element tells."""
        return 1.0 if _ROOT.search(first_words(source)) else 0.0

    def read(self, sources: Sequence[SourceFile], options: ReadOptions) -> list[ImportBatch]:
        """Return one batch of all files; raises FileProblem for a file that is no GraphML."""
        gathered = Gatherer(options, source="graphml")
        for done, source in enumerate(sources, 1):
            root = read_xml(source)
            if root.name != "graphml":
                raise source.problem(f"this is no GraphML: its root is <{root.name}>", root.line)
            graphs = list(_graphs(root, source.path.stem))
            if not graphs:
                raise source.problem("there is no graph in it", root.line)
            gathered.begin(source)
            for graph in graphs:
                take_graph(gathered, graph)
            gathered.progress(done, len(sources))
        return [gathered.batch()]


def _graphs(root: XmlElement, stem: str) -> Iterator[Graph]:
    keys = {each.attributes.get("id", ""): each.attributes for each in root if each.name == "key"}
    found = [each for each in root if each.name == "graph"]
    for number, element in enumerate(found, 1):
        name = element.attributes.get("id") or (stem if len(found) == 1 else f"{stem}-{number}")
        graph = Graph(name if name not in ("G", "") else stem, element.attributes.get("edgedefault") == "directed")
        stack = [element]
        while stack:
            inside = stack.pop()
            for each in inside:
                if each.name == "node":
                    told = _told(each, keys)
                    label = told.pop("label", None)
                    id_ = each.attributes.get("id") or None
                    graph.nodes.append(Node(each.line, id_, label if isinstance(label, str) and label else None, told))
                    stack.extend(child for child in each if child.name == "graph")
                elif each.name == "edge":
                    start, end, id_ = (each.attributes.get(name) or None for name in ("source", "target", "id"))
                    graph.edges.append(Edge(each.line, start, end, id_, _told(each, keys)))
        yield graph


def _told(element: XmlElement, keys: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return the data of a node or edge by the names their keys give them."""
    told: dict[str, Any] = {}
    for each in element:
        if each.name == "data" and each.text.strip():
            key = keys.get(each.attributes.get("key", ""), {})
            name = key.get("attr.name") or each.attributes.get("key") or ""
            text = each.text.strip()
            try:
                told[name] = _NUMBERS.get(key.get("attr.type", ""), str)(text)
            except ValueError:
                told[name] = text
    return told


importer = GraphMlImporter()
